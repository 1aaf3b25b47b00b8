"""Drives journeys without a network: with right answers, with none, with lost ones."""

import random
from collections.abc import Callable

from loadtests import _checks as checks
from loadtests._imitation import Imitation
from loadtests._journey import Answer, Ask, Journey, Person
from loadtests._mix import MIX

SUB = "ada"
RUN = "load run-"
ENOUGH = 200  # requests; no journey has as many
JOURNEYS = [start for _, start in MIX]

Reply = Callable[[Ask], Answer | None]


def dice(seed: int) -> random.Random:
    """Reproducible choices."""
    return random.Random(seed)  # noqa: S311 - they guard nothing


def person(number: int = 1, seed: int = 1) -> Person:
    """One who owns nothing yet."""
    return Person(SUB, f"{RUN}{number}", dice(seed))


def right(api: Imitation) -> Reply:
    """What the API says, which has to be right."""

    def reply(ask: Ask) -> Answer:
        status, body = api.answer(ask)
        assert ask.check(status, body) is None, (ask, status, body[:300])
        return Answer(status, checks.json_of(body))

    return reply


def silent(_: Ask) -> None:
    """No right answer to anything."""


def lossy(api: Imitation, choose: random.Random, lost: float, effectless: float) -> Reply:
    """Some requests never arrive, and some answers never come back; what does come is right."""
    answered = right(api)

    def reply(ask: Ask) -> Answer | None:
        if choose.random() < effectless:
            return None
        answer = answered(ask)
        return None if choose.random() < lost else answer

    return reply


def walk(journey: Journey, reply: Reply, at_most: int = ENOUGH) -> list[Ask]:
    """What the journey asks until it ends, which it has to."""
    asks: list[Ask] = []
    answer: Answer | None = None
    while (ask := step(journey, answer)) is not None:
        asks.append(ask)
        assert len(asks) < at_most, [each.route for each in asks[-10:]]
        answer = reply(ask)
    return asks


def step(journey: Journey, answer: Answer | None) -> Ask | None:
    """What the journey asks next; None when it has ended."""
    try:
        return journey.send(answer)
    except StopIteration:
        return None


def all_of_it(api: Imitation) -> list[str]:
    """The titles of everything that the account has."""
    return [row["title"] for store in (api.mocs, api.images, api.albums, api.wishes) for row in store.values()]
