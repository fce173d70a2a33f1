"""Every field of the spec: what it writes into bird.conf, and that the real BIRD takes it. The cases are fields.yaml."""

from __future__ import annotations

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from contract.cases import field_cases

from netconf.domains.bird.announce import services
from netconf.domains.bird.render import render
from netconf.domains.bird.requirements import ASSUMES_MD5
from netconf.domains.bird.spec import Spec

CASES = field_cases("bird")


def rendered(case, turn):
    document = case.document(turn)
    del document["netconf"]
    return Spec.model_validate(document).bird


def lines(bird):
    text = render(bird).text.split("\n")
    told = [f"{name}: {value}" for name, value in bird.daemon.model_dump().items()]
    for service in services(bird):
        found = {**service._asdict(), **(service.check._asdict() if service.check else {}), "check": ""}
        told += [f"service {name}: {value}" for name, value in found.items()]
    return Counter([*told, *(line.strip() for line in text if not line.startswith("define nc_revision"))])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_it_writes(case):
    one, other = lines(rendered(case, 0)), lines(rendered(case, 1))
    assert [list((one - other).elements()), list((other - one).elements())] == case.lines


@pytest.mark.needs("bin:bird")
def test_bird_takes_all_of_it():
    texts = {f"{case.id} {turn}": render(rendered(case, turn)).text for case in CASES for turn in (0, 1)}
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(complaint, texts.values())
        assert {name: said for name, said in zip(texts, answers, strict=True) if said} == {}


def complaint(text):
    """What BIRD says of a configuration; "" if it takes it."""
    words = ["bird", "-p", "-c", "/dev/stdin"]
    text = text.replace('password "";', 'password "secret";').replace('password "" {', 'password "secret" {')
    done = subprocess.run(words, input=text, text=True, capture_output=True, check=False)
    said = [line for line in done.stderr.splitlines() if not line.endswith(ASSUMES_MD5)]
    return "\n".join(said) or ("" if not done.returncode else f"exit status {done.returncode}")
