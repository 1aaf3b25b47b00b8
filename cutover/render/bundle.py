"""The files of an incident bundle: for a person who was not there, and for programs."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cutover.core import batch
from cutover.core.models import Minute, Side, SideEvidence
from cutover.core.zone import Drift
from cutover.flow.gathering import Gathered
from cutover.flow.retreat.by_hand import plain_line
from cutover.ports import Answers
from cutover.render import documents
from cutover.render.lock import document as lease_document
from cutover.render.spoken import readme, timeline
from cutover.render.unsecret import without_secrets
from cutover.settings import Settings

BATCH = "rollback-batch.json"
_ODD = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


def files(found: Gathered, settings: Settings) -> Mapping[str, str]:
    """Every file by its name; `manifest.json` last, with each one's digest and what is missing, and why."""
    made = {
        "ledger.jsonl": "".join(f"{line}\n" for line in found.lines or ()) if found.lines is not None else None,
        "ledger-verification.json": _json(verification(found)) if found.lines is not None else None,
        "timeline.md": timeline(found, settings) if found.lines is not None else None,
        "settings.json": _json(without_secrets(settings)),
        "records.json": _json([json.loads(r.body) for r in found.snapshot.records]) if found.snapshot else None,
        "gates.json": _json(_gates(found)) if found.exam else None,
        **{f"minutes-{side.value}.csv": minutes(found.sides[side].minutes) for side in found.sides},
        **{f"p95-{side.value}.csv": windows(found.sides[side]) for side in found.sides},
        "name-servers.json": _json(_answers(found.answers)) if found.answers else None,
        "lease.json": _json({"holder": lease_document(found.holder)}) if "lease" not in found.missing else None,
        **_rollback(found, settings),
        **{f"documents/{_plain(name)}": text for name, text in sorted((found.documents or {}).items())},
        "versions.json": _json(found.versions),
    }
    there = {"README.md": readme(found, settings)} | {name: text for name, text in made.items() if text is not None}
    return there | {"manifest.json": _json(_manifest(there, found.missing))}


def verification(found: Gathered) -> dict[str, Any]:
    """Whether the ledger's chain holds, and how anybody can check that."""
    last = found.chain.events[-1] if found.chain.events else None
    return {
        "holds": not found.chain.trouble,
        "trouble": found.chain.trouble or None,
        "lines": found.chain.lines,
        "lines_that_hold": len(found.chain.events),
        "last_hash": last.hash if last else None,
        "how": "each line's hash is the SHA-256 of that line with an empty hash; its prev_hash is the line's before",
    }


def minutes(rows: Sequence[Minute]) -> str:
    """One side's minutes as CSV; an empty field is one that CloudWatch has no data for, which is not zero."""
    return _csv(
        ("minute", "requests", "errors_5xx", "errors_4xx"),
        ((row.start.isoformat(), row.requests, row.errors, row.client_errors) for row in rows),
    )


def windows(side: SideEvidence) -> str:
    """One side's p95 windows as CSV."""
    return _csv(
        ("start", "seconds", "p95_ms", "requests"),
        ((w.start.isoformat(), int(w.length.total_seconds()), w.p95_ms, w.samples) for w in side.windows),
    )


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _gates(found: Gathered) -> dict[str, Any]:
    exam = found.exam
    evidence = exam.evidence if exam else None
    return {
        "time": found.now.isoformat(timespec="milliseconds"),
        "since": evidence.since.isoformat() if evidence else None,
        "until": evidence.until.isoformat() if evidence else None,
        "weights": documents.weights(evidence.weights) if evidence else None,
        **documents.judgement(exam.judgement if exam else None),
        "bake": documents.bake(exam.clock if exam else None),
    }


def _answers(answers: Answers) -> dict[str, int]:
    sides = {side.value: answers.by_side.get(side, 0) for side in Side}
    return {"answers": answers.total, **sides, "unknown": answers.unknown}


def _rollback(found: Gathered, settings: Settings) -> dict[str, str]:
    """What `rollback` would do now, and the batch and the line that do it without `cutover`."""
    if found.plan is None:
        return {}
    if isinstance(found.plan, Drift):
        return {"rollback-plan.json": _json({"drift": found.plan.text, "way_on": found.plan.way_on})}
    comment = batch.comment(settings.stage, found.state.seq + 1, "by-hand")
    ready = batch.way_back(found.plan.records_after.records, settings.sides, comment)
    line = plain_line(settings, f"file://{BATCH}")
    return {"rollback-plan.json": _json(documents.plan(found.plan) | {"by_hand": line}), BATCH: _json(ready)}


def _manifest(there: Mapping[str, str], missing: Mapping[str, str]) -> dict[str, Any]:
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in there.items()}
    return {"schema": "cutover.bundle/1", "sha256": digests, "missing": dict(missing)}


def _plain(name: str) -> str:
    """A document's name that stays in its folder, whoever wrote it."""
    return _ODD.sub("_", name).lstrip(".") or "_"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
