"""A rehearsal's result as one JSON document, and as the few lines that a person wants to read. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from cutover.exits import Exit
from cutover.rehearsal.checks import Check
from cutover.rehearsal.recording import ASKED_TYPE, Split, StepResult, Typed, steps_of
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.stats import SideStats

SCHEMA = "cutover.rehearsal/1"
TOLD_OF_AN_INDEX = ("alias", "index", "equal", "moved")


def exit_of(outcome: Outcome) -> int:
    """The exit code: that of `cutover run`, unless something that must be true was not."""
    return outcome.ending.exit_code if passed(outcome) else Exit.MISMATCH


def passed(outcome: Outcome) -> bool:
    """Whether everything that must be true of it is."""
    return all(counted.equal for counted in outcome.counted) and all(check.passed for check in outcome.checks)


def summary(outcome: Outcome) -> Mapping[str, Any]:
    """The document."""
    recording, ending, wish = outcome.recording, outcome.ending, outcome.wish
    end = recording.latest("end") or {}
    return {
        "schema": SCHEMA,
        "exit": int(exit_of(outcome)),
        "passed": passed(outcome),
        "scenario": {
            "name": wish.scenario.name,
            "title": wish.scenario.title,
            "story": wish.scenario.story,
            "expected": wish.scenario.expect.words,
            "events": [event.sentence for event in wish.scenario.events],
            "steps": list(wish.form.steps),
        },
        "run_exit": ending.exit_code,
        "reason": end.get("reason", ""),
        "quick": wish.quick,
        "inject": f"{wish.injection.fault}@{wish.injection.step}" if wish.injection else None,
        "simulated": True,
        "time_factor": recording.factor,
        "seconds_to_start": round(outcome.seconds_to_start, 1),
        "seconds": round(recording.ended - recording.started, 1),
        "weights": {
            "asked": _weights(ending.live),
            "served": _weights(ending.served),
            "in_sync": ending.pending_changes == 0,
        },
        "reindexed": [{key: one.get(key) for key in TOLD_OF_AN_INDEX} for one in recording.reindexed],
        "drill": recording.drill,
        "steps": [_step(step) for step in steps_of(recording)],
        "checks": [_check(check) for check in outcome.checks],
        "typed": [
            {
                "minute": round(recording.minutes(one.time), 1),
                "words": one.words,
                "exit": one.exit,
                "expected": one.expected,
                "said": one.said,
            }
            for one in sorted(recording.typed, key=_when)
        ],
        "parts_lists": [
            {"file": c.file, "ecs": c.ecs, "lambda": c.serverless, "equal": c.equal} for c in outcome.counted
        ],
        "cold_starts": outcome.edge.get("cold_starts"),
        "run_processes": list(recording.processes),
        "folder": str(wish.folder),
        "report": str(wish.folder / "report.html"),
        "ledger": str(wish.folder / "ledger.jsonl"),
    }


def lines(outcome: Outcome) -> Sequence[str]:
    """The result in words: steps, checks, where to read on."""
    told = [*_reindex_lines(outcome.recording.reindexed), *_drill_lines(outcome.recording.drill)]
    told += [_step_line(step) for step in steps_of(outcome.recording)]
    told += [f"parts list {c.file}: ECS {c.ecs}, Lambda {c.serverless}" for c in outcome.counted if not c.equal]
    if outcome.counted and all(c.equal for c in outcome.counted):
        told.append(f"{len(outcome.counted)} parts lists: both sides counted the same")
    for check in outcome.checks:
        told.append(f"{'ok  ' if check.passed else 'FAIL'}  {check.name}: {check.detail}")
    end = outcome.recording.latest("end") or {}
    told.append(f"cutover run: exit {outcome.ending.exit_code}, {end.get('reason', '')}")
    told.append(f"report: {outcome.wish.folder / 'report.html'}")
    return told


def _reindex_lines(reindexed: Sequence[Mapping[str, Any]]) -> list[str]:
    if not reindexed:
        return []
    documents = sum(one["moved"]["documents"] for one in reindexed)
    return [f"  reindex: {documents} documents in {len(reindexed)} new indices, equal to their tables, and swapped"]


def _drill_lines(receipt: Mapping[str, Any] | None) -> list[str]:
    if receipt is None:
        return []
    back = f"every answer ECS's again within {receipt['rto_seconds']:.0f} s (simulated)"
    return [f"  drill: Lambda {receipt['weight']}% and back, {back}"]


def _weights(split: Split) -> Mapping[str, Any]:
    """What those who ask for A are given, and the same of every type."""
    ecs, serverless = split.get(ASKED_TYPE, (0, 0))
    by_type = {type_: {"ecs": weights[0], "lambda": weights[1]} for type_, weights in split.items()}
    return {"ecs": ecs, "lambda": serverless, "by_type": by_type}


def _step(step: StepResult) -> Mapping[str, Any]:
    return {
        "asked_weight": step.weight,
        "observed_share": round(step.share, 4),
        "chance_allows": [round(step.band.low, 4), round(step.band.high, 4)],
        "within_chance": step.within_chance,
        "dns_answers": step.answers,
        "seconds": round(step.ended - step.started, 1),
        "requests": step.ecs.requests + step.serverless.requests,
        "error_rate": round(step.serverless.error_rate, 5),
        "p95_ms": step.serverless.p95_ms,
        "verdict": step.verdict,
        "reasons": list(step.reasons),
        "ecs": _side(step.ecs),
        "lambda": _side(step.serverless),
        "bake": step.bake,
    }


def _side(stats: SideStats) -> Mapping[str, Any]:
    return {
        "requests": stats.requests,
        "errors": stats.errors,
        "wrong": stats.wrong,
        "error_rate": round(stats.error_rate, 5),
        "p50_ms": stats.p50_ms,
        "p95_ms": stats.p95_ms,
    }


def _when(typed: Typed) -> float:
    return typed.time


def _check(check: Check) -> Mapping[str, Any]:
    return {"name": check.name, "passed": check.passed, "detail": check.detail}


def _step_line(step: StepResult) -> str:
    p95 = "-" if step.serverless.p95_ms is None else f"{step.serverless.p95_ms:.0f} ms"
    return (
        f"{step.weight:>3}% asked, {step.share:.1%} observed ({step.band.low:.1%} to {step.band.high:.1%} by chance): "
        f"Lambda {step.serverless.requests} requests, errors {step.serverless.error_rate:.2%}, p95 {p95}; "
        f"{step.verdict}"
    )
