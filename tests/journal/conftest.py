from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from journal.host import Site

MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path(tmp_path):
    """In memory where there is some: the sweeps fsync thousands of times, and a kill can't tell."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    path = Path(tempfile.mkdtemp(dir=MEMORY))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "host")
