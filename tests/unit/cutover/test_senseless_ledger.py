"""A ledger that is chained, or at least there, and says what makes no sense: going back works, all else tells it."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.core.models import Weights
from cutover.core.parts import PartKind
from cutover.core.reading import read
from cutover.core.record import Broken, Kind, chained, decode, encode
from cutover.core.state import fold
from cutover.ledger.file import FileLedger
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.unit.cutover.invoking import NEUTRAL, invoke
from tests.unit.cutover.scripting import RUN

HOME = Weights(100, 0)
NAIVE = {"id": "f1", "start": "2026-01-01T00:00:00", "end": "2027-01-01T00:00:00"}
EARLY = {"id": "f1", "start": "0001-01-01T00:00:00+14:00", "end": "2027-01-01T00:00:00+00:00"}
SENSELESS: dict[str, dict[str, Any]] = {
    "weights that do not sum to 100": {"kind": Kind.ADOPTED, "after": (90, 20)},
    "records that are no JSON": {"kind": Kind.ADOPTED, "after": (90, 10), "evidence": {"records": ["not json"]}},
    "records that are no list": {"kind": Kind.ADOPTED, "after": (90, 10), "evidence": {"records": 5}},
    "records that are lists": {"kind": Kind.ADOPTED, "after": (90, 10), "evidence": {"records": ["[]"]}},
    "records without a type": {"kind": Kind.ADOPTED, "after": (90, 10), "evidence": {"records": ['{"Name":"a"}']}},
    "a type that is no text": {
        "kind": Kind.ADOPTED, "after": (90, 10), "evidence": {"records": ['{"Name":"a","Type":[]}']},
    },
    "a burst that is a number": {"kind": Kind.JUDGED, "evidence": {"burst": 5}},
    "a bake that is a number": {"kind": Kind.JUDGED, "evidence": {"bake": 7}},
    "a load without times": {"kind": Kind.LOADED},
    "a freeze without an id": {"kind": Kind.FROZEN, "evidence": {"start": "x", "end": "y"}},
    "a freeze without a zone": {"kind": Kind.FROZEN, "evidence": NAIVE},
    "a freeze outside the calendar": {"kind": Kind.FROZEN, "evidence": EARLY},
    "a rung without a name": {"kind": Kind.RUNG},
    "a rung whose records are none": {"kind": Kind.RUNG, "evidence": {"rung": PartKind.DNS.rung, "records": [7]}},
    "a rung that saved nonsense": {"kind": Kind.RUNG, "evidence": {"rung": "drain", "saved": {"desired": "many"}}},
    "tasks that are a word": {"kind": Kind.INTENT, "after": (100, 0), "evidence": {"home_tasks": "many"}},
    "tasks without end": {"kind": Kind.INTENT, "after": (100, 0), "evidence": {"home_tasks": float("inf")}},
    "an intent to more than all": {"kind": Kind.INTENT, "after": (90, 20), "before": (100, 0)},
    "an intent of no records": {"kind": Kind.INTENT, "after": (90, 10), "evidence": {"records": ["not json"]}},
}  # fmt: skip


@pytest.fixture(params=SENSELESS, ids=lambda name: name.replace(" ", "-"))
def world(request: pytest.FixtureRequest) -> FakeWorld:
    """A world whose ledger's second line is one of those."""
    world = known_world(90, 10)
    world.write(**SENSELESS[request.param])
    return world


def test_going_back_works_without_it(world: FakeWorld) -> None:
    result = invoke(world, "rollback")

    assert result.exit_code == 0, result.output
    assert world.live == HOME
    assert "line 2 (" in result.stderr
    assert len(world.ledger.lines) == 2


@pytest.mark.parametrize(
    "words", [RUN, ("shift", "--lambda-weight", "50", "--yes"), ("history",), ("status", "--exit-code")], ids=str
)
def test_whatever_else_needs_it_says_which_line(world: FakeWorld, words: tuple[str, ...]) -> None:
    result = invoke(world, *words)

    assert result.exit_code == 8, result.output
    assert "line 2 (" in result.output
    assert "makes no sense" in result.output
    assert world.weights.applied == []


def test_the_bundle_is_made_and_says_it(world: FakeWorld, tmp_path: Path) -> None:
    place = tmp_path / "it.zip"

    result = invoke(world, "export", "bundle", "--out", str(place))

    assert result.exit_code == 0, result.output
    assert _verification(place)["lines_that_hold"] == 1
    assert "line 2: line 2 (" in _verification(place)["trouble"]


@pytest.mark.parametrize("command", ["cost", "doctor"])
def test_the_commands_that_only_look_do_not_crash(world: FakeWorld, command: str) -> None:
    assert invoke(world, command).exit_code != 1


BYTES: dict[str, bytes] = {
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "a list": b"[]",
    "null": b"null",
    "a number of 6000 digits": b"1" * 6000,
    "a time outside the calendar": b'{"seq":1,"time":"0001-01-01T00:00:00+14:00","kind":"adopted","actor":"","host":"",'
    b'"command":"","before":null,"after":null}',
    "a time without a zone": b'{"seq":1,"time":"2026-01-01T00:00:00","kind":"adopted","actor":"","host":"",'
    b'"command":"","before":null,"after":null}',
    "weights that are a number": b'{"seq":1,"time":"2026-01-01T00:00:00+00:00","kind":"adopted","actor":"","host":"",'
    b'"command":"","before":5,"after":null}',
}


@pytest.mark.parametrize("line", BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_line_stop_no_way_back_and_no_bundle(tmp_path: Path, line: bytes) -> None:
    path, place = tmp_path / "ledger.jsonl", tmp_path / "it.zip"
    path.write_bytes(line + b"\n")

    assert _on_file(path, "status", "--exit-code")[0].exit_code == 8
    assert _on_file(path, "history")[0].exit_code == 8
    assert _on_file(path, "export", "bundle", "--out", str(place))[0].exit_code == 0
    assert _verification(place)["trouble"].startswith("line 1: ")
    result, world = _on_file(path, "rollback")

    assert result.exit_code == 0, result.output
    assert world.live == HOME


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00+01:00"])
def test_a_time_that_is_not_spelled_as_ours_is_never_proven_by_bytes_alone(tmp_path: Path, time: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(_hashed({"time": time}) + "\n", encoding="utf-8")

    result, world = _on_file(path, "rollback")

    assert (result.exit_code, world.live) == (0, HOME)
    assert _on_file(path, "history")[0].exit_code == 8


@pytest.mark.parametrize("field", [{"evidence": 5}, {"actor": 7}, {"after": ["90", "10"]}, {"after": [True, 99]}])
def test_a_field_of_another_type_is_no_line(field: dict[str, Any]) -> None:
    with pytest.raises(Broken, match="not a ledger line"):
        decode(_hashed(field))


def test_evidence_in_a_thousand_brackets_is_a_broken_chain(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    path = tmp_path / "ledger.jsonl"
    path.write_text(_hashed({"evidence": deep}).replace('":', '": ') + "\n", encoding="utf-8")

    assert _on_file(path, "history")[0].exit_code == 8
    assert _on_file(path, "rollback")[0].exit_code == 0


def test_a_senseless_record_that_was_replaced_since_hinders_nobody() -> None:
    world = known_world(90, 10)
    world.write(Kind.ADOPTED, after=(90, 10), evidence={"records": ["not json"]})
    bodies = sorted(record.body for record in world.weights.records)
    world.write(Kind.ADOPTED, after=(90, 10), evidence={"records": bodies})

    assert read(world.ledger.lines) == fold(world.ledger.lines)
    assert invoke(world, "history").exit_code == 0


def _hashed(fields: dict[str, Any]) -> str:
    """The bytes of a first line with these fields, with the hash that these bytes have."""
    line = chained(fake_world().write(Kind.PAUSED), None)
    blank = json.loads(encode(replace(line, hash=""))) | fields
    hashed = json.dumps(blank, sort_keys=True, separators=(",", ":"))
    return hashed.replace('"hash":""', f'"hash":"{hashlib.sha256(hashed.encode()).hexdigest()}"', 1)


def _on_file(path: Path, *words: str) -> tuple[Result, FakeWorld]:
    world = fake_world(90, 10)
    ports = replace(world.ports, ledger=FileLedger(path, world.clock.now))
    return CliRunner(env=NEUTRAL).invoke(cli, list(words), obj=ports), world


def _verification(place: Path) -> dict[str, Any]:
    with zipfile.ZipFile(place) as bundle:
        name = next(name for name in bundle.namelist() if name.endswith("ledger-verification.json"))
        found: dict[str, Any] = json.loads(bundle.read(name))
        return found
