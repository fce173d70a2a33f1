"""The examples: a folder for each topic, whose file says what it's about and runs as it stands, pasted into a terminal;
what it makes is captured as a document that asks for the same.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from contract import keyfiles
from contract.cases import load_yaml
from contract.snapshot import differences, quiet
from contract.subject import Subject
from contract.test_commands import EXAMPLES, LISTS, applied_state, assert_same, kinds, typed_state
from lab import netns as namespaces

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
WORDS = 10
"""The fewest that say what a host is for."""

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


def each(paths):
    return pytest.mark.parametrize(
        "path",
        [
            pytest.param(
                path,
                id=f"{path.parent.name}/{path.stem}",
                marks=pytest.mark.needs("netns", *kinds(load_yaml(path)), *keyfiles.needs(load_yaml(path))),
            )
            for path in paths
        ],
    )


@each_folder
def test_is_one_topic_with_a_document(folder):
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z]+)*", folder.name)
    assert (folder / "host.yml").is_file()
    assert not [path for path in folder.iterdir() if path.suffix == ".yaml"], "documents end in .yml"


@each_folder
def test_says_what_it_is_about(folder):
    for path in folder.glob("*.yml"):
        head = re.match(r"(?:#.*\n)+", path.read_text())
        assert head, f"{path.name} begins with what it's about"
        assert len(head[0].split()) >= WORDS


@each_folder
def test_is_tried_somewhere(folder):
    """By the commands' test, or where what it wants is: a daemon, a NIC, several namespaces."""
    if folder / "host.yml" in EXAMPLES:
        return
    tests = (path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
    assert any(folder.name in path.read_text() for path in tests)


@pytest.mark.slow
@each(EXAMPLES)
def test_runs_as_it_stands(path, netns, tmp_path):
    """Twice: the second time there's nothing to do."""
    quiet()
    command = [sys.executable, "-m", "netconf", "apply", "-", "--yes", "--state-dir", str(tmp_path / "state")]
    with keyfiles.placed(load_yaml(path)):
        for said in ("Applied and verified", "No changes"):
            done = subprocess.run(
                command, input=path.read_text(), text=True, capture_output=True, check=False
            )
            assert not done.returncode, done.stderr
            assert said in done.stdout + done.stderr


@pytest.mark.slow
@each(path for path in EXAMPLES if not keyfiles.needs(load_yaml(path)))
def test_what_it_makes_is_captured(path, netns, tmp_path):
    """But for keys, which aren't: documents with such are tried in tests/domains/link/test_wireguard.py."""
    document = load_yaml(path)
    with namespaces.fresh():
        quiet()
        Subject(tmp_path / "made").apply(document)
        seen = Subject(tmp_path / "seen")
        captured = seen.capture()
        assert seen.plan(captured) == {}
    with namespaces.fresh():
        quiet()
        again = Subject(tmp_path / "again")
        again.apply(captured)
        assert differences(captured, again.capture()) == []


def test_lists_from_files(netns, tmp_path):
    """With the files it names: applied, asked again, and by its commands."""
    for name, text in (("allowed", "192.0.2.0/25\n2001:db8:1::/48\n"), ("blocked", "203.0.113.0/24\n")):
        (tmp_path / f"{name}.txt").write_text(text)
    path = tmp_path / "host.yml"
    path.write_text(LISTS.read_text().replace("/etc/netconf", str(tmp_path)))
    document = load_yaml(path)
    with namespaces.fresh():
        quiet()
        subject = Subject(tmp_path / "applied")
        applied = applied_state(subject, document)
        assert subject.plan(document) == {}
    with namespaces.fresh():
        quiet()
        assert_same(applied, typed_state(Subject(tmp_path / "typed"), document))
