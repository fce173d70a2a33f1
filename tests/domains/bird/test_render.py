"""The whole bird.conf: deterministic, placed line by line, and nothing a user writes gets out of its place in it."""

from __future__ import annotations

import copy
import os
import random
import re
from pathlib import Path

import pytest
from contract.cases import load_yaml
from domains.bird.test_fields import complaint
from pydantic import ValidationError

from netconf.domains.bird.expectations import Expectation, expectations
from netconf.domains.bird.render import render, revision_of
from netconf.domains.bird.spec import Spec
from netconf.domains.bird.text import origin_of

HERE = Path(__file__).parent
FULL = load_yaml(HERE / "full.yaml")
GOLDEN = HERE / "full.conf"
FIRST_SEED = random.randrange(1 << 30) if "NETCONF_RANDOM" in os.environ else 0
CASES = int(os.environ.get("NETCONF_FUZZ", "1000"))

needs_bird = pytest.mark.needs("bin:bird")


def rendered(document):
    return render(Spec.model_validate(copy.deepcopy(document)).bird)


def test_golden(request):
    text = rendered(FULL).text
    if request.config.getoption("--update-goldens"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


@needs_bird
def test_bird_takes_the_golden():
    assert complaint(GOLDEN.read_text()) == ""


def test_the_order_of_mappings_does_not_matter():
    assert rendered(_reversed(FULL)) == rendered(FULL)


def _reversed(value):
    if isinstance(value, dict):
        return {key: _reversed(part) for key, part in reversed(value.items())}
    return [_reversed(part) for part in value] if isinstance(value, list) else value


def test_the_revision_follows_every_change_of_the_text():
    document = copy.deepcopy(FULL)
    document["bird"]["hostname"] = "edge-2"
    one, other = rendered(FULL), rendered(document)
    assert one.revision == revision_of(one.text)
    assert one.revision != other.revision
    assert revision_of("protocol device { }\n") == ""


def test_every_line_has_its_place_in_the_document():
    found = rendered(FULL)
    for number, line in enumerate(found.text.split("\n"), 1):
        value = FULL
        for step in origin_of(found.origins, number).path:
            if isinstance(value, dict) and step not in value:
                assert step in ("log", "import", "export", "channel", "channels"), (line, step)
                break
            value = value[step]
    line = next(n for n, text in enumerate(found.text.split("\n"), 1) if "hold time" in text)
    assert origin_of(found.origins, line).path == ("bird", "defaults", "bgp", "hold_time")


def test_expectations_are_read_back():
    found = {e.protocol: e for e in expectations(rendered(FULL).text)}
    assert found["old_upstream"] == Expectation("old_upstream", "established", "30s", ("192.168.14.88/32",))
    assert found["nc_rpki_cache1"].state == "down"
    assert found["nc_bgp_any"].state == "any"
    assert {"nc_static_base", "nc_static6_base", "nc_rip_uplink"} <= found.keys()
    assert expectations("protocol bgp x {\n}\n") == []


HOSTILE = [
    *(
        '"',
        "'",
        ";",
        "}",
        "{",
        "\n",
        "\r",
        "\t",
        "\0",
        "#",
        "/*",
        "*/",
        "\\",
        '\\"',
        "%",
        "$(id)",
        "{{7*7}}",
        "`id`",
    ),
    *(
        "é",
        "\u2028",
        "\ud800",
        " ",
        "include",
        "..",
        "*",
        "?",
        "~",
        "[",
        "]",
        ",",
        "-",
        "@",
        "a",
        "0",
        ":",
        "/",
        "+",
    ),
    *("1.2.3.4", "::", "f" * 64, "%eth0", "all", "none", "${HOME}", "\x7f", "yes", "0x1f", "1e9", "master4"),
    "; } protocol static x { ipv4; route 0.0.0.0/0 blackhole; } #",
    '"; } protocol static x { ipv4; } protocol device { #',
    '\ninclude "/etc/shadow";\n',
]


@needs_bird
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 4))
def test_no_hostile_text_gets_out_of_its_place(seed):
    chance = random.Random(seed)
    places = list(_places(FULL["bird"], ("bird",)))
    shape, accepted = _shape(rendered(FULL).text), 0
    for _ in range(CASES // 4):
        document, place = copy.deepcopy(FULL), chance.choice(places)
        value = "".join(chance.choice(HOSTILE) for _ in range(chance.randint(1, 3)))
        _spoil(document, place, value, append=chance.random() < 0.6)
        try:
            text = rendered(document).text
        except ValidationError:
            continue
        accepted += 1
        # What is of the other family belongs to another protocol.
        assert _shape(text) == shape or place[-1] == "to" or "announce" in place, (place, value)
        # Of these BIRD takes no keyword of its own (an interface named yes), and says so when it's planned.
        assert complaint(text) == "" or place[-1] in ("bird_name", "interface", "dev"), (place, value)
    assert accepted


def _places(value, at):
    """Every string, and every name that is a key, but raw configuration, which is meant to be taken as it is."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "raw":
                continue
            if isinstance(part, dict) and at[-1] in ("bgp", "rip", "static", "prefix_sets", "direct", "bfd"):
                yield (*at, key, None)
            yield from _places(part, (*at, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _places(part, (*at, number))
    elif isinstance(value, str):
        yield at


def _spoil(document, place, value, *, append):
    *above, last = place if place[-1] is not None else place[:-1]
    for step in above:
        document = document[step]
    if place[-1] is None:
        document[last + value if append else value] = document.pop(last)
    else:
        document[last] = document[last] + value if append else value


def _shape(text):
    """How often what has a meaning stands outside of strings and comments."""
    bare = re.sub(r'"[^"\n]*"|#[^\n]*', " ", text)
    bare = re.sub(r"(import|export) (all|none|filter \w+);", "policy;", bare)
    return {
        word: len(re.findall(word, bare))
        for word in (
            r"\{",
            r"\}",
            ";",
            r"\bprotocol\b",
            r"\bfilter\b",
            r"(?m)^\s*include\b",
            r"\broute\b",
            '"',
            "'",
        )
    }
