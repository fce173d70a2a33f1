"""Names of routing tables from the host's files: who wins, and that what was applied keeps its numbers."""

from __future__ import annotations

import pytest

from netconf.app import documents
from netconf.core import ids
from netconf.core.errors import DocumentError
from netconf.inventory.files import read_file
from netconf.system import tables
from netconf.system.linux.files import LinuxFiles

FILES = {
    "usr/rt_tables": "1 red\n2 blue\n",
    "etc/rt_tables": "# 7 nothing\n\n0\tunspec\n254 main\n10 red # ours\n0x20 hex\nx bad\n4294967296 huge\n30 a/b\n",
    "etc/rt_tables.d/more.conf": "40 more\n10 red-too\n",
    "etc/rt_tables.d/more.txt": "50 ignored\n",
}


@pytest.fixture
def host(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(tables, "FOLDERS", tuple(str(tmp_path / folder) for folder in ("none", "usr", "etc")))
    return tmp_path


def wish(host, table, more=""):
    path = host / "host.yml"
    path.write_text(f"netconf: 1\nroutes: [{{to: 10.0.0.0/8, kind: blackhole, table: {table}}}]\n{more}")
    path.chmod(0o600)
    return documents.from_content(read_file(str(path)))


def table_of(found):
    (key,) = (key for key in found.desired.resources if key.kind == ids.ROUTE)
    return key.name[1]


def test_files_are_read_as_iproute2_does(host):
    found = tables.table_names(LinuxFiles())
    assert found == {
        "red": 10, "blue": 2, "unspec": 0, "main": 254, "hex": 32, "huge": 4294967296, "a/b": 30,
        "more": 40, "red-too": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "number"), [("red", "10"), ("blue", "2"), ("hex", "32"), ("more", "40"), ("main", "main")]
)
def test_a_name_of_the_host(host, table, number):
    assert table_of(wish(host, table)) == number


def test_the_name_of_the_document_wins(host):
    assert table_of(wish(host, "red", "tables: {red: 99}\n")) == "99"


@pytest.mark.parametrize("table", ["unspec", "huge", "a/b", "ignored", "rad"])
def test_no_name(host, table):
    with pytest.raises(DocumentError) as failure:
        wish(host, table)
    (finding,) = failure.value.diagnostics
    assert finding.code == "NC2310"
    assert "red" in finding.detail or finding.hint == "write red"


def test_what_was_applied_keeps_its_numbers(host):
    found = wish(host, "red", "tables: {green: 5}\n")
    assert found.data["tables"] == {"red": 10, "green": 5}
    (host / "etc/rt_tables").write_text("77 red\n")
    assert table_of(documents.from_plain(found.data, "generation 1")) == "10"
