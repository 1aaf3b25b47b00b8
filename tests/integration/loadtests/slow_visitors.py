"""Arrivals for two visitors, of whom one is answered late: how many requests each was given, as JSON; run alone.

Importing Locust patches the whole process, so this is no test itself.
"""

import json
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from locust import User  # isort: skip - it patches what everything below uses

import gevent

from loadtests._arrivals import Arrivals
from loadtests._client import Client, Reply
from loadtests._journey import Answer, Ask, Journey, Person
from loadtests._plan import Plan
from loadtests._recorder import Recorder
from loadtests._visitors import Visitor

ARRIVALS = 600
LATE_SECONDS = 0.3
assert User.abstract  # it is imported for what it does to the process

given: Counter[str] = Counter()


class Answering:
    """Answers everything, some visitors' requests late."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name, self._seconds = name, seconds

    def send(self, ask: Ask) -> Reply:
        given[self._name] += 1
        gevent.sleep(self._seconds)
        return cast(Reply, SimpleNamespace(status=200, body=b"{}", side=self._name, cold=False, failed=""))


def long_journey(_person: Person) -> Journey:
    """Ten requests, one after the other."""
    for number in range(10):
        answer: Answer | None = yield Ask("GET", f"/{number}", "GET /", lambda _status, _body: None)
        assert answer is not None


def visitors() -> Iterator[Visitor]:
    for name, seconds in (("quick", 0.0), ("late", LATE_SECONDS)):
        yield Visitor(cast(Any, SimpleNamespace(name=name)), cast(Client, Answering(name, seconds)))


def main() -> None:
    class Quiet(SimpleNamespace):
        def __getattr__(self, _name: str) -> Any:
            return lambda *_args, **_named: None

    plan = SimpleNamespace(seed=1, index=0, own_in_flight=5000, phase_at=lambda _: SimpleNamespace(name="phase"))
    people = list(visitors())
    arrivals = Arrivals(cast(Plan, plan), people, [(1, long_journey)], cast(Recorder, Quiet()), lambda **_: None)
    for number in range(ARRIVALS):
        arrivals.arrive(number / 1000, gevent.get_hub().loop.now)
        gevent.sleep(0.002)
    arrivals.wait(5.0)
    print(json.dumps(given))  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()
