"""--json: one object with the keys of cli.md, whose exit is that of the process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cli import harness

GOOD = "netconf: 1\ninterfaces: {br0: {kind: bridge, addresses: [192.0.2.1/24]}}\n"
WRONG = "netconf: 1\ninterfaces:\n  br0: {mut: 1500}\n"
REFUSED = "netconf: 1\ninterfaces:\n  lo: {kind: bridge}\n"
WARNED = """
netconf: 1
interfaces:
  br0: {kind: bridge}
  a: {kind: veth, veth: {peer: b}, master: br0, addresses: [192.0.2.1/24]}
"""

ANY = object

# What each object has; a tuple is one of several types, a list the type of its items.
BASE = {"format": str, "command": str, "exit": int}
WHERE = {"file": str, "line": int, "column": int}
DIAGNOSTIC = {
    "severity": str, "code": str, "summary": str, "detail": str, "hint": str, "path": str, "origin": [ANY], **WHERE,
}  # fmt: skip
COUNTS = {"create": int, "update": int, "replace": int, "delete": int}
ROW = {
    "address": str, "actions": [str], "before": (dict, None), "after": (dict, None), "where": WHERE, "commands": [str],
    "effects": {"disruption": str, "cascades": [str], "reversible": str}, "lines": [str],
}  # fmt: skip
PLANNED = {
    **BASE, "changed": bool, "comment": str, "status": str, "host": str, "netns": str, "summary": COUNTS,
    "changes": dict, "plan": {"format": str, "resource_changes": [ROW]}, "diagnostics": [DIAGNOSTIC],
}  # fmt: skip
APPLIED = {**PLANNED, "reason": (str, None), "tx": str, "generation": {"from": int, "to": int}}
FAILED = {
    **BASE, "changed": bool, "comment": str, "status": str, "reason": str, "hint": str, "diagnostics": [DIAGNOSTIC],
}  # fmt: skip
GENERATION = {"number": int, "created": float, "tx": str, "source": str, "summary": COUNTS, "comment": str}
STATUS = {
    **BASE, "host": str, "netns": str, "generation": (dict, None), "lock": (str, None), "drift": (list, None),
    "problem": (str, None), "trial": (dict, None),
}  # fmt: skip


def conform(value: Any, schema: Any, path: str = "$") -> None:
    """Every key there is, of the right type; more keys are fine: minor versions add some."""
    if isinstance(schema, Mapping):
        assert isinstance(value, dict), path
        for key, inner in schema.items():
            assert key in value, f"{path}.{key} is missing"
            conform(value[key], inner, f"{path}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), path
        for number, item in enumerate(value):
            conform(item, schema[0], f"{path}[{number}]")
    elif isinstance(schema, tuple):
        assert any(value is None if kind is None else isinstance(value, kind) for kind in schema), path
    elif schema is int:
        assert type(value) is int, path
    else:
        assert isinstance(value, schema), path


def told(done: harness.Done, schema: Any, command: str) -> dict[str, Any]:
    """The object, after the checks that hold for all."""
    found = done.object
    conform(found, schema)
    assert found["command"] == command
    assert found["exit"] == done.status
    assert found["format"] in ("netconf.result/1", "netconf.plan/1")
    assert done.out.count("\n") == 1, "one line"
    return found


def test_validate(host, write):
    found = told(
        host("validate", "--json", write(GOOD)),
        {**BASE, "status": str, "diagnostics": [DIAGNOSTIC]},
        "validate",
    )
    assert (found["status"], found["objects"]) == ("valid", 3)


def test_plan(host, write):
    found = told(host("plan", "--json", write(GOOD)), PLANNED, "plan")
    assert found["changed"]
    assert found["summary"] == {"create": 3, "update": 0, "replace": 0, "delete": 0}
    assert found["changes"].keys() == {"link[br0]", "admin-up[br0]", "address[br0 192.0.2.1/24]"}
    (link,) = (row for row in found["plan"]["resource_changes"] if row["address"] == "link[br0]")
    assert link["actions"] == ["create"]
    assert link["where"] == {"file": "host.yml", "line": 2, "column": 19}
    assert link["commands"] == ["ip link add name br0 type bridge"]


def test_apply_twice_and_roll_back(host, write):
    write(GOOD)
    first = told(host("apply", "--json", "host.yml"), APPLIED, "apply")
    assert (first["status"], first["changed"], first["generation"]) == (
        "committed",
        True,
        {"from": 0, "to": 1},
    )
    second = told(host("apply", "--json", "host.yml"), APPLIED, "apply")
    assert (second["status"], second["changed"], second["changes"]) == ("unchanged", False, {})
    back = told(host("rollback", "--json"), APPLIED, "rollback")
    assert (back["status"], back["generation"]) == ("committed", {"from": 1, "to": 2})
    assert back["summary"]["delete"] >= 3


def test_detailed_exit_code_is_in_the_object(host, write):
    write(GOOD)
    for command in ("plan", "apply"):
        done = host(command, "--json", "--detailed-exitcode", "host.yml")
        assert (done.status, done.object["exit"]) == (2, 2)


def test_status_and_history(host, write):
    told(host("status", "--json"), STATUS, "status")
    host("apply", write(GOOD))
    found = told(host("status", "--json"), {**STATUS, "generation": GENERATION}, "status")
    assert (found["generation"]["number"], found["drift"], found["lock"]) == (1, [], None)
    harness.shell("ip addr flush dev br0")
    assert told(host("status", "--json"), STATUS, "status")["drift"] == ["address[br0 192.0.2.1/24]"]
    rows = told(host("history", "--json"), {**BASE, "current": int, "generations": [GENERATION]}, "history")
    assert [row["number"] for row in rows["generations"]] == [1]
    shown = told(
        host("history", "--json", "show", "1"), {**BASE, "generation": GENERATION, "document": str}, "history"
    )
    assert "kind: bridge" in shown["document"]
    write("netconf: 1\n")
    host("apply", "host.yml")
    differ = told(host("history", "--json", "diff", "1", "2"), {**BASE, "diff": [str]}, "history")
    assert "-interfaces:" in differ["diff"]


def test_documents_and_schemas_are_themselves(host, write):
    """What they print is the object, so that it can be piped on."""
    assert host("capture", "--json").object["netconf"] == 1
    assert harness.netconf("schema", "--json").object["title"] == "netconf desired state"


def test_explain():
    assert (
        "| field |"
        in told(harness.netconf("explain", "--json", "route"), {**BASE, "page": str}, "explain")["page"]
    )


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_an_invalid_document(command, host, write):
    done = host(command, "--json", write(WRONG))
    found = told(done, FAILED, command)
    assert (done.status, done.err, found["status"]) == (65, "", "failed")
    (finding,) = found["diagnostics"]
    assert finding["code"] == "NC1033"
    assert (finding["path"], finding["line"], finding["column"]) == ("interfaces.br0.mut", 3, 9)
    assert finding["hint"] == 'did you mean "mtu"?'


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_refusal(command, host, write):
    done = host(command, "--json", write(REFUSED))
    found = told(done, FAILED, command)
    assert (done.status, found["status"], found["diagnostics"][0]["code"]) == (5, "refused", "NC5101")


def test_a_warning(host, write):
    found = told(host("plan", "--json", write(WARNED)), PLANNED, "plan")
    (finding,) = found["diagnostics"]
    assert (finding["severity"], finding["code"], finding["line"]) == ("warning", "NC2109", 5)


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["plan", "nofile"], 66),
        (["apply", "/proc"], 66),
        (["history", "show", "3"], 64),
        (["rollback"], 64),
        (["capture", "--section", "x"], 64),
        (["explain", "x"], 64),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_other_failures(argv, status, host, write):
    write(GOOD)
    done = host(argv[0], "--json", *argv[1:])
    assert (done.status, done.err) == (status, "")
    found = told(done, FAILED, argv[0])
    assert found["changed"] is False


def test_the_order_of_keys_is_stable(host, write):
    """Programs may print or compare it as text."""
    write(GOOD)
    one, other = (host("plan", "--json", "host.yml").out for _ in range(2))
    assert list(json.loads(one)) == list(json.loads(other))
    assert json.loads(one)["changes"] == json.loads(other)["changes"]


def test_a_bug_of_ours_is_an_object_too(host, write, monkeypatch, tmp_path):
    def fail(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("netconf.cli.plan.plan", fail)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    done = host("plan", "--json", write(GOOD))
    assert done.status == 1
    assert told(done, BASE, "plan")["status"] == "failed"
    (report,) = tmp_path.glob("netconf-bug-*.txt")
    assert "ZeroDivisionError: a bug" in report.read_text()
    assert str(report) in done.err
    assert "Traceback" not in done.err
