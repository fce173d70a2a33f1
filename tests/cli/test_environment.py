"""Group F of the catalogue: privileges, the state directory, the lock, saved plans, files, the command line."""

from __future__ import annotations

import fcntl
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
from netconf.journal import Begin, Holder, StateDir, envelope

BRIDGE = "netconf: 1\ninterfaces: {br0: {kind: bridge}}\n"
WITHOUT_ADMIN = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]


@pytest.fixture
def unchanged(state):
    """Compare the namespace, and if it's there the state directory, with what they are now."""

    def picture():
        return harness.namespace(), harness.tree(state) if state.is_dir() else None

    before = []

    def compare():
        if before:
            assert picture() == before[0]
        else:
            before.append(picture())

    return compare


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


class TestStateDirectory:
    @pytest.fixture
    def refused(self, host, write, unchanged):
        """The end of an apply that may not touch anything."""

        def refused(make) -> harness.Done:
            make()
            write(BRIDGE)
            unchanged()
            done = host("apply", "host.yml")
            unchanged()
            return done

        return refused

    def test_a_symbolic_link(self, refused, state, tmp_path):
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        # the namespace's own directory lies below, so the link is the parent of what is opened
        done = refused(lambda: _own(state).symlink_to(tmp_path / "elsewhere"))
        assert done.status == 77
        assert done.err == (
            f"error: {_own(state)} is a symbolic link\n  hint: rm {_own(state)}, or name its target instead\n"
        )
        assert not list((tmp_path / "elsewhere").iterdir())

    def test_another_owner(self, refused, state):
        def make():
            _own(state).mkdir(mode=0o700)
            os.chown(_own(state), 1, 1)

        done = refused(make)
        assert done.status == 77
        assert f"{_own(state)} belongs to uid 1\n  hint: chown -R 0 {_own(state)}\n" in done.err

    def test_open_to_others(self, refused, state):
        def make():
            _own(state).mkdir()
            _own(state).chmod(0o777)

        done = refused(make)
        assert done.status == 77
        assert f"{_own(state)} is open to others, mode 0777\n  hint: chmod 0700 {_own(state)}\n" in done.err

    def test_a_file(self, refused, state):
        done = refused(lambda: _own(state).write_text(""))
        assert (done.status, done.err) == (74, f"error: {_own(state)} is not a directory\n")

    @pytest.mark.parametrize(
        ("options", "said"),
        [("ro", "Read-only file system"), ("size=256k", "KiB left, 1024 KiB are needed")],
        ids=["read-only", "full"],
    )
    def test_no_room_to_write(self, options, said, host, state, write, unchanged):
        write(BRIDGE)
        state.mkdir(mode=0o700)
        before = in_mounts(f"mount -t tmpfs -o mode=700,{options} tmpfs {state}")
        unchanged()
        done = process("apply", "--state-dir", str(state), "host.yml", before=before)
        unchanged()
        assert done.status == 74
        assert said in done.err.lower() or said in done.err

    def test_a_journal_that_can_not_be_read(self, host, state, write, unchanged):
        host("apply", write(BRIDGE))
        _leave(state, b"not a journal\n")
        unchanged()
        for command in (["apply", "host.yml"], ["rollback"]):
            done = host(*command)
            assert done.status == 74
            assert "error: transaction abc can't be recovered: begin.json isn't a journal record" in done.err
            assert (
                "  hint: compare the host with netconf plan; then move the folder journal/abc out" in done.err
            )
        unchanged()

    @pytest.mark.parametrize("command", [["plan", "host.yml"], ["status"], ["history"]], ids=lambda c: c[0])
    def test_reading_goes_on_beside_a_journal_that_can_not_be_read(
        self, command, host, state, write, unchanged
    ):
        host("apply", write(BRIDGE))
        _leave(state, b"not a journal\n")
        unchanged()
        done = host(*command)
        assert done.status == 0
        assert "warning[NC7001] transaction abc can't be recovered: begin.json isn't a" in done.err
        assert "apply and rollback refuse until this is settled\n  fix: compare the host with" in done.err
        [found] = host(command[0], "--json", *command[1:]).object["diagnostics"]
        assert (found["severity"], found["code"]) == ("warning", "NC7001")
        unchanged()

    def test_capture_goes_on_beside_a_journal_that_can_not_be_read(self, host, state, write):
        host("apply", write(BRIDGE))
        _leave(state, b"not a journal\n")
        done = host("capture", "--json")
        assert (done.status, done.object["netconf"]) == (0, 1)
        assert "warning[NC7001] transaction abc" in done.err

    def test_a_journal_of_a_newer_version(self, host, state, write, unchanged):
        host("apply", write(BRIDGE))
        begin = Begin("abc", 0.0, "9.0", "", "", "", 0, "root", (), 1, [], ())
        _leave(state, envelope.seal(begin, b"[]", form=2))
        unchanged()
        done = host("apply", "host.yml")
        unchanged()
        assert done.status == 74
        assert "journal format 2, this version knows 1" in done.err

    def test_another_transaction_is_running(self, host, state, write, unchanged):
        host("apply", write(BRIDGE))
        own = _own(state)
        holder = Holder("7f3abc", 812, 1, "alice", "203.0.113.5 50000 192.0.2.1 22", "apply")
        with StateDir.open(own, own_run(state), lambda _: None).lock(holder, 0):
            unchanged()
            done = host("apply", "host.yml", "--lock-timeout", "0.1")
            status = host("status")
            unchanged()
        assert done.status == 75
        assert done.err == (
            "error: another transaction is running (tx 7f3abc, pid 812, user alice, since 0 s, from 203.0.113.5: "
            "apply)\n  hint: wait with --lock-timeout SECONDS, or see netconf status\n"
        )
        assert "lock:        tx 7f3abc, pid 812, user alice" in status.out

    def test_there_is_no_such_generation(self, host, write):
        assert host("rollback").status == 64
        host("apply", write(BRIDGE))
        for command in (["history", "show", "7"], ["history", "diff", "1", "7"], ["rollback", "--to", "7"]):
            done = host(*command)
            assert done.status == 64
            assert "generation 7" in done.err
            assert "  hint: " in done.err
        assert host("history", "show", "one").status == 64
        assert host("history", "shwo").status == 64


def _own(state: Path) -> Path:
    """What the namespace the test is in has of a state directory; its parents are made."""
    key = Host(Settings(state_dir=state, run_dir=own_run(state))).namespace_key
    own = state / "netns" / key
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own


def own_run(state: Path) -> Path:
    key = Host(Settings()).namespace_key
    return state / "run" / "netns" / key


def _leave(state: Path, begin: bytes) -> None:
    """A transaction that an earlier run began."""
    folder = _own(state) / "journal" / "abc"
    folder.mkdir()
    (folder / "begin.json").write_bytes(begin)


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


def test_the_lock_file_itself_is_locked(host, state, write):
    """By a process that says nothing about itself."""
    host("apply", write(BRIDGE))
    lock = own_run(state) / "lock"
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = host("apply", "host.yml")
    assert done.status == 75
    assert "another transaction is running (unknown)" in done.err
