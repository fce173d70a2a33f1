"""The bad-input catalogue: a folder per mistake, what is said about it, and that nothing was changed.

`host.yml` is the document, `before.sh` (optional) what is done first, `needs` (optional) words of
tests/lab/needs.py, `said` what the commands say on stderr and how they end.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli import harness

FOLDER = Path(__file__).with_name("bad")
NOTHING = "netconf: 1\n"


SAMPLE = 5
"""Of so many folders one is in the fast tests."""


def _case(number: int, folder: Path):
    needs = folder / "needs"
    words = needs.read_text().split() if needs.exists() else []
    slow = [pytest.mark.slow] if number % SAMPLE else []
    return pytest.param(
        folder, id=folder.name, marks=[*([pytest.mark.needs(*words)] if words else []), *slow]
    )


FOLDERS = sorted(FOLDER.iterdir())
CASES = [_case(number, folder) for number, folder in enumerate(FOLDERS)]


@pytest.mark.parametrize("case", CASES)
def test_what_is_said(case, host, state, write, golden):
    if (case / "before.sh").exists():
        harness.shell((case / "before.sh").read_text())
    assert host("apply", write(NOTHING)).status == 0
    write((case / "host.yml").read_bytes())
    before, kept = harness.namespace(), harness.tree(state)
    ends = {command: host(command, "host.yml") for command in ("validate", "plan", "apply")}
    assert harness.namespace() == before
    assert harness.tree(state) == kept
    golden(case / "said", _transcript(ends))


def _transcript(ends: dict[str, harness.Done]) -> str:
    """Each different end once, with the commands that end so."""
    alike: dict[tuple[int, str], list[str]] = {}
    for command, done in ends.items():
        assert not (done.status and done.out), "stdout is for data"
        alike.setdefault((done.status, done.err), []).append(command)
    return "".join(
        f"$ netconf {'|'.join(commands)} host.yml\n{err}exit {status}\n"
        for (status, err), commands in alike.items()
    )


# Of inventory: the summary says what is needed there and what was written, or the why says what can be.
SELF_EXPLAINING = {"NC1010", "NC1031", "NC1033", "NC1040", "NC1042", "NC1043"}

HEAD = re.compile(r"(error|warning)\[NC\d{4}\] host\.yml:[1-9]\d*:[1-9]\d*: \S")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_finding_is_complete(folder):
    """A code and a place, the line itself with a caret, why, and what to do."""
    said = (folder / "said").read_text()
    blocks = re.split(r"(?m)^(?=(?:error|warning|note)\[)", said)[1:]
    assert blocks
    for block in blocks:
        lines = block.splitlines()
        if lines[0].startswith("note[NC1035]"):  # how many more there are
            continue
        assert HEAD.match(lines[0]), lines[0]
        if not any(code in lines[0] for code in SELF_EXPLAINING):
            assert any(line.startswith("  why: ") for line in lines), block
            assert any(line.startswith("  fix: ") for line in lines), block


PYDANTIC = re.compile(
    r"Input should|[Vv]alidation error|Field required|Extra inputs|String should|Value error|pydantic"
    r"|Traceback|NoneType|<class|dict_type|(?<!l2spec)_type\b",
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nobody_hears_of_our_libraries(folder):
    assert not PYDANTIC.search((folder / "said").read_text())


def test_no_case_is_missing_a_file():
    for folder in FOLDERS:
        names = {path.name for path in folder.iterdir()}
        assert {"host.yml", "said"} <= names <= {"host.yml", "said", "before.sh", "needs"}


def test_the_table_of_the_catalogue_is_right():
    """Of links, addresses and routes it has every folder, and none that isn't there."""
    told = set(re.findall(r"\b\d\d-[a-z0-9-]+", Path(__file__).with_name("README.md").read_text()))
    there = {folder.name for folder in FOLDERS}
    assert told <= there
    assert {name for name in there if "53" <= name[:2] <= "71"} <= told
