"""Options, plugins and the profile of the whole suite."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["lab.plugin"]

# The same examples in every run, so that a failure is somebody's change. NETCONF_RANDOM=1 looks
# for new ones.
settings.register_profile("same", derandomize=True)
settings.load_profile("default" if "NETCONF_RANDOM" in os.environ else "same")


def pytest_addoption(parser):
    parser.addoption("--update-goldens", action="store_true", help="write expected files anew")
