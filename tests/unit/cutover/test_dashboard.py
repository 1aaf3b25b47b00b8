"""`cutover dashboard`: listed, shown, drawn, marked; from files and from CloudWatch, live and recorded."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.ports import TelemetryUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, typed

AT = START.timestamp()
NAME = "lego-api-cutover-production"
POINTS = tuple((AT - 60 * minute, 100.0 + minute) for minute in range(60, 0, -1))
WIDGETS: list[dict[str, Any]] = [
    {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Hello\n[x](javascript:alert(1)) <b>&"}},
    {
        "type": "metric",
        "properties": {
            "title": "Latency",
            "metrics": [
                ["AWS/ApiGateway", "Latency", "ApiId", "${ApiId}", {"stat": "p95", "label": "Lambda p95"}],
                ["AWS/ES", "SearchLatency", {"label": "empty"}],
            ],
            "annotations": {"horizontal": [{"value": 500, "label": "too slow", "fill": "above"}]},
        },
    },
    {"type": "metric", "properties": {"title": "N", "view": "singleValue", "metrics": [["A", "Hits"], ["A", "Nope"]]}},
    {"type": "metric", "properties": {"title": "Domain", "metrics": [["AWS/ES", "X", "D", "${SearchDomain}"]]}},
    {"type": "alarm", "properties": {"title": "Alarms", "alarms": ["arn:aws:x:::alarm:veto-${Stage}", "a:gone"]}},
    {"type": "log", "properties": {"title": "Errors", "query": "SOURCE '/ecs/api' | fields @message"}},
]  # fmt: skip
BODY = json.dumps({"start": "-PT1H", "widgets": WIDGETS})


@pytest.fixture
def world() -> FakeWorld:
    """A dashboard in CloudWatch, with answers for some of what it asks."""
    world = fake_world()
    world.boards.bodies[NAME] = BODY
    world.boards.series = {"Latency": [Drawn("", "Latency", POINTS)], "Hits": [Drawn("", "Hits", ((AT, 0.0),))]}
    world.boards.states = {"veto-production": AlarmState("veto-production", "ALARM", "too many <5xx>", AT - 600)}
    world.boards.found = Rows(("@message",), (("it <broke>",),))
    return world


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The same dashboard as a file."""
    place = tmp_path / "mine.json"
    place.write_text(BODY, encoding="utf-8")
    return place


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the page goes."""
    return tmp_path / "page.html"


def drawn(world: FakeWorld, out: Path, *words: str, code: int = 0) -> str:
    """The page that `cutover dashboard preview WORDS` writes."""
    result = invoke(world, "dashboard", "preview", *words, "--out", str(out))
    assert result.exit_code == code, result.output
    return out.read_text(encoding="utf-8")


def test_the_repositorys_dashboards_are_listed_with_what_is_deployed(world: FakeWorld) -> None:
    world.boards.bodies |= {"lego-api-mine-production": BODY, "lego-api-cutover-staging": BODY}

    told = json.loads(invoke(world, "dashboard", "list", "--json", "--quiet").stdout)

    found = {one["name"]: one["deployed"] for one in told["dashboards"]}
    assert told["schema"] == "cutover.dashboard.list/1"
    assert found == {
        "business": False,
        "cutover": True,
        "data": False,
        "functions": False,
        "mine": True,
        "service": False,
    }
    assert [one["file"] for one in told["dashboards"] if one["name"] == "mine"] == [""]


def test_the_list_does_without_cloudwatch_and_says_so(world: FakeWorld) -> None:
    world.boards.failing = TelemetryUnavailable("no answer")

    result = invoke(world, "dashboard", "list")

    assert result.exit_code == 0
    assert "not known" in result.stdout
    assert "CloudWatch can't be asked: no answer" in result.stdout


def test_a_dashboard_is_shown_with_this_stages_values(world: FakeWorld, file: Path) -> None:
    result = invoke(world, "dashboard", "show", str(file))

    assert result.exit_code == 0
    assert json.loads(result.stdout)["widgets"][1]["properties"]["metrics"][0][3] == "abc123"
    assert "! ${SearchDomain} is not known: set [dashboard] variables" in result.stderr


def test_the_settings_tell_what_else_there_is_to_know(file: Path) -> None:
    world = fake_world(dashboard={"variables": {"SearchDomain": 'my "domain"'}})

    told = json.loads(invoke(world, "dashboard", "show", str(file), "--json").stdout)

    assert told["missing"] == []
    assert told["dashboard"]["widgets"][3]["properties"]["metrics"][0][3] == 'my "domain"'


def test_what_is_deployed_can_be_shown_instead_of_the_file(world: FakeWorld) -> None:
    for name in ("cutover", NAME):
        assert json.loads(invoke(world, "dashboard", "show", name, "--deployed").stdout)["start"] == "-PT1H"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nope"], "there is no dashboard 'lego-api-nope-production' in CloudWatch; those here are"),
        (["./nope.json"], "can't read nope.json: No such file"),
    ],
    ids=["name", "file"],
)
def test_what_is_not_there_is_a_usage_error(world: FakeWorld, words: list[str], why: str) -> None:
    result = invoke(world, "dashboard", "show", *words)

    assert result.exit_code == 2
    assert why in result.stderr
    assert "cutover dashboard list" in result.stderr


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"{}", "it is no dashboard"), (b"\xff", "no UTF-8"), (b" " * 1_000_001, "larger")],
    ids=["no board", "bytes", "large"],
)
def test_a_file_that_is_no_dashboard_is_a_usage_error(world: FakeWorld, file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)

    for command in ("show", "preview"):
        result = invoke(world, "dashboard", command, str(file))
        assert result.exit_code == 2
        assert why in result.stderr


def test_a_preview_draws_every_widget(world: FakeWorld, file: Path, out: Path) -> None:
    page = drawn(world, out, str(file))

    assert "Lambda p95 <b>101 ms</b>" in page
    assert "empty <b>no data</b>" in page
    assert "too slow" in page
    assert "not known: SearchDomain; set [dashboard] variables in the settings" in page
    assert "in alarm for 10 min" in page
    assert "not there" in page
    assert "it &lt;broke&gt;" in page
    assert world.boards.queried == [(["/ecs/api"], "fields @message")]


def test_nothing_that_a_dashboard_or_an_answer_says_becomes_markup(world: FakeWorld, file: Path, out: Path) -> None:
    page = drawn(world, out, str(file))

    assert 'href="javascript' not in page
    assert "<b>&amp;" not in page
    assert "too many &lt;5xx&gt;" in page


def test_what_was_not_measured_is_no_data_and_what_was_zero_is_zero(world: FakeWorld, file: Path, out: Path) -> None:
    page = drawn(world, out, str(file))

    assert '<span>Hits</span><b class="">0</b>' in page
    assert '<span>Nope</span><b class="dim">no data</b>' in page


def test_the_time_is_the_dashboards_own_or_the_one_that_is_asked_for(world: FakeWorld, out: Path) -> None:
    for words, minutes in (([], 60), (["--since", "2h"], 120)):
        result = invoke(world, "dashboard", "preview", "cutover", "--deployed", "--out", str(out), "--json", *words)
        told = json.loads(result.stdout)
        assert told["until"] - told["since"] == 60 * minutes


def test_all_dashboards_of_the_repository_are_drawn_on_one_page(world: FakeWorld, out: Path) -> None:
    page = drawn(world, out, "--all")

    for name in ("business", "cutover", "data", "functions", "service"):
        assert f'<section id="{name}">' in page


def test_all_that_are_deployed_are_drawn_where_there_is_no_checkout(world: FakeWorld, out: Path) -> None:
    assert '<section id="cutover">' in drawn(world, out, "--all", "--deployed")


def test_without_any_dashboard_there_is_nothing_to_draw(out: Path) -> None:
    result = invoke(fake_world(), "dashboard", "preview", "--all", "--deployed", "--out", str(out))

    assert result.exit_code == 2
    assert "there is no dashboard here, nor in CloudWatch" in result.stderr


def test_answers_are_kept_and_drawn_again_without_asking(world: FakeWorld, file: Path, out: Path) -> None:
    kept = out.with_name("kept.json")
    first = drawn(world, out, str(file), "--save", str(kept))
    world.boards.failing = TelemetryUnavailable("nobody is asked")

    again = drawn(world, out, str(file), "--recorded", str(kept))

    assert again == first.replace("asked of CloudWatch", "recorded, kept.json")


def test_a_recording_without_an_answer_says_so(world: FakeWorld, file: Path, out: Path) -> None:
    kept = out.with_name("kept.json")
    kept.write_text('{"schema": "cutover.boards/1", "since": 0, "until": 60, "answers": {}}', encoding="utf-8")

    assert "the answer to this is not in the recording" in drawn(world, out, str(file), "--recorded", str(kept))


@pytest.mark.parametrize("content", [None, "{}"], ids=["missing", "other"])
def test_a_recording_that_is_none_is_a_usage_error(
    world: FakeWorld, file: Path, out: Path, content: str | None
) -> None:
    kept = out.with_name("kept.json")
    if content:
        kept.write_text(content, encoding="utf-8")

    assert invoke(world, "dashboard", "preview", str(file), "--recorded", str(kept)).exit_code == 2


def test_without_any_answer_it_is_exit_9_and_the_page_says_why(world: FakeWorld, file: Path, out: Path) -> None:
    world.boards.failing = TelemetryUnavailable("CloudWatch is gone")

    page = drawn(world, out, str(file), code=9)

    assert page.count("CloudWatch is gone") == 4


@pytest.mark.parametrize(
    "words", [[], ["cutover", "--all"], ["cutover", "--recorded", "x", "--save", "y"]], ids=["none", "both", "recorded"]
)
def test_flags_that_contradict_each_other_are_usage_errors(world: FakeWorld, words: list[str]) -> None:
    assert invoke(world, "dashboard", "preview", *words).exit_code == 2


def test_a_place_that_can_t_be_written_is_a_usage_error(world: FakeWorld, file: Path, tmp_path: Path) -> None:
    result = invoke(world, "dashboard", "preview", str(file), "--out", str(tmp_path / "no" / "page.html"))

    assert result.exit_code == 2
    assert "name another with --out" in result.stderr


def test_the_page_is_opened_in_the_browser_that_the_environment_names(
    world: FakeWorld, file: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, opened = out.with_name("bin"), out.with_name("opened")
    folder.mkdir()
    for name in ("xdg-open", "open"):
        (folder / name).write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    drawn(world, out, str(file), "--open")

    assert [place for place in (opened,) if not place.exists() or out.name in place.read_text()] == [opened]


def test_programs_are_told_what_was_drawn(world: FakeWorld, file: Path, out: Path) -> None:
    result = invoke(world, "dashboard", "preview", str(file), "--out", str(out), "--json")

    told = json.loads(result.stdout)
    assert told["schema"] == "cutover.dashboard.preview/1"
    assert told["page"] == str(out)
    assert told["boards"] == {"mine": {"widgets": 6, "missing": ["SearchDomain"]}}
    assert told["until"] - told["since"] == 3600


def marked(world: FakeWorld) -> list[str]:
    widgets = json.loads(world.boards.bodies[NAME])["widgets"]
    return [one["label"] for one in widgets[1]["properties"]["annotations"].get("vertical", [])]


@pytest.fixture
def climbed(world: FakeWorld) -> FakeWorld:
    """At 10, by a shift."""
    other = known_world(100, 0)
    other.boards = world.boards
    assert invoke(other, "shift", "--lambda-weight", "10", "--yes").exit_code == 0
    return other


def test_changes_are_marked_in_the_deployed_dashboard_once(climbed: FakeWorld) -> None:
    first = invoke(climbed, "dashboard", "annotate", "--yes")
    again = invoke(climbed, "dashboard", "annotate", "--yes")

    assert first.exit_code == again.exit_code == 0
    assert len(marked(climbed)) == 1
    assert marked(climbed)[0].startswith("Lambda 0% → 10%")
    assert "1 mark in lego-api-cutover-production" in first.stdout
    assert "has them all" in again.stdout


def test_a_dry_run_shows_the_marks_and_writes_none(climbed: FakeWorld) -> None:
    result = invoke(climbed, "dashboard", "annotate", "--dry-run", "--json", "--quiet")

    told = json.loads(result.stdout)
    assert [one["text"] for one in told["marks"]] == ["Lambda 0% → 10%"]
    assert (told["written"], told["dry_run"]) == (False, True)
    assert marked(climbed) == []


def test_it_asks_before_it_writes(climbed: FakeWorld) -> None:
    result = typed(climbed, "n\n", "dashboard", "annotate")

    assert result.exit_code == 130
    assert marked(climbed) == []


def test_a_dashboard_that_is_not_there_is_a_usage_error_with_its_name(climbed: FakeWorld) -> None:
    climbed.boards.bodies.clear()

    result = invoke(climbed, "dashboard", "annotate", "--yes")

    assert result.exit_code == 2
    assert "there is no dashboard 'lego-api-cutover-production' in CloudWatch" in result.stderr


def test_a_dashboard_that_is_none_can_t_be_marked(climbed: FakeWorld) -> None:
    climbed.boards.bodies[NAME] = "{}"

    assert invoke(climbed, "dashboard", "annotate", "--yes").exit_code == 2
