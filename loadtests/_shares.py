"""What the mix comes to: how often each route is asked, with every answer right."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping

from loadtests import _checks as checks
from loadtests._cleaning import prepare
from loadtests._imitation import Imitation
from loadtests._journey import Answer, Journey, Person
from loadtests._mix import MIX

TIMES = 200  # of each journey; their lengths vary little


Shares = Mapping[tuple[str, bool], float]
"""The fraction of all requests by route and whether they succeed (else they are 4xx), the most frequent first."""


def shares(times: int = TIMES) -> Shares:
    """What the mix comes to in the long run."""
    person = Person("somebody", "load mix-1", random.Random(1))  # noqa: S311 - the same table every time
    api = Imitation(person.sub)
    asked_by(prepare(person), api)
    weighed: Counter[tuple[str, bool]] = Counter()
    for weight, start in MIX:
        for _ in range(times):
            for asked in asked_by(start(person), api):
                weighed[asked] += weight
    total = weighed.total()
    return {asked: weight / total for asked, weight in weighed.most_common()}


def asked_by(journey: Journey, api: Imitation) -> list[tuple[str, bool]]:
    """The routes of a journey that gets nothing but right answers, and which are successes. Raises WrongAnswer."""
    asked: list[tuple[str, bool]] = []
    answer: Answer | None = None
    while True:
        try:
            ask = journey.send(answer)
        except StopIteration:
            return asked
        status, body = api.answer(ask)
        if (problem := ask.check(status, body)) is not None:
            raise WrongAnswer(f"{ask.route}: {problem}")
        asked.append((ask.route, status < 400))
        answer = Answer(status, checks.json_of(body))


class WrongAnswer(Exception):
    """The imitation is not what the journeys expect; the message says where."""


def sums(found: Shares) -> Mapping[str, float]:
    """The fractions of what the machine's load and the gates depend on; what is no GET is a write."""
    return {
        "reads": _sum(found, lambda route, _: route.startswith("GET ")),
        "writes": _sum(found, lambda route, _: not route.startswith("GET ")),
        "images uploaded": _sum(found, lambda route, good: good and route in _IMAGES),
        "parts lists uploaded": _sum(found, lambda route, good: good and route in _PARTS_LISTS),
        "answered with 4xx": _sum(found, lambda _, good: not good),
    }


def table(found: Shares) -> str:
    """The shares as a table in Markdown."""
    by_route: dict[str, float] = {}
    for (route, _), share in found.items():
        by_route[route] = by_route.get(route, 0.0) + share
    rows = ["| Route | Share |", "|---|---:|"]
    most_frequent_first = sorted(by_route.items(), key=lambda row: -row[1])
    rows += [f"| `{route}` | {share:.2%} |" for route, share in most_frequent_first]
    rows += [f"| {name}, together | {share:.2%} |" for name, share in sums(found).items()]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Print the table."""
    sys.stdout.write(table(shares()))


_IMAGES = ("POST /api/images", "POST /api/images/complete")
_PARTS_LISTS = (
    "POST /api/mocs/upload-parts-list",
    "POST /api/mocs/with-files",
    "POST /api/mocs/{mocId}/upload-parts-list",
    "POST /api/mocs/{mocId}/upload-parts-list/complete",
)


def _sum(found: Shares, counts: Callable[[str, bool], bool]) -> float:
    return sum(share for (route, good), share in found.items() if counts(route, good))
