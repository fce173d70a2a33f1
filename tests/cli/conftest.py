from __future__ import annotations

from pathlib import Path

import pytest
from cli import harness


@pytest.fixture
def golden(request):
    """Compare a text with a file; with --update-goldens, write it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a document that root reads; the test runs in its directory."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes, name: str = "host.yml") -> str:
        raw = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(raw)
        path.chmod(0o600)
        return name

    return write


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def host(netns, state):
    """A quiet network namespace that has been managed once; returns the function that runs a command in it."""
    harness.quieten()

    def run(command: str, *argv: str) -> harness.Done:
        return harness.netconf(command, "--state-dir", str(state), *argv)

    return run


@pytest.fixture
def unchanged(state):
    """Compare the namespace, and if it's there the state directory, with what they are now."""

    def picture():
        return harness.namespace(), harness.tree(state) if state.is_dir() else None

    before = []

    def compare():
        if before:
            assert picture() == before[0]
        else:
            before.append(picture())

    return compare
