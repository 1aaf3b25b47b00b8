"""The people of one process: who they are, and their requests outside of the measured time."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import gevent
from gevent.pool import Pool

from loadtests._checks import json_of
from loadtests._client import Client, Reply, Where
from loadtests._journey import Answer, Ask, Person, Start
from loadtests._plan import Plan
from loadtests._tokens import Tokens

AT_ONCE = 8  # visitors who prepare or clean at the same time


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with connections and a token of their own."""

    person: Person
    client: Client


def visitors(plan: Plan, where: Where, tokens: Tokens, on_dns: Callable[[str], None]) -> Sequence[Visitor]:
    """The visitors of this process; each account has as many as any other, or one more."""
    users = tokens.users
    return [_visitor(plan, number, users[number % len(users)], (where, tokens, on_dns)) for number in plan.own_persons]


def _visitor(plan: Plan, number: int, user: str, how: tuple[Where, Tokens, Callable[[str], None]]) -> Visitor:
    where, tokens, on_dns = how
    chosen = random.Random(f"{plan.seed} {number}")  # noqa: S311 - reproducible choices
    person = Person(user, f"load {plan.id}-{number}", chosen)
    return Visitor(person, Client(where, lambda: tokens.of(user), on_dns))


def first_of_each_account(people: Sequence[Visitor]) -> Sequence[Visitor]:
    """One visitor of each account."""
    return list({visitor.person.sub: visitor for visitor in reversed(people)}.values())


def answer_to(ask: Ask, reply: Reply) -> tuple[Answer | None, str]:
    """What a journey is given, and what is wrong; "": nothing."""
    if reply.status == 0:
        return None, reply.failed
    if reply.status == 429:
        return None, "status 429"
    problem = ask.check(reply.status, reply.body)
    return (Answer(reply.status, json_of(reply.body)), "") if problem is None else (None, problem)


def each_walks(people: Sequence[Visitor], start: Start, seconds: float) -> tuple[int, Sequence[str]]:
    """Every visitor goes that way, some at a time, all in so many seconds: how many did not end it, what went wrong."""
    problems: list[str] = []
    done: list[Visitor] = []
    pool = Pool(AT_ONCE)

    def walk(visitor: Visitor) -> None:
        problems.extend(_walked(visitor, start))
        done.append(visitor)

    with gevent.Timeout(seconds, False):
        pool.map(walk, people)
    pool.kill()
    return len(people) - len(done), problems


def _walked(visitor: Visitor, start: Start) -> Iterator[str]:
    journey = start(visitor.person)
    ask = next(journey, None)
    while ask is not None:
        if ask.after_seconds:
            gevent.sleep(ask.after_seconds)
        answer, problem = answer_to(ask, visitor.client.send(ask))
        if problem:
            yield f"{ask.route}: {problem}"
        try:
            ask = journey.send(answer)
        except StopIteration:
            return
