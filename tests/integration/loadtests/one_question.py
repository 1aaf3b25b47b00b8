"""A locustfile: the load test as it is, but with journeys that a small server can answer."""

from loadtests import _checks as checks
from loadtests._generator import Generator, Ways
from loadtests._journey import Ask, Journey, Person
from loadtests.locustfile import Arrivals, Visitors

__all__ = ["Arrivals", "Visitors"]


def look(person: Person) -> Journey:
    """One page of the list, and then another one."""
    for number in (1, 2):
        yield Ask("GET", f"/api/mocs?page={number}", "GET /api/mocs", checks.success(200, checks.page(person.sub, 20)))


def prepare(person: Person) -> Journey:
    """One request before the run."""
    yield Ask("GET", "/prepare", "GET /prepare", checks.success(200))


def clean(person: Person) -> Journey:
    """One request after it."""
    yield Ask("GET", "/clean", "GET /clean", checks.success(200))


def sweep(person: Person) -> Journey:
    """One request before everything."""
    yield Ask("GET", "/sweep", "GET /sweep", checks.success(200))


Generator.ways = Ways(((1, look),), prepare, clean, sweep)
