"""nftables by running nft(8): `ports.Nft`.

Text and not JSON: the JSON of nft 1.0.6 leaves out set flags and can't be loaded again. A thread has
its own network namespace, and what it starts is in that one: so a script is tried out in a
namespace that is gone afterwards. TZ and LC_ALL are fixed, since nft writes times and errors by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netconf.core.errors import ObserveError, PrivilegeError
from netconf.system.linux import netns
from netconf.system.linux.fed import fed, output, program
from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.wire import attributes
from netconf.system.ports import NftChain, NftComplaint, NftImage, NftTrial, Refusal, Session

if TYPE_CHECKING:
    import subprocess

T = TypeVar("T")

_PLACES = ("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft")
_SECONDS = 120
"""How long nft may take: 100 000 set elements take it a few seconds."""

_NETLINK_NETFILTER = 12
_GETGEN, _GEN_ID = 10 << 8 | 16, 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, NFTA_GEN_ID
_NFGENMSG = bytes(4)

_ERROR = re.compile(r"^(?:[^:\s]+:(\d+):\d+-\d+: )?Error: (.*)$", re.MULTILINE)
_LEGACY = {"iptables": "ip_tables_names", "ip6tables": "ip6_tables_names"}


class LinuxNft:
    def table(self, family: str, name: str) -> str:
        done = _nft("-a", "list", "table", family, name)
        if done.returncode and "No such file or directory" in done.stderr:
            return ""
        return output("nft", done)

    def canonical(self, script: str, family: str, name: str) -> str | NftComplaint:
        return _thrown_away(lambda: self._load_and(script, lambda: self.table(family, name)))

    def trial(self, script: str, family: str, name: str) -> NftTrial | NftComplaint:
        def shown() -> NftTrial:
            return NftTrial(self.table(family, name), self.image(family, name))

        return _thrown_away(lambda: self._load_and(script, shown))

    def image(self, family: str, name: str) -> NftImage | None:
        from netconf.system.linux import nftimage

        return nftimage.image(family, name)

    def _load_and(self, script: str, look: Callable[[], T]) -> T | NftComplaint:
        complaint = self.load(script)
        return look() if complaint is None else complaint

    def admits(self, script: str, session: Session, link: str) -> bool | None:
        from netconf.system.linux import trial

        def try_out() -> bool | None:
            netns.unshare()
            return trial.answered(session, link, lambda: self.load(script) is None)

        try:
            return netns.in_thread(try_out)
        except (OSError, ObserveError):
            return None

    def generation(self) -> int:
        try:
            netlink = NetlinkSocket(protocol=_NETLINK_NETFILTER)
        except ObserveError:
            return -1
        try:
            found = netlink.get(_GETGEN, _NFGENMSG)
        except ObserveError:
            return -1
        finally:
            netlink.close()
        if isinstance(found, Refusal):
            return -1
        number = attributes(found, 20, len(found)).get(_GEN_ID, b"")
        return int.from_bytes(number, "big") if number else -1

    def load(self, script: str) -> NftComplaint | None:
        done = _nft("-f", "-", script=script)
        if not done.returncode:
            return None
        first = _ERROR.search(done.stderr)
        if first is None:
            return NftComplaint(0, " ".join(done.stderr.split()) or f"nft ended with {done.returncode}")
        return NftComplaint(int(first[1] or 0), first[2])

    def base_chains(self) -> Sequence[NftChain]:
        import json

        rows = json.loads(output("nft", _nft("-j", "list", "chains")))["nftables"]
        chains = [row["chain"] for row in rows if "chain" in row]
        return [
            NftChain(c["family"], c["table"], c["name"], c["hook"], c.get("policy", "accept"))
            for c in chains
            if "hook" in c
        ]

    def legacy_tables(self) -> Sequence[str]:
        found = []
        for tool, file in _LEGACY.items():
            path = Path("/proc/thread-self/net") / file
            found += [f"{tool} {name}" for name in _lines(path)]
        return found


def _thrown_away(work: Callable[[], T]) -> T:
    """What is done in a network namespace that's gone afterwards."""
    import threading

    found: list[T | Exception] = []

    def try_out() -> None:
        try:
            netns.unshare()
            found.append(work())
        except (OSError, ObserveError) as err:
            found.append(err)

    thread = threading.Thread(target=try_out)
    thread.start()
    thread.join()
    result = found[0]
    if isinstance(result, PermissionError):
        raise PrivilegeError(
            "a firewall is planned in a throw-away network namespace, which needs CAP_SYS_ADMIN",
            hint="run it as root, e.g. with sudo",
        )
    if isinstance(result, Exception):
        raise result
    return result


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _nft(*arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    found = program(_PLACES)
    if found is None:
        raise ObserveError("nft is not installed", hint="install the package nftables")
    return fed([found, *arguments], script, _SECONDS)
