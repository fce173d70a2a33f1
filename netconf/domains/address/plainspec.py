"""The addresses of most documents: texts of which nothing more is said. They are checked quicker, and without what only
others need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from netconf.grammar import Strict
from netconf.grammar.addresses import interface_address
from netconf.grammar.names import LinkName


def _plain(texts: list[str]) -> list[str]:
    """Canonical texts; what the whole model has to look at more closely is refused."""
    found = [interface_address(text) for text in texts]
    hosts = {text.partition("/")[0] for text in found}
    scopes = {host[:4] == "127." for host in hosts if ":" not in host}
    if len(hosts) < len(found) or len(scopes) > 1:
        raise ValueError
    return found


class PlainAddresses(Strict):
    """The addresses of one link of which nothing else is said, by their texts."""

    addresses: Annotated[list[str], AfterValidator(_plain)]


class PlainSpec(Strict):
    """The part of a document that describes addresses, where they are texts."""

    interfaces: dict[LinkName, PlainAddresses]


def narrow(share: Mapping[str, Any]) -> type[BaseModel] | None:
    """`PlainSpec` for a share of a document with texts only. What it accepts `Spec` accepts, and means the same."""
    for fields in share["interfaces"].values():
        entries = fields["addresses"]
        if type(entries) is not list or not {str}.issuperset(map(type, entries)):
            return None
    return PlainSpec
