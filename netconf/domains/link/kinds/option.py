"""What a kind of link is described by: its options, how each is written, read and printed.

Option names and values are the document's; `codec` is the name in linux/if_link.h or
linux/if_tunnel.h, `word` what `ip link` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from netconf.core.duration import duration_text, milliseconds

Value = str | int


class Form(NamedTuple):
    """How a document value is written to the kernel, read back, and printed for `ip link`; `bare`
    is a switch that iproute2 writes as one word, with "no" before it for off; `many` are lists in a
    document, which stand in options as text with commas; `lacking` are read as "" where there are none, so that
    a link that is put back has none again.
    """

    write: Callable[[Value], Value]
    read: Callable[[Value], Value]
    word: Callable[[Value], str] = str
    bare: bool = False
    many: bool = False
    lacking: bool = False


class Option(NamedTuple):
    """One option of a kind. `bit` is set for options that share one flag word; `masked` if that word
    is written with a mask of the bits meant. `flag` is a word and its bit that say that the option
    counts at all: the kernel minds the key of a GRE tunnel only with GRE_KEY among the flags.
    `field` are the shift and the width in bits of a number that shares a word with others; `alone` is what
    it's written to where nothing is known of the others. `inherit` is written in its place for the word "inherit".
    """

    name: str
    codec: str
    word: str
    form: Form
    bit: int = 0
    masked: bool = True
    flag: tuple[str, int] = ("", 0)
    field: tuple[int, int] = (0, 0)
    alone: str = ""
    inherit: str = ""


class Fault(NamedTuple):
    """What is wrong with the options of a link together: see core.diagnostics."""

    code: str
    what: str
    why: str
    fix: str


class Usual(NamedTuple):
    """An attribute that is so in all links netconf makes (where it's there at all), and what it's about."""

    codec: str
    value: Value | bool
    what: str


Values = Mapping[str, Value]


def _always(_name: str, _options: Values) -> bool:
    return True


def _faultless(_options: Values) -> Iterator[Fault]:
    return iter(())


class KindTable(NamedTuple):
    """A kind: its options, which of them a change of means replacing the link, which values of an
    option can't be changed to or from, which addresses stay of one family and can't be taken away (`lasting`), which options (with "lower") make it unique in the kernel,
    whether it needs or may have a lower link, and whether that can be changed in place. `mac` is
    whether it has a MAC address of its own and takes another while it's up (IFF_LIVE_ADDR_CHANGE).

    `plural` is an option that lets there be several links with all of `unique` in common where it's on.

    `lower_option` is the option that names the lower link, where IFLA_LINK doesn't. `whole` are kinds
    of which a change resets every option it doesn't name; `together` options that go along with any
    one of them. `applies` says whether an option counts beside the others (the LACP rate of a bond
    only in mode 802.3ad); `faults` finds what the kernel would refuse or round. `fallback` is the
    name of the link that comes with the kernel's module and can be neither made nor removed. `defaults`
    are values that a new link or port has, and that some kernels refuse to be told, or don't know. `spoken` is what a new link
    has where nothing is said, and `ip link add` would say otherwise (of links with the option `spoken_if` on,
    if there's one). `usual` is what isn't described here
    and a link of ours doesn't have: one that does is another program's, and can't be made again. `implied`
    are options that follow from others: documents don't write them, nor the values in `unwritten`, which may not be known. `like` is a kind whose links are
    unique among those of this one too, `like_external` the same of those that are external, `bare` an option with
    which it has no MAC address, since it carries no Ethernet frames, `later` options that a link takes only once it's made, `unsaid` what stands for none among the options in `unique`.
    """

    options: tuple[Option, ...] = ()
    fixed: frozenset[str] = frozenset()
    apart: frozenset[tuple[str, Value]] = frozenset()
    lasting: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    plural: str = ""
    lower: str = ""
    movable: bool = False
    mac: Literal["live", "fixed", "none"] = "live"
    lower_option: str = ""
    whole: bool = False
    together: frozenset[str] = frozenset()
    applies: Callable[[str, Values], bool] = _always
    faults: Callable[[Values], Iterator[Fault]] = _faultless
    fallback: str = ""
    defaults: frozenset[tuple[str, Value]] = frozenset()
    spoken: tuple[tuple[str, Value], ...] = ()
    spoken_if: str = ""
    usual: tuple[Usual, ...] = ()
    implied: frozenset[str] = frozenset()
    unwritten: frozenset[tuple[str, Value]] = frozenset()
    like: str = ""
    like_external: str = ""
    bare: str = ""
    later: frozenset[str] = frozenset()
    unsaid: tuple[tuple[str, Value], ...] = ()


NO_OPTIONS = KindTable()

NUMBER = Form(int, int)
TEXT = Form(str, str)
DUAL = Form(str, str, lacking=True)
"""An address: IPv4 in one attribute, IPv6 in another whose name has a 6 at its end."""
SWITCH = Form(lambda v: int(v == "on"), lambda v: "on" if v else "off", lambda v: "1" if v == "on" else "0")
FLAG = SWITCH._replace(bare=True)
HEX = Form(int, int, lambda v: hex(int(v)))
ON_OFF = Form(SWITCH.write, SWITCH.read, str)
# USER_HZ is 100 on every Linux port: bridge times are in 1/100 s.
CENTISECONDS = Form(
    lambda v: milliseconds(str(v)) // 10,
    lambda v: duration_text(int(v) * 10),
    lambda v: str(milliseconds(str(v)) // 10),
)
SECONDS = Form(
    lambda v: milliseconds(str(v)) // 1000,
    lambda v: duration_text(int(v) * 1000),
    lambda v: str(milliseconds(str(v)) // 1000),
)
MILLISECONDS = Form(
    lambda v: milliseconds(str(v)),
    lambda v: duration_text(int(v)),
    lambda v: str(milliseconds(str(v))),
)
ADDRESS = DUAL._replace(read=lambda v: "" if v in ("0.0.0.0", "::") else str(v))  # noqa: S104
"""Of a tunnel; the one that stands for any is none."""
NO_KEY = "none"
KEY = Form(lambda v: 0 if v == NO_KEY else int(v), int, lambda v: "" if v == NO_KEY else str(v))
"""Of a GRE tunnel. Key 0 is one; none is said by a flag, and to iproute2 by saying nothing."""
LINK_NAME = Form(str, str)
"""Another link by its name; rows have its index."""
LIST = Form(str, str, lambda v: str(v) or "''", many=True)


def _sorted(value: Value) -> str:
    """MAC addresses, or FROM:TO by the number."""
    return ",".join(sorted(str(value).split(","), key=lambda part: (len(part.partition(":")[0]), part)))


SPACED = LIST._replace(read=_sorted, word=lambda v: str(v).replace(",", " "))
MACS = SPACED._replace(word=lambda v: "set " + str(v).replace(",", " ") if v else "flush")


def present(word: str) -> Form:
    """An attribute that is there or not; iproute2 has no word for its absence."""
    return Form(lambda v: v == "on", lambda v: "on" if v else "off", lambda v: word if v == "on" else "")


def named(word: str) -> Form:
    """The same of an attribute that is a number, 0 or 1."""
    return SWITCH._replace(word=present(word).word)


def words(numbered: dict[int, str]) -> Form:
    """A word for each number."""
    numbers = {word: number for number, word in numbered.items()}
    return Form(lambda v: numbers[str(v)], lambda v: numbered.get(int(v), str(v)))


def enumerated(*ordered: str) -> Form:
    """Words for the numbers from 0."""
    return words(dict(enumerate(ordered)))


VLAN_PROTOCOL = words({0x8100: "802.1q", 0x88A8: "802.1ad"})
