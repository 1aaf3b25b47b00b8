"""The faults that a rehearsal can switch on, and how many of the counted ones are left."""

from typing import Annotated

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong now; the defaults are a healthy AWS. A count is how many of the next calls it hits."""

    route53_throttle: Count = 0
    route53_down: bool = False
    route53_denied: bool = False
    route53_prior: Count = 0  # changes answered with PriorRequestNotComplete
    route53_pending: bool = False  # accepted changes stay PENDING and are not served
    route53_stranded: Count = 0  # changes whose id is unknown later and which are never served
    route53_cut: Count = 0  # changes applied, their answer lost
    cloudwatch_down: bool = False
    cloudwatch_silent: tuple[str, ...] = ()  # namespaces whose values, pushed meanwhile, are lost for good
    cloudwatch_partial: bool = False
    cloudwatch_throttle: Count = 0
    late_seconds: Seconds = 0.0  # values pushed meanwhile are published that much later


class ActiveFaults:
    """The faults of this moment."""

    def __init__(self) -> None:
        self.now = Faults()

    def replace(self, faults: Faults) -> None:
        """Forget the old ones; these hold from now on."""
        self.now = faults

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` hits this call; if so one fewer is left."""
        left: int = getattr(self.now, name)
        if left:
            self.now = msgspec.structs.replace(self.now, **{name: left - 1})
        return left > 0
