"""A namespace with netconf under test in it, and words to look at and meddle with the tables of xtables."""

from __future__ import annotations

import re
import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

_COUNTERS = re.compile(r"^\[\d+:\d+\] | \[\d+:\d+\]$", re.MULTILINE)
_NOISE = re.compile(r"^#.*\n", re.MULTILINE)


def run(*words, given=""):
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    assert not done.returncode, (words, done.stderr)
    return done.stdout


def saved(program="iptables", table=None):
    """What iptables-save says, without counters."""
    text = run(f"{program}-legacy-save", *(["-t", table] if table else []))
    return _COUNTERS.sub("", _NOISE.sub("", text))


def everything():
    """Both families, and the sets' members."""
    sets = re.sub(r" initval 0x\w+| bucketsize \d+| hashsize \d+", "", run("ipset", "save"))
    return saved(), saved("ip6tables"), sorted(sets.splitlines())


def theirs(program="iptables"):
    """The lines that aren't ours, in their order."""
    lines = saved(program).splitlines()
    return [line for line in lines if not line.startswith((":NC-", "-A NC-")) and " -j NC-" not in line]


def counters():
    """{name in the comment: packets} of the rules of input."""
    lines = run("iptables-legacy-save", "-c", "-t", "filter").splitlines()
    found = [re.match(r"\[(\d+):\d+\] -A NC-INPUT .*--comment (\S+)", line) for line in lines]
    return {match[2]: int(match[1]) for match in found if match}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    run("ip", "link", "set", "lo", "up")
    return Subject(tmp_path)


def document(**firewall):
    return {"netconf": 1, "firewall": {"backend": "iptables", **firewall}}


def port(name, number, **words):
    return {"name": name, "proto": "tcp", "port": number, "action": "accept", **words}
