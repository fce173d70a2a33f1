"""Options and plugins of the whole suite."""

from __future__ import annotations

pytest_plugins = ["lab.plugin"]


def pytest_addoption(parser):
    parser.addoption("--update-goldens", action="store_true", help="write expected files anew")
