"""The argument tree. argparse's own exit status 2 becomes 64: 2 means "there are changes"."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from netconf import __version__
from netconf.core.outcome import ExitStatus

DEFAULT_SOURCE = "/etc/netconf"

EPILOG = """\
exit status:
  0  planned, or converged and committed      2  with --detailed-exitcode: there were changes
  3  not applied: rolled back and compared    4  rollback incomplete, a person is needed
  5  refused by a safety check                6  the saved plan is stale
  8  applied, but the commit isn't durable    1  a bug of netconf's
  10 --confirm --no-wait: applied, and waiting to be confirmed
  64 usage   65 invalid document   66 file missing   69 kernel lacks a feature
  74 state directory   75 locked   77 no privilege   78 own settings wrong
"""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitStatus.USAGE, f"{self.prog}: {message}\n")


def parser() -> Parser:
    """The whole tree; `command` names the module of cli that runs it."""
    root = Parser(
        prog="netconf",
        description="Declarative network state for this host: plan, apply as one transaction, verify.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"netconf {__version__}")
    common = _common()
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[common])

    _source(add("validate", "check a document: no root, no kernel"))
    plan = add("plan", "show what applying a document would change")
    _source(plan)
    plan.add_argument("--out", metavar="PLANFILE", help="save the plan, to be applied as it is")
    plan.add_argument("--commands", action="store_true", help="print it as ip and sysctl commands")
    _detailed(plan, "2 if there are changes")
    apply = add("apply", "make the host as a document says, as one transaction")
    _source(apply, "document or saved plan, - = standard input")
    _yes(apply)
    _trial(apply)
    _detailed(apply, "2 if anything was changed")
    _events(apply)
    confirm = add("confirm", "keep what apply --confirm has put on trial")
    confirm.add_argument("id", nargs="?", default="", metavar="ID", help=_ID)
    confirm.add_argument(
        "--extend", type=_span, metavar="TIME", help="don't keep it yet: its time is this long from now on"
    )
    rollback = add("rollback", "undo what's on trial, else the last transaction, or all after a generation")
    goal = rollback.add_mutually_exclusive_group()
    goal.add_argument("id", nargs="?", default="", metavar="ID", help=_ID)
    goal.add_argument("--to", type=_number, metavar="GENERATION", help="0 = before netconf")
    _yes(rollback)
    _detailed(rollback, "2 if anything was changed")
    _events(rollback)
    _looking(add)
    history = add("history", "the generations that were applied")
    history.add_argument("what", nargs="*", metavar="show N | diff N M", help="one document, or two compared")
    _capturing(add)
    add("schema", "print the JSON Schema of documents")
    explain = add("explain", "the reference page of a kind or a section; alone: what there is")
    explain.add_argument("word", nargs="?", default="", metavar="KIND")
    return root


Add = Callable[[str, str], argparse.ArgumentParser]


def _capturing(add: Add) -> None:
    capture = add("capture", "print the live state as a document")
    capture.add_argument(
        "--section", action="append", default=[], metavar="NAME", help="only this section (repeatable)"
    )
    capture.add_argument(
        "--with-netns", action="append", default=[], metavar="NAME",
        help="also what's in this network namespace, under netns (repeatable)",
    )  # fmt: skip


def _looking(add: Add) -> None:
    """The commands about what runs here: state, services and their checks."""
    status = add("status", "what is in force, who holds the lock, what has drifted")
    status.add_argument(
        "--firewall",
        action="store_true",
        help="and what the firewall's rules have counted, its sets and bans",
    )
    status.add_argument("--bird", action="store_true", help="and what the BIRD routing daemon says of itself")
    status.add_argument(
        "--watch", action="store_true", help="go on, and tell again whenever it has become another"
    )
    health = add("health", "announce the services of bird.announce while they work; runs until it's stopped")
    _health(health)
    drain = add("drain", "withdraw services for maintenance, until undrain, over reboots too")
    _services(drain)
    drain.add_argument(
        "--wait",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="how long BIRD may take to withdraw them (default 10)",
    )
    drain.add_argument("--stop", action="store_true", help="and then stop BIRD, so that its neighbours know")
    _services(add("undrain", "leave drained services to their checks again"))


def _common() -> Parser:
    common = Parser(add_help=False)
    group = common.add_argument_group("options of all commands")
    group.add_argument("--netns", default="", metavar="NAME", help="work in this network namespace")
    group.add_argument("--state-dir", metavar="DIR", help="journal and history (default /var/lib/netconf)")
    group.add_argument("--json", action="store_true", help="print one JSON object")
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    group.add_argument("-q", "--quiet", action="store_true", help="print no plan and no notes")
    group.add_argument(
        "--lock-timeout", type=_seconds, default=0.0, metavar="SECONDS", help="wait for another transaction"
    )
    return common


def _source(parser: argparse.ArgumentParser, about: str = "document, - = standard input") -> None:
    about += f"; a folder = its host.yml (default: {DEFAULT_SOURCE})"
    parser.add_argument("source", nargs="?", default=DEFAULT_SOURCE, metavar="SOURCE", help=about)


def _services(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", nargs="*", metavar="SERVICE", help="by name; none = all of them")


def _health(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--once", action="store_true", help="only check each once and tell; changes nothing")
    what.add_argument("--withdraw", action="store_true", help="only withdraw all services")
    what.add_argument("--unit", action="store_true", help="only print a systemd unit that runs it")
    what.add_argument("--keep", action="store_true", help="leave announced what is so when it's stopped")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="don't ask (it's asked only on a terminal)")


_ID = "the transaction on trial, as apply has named it (default: the one there is)"


def _trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--confirm",
        type=_span,
        default=0.0,
        metavar="TIME",
        help="put it on trial: rolled back unless netconf confirm is run within e.g. 90s, 5min",
    )
    parser.add_argument("--no-wait", action="store_true", help="with --confirm: don't wait for the end")


def _events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events",
        action="store_true",
        help="print JSON lines: one per phase and per wave of steps, then the object of --json",
    )


def _detailed(parser: argparse.ArgumentParser, about: str) -> None:
    parser.add_argument("--detailed-exitcode", action="store_true", help=f"exit status {about}")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a generation")
    return int(text)


def _span(text: str) -> float:
    """A number of seconds, or with its unit."""
    from netconf.core.duration import DURATION, milliseconds

    found = milliseconds(text) / 1000 if DURATION.fullmatch(text) else _seconds(text)
    if not 1 <= found <= _LONGEST_TRIAL:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1s and 24h")
    return found


_LONGEST_TRIAL = 86400.0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds
