"""The two ways to do what documents ask for: `apply`, and the lines of `plan --commands` typed into a shell."""

from __future__ import annotations

import subprocess

from contract.snapshot import quiet
from contract.subject import Subject
from lab import netns as namespaces


def both_ways(documents, tmp_path, look):
    """What `look(subject)` sees after one and after the other, each in an empty namespace."""
    found = []
    for how in (Subject.apply, _type):
        with namespaces.fresh():
            quiet()
            subject = Subject(tmp_path / how.__name__)
            for document in documents:
                how(subject, document)
            found.append(look(subject))
    return found


def _type(subject, document):
    subprocess.run(["sh", "-e"], input="\n".join(subject.commands(document)), text=True, check=True)
