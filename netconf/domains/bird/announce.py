"""What a user may write about services that are announced only while they work."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from netconf.core import health, ip
from netconf.core.duration import milliseconds
from netconf.domains.bird.words import Link, Prefix, Word
from netconf.grammar import Strict, reject, shown
from netconf.grammar.values import Duration, between

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Bird

TABLE = 1790

RESERVED = {253: "default", 254: "main", 255: "local"}

_ENDPOINT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,500}", re.ASCII)


def _endpoint(value: str) -> str:
    match = _ENDPOINT.fullmatch(value)
    found = ip.parse(match[1] or match[2]) if match else None
    if match is None or found is None or not 0 < int(match[3]) <= 0xFFFF:
        reject(
            "NC2840",
            f"{shown(value)} is not an address and a port",
            "it's an IP address, a colon and the port; IPv6 addresses stand in brackets",
            'write it as "192.0.2.53:53" or "[2001:db8::53]:53"',
        )
    return f"[{found}]:{int(match[3])}" if found.family == ip.INET6 else f"{found}:{int(match[3])}"


def _url(value: str) -> str:
    if not _URL.fullmatch(value) or not _has_host(value):
        reject(
            "NC2841",
            f"{shown(value)} is not a URL",
            "it's http:// or https://, a host and a path, without blanks",
            "write it as http://192.0.2.80:8080/health",
        )
    return value


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


Interval = Annotated[Duration, between("100ms", "3600s", "1ms")]
Times = Annotated[int, Field(ge=1, le=100)]


class Check(Strict):
    """Whether a service works: exactly one of tcp, http and exec."""

    tcp: Annotated[str, AfterValidator(_endpoint)] | None = Field(
        None, description="address and port that must take a connection"
    )
    http: Annotated[str, AfterValidator(_url)] | None = Field(
        None, description="URL that must answer; redirects aren't followed"
    )
    exec: list[Word] = Field(default_factory=list, description="command that must end with exit status 0")
    status: Annotated[int, Field(ge=100, le=599)] | None = Field(
        None, description="the status http must answer with (default: any from 200 to 399)"
    )
    interval: Interval = Field("5s", description="from one check to the next")
    timeout: Interval = Field("2s", description="a check that takes longer is a bad one")
    rise: Times = Field(2, description="good checks on end until it's announced")
    fall: Times = Field(3, description="bad checks on end until it's withdrawn")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.tcp, self.http, self.exec))) != 1:
            reject(
                "NC2842",
                "a check needs exactly one of tcp, http and exec",
                "they are ways to ask the same service",
                "keep one of them; a script by exec can ask for several things",
            )
        if self.status is not None and self.http is None:
            reject("NC2842", "status is that of http", "this check has no http", "remove it")
        if milliseconds(self.timeout) > milliseconds(self.interval):
            reject(
                "NC2843",
                f"the timeout {self.timeout} is longer than the interval {self.interval}",
                "checks would run into each other",
                f"write a timeout of at most {self.interval}",
            )
        return self

    def plain(self) -> health.Check:
        """Without the grammar."""
        kind = "tcp" if self.tcp else "http" if self.http else "exec"
        target = tuple(self.exec) or (self.tcp or self.http or "",)
        interval, timeout = (milliseconds(text) / 1000 for text in (self.interval, self.timeout))
        return health.Check(kind, target, interval, timeout, self.rise, self.fall, self.status or 0)


class Announcement(Strict):
    """A service: what announces it, and when. netconf health looks after it."""

    prefixes: list[Prefix] = Field(
        default_factory=list, description="they stand in the announce_table while it's announced"
    )
    interface: Link | None = Field(
        None, description="a dummy link, which has carrier while it's announced (see check_link)"
    )
    when: Literal["check", "always", "never"] = Field(
        "check", description="while the check is good; always or never, but for netconf drain"
    )
    check: Check | None = Field(None, description="whether the service works")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.prefixes) == (self.interface is not None):
            reject(
                "NC2844",
                "a service needs exactly one of prefixes and interface",
                "prefixes are announced by a table of the kernel, an interface by its carrier",
                "keep one of them",
            )
        if self.when == "check" and self.check is None:
            reject(
                "NC2845",
                "a service has no check",
                "when is check by default",
                'add one, such as check: {tcp: "192.0.2.53:53"}, or write when: always',
            )
        return self


def services(bird: Bird) -> Iterator[health.Service]:
    """What netconf health looks after, by name."""
    for name, found in sorted(bird.announce.items()):
        check = found.check.plain() if found.check is not None else None
        table = bird.announce_table if found.prefixes else 0
        when = health.When(found.when)
        yield health.Service(name, when, tuple(found.prefixes), found.interface or "", table, check)


def require_announceable(bird: Bird) -> None:
    """What the services of a document need of its other parts."""
    if bird.announce_table in RESERVED:
        reject(
            "NC2846",
            f"announce_table can't be {bird.announce_table}",
            f"that is the kernel's table {RESERVED[bird.announce_table]}, by which packets are routed",
            "write the number of a table that no rule asks",
            ("announce_table",),
        )
    for name, kernel in bird.protocols.kernel.items():
        if kernel.kernel_table == bird.announce_table and bird.announce:
            reject(
                "NC2846",
                f"kernel_table {bird.announce_table} is the announce_table",
                "a table of the kernel belongs to one protocol",
                "give one of them another table",
                ("protocols", "kernel", name, "kernel_table"),
            )
    _require_distinct(bird)
    for name, found in bird.announce.items():
        if found.interface is not None and not _is_watched(bird, found.interface):
            reject(
                "NC2847",
                f"nothing withdraws {found.interface} when it has no carrier",
                "no protocol direct with check_link: true has an interface pattern for it",
                "add one, or check_link: true to the one there is",
                ("announce", name, "interface"),
            )
    _require_unconditional(bird)


def _require_distinct(bird: Bird) -> None:
    seen: dict[str, str] = {}
    for name, found in bird.announce.items():
        for what in (*found.prefixes, *([found.interface] if found.interface else ())):
            other = seen.setdefault(what, name)
            if other != name:
                reject(
                    "NC2848",
                    f"announce.{other} has {what}, too",
                    "one would withdraw what the other announces",
                    "leave it to one of them",
                    ("announce", name),
                )


def _is_watched(bird: Bird, interface: str) -> bool:
    return any(
        bool(direct.check_link) and _is_matched(direct.interfaces, interface)
        for direct in bird.protocols.direct.values()
    )


def _is_matched(patterns: Sequence[str], name: str) -> bool:
    """By the first pattern that matches, as BIRD does; - in front takes it out."""
    for pattern in patterns:
        own = pattern.removeprefix("-").replace("[", "[[]")
        if fnmatch.fnmatchcase(name, own):
            return not pattern.startswith("-")
    return False


def _require_unconditional(bird: Bird) -> None:
    """An apply can't wait for a prefix that nobody promises."""
    promised: dict[str, str] = {p: name for name, found in bird.announce.items() for p in found.prefixes}
    for kind, name, protocol in bird.protocols.each():
        wanted: Any = getattr(protocol, "announces", ())
        for prefix in wanted:
            if prefix in promised:
                reject(
                    "NC2849",
                    f"whether {prefix} is announced is up to netconf health",
                    f"announce.{promised[prefix]} may withdraw it any time; then no apply would succeed",
                    "take it out of announces; netconf status --bird tells whether it's announced",
                    ("protocols", kind, name, "announces"),
                )
