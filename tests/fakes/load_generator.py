"""A load generator that only remembers what was asked of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Cell, Line, Second
from cutover.core.load.order import CannotLoad, Ended, Order
from cutover.core.load.profile import Phase, Profile
from cutover.load_ports import Follower

PROFILES = {
    "smoke": Profile("smoke", (Phase("smoke", 5, 60),), "Does it answer at all?"),
    "sustained": Profile("sustained", (Phase("sustained", 100, 600),), "A hundred requests a second for ten minutes"),
    "spike": Profile(
        "spike",
        (Phase("calm", 100, 120), Phase("spike", 500, 60, spike=True), Phase("recovery", 100, 180, recovers=True)),
    ),
    "flood": Profile("flood", (Phase("flood", 5000, 10),)),
}
PASSED = Ended(
    0,
    summary={"schema": "cutover.load/1", "standing": "pass"},
    headline="PASS: lambda holds smoke: 300 requests, p95 41 ms, p99 77 ms, 0% errors",
    told=("smoke: 300 of 300 (100%)",),
)


def second(at: int, requests: int = 5, ms: float = 40.0, phase: str = "smoke", **facts: Any) -> Second:
    """A second in which so many requests were asked for and answered after so long."""
    cell = Cell(requests=requests, response=Histogram({round(ms * 10): requests}), **facts)
    return Second(at, asked={phase: requests}, cells={(phase, "lambda", "GET /health"): cell})


@dataclass
class FakeGenerator:
    """A LoadGenerator. `tells` are the lines of each look; `meanwhile` is called when the run is under way."""

    profiles: Mapping[str, Profile] = field(default_factory=lambda: dict(PROFILES))
    ends: Ended = PASSED
    tells: Sequence[Sequence[Line]] = ()
    notes: Sequence[str] = ()
    meanwhile: Callable[[], object] = lambda: None
    unclaimable: str = ""
    orders: list[Order] = field(default_factory=list)

    def profile(self, name: str) -> tuple[Profile, str]:
        """One of `profiles`."""
        if name not in self.profiles:
            raise CannotLoad(f"there is no profile {name!r}; there are {', '.join(self.profiles)}")
        return self.profiles[name], f"/profiles/{name}.toml"

    def claim(self, order: Order) -> None:
        """Granted, unless `unclaimable` says why not."""
        if self.unclaimable:
            raise CannotLoad(self.unclaimable)

    def run(self, order: Order, follower: Follower) -> Ended:
        """Tell what there is to tell, and end."""
        self.orders.append(order)
        self.meanwhile()
        for lines in self.tells:
            follower.follow(lines)
        for note in self.notes:
            follower.note(note)
        return self.ends
