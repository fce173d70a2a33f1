"""`netconf plan --commands`: run by a shell in an empty namespace, the lines come to the same state as apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from contract import keyfiles
from contract.cases import load_yaml
from contract.snapshot import NET, differences, quiet, snapshot, sysctls
from contract.subject import Subject
from lab import netns as namespaces
from lab.needs import KINDS

ROOT = Path(__file__).parents[2]
FAILING = ROOT / "examples/quickstart/failing.yml"
SERVICE_HOST = ROOT / "examples/service-host/host.yml"
NAMESPACES = {*(ROOT / "examples").glob("namespace*/host.yml")}
"""What isn't one namespace alone is tried in tests/scenarios/test_namespaces."""
SRIOV = ROOT / "examples/sriov/host.yml"
"""What wants a NIC is tried in tests/domains/sriov."""
LISTS = ROOT / "examples/firewall-lists/host.yml"
"""What wants files of the host is tried in tests/scenarios/test_firewall."""
ANYCAST = {*(ROOT / "examples").glob("anycast-*/host.yml")}
"""What wants a daemon is tried in tests/domains/bird."""
EXAMPLES = sorted(
    set((ROOT / "examples").rglob("*.yml")) - {FAILING, SERVICE_HOST, SRIOV, LISTS, *NAMESPACES, *ANYCAST}
)
RICH = sorted((Path(__file__).parent / "commands").glob("*.yaml"))

_CHOSEN = {"address", "bridge_id", "root_id", "ifindex", "perm_hwaddr"}
"""What the kernel chooses for a link, unless the document says."""


SAMPLE = 3
"""Of so many documents one is in the fast tests."""


def documents():
    for number, path in enumerate([*EXAMPLES, *RICH]):
        document = load_yaml(path)
        needs = {*document.pop("needs", []), *kinds(document), *keyfiles.needs(document)}
        name = str(path.relative_to(ROOT).with_suffix(""))
        slow = [pytest.mark.slow] if number % SAMPLE else []
        yield pytest.param(document, id=name, marks=[pytest.mark.needs("netns", *needs), *slow])


def kinds(document):
    """The needs of the links of a document."""
    links = document.get("interfaces", {}).values()
    encaps = {f"l2tp:{link['l2tp']['encap']}" for link in links if "l2tp" in link}
    made = {link.get("kind") for link in links}
    filtering = any(link.get("bridge", {}).get("vlan_filtering") == "on" for link in links)
    return (
        encaps
        | {f"link:{kind}" for kind in made & KINDS.keys()}
        | ({"bridge:vlan_filtering"} if filtering else set())
    )


@pytest.mark.parametrize("document", list(documents()))
def test_commands_do_what_apply_does(document, netns, tmp_path):
    """In an empty namespace; with `stages`, from each to the next one too."""
    with keyfiles.placed(document):
        assert_commands_do_what_apply_does(document, tmp_path)


def assert_commands_do_what_apply_does(document, tmp_path):
    stages = [{"netconf": 1, **stage} for stage in document.get("stages", [document])]
    with namespaces.fresh():
        quiet()
        subject = Subject(tmp_path / "applied")
        applied = [applied_state(subject, stage) for stage in stages]
    with namespaces.fresh():
        quiet()
        subject = Subject(tmp_path / "typed")
        typed = [typed_state(subject, stage) for stage in stages]
    for after_apply, after_commands in zip(applied, typed, strict=True):
        assert_same(after_apply, after_commands)


@pytest.mark.needs("guest", "link:dummy")
def test_commands_of_the_service_host(tmp_path):
    """It has sysctls of the first namespace, and an eth0 that is there."""
    subject, document = Subject(tmp_path), load_yaml(SERVICE_HOST)
    subprocess.run(["ip", "link", "add", "eth0", "type", "dummy"], check=True)
    kept = sysctls()
    quiet()
    before = snapshot()
    try:
        applied = applied_state(subject, document)
        subject.rollback(to=0)
        assert_same(before, snapshot())
        typed = typed_state(subject, document)
        assert_same(applied, typed)
    finally:
        for link in ("eth0", "service_0", "service_1", "service_2"):
            subprocess.run(["ip", "link", "del", link], check=False, capture_output=True)
        for path, value in sysctls().items():
            if path in kept and kept[path] != value:
                (NET / path).write_text(kept[path])


def test_failing_example_leaves_nothing(netns, tmp_path):
    quiet()
    before = snapshot()
    with pytest.raises(AssertionError, match="rolled-back"):
        Subject(tmp_path).apply(load_yaml(FAILING))
    assert_same(before, snapshot())


def applied_state(subject, document):
    subject.apply(document)
    return seen(subject)


def typed_state(subject, document):
    run(subject.commands(document))
    return seen(subject)


def assert_same(before, after):
    told = differences(before, after)
    assert not told, "\n".join(told)


def seen(subject):
    """Without what the kernel chooses, the ifindexes among it, by which it orders links."""
    state = snapshot()
    for what in ("link show", "addr show"):
        state[what].sort(key=lambda link: link["ifname"])
    return _without_chosen({"captured": subject.capture(), **state})


_WITH_SYS = ["unshare", "--mount", "sh", "-ec", "mount -t sysfs sysfs /sys; exec sh -e"]
"""/sys shows the links of the namespace it was mounted in."""


def run(lines):
    shell = _WITH_SYS if any("/sys/" in line for line in lines) else ["sh", "-e"]
    done = subprocess.run(shell, input="\n".join(lines), text=True, capture_output=True, check=False)
    assert not done.returncode, done.stderr + "\n".join(lines)


def _without_chosen(value):
    if isinstance(value, dict):
        return {key: _without_chosen(part) for key, part in value.items() if not _is_chosen(key, part)}
    if isinstance(value, list):
        return [_without_chosen(part) for part in value]
    return value


def _is_chosen(key, value):
    """A MAC address of ours begins with 02:00, one that the kernel chooses hardly ever."""
    return key in _CHOSEN and not str(value).startswith("02:00:")
