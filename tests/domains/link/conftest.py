"""What several tests of links need."""

from __future__ import annotations

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.link.wg import ANOTHER, OURS, PRESHARED


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of key files, which is that of the credentials too."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, key in {"ours": OURS, "another": ANOTHER, "psk": PRESHARED, "psk2": ANOTHER}.items():
        (folder / name).touch(0o600)
        (folder / name).write_text(f"{key}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path / "state")
