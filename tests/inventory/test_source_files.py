"""Reading a source: what is no file, what is too much, and what root must not trust."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from inventory.fake_parts import rendered

from netconf.core.errors import DocumentError, MissingFileError, PrivilegeError
from netconf.core.outcome import ExitStatus
from netconf.inventory import files
from netconf.inventory.files import read_file

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="the file must belong to root")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(b"netconf: 1\n")
    path.chmod(0o644)
    return path


def refused(path) -> str:
    with pytest.raises(MissingFileError) as caught:
        read_file(str(path))
    assert caught.value.status is ExitStatus.MISSING_FILE
    (found,) = caught.value.diagnostics
    assert found.where.file == str(path)
    return rendered(found)


def test_content_name_and_digest(file):
    content = read_file(str(file))
    assert content.raw == b"netconf: 1\n"
    assert content.name == str(file)
    assert content.digest == hashlib.sha256(content.raw).hexdigest()


def test_directory(tmp_path):
    assert f"{tmp_path}: there is no host.yml in it\n  why: a folder stands for" in refused(tmp_path)
    (tmp_path / "host.yml").write_text("netconf: 1\n")
    assert read_file(str(tmp_path)).name == str(tmp_path / "host.yml")
    (tmp_path / "host.yml").unlink()
    (tmp_path / "host.yml").mkdir()
    with pytest.raises(MissingFileError, match=r"host\.yml: not a regular file"):
        read_file(str(tmp_path))


def test_fifo_does_not_block(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert "it is a FIFO" in refused(path)


def test_device():
    assert "it is a device" in refused("/dev/null")


def test_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 107 bytes only
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
        assert "can't be read" in refused("sock")


def test_missing(tmp_path):
    assert "can't be read\n  why: No such file or directory" in refused(tmp_path / "none.yaml")
    assert "can't be read\n  why: Not a directory" in refused("/dev/null/x")
    assert "embedded null" in refused("a\0b")
    assert "can't be read" in refused("")


def test_unreadable(file, monkeypatch):
    monkeypatch.setattr(
        files.os, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    assert "Permission denied" in refused(file)


def test_read_error(file, monkeypatch):
    monkeypatch.setattr(files.os, "read", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    assert "Input/output error" in refused(file)


def test_no_descriptor_is_left(file, tmp_path):
    gc.collect()  # what earlier tests left
    before = len(list(Path("/proc/self/fd").iterdir()))
    read_file(str(file))
    refused(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_size_limit(file, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 11)
    assert read_file(str(file)).raw
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(DocumentError, match="larger than"):
        read_file(str(file))


def denied(path) -> PrivilegeError:
    with pytest.raises(PrivilegeError) as caught:
        read_file(str(path))
    assert caught.value.status is ExitStatus.NO_PRIVILEGE
    return caught.value


@AS_ROOT
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o620])
def test_root_reads_nothing_that_others_write(file, mode):
    file.chmod(mode)
    error = denied(file)
    assert f"(mode {mode:04o}) is writable by" in str(error)
    assert error.hint == f"chmod go-w {file}"


@AS_ROOT
def test_root_reads_nothing_of_others(file):
    os.chown(file, 1234, 0)
    error = denied(file)
    assert "belongs to uid 1234" in str(error)
    assert error.hint == f"chown root {file}"


@AS_ROOT
def test_hints_are_quoted_for_the_shell(tmp_path):
    path = tmp_path / "a b;c.yaml"
    path.touch()
    path.chmod(0o666)
    assert denied(path).hint == f"chmod go-w '{path}'"


@AS_ROOT
def test_root_reads_nothing_that_others_can_replace(tmp_path):
    directory = tmp_path / "open"
    (directory / "inner").mkdir(parents=True)
    path = directory / "inner" / "site.yaml"
    path.touch(mode=0o644)
    directory.chmod(0o777)
    error = denied(path)
    assert f"{directory} (mode 0777) is writable by everybody" in str(error)
    assert error.hint == f"chmod o-w {directory}"
    directory.chmod(0o1777)
    assert read_file(str(path)).raw == b""
    directory.chmod(0o777)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    assert f"{directory} (mode 0777)" in str(denied(link))


def test_who_is_not_root_trusts_everybody(file, monkeypatch):
    file.chmod(0o666)
    monkeypatch.setattr(files.os, "geteuid", lambda: 1234)
    assert read_file(str(file)).raw


def test_standard_input(tmp_path, monkeypatch):
    path = tmp_path / "in"
    path.write_bytes(b"netconf: 1\n")
    with path.open("rb") as stream:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=stream.fileno))
        content = read_file("-")
    assert (content.name, content.raw) == ("<stdin>", b"netconf: 1\n")


@pytest.mark.parametrize("stdin", [None, io.StringIO("netconf: 1")])
def test_no_standard_input(stdin, monkeypatch):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(MissingFileError):
        read_file("-")


def test_reading_a_file_needs_neither_yaml_nor_pydantic():
    code = "import sys, netconf.inventory.files; print({'yaml', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
