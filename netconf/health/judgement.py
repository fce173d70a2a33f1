"""What the answers of a service's checks come to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netconf.core.health import Check


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a service works, how many answers on end have said otherwise, and the last complaint."""

    works: bool
    contrary: int = 0
    complaint: str = ""

    def after(self, check: Check, complaint: str) -> Judgement:
        """With one more answer; "" is a good one."""
        good = not complaint
        said = complaint or ("" if self.works else self.complaint)
        if good == self.works:
            return replace(self, contrary=0, complaint=said)
        contrary = self.contrary + 1
        if contrary < (check.rise if good else check.fall):
            return replace(self, contrary=contrary, complaint=said)
        return Judgement(good, 0, complaint)
