"""Lines of a reckoning, and their sum."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from infra.costs.prices import HOURS, Price, price

SECONDS = HOURS * 3600  # of a month
UNTAGGED = "untagged"


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of one thing a month. `service` is its tag Service; `adopted`: it was there, and bears no tag."""

    service: str
    what: str
    quantity: float
    price: Price
    adopted: bool = False

    @property
    def usd(self) -> float:
        """A month, in US dollars."""
        return self.quantity * self.price.usd


@dataclass(frozen=True, slots=True)
class Costs:
    """All that a stage costs a month."""

    stage: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """In US dollars."""
        return sum(line.usd for line in self.lines)

    def of(self, services: Collection[str]) -> float:
        """What bears one of these values of the tag Service, in US dollars."""
        return sum(line.usd for line in self.lines if line.service in services and not line.adopted)

    @property
    def services(self) -> tuple[str, ...]:
        """Every value of the tag, the dearest first."""
        totals = {
            line.service: sum(one.usd for one in self.lines if one.service == line.service) for line in self.lines
        }
        return tuple(sorted(totals, key=lambda service: (-totals[service], service)))


def line(service: str, what: str, quantity: float, priced: str) -> Line:
    """A line by the price's name. Raises NoPrice."""
    return Line(service, what, quantity, price(priced))


def merged(lines: Iterable[Line]) -> Iterator[Line]:
    """Equal things as one line, in the order in which they first came."""
    sums: dict[tuple[str, str, Price, bool], float] = {}
    for one in lines:
        key = (one.service, one.what, one.price, one.adopted)
        sums[key] = sums.get(key, 0.0) + one.quantity
    for (service, what, each, adopted), quantity in sums.items():
        yield Line(service, what, quantity, each, adopted)
