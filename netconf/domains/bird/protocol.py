"""What protocols have in common."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from netconf.domains.bird.words import (
    BirdName,
    Byte,
    Path,
    Prefix,
    Raw,
    Seconds,
    Text,
)
from netconf.grammar import Strict, reject

Family = Literal["ipv4", "ipv6"]


Algorithm = Literal["keyed md5", "keyed sha1", "hmac sha1", "hmac sha256", "hmac sha384", "hmac sha512"]


class Options(Strict):
    """What every protocol may say."""

    description: Text | None = Field(None, description="shown by show protocols all")
    disabled: bool | None = Field(None, description="configured, but not running")
    raw: Raw | None = Field(None, description="more options in BIRD's own language")
    expect: Literal["up", "established", "any"] | None = Field(
        None, description="what it must come to, or the change is undone: up (default), established, any"
    )
    within: Seconds | None = Field(None, description="how long that, and what it announces, may take")


class Protocol(Options):
    """A protocol."""

    bird_name: BirdName | None = Field(
        None, description="its name in bird.conf, to keep that of an older file: renaming restarts it"
    )


class Announcer(Protocol):
    """A protocol with neighbours to tell."""

    announces: list[Prefix] = Field(
        default_factory=list, description="prefixes it must announce, or the change is undone"
    )


class Authenticated(Strict):
    """How messages are signed."""

    password_file: Path | None = Field(None, description="file with the password; it never enters a document")
    key_id: Byte | None = Field(None, description="number of the key, which the neighbour must use, too")

    @model_validator(mode="after")
    def _both(self) -> Self:
        how = getattr(self, "authentication", None)
        if (how is None) != (self.password_file is None):
            reject(
                "NC2827",
                f"there is {'a password' if how is None else 'authentication'} and no "
                f"{'authentication' if how is None else 'password_file'}",
                "BIRD takes one without the other, and then signs nothing",
                "write both, or none",
            )
        return self
