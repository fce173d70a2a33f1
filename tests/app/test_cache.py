"""What the cache keeps of documents: every value of every field comes back as it was, in the order it had."""

from __future__ import annotations

import pytest
from contract.cases import field_cases

from netconf import domains
from netconf.app import documents
from netconf.app.cache import encode
from netconf.app.wiring import Host, Settings

DIGEST = "0" * 64


@pytest.fixture
def cache(tmp_path):
    return Host(Settings(state_dir=tmp_path / "state", run_dir=tmp_path / "run")).cache


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "state").mkdir()


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("domain", domains.REGISTRY)
def test_every_field_comes_back(domain, turn, cache, folder):
    for case in field_cases(domain):
        desired = documents.from_plain(case.document(turn), "document").desired
        cache.store(DIGEST, encode(desired))
        found = cache.load(DIGEST)
        assert found == desired, case.id
        assert [*found.resources.items()] == [*desired.resources.items()], case.id
        assert not [
            key for key, one in found.resources.items() if type(one) is not type(desired.resources[key])
        ]


def test_several_kinds_and_namespaces_in_turn(cache, folder):
    dummy = {"kind": "dummy", "addresses": ["192.0.2.1/24", "2001:db8::1/64"], "state": "up"}
    rest = {
        "interfaces": {f"d{number}": dummy for number in range(3)},
        "routes": [{"to": "198.51.100.0/24", "dev": "d1"}],
    }
    wish = documents.from_plain({"netconf": 1, **rest, "netns": {"blue": rest, "red": rest}}, "document")
    cache.store(DIGEST, encode(wish.desired))
    found = cache.load(DIGEST)
    assert found == wish.desired
    assert [*found.resources.items()] == [*wish.desired.resources.items()]


def test_other_bytes_and_damaged_ones_are_unknown(cache, folder, tmp_path):
    desired = documents.from_plain({"netconf": 1, "interfaces": {"d": {"kind": "dummy"}}}, "document").desired
    cache.store(DIGEST, encode(desired))
    assert cache.load("1" * 64) is None
    (file,) = (tmp_path / "state").rglob(cache.key(DIGEST))
    raw = bytearray(file.read_bytes())
    raw[40] ^= 1
    file.write_bytes(raw)
    assert cache.load(DIGEST) is None


def test_one_that_cannot_be_written_is_no_error(cache, tmp_path):
    cache.store(DIGEST, encode(documents.from_plain({"netconf": 1}, "document").desired))
    assert not (tmp_path / "state").exists()
    assert cache.load(DIGEST) is None
