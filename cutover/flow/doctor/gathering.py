"""Gathering everything that the preflight judges, all at once, each question with its end of patience."""

import shlex
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from cutover.core.account import AccountFacts
from cutover.core.doctor.sides import DATA_HOURS
from cutover.core.models import Evidence, Side, SideEvidence, Snapshot, Weights
from cutover.core.plan import Demand
from cutover.core.state import State
from cutover.core.surroundings import Surroundings
from cutover.core.zone import Drift, read_weights, targets
from cutover.flow.asking import ask
from cutover.flow.examine import Examiner
from cutover.flow.folding import state_of
from cutover.flow.knowing import demand
from cutover.flow.outcome import KNOWN_ERRORS
from cutover.ports import Answers, Locked, SwitchUnavailable, World

DEADLINE_SECONDS = 7.5  # with Python's start and the screen under ten
GRACE_SECONDS = 0.5  # for those who keep a deadline of their own
QUESTIONS = 40  # to the name servers: whether they answer rightly, not how the weights are shared out
WINDOW = timedelta(hours=1)
_FILE = "file://"
_TROUBLES: tuple[type[Exception], ...] = (*KNOWN_ERRORS, SwitchUnavailable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was found; where something could not be asked, a sentence stands in its place."""

    now: datetime
    snapshot: Snapshot | str
    state: State
    ledger_trouble: str
    holder: str
    lease_trouble: str
    account: AccountFacts
    surroundings: Surroundings
    metrics: Mapping[Side, SideEvidence | str]
    answers: Answers | None
    serving: bool | str
    missing_document: str
    demand: Demand | None


@dataclass(frozen=True, slots=True)
class _Ledger:
    state: State
    trouble: str
    holder: str
    lease_trouble: str


def gather(world: World, deadline_seconds: float = DEADLINE_SECONDS) -> Facts:
    """Ask for everything, for at most so many real seconds. Never raises what ports raise."""
    now, ends = world.clock.now(), time.monotonic() + deadline_seconds + GRACE_SECONDS
    zone = ask(world.weights.read)
    ledger = ask(lambda: _ledger(world))
    account = ask(lambda: world.account.inspect(deadline_seconds))
    around = ask(lambda: world.surveyor.survey(deadline_seconds))
    metrics = {side: ask(partial(_metrics, world, side, now)) for side in Side}
    serving = ask(world.switch.serving)
    answers = ask(lambda: _answers(world, zone, ends))
    found = _waited(ledger, ends, "the ledger")
    known = found if isinstance(found, _Ledger) else _Ledger(State(), found, "", "it was not tried")
    heard: dict[Side, SideEvidence | str] = {}
    for side, answer in metrics.items():
        told_of_side = _waited(answer, ends, "CloudWatch")
        heard[side] = told_of_side
    snapshot, told, asked = _waited(zone, ends, "Route 53"), _waited(account, ends, "AWS"), _waited(around, ends, "AWS")
    counted = _waited(answers, ends, "the name servers")
    serves = _waited(serving, ends, "the kill switch")
    return Facts(
        now=now,
        snapshot=snapshot,
        state=known.state,
        ledger_trouble=known.trouble,
        holder=known.holder,
        lease_trouble=known.lease_trouble,
        account=told if isinstance(told, AccountFacts) else AccountFacts(unknown={"credentials": told}),
        surroundings=asked if isinstance(asked, Surroundings) else Surroundings(unknown={"alarms": asked}),
        metrics=heard,
        answers=counted if isinstance(counted, Answers) else None,
        serving=serves,
        missing_document=_missing_document(known.state.undo),
        demand=_demand(heard, now),
    )


def _ledger(world: World) -> _Ledger:
    """The ledger's state, and whether the right to raise can be had: taken for a moment, where nobody holds it."""
    try:
        state = state_of(world.ledger.events())
        if held := world.ledger.holder():
            return _Ledger(state, "", held.name, "")
    except KNOWN_ERRORS as error:
        return _Ledger(State(), str(error), "", "not tried, for the ledger can't be read")
    try:
        with world.ledger.lease(f"doctor by {world.identity.actor()}"):
            return _Ledger(state, "", "", "")
    except Locked as error:
        return _Ledger(state, "", str(error), "")
    except KNOWN_ERRORS as error:
        return _Ledger(state, "", "", str(error))


def _metrics(world: World, side: Side, now: datetime) -> SideEvidence:
    until = Examiner(world).settled(now)
    return world.metrics.read(side, until - timedelta(hours=DATA_HOURS), until, WINDOW)


def _answers(world: World, zone: "Future[Snapshot]", ends: float) -> Answers | None:
    """What the name servers say; None where the records can't be read as weights, and are told of anyway."""
    snapshot, sides = zone.result(_left(ends)), world.settings.sides
    if isinstance(read_weights(snapshot, sides), Drift):
        return None
    return world.names.sample(targets(snapshot, sides), QUESTIONS, 0.9 * _left(ends))


def _waited(answer: "Future[T]", ends: float, whom: str) -> T | str:
    try:
        return answer.result(_left(ends))
    except TimeoutError:
        return f"{whom} did not answer in time"
    except _TROUBLES as error:
        return str(error)


def _left(ends: float) -> float:
    return max(0.0, ends - time.monotonic())


def _demand(heard: Mapping[Side, SideEvidence | str], now: datetime) -> Demand | None:
    ecs, serverless = heard[Side.ECS], heard[Side.SERVERLESS]
    if isinstance(ecs, str) or isinstance(serverless, str):
        return None
    return demand(Evidence(now, now, Weights(100, 0), ecs, serverless))


def _missing_document(undo: str) -> str:
    """The file that the ready rollback line names, where it is not there; empty where it is, or none is named."""
    named = (word.removeprefix(_FILE) for word in shlex.split(undo) if word.startswith(_FILE))
    place = unquote(next(named, ""))
    return place if place and not Path(place).is_file() else ""
