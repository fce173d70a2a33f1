"""A site with a link pf0, which tests give a NIC."""

from __future__ import annotations

import pytest
from engine.site import Site, ip


@pytest.fixture
def site(netns, tmp_path):
    ip("link add pf0 type ifb")
    return Site(tmp_path)
