"""Writes one table of xtables with python-iptables, and ends: `python -m … <request >reply`.

A process of its own, since the library is C called through ctypes: what crashes there must not take a
transaction with it, it knows one family a process, its handles stay in the namespace they were opened in,
and importing it starts compilers. One commit, or nothing; no reading.

Of the library only what maps to libiptc is used: `iptc.easy` leaves out what it doesn't understand, commits
by themselves keep quiet about errors, and `final_check` writes every option anew as it was printed.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

from netconf.system.xtables import Extension, Rule, Step, decode, protocol_number


def main() -> None:
    """Never returns: nothing is to run at the end of the process but what's here."""
    reply = os.dup(1)
    os.dup2(2, 1)  # what the library prints is talk
    done = 0
    try:
        family, table, steps = decode(sys.stdin.buffer.read())
        writer = _Writer(family, table)
        for step in steps:
            writer.do(step)
            done += 1
        writer.commit()
        answer: list[object] = []
    except Exception as err:  # noqa: BLE001 - told to the one who asked
        answer = [done, f"{type(err).__name__}: {_plain(err)}"]
    os.write(reply, json.dumps(answer).encode())
    os._exit(0)


def _plain(err: Exception) -> str:
    """The library puts bytes into its texts."""
    return str(err).replace("b'", "'").replace('b"', '"')


_LIBRARIES = {
    "c": ("libc.so.6",),
    "ip4tc": ("libip4tc.so.2", "libip4tc.so.0"),
    "ip6tc": ("libip6tc.so.2", "libip6tc.so.0"),
    "xtables": ("libxtables.so.12", "libxtables.so.11", "libxtables.so.10"),
}


def _library(name: str) -> str | None:
    """As ctypes.util.find_library for what python-iptables asks: by the names that libraries are known by
    to the loader, where ctypes would start ldconfig, gcc and ld, and need a directory to write to.
    """
    import ctypes

    for soname in _LIBRARIES.get(name, ()):
        try:
            ctypes.CDLL(soname, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return soname
    return None


def _show_extensions() -> None:
    """Where the extensions are: beside the library. Without being told, python-iptables asks ldconfig."""
    if _library("xtables") is None:
        return
    with open("/proc/self/maps", encoding="utf-8") as maps:  # noqa: PTH123 - pathlib is dear
        found = [line.split()[-1] for line in maps if "/libxtables.so" in line]
    directory = f"{os.path.dirname(found[0])}/xtables" if found else ""  # noqa: PTH120
    if os.path.isdir(directory):  # noqa: PTH112
        os.environ["XTABLES_LIBDIR"] = directory


class _Writer:
    def __init__(self, family: int, table: str) -> None:
        import ctypes.util

        ctypes.util.find_library = _library
        _show_extensions()
        import iptc

        self._held: list[Any] = []
        table_class, rule_class = (iptc.Table, iptc.Rule) if family == 4 else (iptc.Table6, iptc.Rule6)
        self._table = table_class(table, autocommit=False)
        own = [self._table]

        class OurRule(rule_class):  # type: ignore[valid-type, misc]
            """Looks for chains in our table only: the library opens all there are, which loads them."""

            tables = own

        self._rule_class = OurRule

    def do(self, step: Step) -> None:
        table, chain = self._table, step.chain
        if step.what == "create":
            table.create_chain(chain)
        elif step.what == "delete":
            table.delete_chain(chain)
        elif step.what == "remove":
            if table._iptc.iptc_delete_num_entry(chain.encode(), step.position, table._handle) != 1:
                raise OSError(f"can't remove rule {step.position + 1} of {chain}: {table.strerror()}")
        elif step.rule is not None:
            table.insert_entry(chain, self._entry(step.rule, step.counters), step.position)

    def commit(self) -> None:
        self._table.commit()

    def _entry(self, rule: Rule, counters: tuple[int, int]) -> Any:
        new = self._rule_class()
        asked = {
            "src": rule.source,
            "dst": rule.destination,
            "in_interface": rule.into,
            "out_interface": rule.out,
            "protocol": rule.protocol and _protocol(rule.protocol),
            "fragment": rule.fragment,
        }
        for name, value in asked.items():
            if value:
                setattr(new, name, value)
        for match in rule.matches:
            self._fill(new.create_match(match.name), match)
        self._fill(new.create_target(rule.target.name, goto=rule.goto), rule.target)
        new.counters = counters
        entry = new.rule
        if not entry:
            raise ValueError("the library makes nothing of the rule")
        return entry

    def _fill(self, extension: Any, wanted: Extension) -> None:
        """Options and the check at their end before the next extension: the library keeps what's been
        said in one place for all of a kind. What it puts aside for them meanwhile it gives back too early.
        """
        import ctypes

        module = extension._module
        size = getattr(module, "udata_size", 0)
        if size:
            scratch = (ctypes.c_ubyte * size)()
            self._held.append(scratch)
            module.udata = ctypes.cast(ctypes.byref(scratch), ctypes.c_void_p)
        for part in wanted.parts:
            if part.values[:1] == ("!",):
                raise ValueError(f"--{part.option}: the library takes ! for a negation")
            extension.parse(part.option, ["!", *part.values] if part.negated else list(part.values))
        if wanted.name:
            extension._final_check()


def _protocol(name: str) -> str:
    """The library knows few names."""
    plain = name.removeprefix("!")
    number = protocol_number(plain)
    if number is None:
        number = socket.getprotobyname(plain)
    return f"{'!' if name != plain else ''}{number}"


if __name__ == "__main__":
    main()
