"""Tunnels that the kernel holds for the same: a plan refuses exactly the pairs that it refuses."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

V4 = {"local": "192.0.2.1", "remote": "192.0.2.2"}
V6 = {"local": "2001:db8::1", "remote": "2001:db8::2"}
SESSION = {"version": 1, "ikey": 5, "okey": 5}
PAIRS = [
    *((kind, V4, kind, more) for kind in ("gre", "gretap") for more in (
        V4, {**V4, "ikey": 0}, {**V4, "okey": 7}, {**V4, "parent": "d0"}, {**V4, "ttl": 9}, {"local": "192.0.2.1"},
    )),
    ("gre", V4, "gretap", V4),
    ("erspan", {**V4, **SESSION}, "erspan", {**V4, **SESSION, "version": 2}),
    ("erspan", {**V4, **SESSION}, "erspan", {**V4, **SESSION, "ikey": 6}),
    ("erspan", {**V4, **SESSION}, "gretap", {**V4, "ikey": 5}),
    *((kind, V4, kind, more) for kind in ("ipip", "sit") for more in (V4, {**V4, "parent": "d0"}, {**V4, "mode": "any"})),
    ("sit", {**V4, "mode": "ipip"}, "ipip", V4),
    ("vti", {**V4, "ikey": 5}, "vti", {**V4, "ikey": 6}),
    ("vti", V4, "vti", {**V4, "parent": "d0"}),
    ("vti6", V6, "vti6", {**V6, "parent": "d0", "ikey": 6}),
    ("vti6", V6, "ip6tnl", V6),
    ("ip6tnl", V6, "ip6tnl", {**V6, "mode": "ipip6"}),
    ("ip6tnl", V6, "ip6tnl", {**V6, "parent": "d0"}),
    ("ip6tnl", {"external": "on"}, "ip6tnl", {"external": "on", "mode": "ipip6"}),
    *((kind, V6, kind, more) for kind in ("ip6gre", "ip6gretap") for more in (
        {**V6, "ikey": 0}, {**V6, "ikey": 1}, {**V6, "parent": "d0"},
    )),
    ("ip6gre", V6, "ip6gretap", V6),
    ("ip6gretap", {**V6, "ikey": 5}, "ip6erspan", {**V6, **SESSION}),
    ("ip6gretap", {**V6, "ikey": 6}, "ip6erspan", {**V6, **SESSION}),
    *((kind, {}, kind, V6 if "6" in kind else V4) for kind in ("gre", "gretap", "ipip", "sit", "vti", "ip6tnl", "vti6", "ip6gre")),
]  # fmt: skip


def parameters():
    for first, one, second, other in PAIRS:
        needs = {f"link:{kind}" for kind in (first, second, "dummy")}
        name = f"{first}-{shown(one)}-{second}-{shown(other)}"
        yield pytest.param(first, one, second, other, id=name, marks=pytest.mark.needs(*sorted(needs)))


def shown(section):
    return ",".join(f"{name}={value}" for name, value in section.items() if name not in ("local", "remote"))


@pytest.mark.parametrize(("first", "one", "second", "other"), list(parameters()))
def test_what_the_kernel_refuses_is_refused(first, one, second, other, netns, tmp_path):
    quiet()
    subprocess.run("ip link add d0 type dummy", shell=True, check=True)
    taken = not all(run(*link) for link in (("t0", first, one), ("t1", second, other)))
    for name in ("t0", "t1"):
        subprocess.run(f"ip link del {name}", shell=True, check=False, capture_output=True)

    document = {
        "netconf": 1,
        "interfaces": {
            "d0": {"kind": "dummy"},
            "t0": {"kind": first, first: one},
            "t1": {"kind": second, second: other},
        },
    }
    subject = Subject(tmp_path)
    if taken:
        with pytest.raises(DiagnosedError) as refused:
            subject.apply(document)
        assert {finding.code for finding in refused.value.diagnostics} <= {"NC2113", "NC2133"}
    else:
        subject.apply(document)


def run(name, kind, section):
    """Whether the kernel takes it, as `ip` asks."""
    words = " ".join(_words(*option) for option in section.items())
    if "version" in section:
        words += " seq"
    done = subprocess.run(
        f"ip link add {name} type {kind} {words}", shell=True, check=False, capture_output=True
    )
    assert not done.returncode or b"File exists" in done.stderr, done.stderr
    return not done.returncode


def _words(name, value):
    if name == "external":
        return "external"
    return f"{ {'parent': 'dev', 'version': 'erspan_ver'}.get(name, name) } {value}"
