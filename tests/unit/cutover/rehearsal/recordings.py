"""Scripted rehearsals: what `cutover run` says and what the clients see, minute by minute."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutover.rehearsal.checks import Check, Ending
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Recording, Served, Split
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.scenario import Scenario
from cutover.rehearsal.traffic import Second
from cutover.rehearsal.wish import Wish

EPOCH = 1_800_000_000.0
FACTOR = 60.0  # so that a minute of the clock is a real second

Document = dict[str, Any]

PASS = {"gate": "error-rate", "side": "lambda", "verdict": "pass", "text": "Lambda error rate 0%"}
HOLD = {"gate": "p95", "side": "lambda", "verdict": "hold", "text": "Lambda p95 600 ms is between the limits"}
FAIL = {"gate": "error-rate", "side": "lambda", "verdict": "fail", "text": "Lambda error rate 30% is over 2%"}
BAKE = {
    "counted_minutes": 7,
    "required_minutes": 18,
    "requests": 240,
    "required_requests": 250,
    "complete": False,
}


def split(ecs: int, serverless: int) -> Split:
    """The same weights of both types."""
    return {"A": (ecs, serverless), "AAAA": (ecs, serverless)}


def iso(minute: float) -> str:
    """That minute after the start, by the compressed clock, as documents write it."""
    return datetime.fromtimestamp(EPOCH + minute * 60, UTC).isoformat(timespec="milliseconds")


def said(event: str, minute: float, weight: int | None = None, **fields: Any) -> Document:
    """A document of `cutover run`: `weight` is what Lambda is asked to carry."""
    return {"event": event, "time": iso(minute), "asked_weight": weight, "phase": "steady", **fields}


def ledger(event: str, seq: int, minute: float, weight: int, **fields: Any) -> Document:
    """A document of a ledger line."""
    return said(event, minute, weight, seq=seq, **fields)


def shift(seq: int, minute: float, before: int, after: int) -> list[Document]:
    """A change of weights, settled two minutes after it was sent."""
    return [
        ledger("intent", seq, minute, before, after=[100 - after, after], reason=f"step to Lambda {after}%"),
        ledger("applied", seq + 1, minute + 0.2, after, change_id=f"/change/C{seq}"),
        ledger("insync", seq + 2, minute + 1, after),
        ledger("settled", seq + 3, minute + 2, after),
    ]


def tick(minute: float, weight: int, *findings: Mapping[str, Any], **fields: Any) -> Document:
    """A look at the gates; its verdict is the worst of the findings."""
    order = ("pass", "hold", "fail")
    verdict = max((str(f["verdict"]) for f in findings), key=order.index, default=None)
    state = f"BAKING {weight}%"
    told = {"findings": list(findings), "verdict": verdict, "state": state, "bake": None, **fields}
    return said("tick", minute, weight, **told)


def second(minute: float, side: str, requests: int = 10, **fields: Any) -> Second:
    """One side in the real second that is this minute."""
    return Second(
        time=EPOCH + minute,
        side=side,
        requests=requests,
        errors=fields.get("errors", 0),
        wrong=fields.get("wrong", 0),
        answers=fields.get("answers", 2),
        latencies_ms=fields.get("latencies_ms", [20.0] * requests),
        problems=fields.get("problems", ()),
    )


def traffic(first: int, last: int, serverless: int) -> list[Second]:
    """A hundred requests and fifty DNS answers a second, `serverless` percent of them to Lambda."""
    shares = {"ecs": 100 - serverless, "lambda": serverless}
    return [
        second(minute, side, share, answers=share // 2)
        for minute in range(first, last)
        for side, share in shares.items()
        if share
    ]


def recorded(
    documents: Iterable[Document] = (),
    seconds: Iterable[Second] = (),
    served: Iterable[tuple[float, int]] = (),
    ended: float = 60,
) -> Recording:
    """A recording of all this; `served` are (minute, Lambda's weight)."""
    recording = Recording(factor=FACTOR, epoch=EPOCH, started=EPOCH, ended=EPOCH + ended)
    for document in documents:
        recording.add(document, EPOCH)
    recording.seconds.extend(seconds)
    recording.served.extend(Served(EPOCH + minute, split(100 - weight, weight)) for minute, weight in served)
    return recording


def happy() -> Recording:
    """Everything as it must be: 10% from minute 7 to 20, 50% from 22 to 35, 100% from 37 on."""
    documents = [
        ledger("adopted", 1, 2, 0, after=[100, 0], reason="first seen"),
        *shift(2, 5, 0, 10),
        *[tick(minute, 10, HOLD, PASS) for minute in range(8, 13)],
        *[tick(minute, 10, PASS, bake=BAKE) for minute in range(13, 20)],
        ledger("baked", 6, 20, 10, after=[90, 10]),
        *shift(7, 20, 10, 50),
        *[tick(minute, 50, PASS) for minute in range(23, 35)],
        *shift(11, 35, 50, 100),
        *[tick(minute, 100, PASS) for minute in range(38, 49)],
        ledger("finished", 15, 50, 100, after=[0, 100]),
        {"event": "end", "reason": "all on Lambda", "exit": 0},
    ]
    seconds = [*traffic(1, 6, 0), *traffic(6, 21, 10), *traffic(21, 36, 50), *traffic(36, 59, 100)]
    return recorded(documents, seconds, [(0.5, 0), (6, 10), (21, 50), (36, 100)])


FIRST, SECOND = 4242, 4243  # the processes of a run that was killed and started again


def broken_off() -> Recording:
    """As `happy`, but the first `cutover run` is killed when it has sent the change to 50%, which is PENDING then."""
    recording = recorded()
    for told in happy().told:
        process = FIRST if told.document.get("seq", 0) <= 8 and told.time < EPOCH + 20.5 else SECOND
        recording.told.append(replace(told, process=process))
    recording.seconds.extend(happy().seconds)
    recording.served.extend(happy().served)
    held, killed = Injection.parse("killed@50").scenario().events
    recording.injected += [(EPOCH + 10, held), (EPOCH + 20.4, killed)]
    return recording


def rolled_back() -> Recording:
    """Lambda fails at 50%: the step begins at minute 7, the fault at 10, ECS has everything back at 15."""
    documents = [
        *shift(1, 5, 10, 50),
        *[tick(minute, 50, PASS) for minute in range(8, 11)],
        tick(11, 50, FAIL, PASS),
        ledger("intent", 5, 12, 50, after=[100, 0], reason=FAIL["text"]),
        ledger("applied", 6, 12.2, 0),
        ledger("rolled-back", 7, 13, 0, after=[100, 0], reason=FAIL["text"], findings=[FAIL], bake=BAKE),
        {"event": "end", "reason": "rolled back to ECS 100, INSYNC", "exit": 4},
    ]
    failing = [second(minute, "lambda", 50, errors=15, problems=["status 500"]) for minute in (10, 11)]
    seconds = [*traffic(1, 7, 10), *traffic(7, 10, 50), *failing, *traffic(10, 12, 50)[::2], *traffic(12, 19, 0)]
    recording = recorded(documents, seconds, [(0.5, 10), (6, 50), (13, 0)], ended=20)
    recording.injected.append((EPOCH + 10, Injection.parse("errors@50").scenario().events[0]))
    return recording


WHOLE = ("intent", "applied", "insync", "settled", "baked", "finished")
DONE = Ending(exit_code=0, live=split(0, 100), served=split(0, 100), pending_changes=0, ledger=WHOLE)
BACK = Ending(exit_code=4, live=split(100, 0), served=split(100, 0), pending_changes=0, ledger=("rolled-back",))


def checked(
    recording: Recording, ending: Ending, injection: Injection | None = None, chosen: Scenario | None = None
) -> Sequence[Check]:
    """The checks of a rehearsal of the whole ladder."""
    return outcome(recording, ending, injection, chosen=chosen).checks


def outcome(
    recording: Recording,
    ending: Ending = DONE,
    injection: Injection | None = None,
    counted: Sequence[Counted] = (),
    **wished: Any,
) -> Outcome:
    """What a rehearsal came to."""
    wish = Wish(folder=Path("/somewhere/rehearsals/1"), injection=injection, **wished)
    edge = {"cold_starts": 9, "environments": [{}, {}, {}]}
    return Outcome(wish, recording, ending, counted, edge, seconds_to_start=12.34)
