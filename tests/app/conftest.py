"""A site in a fresh namespace for each test."""

from __future__ import annotations

import pytest
from engine.site import Site


@pytest.fixture
def site(netns, tmp_path):
    return Site(tmp_path)
