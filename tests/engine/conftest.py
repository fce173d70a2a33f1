"""A site in a fresh namespace for each test."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest
from engine.site import Site

RUN = Path("/run/netns")


@pytest.fixture
def site(netns, tmp_path):
    return Site(tmp_path)


@pytest.fixture
def names(netns):
    """Names of namespaces for this test alone."""
    mark = uuid.uuid4().hex[:8]
    found = [f"t{mark}{letter}" for letter in "abc"]
    yield found
    for name in found:
        if (RUN / name).exists():
            subprocess.run(["ip", "netns", "del", name], check=False)
