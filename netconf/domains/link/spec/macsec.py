"""Options of MACsec links."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac, Switch

MAX_WINDOW_XPN = (1 << 30) - 1
"""MACSEC_XPN_MAX_REPLAY_WINDOW of drivers/net/macsec.c."""


class Macsec(Strict):
    """A secure channel of IEEE 802.1AE. Its keys come from elsewhere: wpa_supplicant, `ip macsec`."""

    parent: LinkName = Field(description="the link below")
    port: int = Field(ge=1, le=(1 << 16) - 1, description="port number in the SCI; usually 1")
    system: Mac | None = Field(None, description="address in the SCI; left out = that of the link when made")
    cipher: Literal["gcm-aes-128", "gcm-aes-256", "gcm-aes-xpn-128", "gcm-aes-xpn-256"] | None = Field(
        None, description="cipher suite"
    )
    icvlen: int | None = Field(None, ge=8, le=16, description="length of the check value, octets")
    encodingsa: int | None = Field(None, ge=0, le=3, description="the association to send with")
    encrypt: Switch | None = Field(None, description="encrypt, beside authenticating")
    protect: Switch | None = Field(None, description="protect sent frames")
    send_sci: Switch | None = Field(None, description="frames say their SCI")
    end_station: Switch | None = Field(None, description="frames say that the SCI is that of an end station")
    scb: Switch | None = Field(None, description="frames say that they're single copy broadcasts")
    replay: Switch | None = Field(None, description="drop repeated frames")
    window: Count | None = Field(None, description="how many numbers late a frame may be, with replay")
    validation: Literal["disabled", "check", "strict"] | None = Field(
        None, description="whether received frames are checked, and wrong ones dropped"
    )

    @model_validator(mode="after")
    def _window(self) -> Macsec:
        if self.replay == "on" and self.window is None:
            reject(
                "NC2063",
                "replay: on without window",
                "the kernel wants to know how late a frame may be",
                "add window: 0 if all are in order, or more",
            )
        if self.window is not None and self.replay != "on":
            reject(
                "NC2064",
                f"window {self.window} without replay: on",
                "the kernel looks at it for that only",
                "write replay: on, or remove window",
            )
        if self.window is not None and self.window > MAX_WINDOW_XPN and "xpn" in (self.cipher or ""):
            reject(
                "NC2065",
                f"window {self.window} is too much for {self.cipher}",
                f"with extended packet numbers the kernel allows {MAX_WINDOW_XPN}",
                f"write {MAX_WINDOW_XPN} or less",
                at=("window",),
            )
        return self
