"""The pytest plugin: options, the mark `needs`, the fixture `netns`, and which side of a run this pytest is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import needs
from lab import netns as namespaces
from lab.inside import Inside
from lab.named import own_run
from lab.outside import TIERS, Outside


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab", "tiers to run tests in")
    group.addoption(
        "--tiers", default=",".join(TIERS), help=f"some of {','.join(TIERS)}; the others' tests are left out"
    )
    group.addoption("--lab-tier", default=needs.HOST, help="inside a machine: the name of its tier")
    group.addoption(
        "--lab-job", type=Path, help="inside a machine: the folder with the tests to run, and for the ledger"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*words): what the test's place must have; the words are in lab/needs.py"
    )
    tier = config.getoption("--lab-tier")
    if tier == needs.HOST:
        config.pluginmanager.register(Outside(config, _tiers(config)))
    else:
        config.pluginmanager.register(Inside(config, tier, config.getoption("--lab-job")))


@pytest.fixture(autouse=True)
def _same_namespace() -> Iterator[None]:
    with namespaces.staying():
        yield


@pytest.fixture
def netns() -> Iterator[None]:
    """The test runs in a network namespace of its own, with nothing but `lo`, which is up."""
    with namespaces.fresh(), namespaces.staying():
        yield


@pytest.fixture
def named_namespaces(netns: None) -> Iterator[None]:
    """The same with an own /run, and in it a network namespace named `other`."""
    with own_run():
        yield


def _tiers(config: pytest.Config) -> list[str]:
    """The tiers asked for, cheapest first."""
    asked = config.getoption("--tiers").split(",")
    if not set(asked) <= set(TIERS):
        raise pytest.UsageError(f"--tiers: one or more of {','.join(TIERS)}, not {','.join(asked)}")
    tiers = [tier for tier in TIERS if tier in asked]
    if tiers != [needs.HOST] and config.getoption("numprocesses", None):
        raise pytest.UsageError("a guest runs its tests one by one: with -n, give --tiers host")
    return tiers
