"""How a run with tiers looks to the one who starts pytest: a small project, run by a pytest of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1]

TESTS = """
import pathlib
import pytest

def test_here():
    assert not pathlib.Path("status").exists()

@pytest.mark.needs("guest")
def test_there():
    pass

@pytest.mark.needs("guest")
@pytest.mark.parametrize("word", ["a b", "[x]::y"])
def test_parametrized_there(word):
    pass

@pytest.mark.needs("guest")
def test_fails_there():
    print("words of the guest")
    assert pathlib.Path("/etc/hostname").read_text() == "not a guest"

@pytest.mark.needs("guest")
def test_skips_itself():
    pytest.skip("for a reason")

@pytest.mark.needs("guest")
@pytest.mark.xfail
def test_xfails():
    assert False

@pytest.mark.needs("guest", "bin:no-such-program")
def test_nowhere():
    pass
"""

THREE = """
import pytest

def test_here(request):
    assert request.config.getoption("--lab-tier") == "host"

@pytest.mark.needs("guest")
def test_there(request):
    assert request.config.getoption("--lab-tier") == "uml"

@pytest.mark.needs("link:wireguard")
def test_farther(request):
    assert request.config.getoption("--lab-tier") == "qemu"

@pytest.mark.needs("link:wireguard")
def test_fails_farther(request):
    assert request.config.getoption("--lab-tier") == "uml"

@pytest.mark.needs("link:wireguard", "bin:no-such-program")
def test_nowhere():
    pass
"""

PANIC = """
import pathlib
import pytest

pytestmark = pytest.mark.needs("guest")

def test_1_fine():
    pass

def test_2_panics():
    pathlib.Path("/proc/sysrq-trigger").write_text("c")

def test_3_never():
    pass
"""

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(tests: str, *options: str) -> tuple[int, str]:
        """Exit status and output of pytest on these tests."""
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
        (tmp_path / "test_it.py").write_text(tests)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "lab.plugin", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SOURCES), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not list(tmp_path.glob("lab-*")) or "its files" in done.stdout
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_unknown_need_stops_the_run(run: Run) -> None:
    status, said = run('import pytest\n\n@pytest.mark.needs("lnik:dummy")\ndef test_it(): pass\n')
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "unknown need 'lnik:dummy'" in said


def test_an_unknown_tier_stops_the_run(run: Run) -> None:
    assert run(TESTS, "--tiers", "host,moon")[0] == pytest.ExitCode.USAGE_ERROR


def test_the_host_alone_leaves_out_the_rest_and_says_so(run: Run) -> None:
    status, said = run(TESTS, "--tiers", "host")
    assert status == pytest.ExitCode.OK
    assert "tiers: host 1 (7 left out: they need another tier)" in said
    assert "1 passed, 7 deselected" in said


def test_collecting_boots_nothing(run: Run) -> None:
    status, said = run(TESTS, "--collect-only", "-q")
    assert status == pytest.ExitCode.OK
    assert "test_there" in said
    assert "tiers: host 0, uml 0, qemu 0" in said


@pytest.mark.slow
@pytest.mark.needs("machine:uml", "machine:qemu")
def test_what_one_guest_lacks_goes_to_the_next(run: Run) -> None:
    status, said = run(THREE, "-p", "no:randomly", "-v")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "tiers: host 1, uml 1, qemu 2" in said
    assert re.search(r"1 failed, 3 passed, 1 error in", said), said
    assert "assert 'qemu' == 'uml'" in said
    lack = "bin:no-such-program, link:wireguard"
    assert (
        f"no tier has all it needs: host lacks {lack}; uml lacks {lack}; qemu lacks bin:no-such-program"
        in said
    )


@pytest.mark.slow
@pytest.mark.needs("machine:uml")
def test_no_guest_is_booted_for_nothing(run: Run) -> None:
    status, said = run(THREE, "-k", "test_here or test_there")
    assert (status, "tiers: host 1, uml 1, qemu 0" in said) == (pytest.ExitCode.OK, True), said


@pytest.mark.slow
@pytest.mark.needs("machine:uml")
class TestWithAGuest:
    def test_one_count_of_both_tiers(self, run: Run) -> None:
        status, said = run(TESTS, "-p", "no:randomly", "--tiers", "host,uml")
        assert status == pytest.ExitCode.TESTS_FAILED
        assert "tiers: host 1, uml 6" in said
        assert re.search(r"1 failed, 4 passed, 1 skipped, 1 xfailed, 1 error in", said), said
        assert "AssertionError: assert 'lab\\n' == 'not a guest'" in said
        assert "words of the guest" in said
        assert (
            "no tier has all it needs: host lacks bin:no-such-program, guest; uml lacks bin:no-such-program"
            in said
        )

    def test_a_panic_is_told_with_the_test_it_happened_in(self, run: Run) -> None:
        status, said = run(PANIC, "-p", "no:randomly", "--tiers", "host,uml")
        assert status == pytest.ExitCode.TESTS_FAILED
        assert "tiers: host 0, uml 1" in said
        assert "1 passed, 2 errors" in said
        assert re.search(
            r"ERROR at setup of test_2_panics _+\n.*\n.*guest ended before this test did: panic", said
        )
        assert "sysrq triggered crash" in said
        assert "not run: the uml guest ended at test_it.py::test_2_panics" in said

    def test_the_first_failure_ends_the_run(self, run: Run) -> None:
        status, said = run(
            *(TESTS, "--tiers", "host,uml", "-p", "no:randomly", "--exitfirst"),
            *("-k", "fails_there or nowhere or xfails"),
        )
        assert status == pytest.ExitCode.TESTS_FAILED
        assert "1 failed, 5 deselected" in said
        assert "stopping after 1 failures" in said
