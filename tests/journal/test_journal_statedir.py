from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from journal.host import CONTENT, HOLDER, Child, Site, make_begin, nothing

from netconf.core.errors import NetconfError, PrivilegeError, StateDirError
from netconf.core.outcome import ExitStatus
from netconf.journal import Decision, Durable, StateDir

NOBODY = 65534


def test_made_private_and_run_readable(site):
    site.open()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (site.state, site.root / "run")}
    assert modes == {"state": 0o700, "run": 0o755}
    assert site.names() == ["generations", "journal", "journal/archive"]
    assert {(site.state / name).stat().st_mode & 0o777 for name in site.names()} == {0o700}


def test_opened_again_it_is_left_as_it_is(site):
    site.apply()
    names = site.names()
    site.open()
    assert site.names() == names


def test_two_may_make_it_at_once(tmp_path, monkeypatch):
    site = Site(tmp_path / "host")
    real = Path.mkdir

    def mkdir(path, mode):
        real(path, mode)  # the other's
        real(path, mode)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    site.open()
    assert site.names() == ["generations", "journal", "journal/archive"]


def test_peek_needs_and_creates_nothing(site):
    view = site.view()
    assert (view.current(), view.generations(), view.unfinished(), view.locked_by()) == (0, [], [], None)
    assert view.ledger() == []
    with pytest.raises(StateDirError):
        view.generation(1)
    assert not site.root.exists()


def linked(site, path):
    (site.root / "real").mkdir(mode=0o700)
    path.symlink_to(site.root / "real")


def dangling(site, path):
    path.symlink_to(site.root / "real")


def wide_open(site, path):
    path.mkdir()
    path.chmod(0o777)


def foreign(site, path):
    path.mkdir(mode=0o700)
    os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize("name", ["state", "run"])
@pytest.mark.parametrize(
    ("spoil", "hint"), [(linked, "rm "), (dangling, "rm "), (wide_open, "chmod 07"), (foreign, "chown -R 0 ")]
)
def test_what_is_not_ours_alone_is_refused(site, name, spoil, hint):
    site.root.mkdir()
    path = site.root / name
    spoil(site, path)
    for enter in (site.open, site.view):
        with pytest.raises(PrivilegeError) as caught:
            enter()
        assert str(path) in str(caught.value)
        assert caught.value.hint.startswith(hint)
        assert str(path) in caught.value.hint
        assert caught.value.status is ExitStatus.NO_PRIVILEGE
    assert not path.exists() or list(path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o750, 0o755, 0o701, 0o770])
def test_the_state_is_nobody_elses_to_read(site, mode):
    site.root.mkdir()
    site.state.mkdir()
    site.state.chmod(mode)
    with pytest.raises(PrivilegeError, match=f"mode 0{mode:o}"):
        site.open()


def test_a_file_is_no_state_directory(site):
    site.root.mkdir()
    site.state.write_text("")
    with pytest.raises(StateDirError):
        site.open()


def test_below_a_file_none_can_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirError) as caught:
        StateDir.open(tmp_path / "file/state", tmp_path / "run", nothing)
    assert caught.value.status is ExitStatus.STATE_DIR


def as_nobody(work):
    """What a process without privileges is told."""

    def run():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            return work()
        except NetconfError as error:
            return type(error), error.hint

    return Child(run).result()


@pytest.fixture
def public():
    """A host below a directory that everyone may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as root:
        Path(root).chmod(0o755)
        yield Site(Path(root) / "host")


def test_without_root_one_is_told_so(public):
    assert as_nobody(public.open) == (PrivilegeError, "run it as root")
    assert as_nobody(lambda: public.view().current()) == 0
    public.apply()
    with public.open().lock(HOLDER, 0):
        pass
    public.root.chmod(0o755)
    view = public.view()
    for ask in (view.current, view.generations, view.ledger, view.unfinished, view.locked_by):
        assert as_nobody(ask) == (PrivilegeError, "run it as root")


CLONE_NEWNS = 0x20000
MS_RDONLY, MS_REMOUNT = 1, 32
MS_PRIVATE_REC = 1 << 18 | 1 << 14


def mount(kind, where, flags=0, options=b"", source=b"none"):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source, os.fsencode(where), kind, flags, options):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def on_tmpfs(root, options, work):
    """`work()` in a process of its own that has a tmpfs mounted at `root`, which no other sees."""
    return with_mount(root, lambda: mount(b"tmpfs", root, options=options), work)


def on_ext4(root, work):
    image = root.parent / "image"
    image.write_bytes(b"")
    os.truncate(image, 8 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    return with_mount(root, lambda: subprocess.run(["mount", "-o", "loop", image, root], check=True), work)


def with_mount(root, mounting, work):
    root.mkdir()

    def run():
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), "unshare")
        mount(None, "/", MS_PRIVATE_REC)
        mounting()
        return work()

    return Child(run).result()


def fill_up(path):
    """No byte is left on the file system."""
    with (path / "filler").open("wb", buffering=0) as file:
        for size in (1 << 16, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def refusal(work):
    try:
        work()
    except StateDirError as error:
        return str(error)
    return None


def test_too_little_space_is_refused_before_anything_is_written(site):
    def work():
        names = site.open() and site.names()
        return refusal(site.begin), site.names() == names

    said, same = on_tmpfs(site.root, b"size=512k", work)
    assert "KiB left, 1024 KiB are needed" in said
    assert same


def test_a_read_only_file_system_is_refused(site):
    def work():
        site.apply()
        mount(b"tmpfs", site.root, MS_REMOUNT | MS_RDONLY)
        return refusal(site.open), refusal(site.begin), site.view().current()

    said, _, current = on_tmpfs(site.root, b"size=4m", work)
    assert "read-only" in said
    assert current == 1


def test_a_disk_that_fills_up_while_beginning_is_left_as_it_was(site):
    def work():
        site.apply()
        journal = site.open()
        names = site.names()
        large = [[["route", [str(i)], ""], None] for i in range(60_000)]
        said = refusal(lambda: journal.begin(make_begin("large", 1, before=large), CONTENT))
        same = site.names() == names
        site.apply()
        site.assert_clean()
        return said, same

    said, same = on_tmpfs(site.root, b"size=2m", work)
    assert "No space left" in said
    assert same


@pytest.mark.parametrize("word", [Decision.COMMIT, Decision.ROLLBACK])
@pytest.mark.parametrize("later", [False, True], ids=["at once", "in recovery"])
@pytest.mark.parametrize(
    "on", [lambda root, work: on_tmpfs(root, b"size=2m", work), on_ext4], ids=["tmpfs", "ext4"]
)
def test_a_disk_that_fills_up_after_begin_does_not_matter(site, word, later, on):
    def work():
        transaction = site.begin()
        fill_up(site.root)
        assert os.statvfs(site.root).f_bavail == 0
        transaction.intent(1, ["x" * 10_000])
        if later:
            (transaction,) = site.open().leftovers()
        assert transaction.decide(word) is word
        if word is Decision.COMMIT:
            return transaction.commit(), site.view().current(), site.view().unfinished()
        durable = transaction.rolled_back(complete=True)
        return durable, site.view().current(), site.view().unfinished()

    expected = (Durable.YES, int(word is Decision.COMMIT), [])
    assert on(site.root, work) == expected
