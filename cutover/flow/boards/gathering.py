"""Asking what the widgets of boards ask, some at a time; a question that fails takes nothing from the others."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cutover.core.boards import answers
from cutover.core.boards.answers import Answer, Answers, BadAnswers
from cutover.core.boards.asking import Asked
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import NotAllowed, TelemetryUnavailable, World

AT_ONCE = 4
MINUTE = timedelta(minutes=1)


def span_until(world: World, span: timedelta) -> tuple[datetime, datetime]:
    """The newest time of that length, in whole minutes: the one under way is part of it."""
    now = world.clock.now().astimezone(UTC)
    until = now.replace(second=0, microsecond=0) + MINUTE
    return until - span, until


def gather(world: World, asked: Sequence[Asked], since: datetime, until: datetime) -> Answers:
    """Every answer, each question asked once. Raises nothing that the port raises: an answer says what went wrong."""
    questions = {one.key: one for one in asked if one.key}
    with ThreadPoolExecutor(AT_ONCE, "boards") as pool:
        found = pool.map(lambda one: _answer(world, one, since, until), questions.values())
        return Answers(since.timestamp(), until.timestamp(), dict(zip(questions, found, strict=True)))


def recorded(path: Path) -> Answers:
    """The answers of a file that `--save` wrote. Stops where it is none."""
    try:
        return answers.read(path.read_bytes())
    except OSError as error:
        raise Stop(
            Outcome(Exit.USAGE, f"can't read {path}: {error.strerror}", "name another with --recorded")
        ) from error
    except BadAnswers as error:
        raise Stop(Outcome(Exit.USAGE, f"{path}: {error}", "cutover dashboard preview --save makes one")) from error


def failures(found: Answers) -> Mapping[str, int]:
    """Why questions have no answer, and how many for each reason."""
    told: dict[str, int] = {}
    for answer in found.by_key.values():
        if answer.trouble:
            told[answer.trouble] = told.get(answer.trouble, 0) + 1
    return told


def _answer(world: World, asked: Asked, since: datetime, until: datetime) -> Answer:
    try:
        if asked.alarms:
            there = world.boards.alarms(asked.alarms)
            return Answer(alarms=[there[name] for name in asked.alarms if name in there])
        if asked.groups:
            return Answer(rows=world.boards.rows(asked.groups, asked.query, since, until))
        return Answer(series=world.boards.values(asked.question["queries"], since, until))
    except (TelemetryUnavailable, NotAllowed) as error:
        return Answer(trouble=str(error))
