"""What the tiers promise: the kernel's link kinds, a namespace per test, machines that end as they should."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import needs
from lab import netns as namespaces
from lab.emulated import Emulated
from lab.machine import End, Machine, Outcome

COMMANDS = {
    "fine": "echo said; rm ../precious; echo > ../stray; ip link add d0 type dummy; exit 7",
    "panic": "echo said; echo c > /proc/sysrq-trigger",
    "hang": "echo said; sleep 1000",
    "no-init": "kill -9 1; echo said; sleep 1000 &",
}

EMULATED = {
    "fine": "echo said; rm ../precious; echo > ../stray; nproc; exit 7",
    "panic": COMMANDS["panic"],
}


def ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def links() -> list[str]:
    return [line.split(":")[1].strip() for line in ip("-o", "link").splitlines()]


WORDS = [f"{kind}:{value}" for kind, values in needs.VALUES.items() if kind != "machine" for value in values]


@pytest.mark.parametrize(
    "word", [pytest.param(word, marks=pytest.mark.needs(word)) for word in sorted(WORDS)]
)
def test_every_word_is_of_a_tier(word: str) -> None:
    """It's the plugin that fails it, if no tier has what the word says."""


@pytest.mark.needs("link:dummy")
def test_a_dummy(netns: None) -> None:
    ip("link", "add", "d0", "type", "dummy")
    assert links()[-1] == "d0"  # behind gre0 and others, once somebody has loaded their modules


@pytest.mark.needs("link:dummy", "link:vlan")
def test_a_vlan(netns: None) -> None:
    ip("link", "add", "d0", "type", "dummy")
    ip("link", "add", "link", "d0", "name", "d0.5", "type", "vlan", "id", "5")
    assert links()[-2:] == ["d0", "d0.5@d0"]


@pytest.mark.needs("guest")
def test_the_first_namespace_is_ours_in_a_guest() -> None:
    backlog = Path("/proc/sys/net/core/netdev_max_backlog")
    before = backlog.read_text()
    backlog.write_text("1234")
    assert backlog.read_text() == "1234\n"
    backlog.write_text(before)


def test_a_namespace_has_only_lo_and_it_is_up(netns: None) -> None:
    assert links() == ["lo"]
    assert "UP" in ip("link", "show", "lo")


@pytest.mark.needs("netns")
def test_a_namespace_is_left_whatever_happens() -> None:
    before = namespaces.HERE.readlink()
    with pytest.raises(ZeroDivisionError), namespaces.fresh():
        assert namespaces.HERE.readlink() != before
        raise ZeroDivisionError
    assert namespaces.HERE.readlink() == before


def test_a_test_that_strays_fails_and_is_brought_back(netns: None) -> None:
    before = namespaces.HERE.readlink()
    with pytest.raises(pytest.fail.Exception, match="left its network namespace"), namespaces.staying():
        namespaces.enter_fresh()
    assert namespaces.HERE.readlink() == before


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("m")
    (path / "precious").touch()
    return path


@pytest.fixture(scope="module")
def ends(jobs: Path) -> Iterator[dict[str, Outcome]]:
    """All the drills at once: machines must not mind each other, and it is quicker."""
    machines = {name: Machine(jobs / name, command, "128M") for name, command in COMMANDS.items()}
    try:
        for machine in machines.values():
            machine.start()
        limits = dict.fromkeys(COMMANDS, 60.0) | {"hang": 0.0}
        last = sorted(machines, key=limits.__getitem__, reverse=True)
        yield {name: machines[name].wait(limits[name]) for name in last}
    finally:
        for machine in machines.values():
            machine.kill()


@pytest.mark.needs("nic:virtio_net", "smp:4")
def test_a_nic_with_several_queues() -> None:
    drivers = {path.parents[1].name: path for path in Path("/sys/class/net").glob("*/device/driver")}
    name = next(name for name, path in drivers.items() if path.readlink().name == "virtio_net")
    assert len([*Path(f"/sys/class/net/{name}/queues").glob("rx-*")]) == 4


@pytest.mark.needs("link:wireguard", "nft:inet")
def test_what_user_mode_linux_has_not(netns: None) -> None:
    ip("link", "add", "w0", "type", "wireguard")
    assert links()[-1] == "w0"


@pytest.mark.slow
@pytest.mark.needs("machine:qemu")
class TestEmulated:
    """Two boots at once. What all machines have in common is drilled with user-mode-linux, which is quicker."""

    def test_ends_as_any_machine(self, tmp_path: Path) -> None:
        jobs = tmp_path / "m"
        jobs.mkdir()
        (jobs / "precious").touch()
        machines = {name: Emulated(jobs / name, command, "512M") for name, command in EMULATED.items()}
        try:
            for machine in machines.values():
                machine.start()
            ends = {name: machine.wait(120) for name, machine in machines.items()}
        finally:
            for machine in machines.values():
                machine.kill()
        assert (ends["fine"].end, ends["fine"].status, ends["fine"].output) == (End.DONE, 7, "said\n4\n")
        assert "Kernel panic" not in ends["fine"].console
        assert sorted(path.name for path in jobs.iterdir()) == [*sorted(EMULATED), "precious"]
        assert (ends["panic"].end, ends["panic"].status, ends["panic"].output) == (End.PANIC, None, "said\n")
        assert "sysrq triggered crash" in str(ends["panic"])

    def test_leaves_no_process(self, tmp_path: Path) -> None:
        with Emulated(tmp_path / "m", "sleep 1000", "256M") as machine:
            _until(lambda: _processes(tmp_path))
            assert machine.wait(0).end is End.TIMEOUT
        assert not _processes(tmp_path)

    def test_dies_with_its_harness(self, tmp_path: Path) -> None:
        harness = os.fork()
        if harness == 0:
            Emulated(tmp_path / "m", "sleep 1000", "256M").start()
            signal.pause()
        _until(lambda: _processes(tmp_path))
        os.kill(harness, signal.SIGKILL)
        os.waitpid(harness, 0)
        _until(lambda: not _processes(tmp_path))


@pytest.mark.slow
@pytest.mark.needs("machine:uml")
class TestMachine:
    def test_tells_status_and_output(self, ends: dict[str, Outcome]) -> None:
        assert (ends["fine"].end, ends["fine"].status, ends["fine"].output) == (End.DONE, 7, "said\n")

    def test_writes_nothing_to_the_host_but_in_its_job_folder(
        self, ends: dict[str, Outcome], jobs: Path
    ) -> None:
        assert sorted(path.name for path in jobs.iterdir()) == sorted([*COMMANDS, "precious"])

    def test_tells_a_panic_and_keeps_the_output(self, ends: dict[str, Outcome]) -> None:
        assert (ends["panic"].end, ends["panic"].status, ends["panic"].output) == (End.PANIC, None, "said\n")
        assert "sysrq triggered crash" in str(ends["panic"])

    def test_tells_a_timeout(self, ends: dict[str, Outcome]) -> None:
        assert (ends["hang"].end, ends["hang"].status) == (End.TIMEOUT, None)

    def test_is_not_held_up_by_what_the_command_leaves_behind(self, ends: dict[str, Outcome]) -> None:
        assert (ends["no-init"].end, ends["no-init"].status) == (End.DONE, 0)

    def test_dies_with_its_harness(self, tmp_path: Path) -> None:
        harness = os.fork()
        if harness == 0:
            Machine(tmp_path / "m", "sleep 1000", "128M").start()
            signal.pause()
        _until(lambda: _processes(tmp_path))
        os.kill(harness, signal.SIGKILL)
        os.waitpid(harness, 0)
        _until(lambda: not _processes(tmp_path))

    def test_leaves_no_process(self, tmp_path: Path) -> None:
        with Machine(tmp_path / "m", "sleep 1000", "128M"):
            _until(lambda: _processes(tmp_path))
        assert not _processes(tmp_path)

    def test_no_guest_code_runs_on_the_host_when_its_kernel_dies(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Let loose, the guest's shell would go on with its script and write `status` where the kernel was started."""
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        job = tmp_path / "m"
        with Machine(job, "echo said; sleep 1000", "128M") as machine:
            _until(lambda: (job / "output").exists() and (job / "output").read_text())
            kernel = min(pid for pid in _processes(job) if _program(pid) == "linux.uml")
            os.kill(kernel, signal.SIGKILL)
            assert machine.wait(10).end is End.DIED
        assert not list(Path.cwd().iterdir())


def _processes(job: Path) -> list[int]:
    """Those that have the job folder on their command line: the supervisor, the kernel and its helpers."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(job).encode() in line.read_bytes():
                found.append(int(line.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _program(pid: int) -> str:
    return Path(f"/proc/{pid}/exe").readlink().name


def _until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)
