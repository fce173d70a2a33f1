"""Options of WireGuard links and of their peers."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import prefix
from netconf.grammar.values import Duration, between

_CREDENTIAL = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def _public_key(text: str) -> str:
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        found = b""
    if len(found) != 32 or base64.b64encode(found).decode() != text:
        reject(
            "NC2054",
            f"{shown(text)} is not a public key",
            "a key is 32 octets, which are 44 characters in base64",
            "write what wg pubkey says",
        )
    if not any(found):
        reject("NC2054", "a public key of zeros only", "it stands for none", "write what wg pubkey says")
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or "\0" in text or "\n" in text:
        reject(
            "NC2055",
            f"{shown(text)} is not the path of a file",
            "a key is read from a file that only root can read, whatever folder netconf is started in",
            "write a path from the root, such as /etc/netconf/wireguard/wg0.key",
        )
    return text


def _credential(text: str) -> str:
    if not _CREDENTIAL.fullmatch(text) or text in (".", ".."):
        reject(
            "NC2055",
            f"{shown(text)} is not the name of a credential",
            "it's a file's name, as in LoadCredential=NAME:/path of systemd",
            "write letters, digits, dots and dashes",
        )
    return text


def _endpoint(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    host, _, port = text.rpartition(":")
    inner = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    address = ip.parse(inner)
    is_port = port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535 and not port.startswith("0")
    if address is None or not is_port or (":" in host) != (host[:1] == "["):
        reject(
            "NC2056",
            f"{shown(value)} is not an endpoint",
            "it's an IP address and a port; names aren't looked up, since a plan must not depend on DNS",
            "write 192.0.2.1:51820 or [2001:db8::1]:51820",
        )
    return f"[{address}]:{port}" if address.family == ip.INET6 else f"{address}:{port}"


def _allowed(prefixes: list[str]) -> list[str]:
    for one in prefixes:
        if prefixes.count(one) > 1:
            reject("NC2057", f"{one} is listed twice", "a peer has it once", "remove one")
    return prefixes


PublicKey = Annotated[str, AfterValidator(_public_key)]
KeyPath = Annotated[str, AfterValidator(_path)]
Credential = Annotated[str, AfterValidator(_credential)]
Endpoint = Annotated[str, BeforeValidator(_endpoint, json_schema_input_type=str)]
Prefix = Annotated[str, BeforeValidator(prefix, json_schema_input_type=str)]
Keepalive = Annotated[Duration, between("0s", "65535s", "1s")]


def _one_source(what: str, file: str | None, credential: str | None) -> None:
    if file is not None and credential is not None:
        reject(
            "NC2058",
            f"{what}_file and {what}_credential",
            "there is one such key",
            "remove one",
            at=(f"{what}_credential",),
        )


class WireguardPeer(Strict):
    """A peer, as a whole, but for its endpoint."""

    public_key: PublicKey = Field(description="the peer's public key, in base64")
    preshared_key_file: KeyPath | None = Field(
        None, description="file with the preshared key, for root alone; left out = none"
    )
    preshared_key_credential: Credential | None = Field(
        None, description="the same as a credential of systemd"
    )
    endpoint: Endpoint | None = Field(
        None, description="where the peer is, ADDRESS:PORT; left out = where it's heard from"
    )
    allowed_ips: Annotated[list[Prefix], AfterValidator(_allowed)] | None = Field(
        None, description="networks behind the peer, all of them"
    )
    persistent_keepalive: Keepalive | None = Field(
        None, description="send something so often; 0s, or left out = don't"
    )

    @model_validator(mode="after")
    def _keys(self) -> WireguardPeer:
        _one_source("preshared_key", self.preshared_key_file, self.preshared_key_credential)
        return self


class Wireguard(Strict):
    """Keys, port, mark and peers of a WireGuard link."""

    private_key_file: KeyPath | None = Field(None, description="file with the private key, for root alone")
    private_key_credential: Credential | None = Field(
        None, description="the same as a credential of systemd (LoadCredential=)"
    )
    listen_port: int | None = Field(
        None, ge=1, le=65535, description="UDP port; left out = as it is, the kernel chooses one"
    )
    fwmark: Count | None = Field(None, description="firewall mark of the packets it sends, 0 = none")
    peers: dict[str, WireguardPeer] | None = Field(
        None, description="all peers, by a name of your choice; {} = none"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Wireguard:
        _one_source("private_key", self.private_key_file, self.private_key_credential)
        keys: dict[str, str] = {}
        networks: dict[str, str] = {}
        for name, peer in (self.peers or {}).items():
            other = keys.setdefault(peer.public_key, name)
            if other != name:
                reject(
                    "NC2059",
                    f"{other} and {name} have the same public key",
                    "the key is what a peer is known by",
                    "correct one, or remove it",
                    at=("peers", name, "public_key"),
                )
            for network in peer.allowed_ips or ():
                other = networks.setdefault(network, name)
                if other != name:
                    reject(
                        "NC2057",
                        f"{network} is behind {other} and {name}",
                        "the kernel sends its packets to one peer",
                        "remove it from one",
                        at=("peers", name, "allowed_ips"),
                    )
        return self
