"""Services that are announced while they work, in BIRD's language.

Their prefixes stand in a table of the kernel that nobody routes by. BIRD learns them from there,
however often it's configured or started, and a pipe brings them among its other routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.domains.bird import names
from netconf.domains.bird.expectations import DEFAULT, Expectation
from netconf.domains.bird.render_filters import service_families
from netconf.domains.bird.text import Lines

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Bird

PREFERENCE = 250
"""More than that of direct routes, 240: the service's address may be on an interface, too."""


def announce_tables(add: Lines, bird: Bird) -> None:
    with add.at("announce"):
        for family in service_families(bird):
            add(f"{family} table {names.announce_table(family)};")


def announce(add: Lines, bird: Bird) -> None:
    with add.at("announce"):
        for family in service_families(bird):
            add()
            _learn(add, family, bird.announce_table)
            _pass_on(add, family)


def _learn(add: Lines, family: str, table: int) -> None:
    with add.block(f"protocol kernel {names.announcer(family)}", "}"):
        _expect(add, names.announcer(family))
        add(f"kernel table {table};")
        add("learn;")
        with add.block(family):
            add(f"table {names.announce_table(family)};")
            add("import all;")
            add("export none;")


def _pass_on(add: Lines, family: str) -> None:
    with add.block(f"protocol pipe {names.announce_pipe(family)}", "}"):
        _expect(add, names.announce_pipe(family))
        add(f"table {names.MAIN[family]};")
        add(f"peer table {names.announce_table(family)};")
        add(f"import filter {{ preference = {PREFERENCE}; accept; }};")
        add("export none;")


def _expect(add: Lines, name: str) -> None:
    for line in Expectation(name, *DEFAULT).lines():
        add(line)
