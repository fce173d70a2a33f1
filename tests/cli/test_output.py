"""stdout is data, stderr is talk; colours and questions only on a terminal; nothing of the kernel reaches it raw."""

from __future__ import annotations

import os
import pty
import select
import sys
from pathlib import Path

import pytest
from cli import harness
from cli.harness import PYTHON, SOURCES

GOOD = "netconf: 1\ninterfaces:\n  br0: {kind: bridge, addresses: [192.0.2.1/24]}\n"
WARNED = """
netconf: 1
interfaces:
  br0: {kind: bridge}
  a: {kind: veth, veth: {peer: b}, master: br0, addresses: [192.0.2.1/24]}
  c: {kind: veth, veth: {peer: d}, addresses: [192.0.2.1/24]}
"""
ESC = "\x1b"


def links() -> set[str]:
    return {link["ifname"] for link in harness.namespace()["links"]}


class TestStreams:
    def test_plan_is_data(self, host, write):
        done = host("plan", write(GOOD))
        assert done.err == ""
        assert done.out == (
            "  + link[br0] host.yml:3\n"
            "        kind: bridge\n"
            "  + address[br0 192.0.2.1/24] host.yml:3\n"
            "  + admin-up[br0] host.yml:3\n"
            "\n"
            "Plan: 3 to create, 0 to update, 0 to replace, 0 to delete.\n"
        )

    def test_commands_are_data(self, host, write):
        done = host("plan", "--commands", write(GOOD))
        assert done.err == ""
        harness.shell(done.out)
        again = host("plan", "host.yml")
        assert again.out == "No changes. The host is as the document says.\n"

    def test_how_it_ended_is_talk(self, host, write):
        write(GOOD)
        assert host("apply", "host.yml").err == "Applied and verified: generation 1.\n"
        assert host("apply", "host.yml").err == "No changes. The host is as the document says.\n"
        assert host("validate", "host.yml").out == ""

    def test_warnings_are_talk(self, host, write):
        done = host("plan", write(WARNED))
        assert done.status == 0
        assert done.err.startswith(
            "warning[NC2109] host.yml:5:44: interfaces.a.master: a is a port of br0 and"
        )
        assert (
            "warning[NC2221] host.yml:5:61: interfaces.a.addresses[0]: 192.0.2.1 is on a and on c" in done.err
        )
        assert "warning" not in done.out

    def test_quiet(self, host, write):
        write(WARNED)
        for command in ("validate", "plan", "apply", "apply", "rollback"):
            argv = () if command == "rollback" else ("host.yml",)
            done = host(command, "-q", *argv)
            assert (done.status, done.out, done.err) == (0, "", "")

    def test_quiet_still_tells_what_is_wrong(self, host, write):
        done = host("plan", "-q", write("netconf: 1\ninterfaces: []\n"))
        assert done.status == 65
        assert "error[NC1040]" in done.err

    def test_detailed_exit_code(self, host, write):
        write(GOOD)
        ends = [host(c, "--detailed-exitcode", "host.yml").status for c in ("plan", "apply", "apply", "plan")]
        assert ends == [2, 2, 0, 0]
        assert host("rollback", "--detailed-exitcode").status == 2

    def test_a_failure_with_detailed_exit_code_is_that_failure(self, host, write):
        assert host("plan", "--detailed-exitcode", write("netconf: 2\n")).status == 65

    def test_standard_input(self, host, state):
        for command in ("validate", "plan", "apply"):
            argv = [] if command == "validate" else ["--state-dir", str(state)]
            assert harness.process(command, "-", *argv, input=GOOD).status == 0
        assert "br0" in links()
        done = harness.process("validate", "-", input="netconf: 1\ninterfaces:\n  eth0: {mut: 1}\n")
        assert "error[NC1033] <stdin>:3:10: interfaces.eth0.mut" in done.err
        assert harness.process("validate", "-", input="").status == 65
        closed = harness.process("validate", "-", before=["sh", "-c", 'exec "$@" <&-', "sh"])
        assert closed.status == 66
        assert "error[NC1001] <stdin>: can't be read" in closed.err

    def test_a_kind_change_is_shown(self, host, write):
        harness.shell("ip link add name a type bridge")
        done = host(
            "plan",
            write("netconf: 1\ninterfaces: {a: {kind: macvlan, macvlan: {parent: lo2}}, lo2: {kind: ifb}}\n"),
        )
        assert "-/+ link[a] (recreate)" in done.out
        assert "kind: bridge → macvlan" in done.out


class TestColours:
    def test_never_into_a_pipe(self, host, write):
        done = host("plan", write(WARNED))
        assert ESC not in done.out + done.err

    def test_always(self, host, write):
        done = host("plan", "--color", "always", write(WARNED))
        assert f"{ESC}[32;1m  +{ESC}[0m link[br0]" in done.out
        assert f"{ESC}[33;1mwarning[NC2109]{ESC}[0m host.yml:5:44: " in done.err

    def test_always_wins_over_the_environment(self, host, write, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        assert ESC in host("plan", "--color", "always", write(GOOD)).out

    @pytest.mark.parametrize(
        ("options", "environ", "coloured"),
        [
            ([], {}, True),
            ([], {"NO_COLOR": ""}, True),
            ([], {"NO_COLOR": "1"}, False),
            ([], {"TERM": "dumb"}, False),
            (["--color", "never"], {}, False),
            (["--color", "auto"], {}, True),
        ],
        ids=["terminal", "empty-no-color", "no-color", "dumb", "never", "auto"],
    )
    def test_on_a_terminal(self, options, environ, coloured, host, state, write):
        write(GOOD)
        terminal = Terminal("plan", "--state-dir", str(state), *options, "host.yml", environ=environ)
        said = terminal.read_to_end()
        assert terminal.status() == 0
        assert (ESC in said) is coloured
        assert "link[br0]" in said


class TestStringsOfOthers:
    ALIAS = f"{ESC}]0;owned\x07{ESC}[31mred\u202eder\u2028x"
    RAW = frozenset(f"{ESC}\x07\u202e\u2028")

    def test_a_links_alias(self, host, write, state):
        """An alias may hold terminal codes; `ip link` prints it raw."""
        harness.shell(f"ip link add name a type bridge\nip link set dev a alias '{self.ALIAS}'")
        write("netconf: 1\ninterfaces: {a: {alias: plain}}\n")
        for command in (["plan", "host.yml"], ["plan", "--json", "host.yml"], ["capture", "--json"]):
            done = host(*command)
            assert done.status == 0
            assert not self.RAW & set(done.out + done.err)
        assert not {ESC, "\x07"} & set(host("capture").out)
        assert r"alias: \x1b]0;owned\x07\x1b[31mred\u202eder\u2028x → plain" in host("plan", "host.yml").out
        assert host("plan", "--json", "host.yml").object["changes"]["link[a]"]["old"]["alias"] == self.ALIAS

    def test_a_links_alias_in_a_captured_document(self, host, write):
        harness.shell(f"ip link add name a type bridge\nip link set dev a alias '{self.ALIAS}'")
        captured = host("capture").out
        assert not self.RAW & set(captured)
        assert host("plan", write(captured)).status == 0

    def test_what_a_document_can_not_hold_is_left_out_of_a_capture(self, host, write):
        """Names that the kernel takes, and what refers to them."""
        harness.shell(
            f"ip link add name 'x{ESC}[31m;id' type bridge\n"
            "ip link add name ok type bridge\n"
            f"ip link add link 'x{ESC}[31m;id' name m type macvlan\n"
            f"ip link property add dev ok altname 'y{ESC};id'"
        )
        done = host("capture")
        assert done.status == 0
        assert ESC not in done.out + done.err
        assert "warning[NC7002] left out: interfaces.x\\x1b[31m;id" in done.err
        assert "warning[NC7002] left out: interfaces.ok.altnames" in done.err
        assert "  why: a document can't hold it: " in done.err
        assert "m" not in host("capture", "--json").object["interfaces"]
        planned = host("plan", write(done.out))
        assert planned.status == 0, planned.err
        assert "No changes" in planned.out

    def test_a_path(self, netns, write, tmp_path):
        write("netconf: 1\n", f"x{ESC}[31m")
        done = harness.netconf("apply", "--state-dir", f"x{ESC}[31m", f"x{ESC}[31m")
        assert done.status == 74
        assert r"x\x1b[31m" in done.err
        assert ESC not in done.err

    def test_a_links_name(self, host, write):
        """The kernel takes nearly anything."""
        harness.shell(f"ip link add name 'x{ESC}[31m;id' type bridge")
        done = host("plan", write("netconf: 1\ninterfaces: {xx: {mtu: 1500}}\n"))
        assert done.status == 65
        assert ESC not in done.err
        assert r"there are: lo, x\x1b[31m;id" in done.err

    def test_a_document(self, host, write):
        done = host("plan", write('netconf: 1\ninterfaces: {"a\\e[31m": {"b\\u202Ec": 1, mtu: "\\e[2J"}}\n'))
        assert done.status == 65
        assert not set(done.err) & {ESC, "\u202e"}

    def test_a_file_name(self, host, write):
        done = host("plan", write("netconf: 2\n", f"a{ESC}[31m.yml"))
        assert done.status == 65
        assert ESC not in done.err
        missing = host("plan", f"b{ESC}[31m.yml")
        assert missing.status == 66
        assert ESC not in missing.err


class TestQuestion:
    @pytest.mark.parametrize(
        ("answer", "applied"),
        [
            ("y\n", True),
            ("yes\n", True),
            ("Y\n", True),
            ("n\n", False),
            ("\n", False),
            ("maybe\n", False),
            ("\x04", False),
        ],
        ids=["y", "yes", "Y", "n", "enter", "other", "eof"],
    )
    def test_the_plan_is_shown_and_asked_about(self, answer, applied, host, state, write):
        write(GOOD)
        terminal = Terminal("apply", "--state-dir", str(state), "--color", "never", "host.yml")
        said = terminal.read_until("[y/N] ")
        assert "+ link[br0]" in said
        assert said.endswith("Apply these changes? [y/N] ")
        assert "br0" not in links()
        terminal.write(answer)
        said = terminal.read_to_end()
        assert terminal.status() == 0
        assert ("br0" in links()) is applied
        assert ("Applied and verified: generation 1." if applied else "Nothing was changed.") in said

    def test_yes_does_not_ask(self, host, state, write):
        write(GOOD)
        terminal = Terminal("apply", "--state-dir", str(state), "--yes", "host.yml")
        assert "[y/N]" not in terminal.read_to_end()
        assert terminal.status() == 0
        assert "br0" in links()

    def test_nothing_to_change_does_not_ask(self, host, state, write):
        host("apply", write(GOOD))
        terminal = Terminal("apply", "--state-dir", str(state), "host.yml")
        assert "[y/N]" not in terminal.read_to_end()
        assert terminal.status() == 0

    def test_rollback_asks_too(self, host, state, write):
        host("apply", write(GOOD))
        terminal = Terminal("rollback", "--state-dir", str(state))
        assert "link[br0]" in terminal.read_until("[y/N] ")
        terminal.write("n\n")
        terminal.read_to_end()
        assert terminal.status() == 0
        assert "br0" in links()


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *argv: str, environ: dict[str, str] | None = None) -> None:
        self._pid, self._fd = pty.fork()
        if not self._pid:
            clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            more = {"PYTHONPATH": str(SOURCES), "TERM": "xterm", **(environ or {})}
            os.execve(sys.executable, [*PYTHON, *argv], {**clean, **more})

    def read_until(self, end: str) -> str:
        said = ""
        while not said.endswith(end):
            part = self._part()
            assert part, said
            said += part
        return said

    def read_to_end(self) -> str:
        said = ""
        while part := self._part():
            said += part
        return said

    def write(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def status(self) -> int:
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _part(self) -> str:
        assert select.select([self._fd], [], [], 20)[0], "nothing more is said"
        try:
            return os.read(self._fd, 1 << 16).decode().replace("\r\n", "\n")
        except OSError:  # EIO: the other end is closed
            return ""


def test_the_examples_are_valid():
    for example in Path(harness.SOURCES, "examples").glob("*/host.yml"):
        done = harness.netconf("validate", str(example))
        assert done.status == 0, done.err
