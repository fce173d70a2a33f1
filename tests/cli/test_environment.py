"""Group F of the catalogue: privileges, saved plans, files, the command line."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from cli import harness
from cli.harness import PYTHON, SOURCES, in_mounts, process

from netconf.app.wiring import Host, Settings
from netconf.cli import apply as apply_command

BRIDGE = "netconf: 1\ninterfaces: {br0: {kind: bridge}}\n"
WITHOUT_ADMIN = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]


class TestPrivileges:
    @pytest.mark.needs("bin:setpriv")
    @pytest.mark.parametrize("argv", [["apply", "host.yml"], ["rollback"]], ids=lambda argv: argv[0])
    def test_changing_needs_the_capability(self, argv, host, state, write, unchanged):
        write(BRIDGE)
        unchanged()
        done = process(*argv, "--state-dir", str(state), before=WITHOUT_ADMIN)
        unchanged()
        assert done.status == 77
        assert done.err == (
            "error: this needs CAP_NET_ADMIN in this network namespace\n"
            "  hint: run it as root, e.g. with sudo\n"
        )
        assert not state.exists()

    @pytest.mark.needs("bin:setpriv")
    def test_planning_does_not(self, host, state, write):
        done = process("plan", "--state-dir", str(state), write(BRIDGE), before=WITHOUT_ADMIN)
        assert done.status == 0, done.err
        assert "+ link[br0]" in done.out

    def test_a_read_only_proc_sys_is_found_before_anything_is_done(self, host, state, write, unchanged):
        host("apply", write("netconf: 1\n"))
        write("netconf: 1\nsysctl: {net.ipv4.ip_forward: 1}\n")
        unchanged()
        mounted = in_mounts("mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys")
        for command in ("plan", "apply"):
            done = process(command, "--state-dir", str(state), "host.yml", before=mounted)
            assert done.status == 69
            assert (
                "host.yml:2:31: sysctl.net.ipv4.ip_forward: net.ipv4.ip_forward can't be written" in done.err
            )
            assert "  why: /proc/sys is read-only" in done.err
        unchanged()


class TestDefaultSource:
    """Without a SOURCE, and in an /etc that nobody else has."""

    @pytest.mark.parametrize("command", ["validate", "plan", "apply"])
    @pytest.mark.parametrize(
        ("make", "status", "said"),
        [
            ("true", 66, "/etc/netconf: can't be read\n  why: No such file or directory\n"),
            ("mkdir /etc/netconf", 66, "/etc/netconf: there is no host.yml in it\n"),
            ("mkdir /etc/netconf; echo 'netconf: 1' > /etc/netconf/host.yml", 0, ""),
        ],
        ids=["no-folder", "no-document", "document"],
    )
    def test_is_etc_netconf(self, make, status, said, command, host, state):
        etc = in_mounts(f"mount -t tmpfs tmpfs /etc; {make}")
        done = process(command, "--state-dir", str(state), before=etc)
        assert done.status == status, done.err
        assert said in done.err


class TestSavedPlans:
    @pytest.fixture
    def saved(self, host, write, tmp_path):
        """Save a plan, change something in the file, apply it."""
        assert host("plan", write(BRIDGE), "--out", "plan.json").status == 0

        def apply(**changed: object) -> harness.Done:
            path = tmp_path / "plan.json"
            values = json.loads(path.read_text())
            assert changed.keys() <= values.keys()
            path.write_text(json.dumps({**values, **changed}, separators=(",", ":")))
            return host("apply", "plan.json")

        return apply

    def test_as_it_was_saved(self, saved):
        assert saved().status == 0

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"machine_id": "another"}, "the plan was made for another host"),
            (
                {"namespace": "netns-blue"},
                "the plan was made for network namespace netns-blue, this is unnamed-",
            ),
            ({"created": 0, "expires": 3600}, "the plan has expired: it's good for an hour"),
            ({"created": 9e9, "expires": 9e9}, "the plan has expired"),
            ({"generation": 4}, "the plan was made on generation 4, 0 is current"),
            ({"operations": []}, "the host has changed since the plan was made: new: create bridge br0"),
            ({"format": "netconf.planfile/2", "version": "9.0"}, "was made by netconf 9.0 in another format"),
        ],
        ids=["host", "namespace", "expired", "future", "generation", "operations", "format"],
    )
    def test_stale(self, changed, said, saved):
        done = saved(**changed)
        assert done.status == 6
        assert said in done.err
        assert "br0" not in {link["ifname"] for link in harness.namespace()["links"]}

    def test_the_host_has_drifted(self, host, write):
        write("netconf: 1\ninterfaces: {a: {mtu: 1400}}\n")
        harness.shell("ip link add name a type veth peer name b")
        assert host("plan", "host.yml", "--out", "plan.json").status == 0
        harness.shell("ip link set dev a mtu 1400")
        done = host("apply", "plan.json")
        assert done.status == 6
        assert "the host has changed since the plan was made: no longer: change a" in done.err
        assert "  hint: plan again and review it" in done.err

    def test_damaged(self, host, write, tmp_path):
        write('{"format":"netconf.planfile/1","version":', "plan.json")
        done = host("apply", "plan.json")
        assert done.status == 66
        assert "error[NC6001]" in done.err
        assert "  fix: make it again with netconf plan --out" in done.err

    def test_it_can_not_be_written(self, host, write):
        done = host("plan", write(BRIDGE), "--out", "nowhere/plan.json")
        assert (done.status, done.err) == (
            74,
            "error: can't write the plan file nowhere/plan.json: No such file or directory\n",
        )


class TestFiles:
    @pytest.fixture(params=["validate", "plan", "apply"])
    def read(self, request, host):
        return lambda name: host(request.param, name)

    def test_missing(self, read, write):
        write("")
        done = read("hots.yml")
        assert (done.status, done.err) == (
            66,
            "error[NC1001] hots.yml: can't be read\n  why: No such file or directory\n",
        )

    def test_a_directory(self, read, write, tmp_path):
        write("")
        (tmp_path / "host").mkdir()
        done = read("host")
        assert (done.status, done.err) == (
            66,
            (
                "error[NC1001] host: there is no host.yml in it\n"
                "  why: a folder stands for the document with that name in it\n"
                "  fix: write host/host.yml, or name another file\n"
            ),
        )

    def test_what_would_block(self, read, write, tmp_path):
        write("")
        os.mkfifo(tmp_path / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
            for name in ("fifo", "socket", "/dev/zero"):
                assert read(name).status == 66

    def test_what_others_can_change(self, read, write, tmp_path):
        path = tmp_path / write(BRIDGE)
        path.chmod(0o664)
        done = read("host.yml")
        assert done.status == 77
        assert done.err == (
            "error: host.yml (mode 0664) is writable by group 0: as root only files that nobody else can change "
            "are read\n  hint: chmod go-w host.yml\n"
        )
        path.chmod(0o600)
        os.chown(path, 1, 0)
        done = read("host.yml")
        assert done.status == 77
        assert "  hint: chown root host.yml\n" in done.err

    def test_a_folder_others_can_change(self, read, write, tmp_path):
        (tmp_path / "open").mkdir()
        write(BRIDGE, "open/host.yml")
        (tmp_path / "open").chmod(0o777)
        done = read("open/host.yml")
        assert done.status == 77
        assert f"everybody can replace open/host.yml: {tmp_path}/open (mode 0777)" in done.err


class TestCommandLine:
    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            ([], "netconf: the following arguments are required: COMMAND"),
            (["aply", "x"], "netconf: argument COMMAND: invalid choice: 'aply'"),
            (["plan", "a", "b"], "netconf: unrecognized arguments: b"),
            (["plan", "--jsn", "a"], "netconf: unrecognized arguments: --jsn"),
            (["plan", "--color", "red", "a"], "netconf plan: argument --color: invalid choice: 'red'"),
            (["apply", "--lock-timeout", "soon", "a"], "'soon' is not a number of seconds"),
            (["apply", "--lock-timeout", "nan", "a"], "'nan' is not a number of seconds"),
            (["apply", "--lock-timeout=-1", "a"], "'-1' is not a number of seconds"),
            (["rollback", "--to", "-1"], "'-1' is not the number of a generation"),
            (["rollback", "--to", "two"], "'two' is not the number of a generation"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else None,
    )
    def test_what_argparse_refuses(self, argv, said):
        done = harness.netconf(*argv)
        assert done.status == 64
        assert done.out == ""
        assert done.err.startswith("usage: netconf")
        assert said in done.err

    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            (["explain", "brigde"], 'error: there is no page about "brigde"\n  hint: did you mean bridge?'),
            (
                ["capture", "--section", "route"],
                "error: there is no section route to capture\n  hint: there are: ",
            ),
        ],
        ids=["explain", "capture"],
    )
    def test_words_that_are_not_known(self, argv, said, host):
        done = harness.netconf(*argv)
        assert (done.status, done.out) == (64, "")
        assert said in done.err

    @pytest.mark.parametrize("name", ["nosuch", "../../tmp", "", "a/b"])
    def test_an_unknown_namespace_is_not_made(self, name, host, state, write):
        before = _named_namespaces()
        if name:
            done = host("apply", "--netns", name, write(BRIDGE))
            assert done.status == 64
            assert f'error: network namespace "{name}": ' in done.err
        assert _named_namespaces() == before
        assert not state.exists()


def test_a_named_namespace(netns, state, write):
    """Has a state of its own, whoever made it."""
    write(BRIDGE)
    named = in_mounts("mount -t tmpfs tmpfs /run; mkdir /run/netns; ip netns add blue")
    options = ["--netns", "blue", "--state-dir", str(state)]
    done = process("apply", *options, "--json", "host.yml", before=named)
    assert (done.status, done.object["netns"]) == (0, "netns-blue"), done.err
    assert (state / "netns" / "netns-blue" / "current").is_symlink()
    assert "br0" not in {link["ifname"] for link in harness.namespace()["links"]}
    unknown = process("plan", "--netns", "green", "host.yml", before=named)
    assert unknown.err == (
        'error: network namespace "green": No such file or directory\n  hint: there are: blue\n'
    )


def _named_namespaces() -> list[str]:
    folder = Path("/run/netns")
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.slow
class TestNobodyListens:
    """The transaction goes on to its end, whatever becomes of the terminal."""

    def run(self, state: Path, redirection: str) -> int:
        line = f'"$@" {redirection}'
        environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
        return subprocess.run(
            ["sh", "-c", line, "sh", *PYTHON, "apply", "--state-dir", str(state), "host.yml"],
            env=environ,
            check=False,
        ).returncode

    @pytest.mark.parametrize(
        "redirection", [">&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>&1"]
    )
    def test_closed_or_full(self, redirection, host, state, write):
        write(BRIDGE)
        assert self.run(state, redirection) == 0
        assert "br0" in {link["ifname"] for link in harness.namespace()["links"]}

    def test_a_reader_that_leaves(self, host, state, write):
        write(BRIDGE)
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as stream:
            run = subprocess.run(
                [*PYTHON, "apply", "--state-dir", str(state), "host.yml"],
                stdout=stream,
                stderr=stream,
                env={**os.environ, "PYTHONPATH": str(SOURCES)},
                check=False,
            )
        assert run.returncode == 0
        assert "br0" in {link["ifname"] for link in harness.namespace()["links"]}


def test_a_link_that_vanishes_meanwhile(host, state, write, monkeypatch):
    """Unplugged or renamed between plan and write: the rest is put back."""
    harness.shell("ip link add name a type veth peer name b")
    write("netconf: 1\ninterfaces: {a: {mtu: 1400}, br0: {kind: bridge}}\n")

    def unplug(place: str) -> None:
        if place.startswith("apply.wave0"):
            harness.shell("ip link del dev a 2>/dev/null || true")

    monkeypatch.setattr(
        apply_command, "host_of", lambda *_: Host(Settings("", state, state / "run", checkpoint=unplug))
    )
    done = host("apply", "host.yml")
    assert done.status in (3, 4)
    assert "Not applied: " in done.err
    assert "a" in done.err.partition("Not applied: ")[2].split("\n")[0]
    assert "br0" not in {link["ifname"] for link in harness.namespace()["links"]}
