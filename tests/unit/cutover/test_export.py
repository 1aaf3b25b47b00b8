"""`cutover export bundle`: everything that can be had, in one file, whatever is away."""

import csv
import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from cutover.core.intact import intact
from cutover.core.record import Kind, encode
from cutover.flow.gathering import Gathering, versions
from cutover.flow.writing import write_whole
from cutover.ports import ControlPlaneUnavailable
from cutover.render.unsecret import without_secrets
from tests.fakes.world import FakeWorld, known_world, settings_with
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import raised, shift


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def busy_world() -> FakeWorld:
    """A world in which something has happened."""
    world = known_world(100, 0)
    assert shift(world, 10, "--reason", "first *step*")[0] == 0
    return world


def exported(world: FakeWorld, *more: str) -> Mapping[str, str]:
    """The bundle's files."""
    result = invoke(world, "export", "bundle", "--out", "b.zip", "--force", *more)
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile("b.zip") as archive:
        return {name.removeprefix("b/"): archive.read(name).decode() for name in archive.namelist()}


def test_everything_is_in_it() -> None:
    world = busy_world()

    found = exported(world)

    assert sorted(found) == [
        "README.md",
        "documents/rollback-2.json",
        "gates.json",
        "lease.json",
        "ledger-verification.json",
        "ledger.jsonl",
        "manifest.json",
        "minutes-ecs.csv",
        "minutes-lambda.csv",
        "name-servers.json",
        "p95-ecs.csv",
        "p95-lambda.csv",
        "records.json",
        "rollback-batch.json",
        "rollback-plan.json",
        "settings.json",
        "timeline.md",
        "versions.json",
    ]
    manifest = json.loads(found["manifest.json"])
    assert manifest["missing"] == {}
    assert manifest["sha256"]["timeline.md"] == hashlib.sha256(found["timeline.md"].encode()).hexdigest()
    assert len(manifest["sha256"]) == len(found) - 1


def test_it_changes_nothing() -> None:
    world = busy_world()
    lines, weights = len(world.ledger.lines), raised(world)

    exported(world)

    assert (len(world.ledger.lines), raised(world)) == (lines, weights)


def test_the_ledger_is_in_it_as_it_is_stored_with_its_verification() -> None:
    world = busy_world()

    found = exported(world)

    assert found["ledger.jsonl"].splitlines() == [encode(event) for event in world.ledger.lines]
    verified = json.loads(found["ledger-verification.json"])
    assert verified["holds"] is True
    assert verified["last_hash"] == world.ledger.lines[-1].hash
    assert verified["lines"] == verified["lines_that_hold"] == len(world.ledger.lines)


def test_a_damaged_ledger_is_in_it_too_and_where_the_damage_is() -> None:
    world = busy_world()
    stored = [encode(event) for event in world.ledger.lines]
    stored[1] = stored[1].replace("first", "worst")
    world.ledger.raw = lambda: stored  # type: ignore[method-assign]

    found = exported(world)

    verified = json.loads(found["ledger-verification.json"])
    assert (verified["holds"], verified["lines_that_hold"]) == (False, 1)
    assert verified["trouble"].startswith("line 2: ")
    assert found["ledger.jsonl"].splitlines() == stored
    assert "**The ledger is damaged (line 2:" in found["timeline.md"]
    assert "damaged" in found["README.md"]


def test_the_timeline_is_for_people() -> None:
    found = exported(busy_world())

    lines = [line for line in found["timeline.md"].splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- 2026-11-22 07:00:00 **adopted** Lambda 0%, somebody on elsewhere (test)")
    assert "**intent** 0% → 10%, arn:aws:iam::123456789012:user/ada on" in lines[1]
    assert lines[1].endswith("(shift): first \\*step\\*")
    assert lines[2].endswith("(shift): /change/C0001")


def test_an_empty_ledger_says_so() -> None:
    world = known_world(100, 0)
    world.ledger.lines.clear()

    found = exported(world)

    assert "Nothing has happened yet." in found["timeline.md"]
    assert json.loads(found["ledger-verification.json"])["last_hash"] is None
    assert "weights not known to the ledger" in found["README.md"]


def test_a_day_of_minutes_is_in_it_and_no_data_is_not_zero() -> None:
    world = known_world(90, 10)
    world.metrics.silent = lambda _, start: start == START - timedelta(hours=1)

    found = exported(world)

    rows = list(csv.DictReader(io.StringIO(found["minutes-lambda.csv"])))
    assert len(rows) == 24 * 60
    silent = [row for row in rows if row["requests"] == ""]
    assert [row["minute"] for row in silent] == [(START - timedelta(hours=1)).isoformat()]
    assert rows[-1] == {
        "minute": (START - timedelta(minutes=3)).isoformat(),
        "requests": "60",
        "errors_5xx": "0",
        "errors_4xx": "0",
    }
    assert next(iter(csv.DictReader(io.StringIO(found["p95-ecs.csv"]))))["p95_ms"] == "200.0"


def test_the_way_back_is_in_it() -> None:
    found = exported(busy_world())

    plan, batch = json.loads(found["rollback-plan.json"]), json.loads(found["rollback-batch.json"])
    assert plan["after"] == {"ecs": 100, "lambda": 0}
    assert plan["by_hand"].endswith("--hosted-zone-id Z123 --change-batch file://rollback-batch.json")
    assert {change["ResourceRecordSet"]["Weight"] for change in batch["Changes"]} == {0, 100}
    assert json.loads(found["documents/rollback-2.json"])["Changes"]


def test_records_without_a_way_back_are_told_as_they_are() -> None:
    world = known_world(100, 0)
    world.ledger.lines.clear()
    world.weights.records = []

    plan = json.loads(exported(world)["rollback-plan.json"])

    assert set(plan) == {"drift", "way_on"}


def test_what_is_away_is_named_and_stops_nothing() -> None:
    world = busy_world()
    world.blind("CloudWatch is dark")
    world.ledger.unreadable = "no such table"
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 is dark")]

    found = exported(world)

    missing = json.loads(found["manifest.json"])["missing"]
    assert missing == {
        "documents": "no such table",
        "ledger": "no such table",
        "minutes of ecs": "CloudWatch is dark",
        "minutes of lambda": "CloudWatch is dark",
        "name-servers": "it needs the live records",
        "records": "Route 53 is dark",
        "rollback-plan": "it needs the live records",
    }
    assert sorted(found) == ["README.md", "gates.json", "lease.json", "manifest.json", "settings.json", "versions.json"]
    assert "- records: Route 53 is dark" in found["README.md"]


def test_what_hangs_is_not_waited_for() -> None:
    world, release = busy_world(), Event()

    def hang() -> None:
        release.wait(30)

    world.ledger.holder = hang  # type: ignore[method-assign]

    found = Gathering(world.ports, deadline_seconds=0.3).gather()

    release.set()
    assert found.missing == {"lease": "no answer in time"}


def test_it_is_the_same_file_for_the_same_world() -> None:
    world = busy_world()

    def digest(name: str) -> str:
        invoke(world, "export", "bundle", "--out", name)
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()

    first = digest("x.zip")
    with zipfile.ZipFile("x.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    Path("x.zip").unlink()

    assert digest("x.zip") == first


def test_it_is_for_its_owner_only() -> None:
    exported(busy_world())

    assert stat.S_IMODE(Path("b.zip").stat().st_mode) == 0o600
    assert [place.name for place in Path().iterdir()] == ["b.zip"]


def test_its_name_says_whose_it_is_and_when() -> None:
    world = known_world(100, 0)

    result = invoke(world, "export", "bundle")

    assert result.exit_code == 0
    assert [place.name for place in Path().iterdir()] == ["cutover-api.example.com-production-20261122T090000Z.zip"]
    assert "files are in cutover-api.example.com-production-20261122T090000Z.zip" in result.stdout


def test_a_file_that_is_there_is_not_overwritten_unasked() -> None:
    Path("b.zip").write_text("mine")
    world = busy_world()
    world.calls.names.clear()

    result = invoke(world, "export", "bundle", "--out", "b.zip")

    assert (result.exit_code, Path("b.zip").read_text()) == (2, "mine")
    assert "add --force to overwrite it" in result.stderr
    assert world.calls.names == []


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")

    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "b.zip", b"new", overwrite=False)

    assert [place.name for place in tmp_path.iterdir()] == ["b.zip"]
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_a_place_that_is_not_there_is_a_wrong_command() -> None:
    result = invoke(busy_world(), "export", "bundle", "--out", "none/b.zip")

    assert result.exit_code == 2
    assert "can't write none/b.zip: No such file or directory" in result.stderr


def test_programs_get_one_document() -> None:
    world = known_world(100, 0)
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 is dark")]

    result = invoke(world, "export", "bundle", "--out", "b.zip", "--json", "--quiet")

    document = json.loads(result.stdout)
    assert (document["schema"], document["exit"], document["result"]) == ("cutover.export/1", 0, "done")
    assert document["file"] == str(Path("b.zip").absolute())
    assert document["bytes"] == Path("b.zip").stat().st_size
    assert document["sha256"] == hashlib.sha256(Path("b.zip").read_bytes()).hexdigest()
    assert document["missing"]["records"] == "Route 53 is dark"
    assert "timeline.md" in document["files"]


def test_people_are_told_what_is_missing() -> None:
    world = known_world(100, 0)
    world.blind("CloudWatch is dark")

    result = invoke(world, "export", "bundle", "--out", "b.zip")

    assert "! not in it: minutes of ecs: CloudWatch is dark" in result.stdout


def test_documents_stay_in_their_folder_whatever_they_are_called() -> None:
    world = known_world(100, 0)
    world.ledger.kept = {"../../etc/passwd": "x", "...": "y"}

    found = exported(world)

    assert {name for name in found if "documents" in name} == {"documents/_.._etc_passwd", "documents/_"}


def test_settings_are_in_it_without_secrets() -> None:
    settings = settings_with(
        notify={"command": ["curl", "-H", "Authorization: Bearer s3cret"], "slack_webhook_env": "SLACK_WEBHOOK"},
        compare={"paths": ["/api/mocs?key=s3cret"], "token_env": "API_TOKEN"},
        aws={"endpoint_url": "http://user:s3cret@127.0.0.1:5000"},
    )

    clean = without_secrets(settings)

    assert "s3cret" not in json.dumps(clean)
    assert clean["notify"]["command"] == ["curl", "2 arguments left out"]
    assert clean["notify"]["slack_webhook_env"] == "SLACK_WEBHOOK"
    assert clean["compare"]["token_env"] == "API_TOKEN"
    assert clean["compare"]["paths"] == ["/api/mocs?left out"]
    assert clean["aws"]["endpoint_url"] == "http://127.0.0.1:5000"
    assert clean["lambda"]["api_id"] == "abc123"


def test_a_library_that_is_not_there_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.flow.gathering.PACKAGES", ("boto3", "no-such-package"))

    found = versions()

    assert found["no-such-package"] == "not installed"
    assert found["boto3"][0].isdigit()


def test_lines_hold_as_far_as_the_first_that_does_not() -> None:
    world = busy_world()
    lines = [encode(event) for event in world.ledger.lines]

    assert intact(lines).events == tuple(world.ledger.lines)
    assert intact(["rubbish", *lines]).events == ()
    assert intact([*lines[:2], *lines[3:]]).trouble.startswith("line 3: the ledger's chain is broken at sequence 4")
    assert intact(lines).events[-1].kind is not Kind.STOPPED
