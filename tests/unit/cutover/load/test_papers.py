"""A run's folder: written line by line, judged at its end, and read again whatever became of its writer."""

import csv
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutover.core.load.lines import Note, Resources
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, LoadRun
from cutover.core.load.verdict import Standing, judge
from cutover.load import papers
from cutover.load.papers import REPORT, BadFolder, RunFolder, exit_of, read, told
from tests.unit.cutover.core.load.made import ROUTE, START, Came, Coming, busy, flat, good, made, seconds_of, spiky

ALL = {"run.json", "seconds.ndjson", "summary.json", "routes.csv", "seconds.csv", "report.html"}


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A report page that says only which runs it shows."""
    module = ModuleType("cutover.render.load_page")
    module.render = lambda runs: f"<p>{[run.id for run in runs]}</p>"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cutover.render.load_page", module)
    return module


def fresh(profile: Profile) -> LoadRun:
    run = made(profile, seconds=[])
    run.ended, run.ended_by = 0.0, EndedBy.NOTHING
    return run


def written(path: Path, profile: Profile, coming: Coming = good) -> RunFolder:
    folder = RunFolder.begin(path, fresh(profile))
    for second in seconds_of(profile, coming):
        folder.write(second)
    return folder


def finished(path: Path, profile: Profile, coming: Coming = good) -> LoadRun:
    written(path, profile, coming).finish(START + profile.seconds + 1, EndedBy.PROFILE)
    return read(path)


def rows(path: Path) -> Sequence[Mapping[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_finished_run_has_all_its_papers_and_its_verdict(tmp_path: Path) -> None:
    folder = written(tmp_path / "deep" / "run", flat())
    verdict = folder.finish(START + 61.0, EndedBy.PROFILE)
    assert verdict.standing is Standing.PASS
    assert {path.name for path in folder.path.iterdir()} == ALL
    assert (folder.path / REPORT).read_text() == "<p>['run-1']</p>"
    assert verdict == judge(read(folder.path))


def test_papers_are_for_their_owner_only(tmp_path: Path) -> None:
    finished(tmp_path, flat())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_run_comes_back_with_all_that_was_written(tmp_path: Path) -> None:
    folder = written(tmp_path, flat())
    resources, note = Resources(START + 1, 2, {"generator": 0.3}, "w1"), Note(START + 2, "it rains")
    folder.write(resources)
    folder.write(note)
    folder.finish(START + 61.0, EndedBy.PROFILE)
    run = read(tmp_path)
    assert (run.resources, run.notes, run.ended, run.ended_by) == ([resources], [note], START + 61.0, EndedBy.PROFILE)
    assert run.seconds == seconds_of(flat(), good)


def test_a_line_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    folder = written(tmp_path, flat(10, 3))
    assert len(read(tmp_path).seconds) == 3
    folder.close()


def test_a_line_after_the_end_is_left_out(tmp_path: Path) -> None:
    folder = written(tmp_path, flat(10, 3))
    folder.finish(START + 4.0, EndedBy.PROFILE)
    folder.write(Note(START + 5, "too late"))
    assert read(tmp_path).notes == []


@pytest.mark.parametrize("there", ["run.json", "seconds.ndjson"])
def test_a_folder_that_holds_a_run_is_not_written_into(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("of another run")
    with pytest.raises(BadFolder, match="holds a run already; name a new folder"):
        RunFolder.begin(tmp_path, fresh(flat()))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "of another run")]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFolder, match=r"file: nothing can be written there: File exists; name another folder"):
        RunFolder.begin(tmp_path / "file", fresh(flat()))


def test_a_killed_run_is_read_as_far_as_it_came(tmp_path: Path) -> None:
    written(tmp_path, flat(), lambda at: Came() if at < 30 else None).close()
    with (tmp_path / "seconds.ndjson").open("ab") as file:
        file.write(b'{"kind":"second","second":17000')
    run = read(tmp_path)
    assert (len(run.seconds), run.ended_by) == (30, EndedBy.NOTHING)
    assert judge(run).standing is Standing.NOT_DELIVERED


def test_a_last_line_that_only_lacks_its_end_counts(tmp_path: Path) -> None:
    written(tmp_path, flat(10, 3)).close()
    lines = tmp_path / "seconds.ndjson"
    lines.write_bytes(lines.read_bytes()[:-1])
    assert len(read(tmp_path).seconds) == 3


def test_a_run_killed_before_its_first_line_is_read(tmp_path: Path) -> None:
    written(tmp_path, flat(10, 3)).close()
    (tmp_path / "seconds.ndjson").unlink()
    assert read(tmp_path).seconds == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"{]\n", "line 2: Expecting property name"),
        (b'{"second":5}\n', "line 2: 'kind' is missing"),
        (b'{"kind":"hour"}\n', "line 2: a line of an unknown kind: 'hour'"),
        (b"[1]\n", "line 2: list indices must be integers"),
        (b"\n", "line 2: Expecting value"),
        (b"\xff\n", "line 2: 'utf-8' codec can't decode"),
    ],
)
def test_a_broken_line_in_the_middle_is_named(tmp_path: Path, broken: bytes, said: str) -> None:
    written(tmp_path, flat(10, 3)).close()
    lines = tmp_path / "seconds.ndjson"
    first, *rest = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(b"".join([first, broken, *rest]))
    with pytest.raises(BadFolder) as refused:
        read(tmp_path)
    assert said in str(refused.value)
    assert "remove that line to read the rest without it" in str(refused.value)


def test_a_folder_without_a_run_is_no_run_s_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match=r"no load test's folder, as it has no run\.json; name the folder of a run"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "run.json can't be read: "),
        ("{}", "run.json is not what a load test writes: 'schema' is missing"),
        ("[]", "run.json is not what a load test writes: "),
        ('{"schema": "x/1"}', "not a load test's run.json: its schema is 'x/1'"),
    ],
)
def test_a_broken_run_json_is_told_as_what_it_is(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(BadFolder) as refused:
        read(tmp_path)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("started", float("nan"), "NaN is no number that was measured"),
        ("profile", {"name": "flat", "title": "", "phases": []}, "there is no [[phase]]"),
        ("profile", {"name": "flat", "title": "", "phases": [{"name": "a", "rate": -1, "seconds": 1}]}, "rate is -1"),
    ],
    ids=["no-moment", "no-phase", "no-rate"],
)
def test_a_run_json_with_what_no_run_has_is_told(tmp_path: Path, key: str, value: object, said: str) -> None:
    written(tmp_path, flat(10, 3)).close()
    run = tmp_path / "run.json"
    run.write_text(json.dumps({**json.loads(run.read_bytes()), key: value}))
    with pytest.raises(BadFolder) as refused:
        read(tmp_path)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["run.json", "seconds.ndjson"])
def test_what_can_t_be_opened_is_told(tmp_path: Path, name: str) -> None:
    written(tmp_path, flat(10, 3)).close()
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(BadFolder, match=f"{name} can't be read: .*directory"):
        read(tmp_path)


def test_a_paper_that_can_t_be_written_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, flat(10, 3))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cutover.flow.writing.os.fsync", full)
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(OSError, match="No space left"):
        folder.finish(START + 4.0, EndedBy.PROFILE)
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "seconds.ndjson"}
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_report_that_can_t_be_made_leaves_all_other_papers(tmp_path: Path, page: ModuleType) -> None:
    def broken(_runs: Sequence[LoadRun]) -> str:
        raise ValueError("no page")

    page.render = broken  # type: ignore[attr-defined]
    folder = written(tmp_path, flat(10, 3))
    with pytest.raises(ValueError, match="no page"):
        folder.finish(START + 4.0, EndedBy.PROFILE)
    assert {path.name for path in tmp_path.iterdir()} == ALL - {"report.html"}


@pytest.mark.parametrize(
    ("coming", "by", "code"),
    [
        (good, EndedBy.PROFILE, 0),
        (lambda _: Came(ms=900.0), EndedBy.PROFILE, 3),
        (lambda _: Came(dropped=50), EndedBy.PROFILE, 13),
        (lambda _: Came(dropped=50, ms=900.0), EndedBy.PROFILE, 13),
        (lambda _: Came(asked=99), EndedBy.LOST, 13),
        (good, EndedBy.NOTHING, 6),
        (lambda at: Came() if at < 30 else None, EndedBy.NOTHING, 13),
        (good, EndedBy.ABORT, 3),
        (good, EndedBy.PERSON, 130),
        (lambda _: Came(dropped=50, ms=900.0), EndedBy.PERSON, 130),
    ],
)
def test_each_outcome_has_its_exit_code(coming: Coming, by: EndedBy, code: int) -> None:
    run = made(flat(), coming, ended_by=by)
    assert exit_of(judge(run), run) == code


def test_too_few_requests_end_with_their_own_code() -> None:
    run = made(flat(1, 10))
    assert exit_of(judge(run), run) == 6


def test_too_few_requests_and_a_broken_limit_end_with_the_limit_s_code() -> None:
    run = made(flat(1, 10), lambda _: Came(errors=1))
    assert exit_of(judge(run), run) == 3


def test_the_summary_says_everything_in_numbers(tmp_path: Path) -> None:
    run = finished(tmp_path, spiky(), lambda at: Came(ms=700.0) if 60 <= at < 80 else Came())
    told = json.loads((tmp_path / "summary.json").read_bytes())
    verdict = judge(run)
    assert (told["schema"], told["standing"], told["exit_code"]) == ("cutover.load/1", "fail", 3)
    assert (told["headline"], told["exhausted"]) == (verdict.headline, verdict.exhausted)
    assert told["recovered_after_seconds"] == 10.0
    assert told["run"]["profile"]["phases"][1] == {
        "name": "spike", "rate": 500, "seconds": 20.0, "ramp": False, "spike": True, "recovers": False,
    }  # fmt: skip
    assert told["checks"][8] == {
        "name": "p95", "phase": "spike", "found": "700 ms", "limit": "under 500 ms", "passed": False, "why": "",
    }  # fmt: skip
    spike = told["phases"][1]
    assert (spike["phase"]["name"], spike["asked"], spike["sent"], spike["delivered"]) == ("spike", 10_000, 10_000, 1.0)
    assert spike["response"] == {
        "p50_ms": 700.0, "p95_ms": 700.0, "p99_ms": 700.0, "longest_ms": 700.0, "mean_ms": 700.0,
    }  # fmt: skip


def test_a_summary_of_nothing_is_json_that_every_program_reads(tmp_path: Path) -> None:
    RunFolder.begin(tmp_path, fresh(flat())).finish(START + 1.0, EndedBy.PERSON)

    def refused(constant: str) -> Any:
        raise AssertionError(constant)

    told = json.loads((tmp_path / "summary.json").read_bytes(), parse_constant=refused)
    assert (told["exit_code"], told["phases"][0]["response"]["p95_ms"]) == (130, None)


def test_a_table_has_a_row_for_each_phase_side_and_route(tmp_path: Path) -> None:
    profile = Profile("two", (Phase("zeta", 100, 10.0), Phase("alpha", 100, 10.0)))
    came = {True: Came(errors=1, wrong=2, throttled=3, cold=4), False: Came(side="lambda", route="POST /api/mocs")}
    finished(tmp_path, profile, lambda at: came[at < 15])
    table = rows(tmp_path / "routes.csv")
    assert [(row["phase"], row["side"], row["route"]) for row in table] == [
        ("zeta", "ecs", ROUTE),
        ("alpha", "ecs", ROUTE),
        ("alpha", "lambda", "POST /api/mocs"),
    ]
    assert table[0] == {
        "phase": "zeta", "side": "ecs", "route": ROUTE, "requests": "1000", "errors": "10", "wrong": "20",
        "throttled": "30", "cold": "40", "response_p50_ms": "100.0", "response_p95_ms": "100.0",
        "response_p99_ms": "3000.0", "response_longest_ms": "3000.0", "response_mean_ms": "216.0",
        "service_p50_ms": "100.0", "service_p95_ms": "100.0", "service_p99_ms": "3000.0",
        "service_longest_ms": "3000.0", "service_mean_ms": "216.0", "cold_response_p50_ms": "3000.0",
        "cold_response_p95_ms": "3000.0", "cold_response_p99_ms": "3000.0", "cold_response_longest_ms": "3000.0",
        "cold_response_mean_ms": "3000.0",
    }  # fmt: skip
    assert table[2]["cold_response_p95_ms"] == ""


def test_a_table_has_a_row_for_each_second(tmp_path: Path) -> None:
    profile = Profile("two", (Phase("calm", 100, 3.0), Phase("spike", 200, 3.0, spike=True)))
    came = Came(ms=50.0, dropped=9, errors=1, wrong=2, throttled=3, cold=1, slow=0)
    folder = written(tmp_path, profile, lambda at: came if at == 4 else None if at == 1 else Came())
    for worker, used in (("w1", 0.25), ("w2", 0.5)):
        folder.write(Resources(START + 4, 2, {"generator": used, "machine": 1.5, "API": 0.5}, worker))
    folder.write(Resources(START + 6, 2, {"machine": 1.0}))
    folder.finish(START + 6.0, EndedBy.PROFILE)
    table = rows(tmp_path / "seconds.csv")
    assert [(row["second"], row["at"], row["phase"]) for row in table] == [
        (str(START + at), str(at), phase)
        for at, phase in enumerate(["calm", "calm", "calm", "spike", "spike", "spike", ""])
    ]
    assert table[4] == {
        "second": str(START + 4), "at": "4", "phase": "spike", "asked": "200", "delivered": "191", "dropped": "9",
        "p50_ms": "50.0", "p95_ms": "50.0", "p99_ms": "50.0", "errors": "1", "wrong": "2", "throttled": "3",
        "cold": "1", "generator_cores": "0.75", "machine_cores": "1.5",
    }  # fmt: skip
    assert [table[1][name] for name in ("asked", "delivered", "p95_ms", "machine_cores")] == ["0", "0", "", ""]
    assert [table[6][name] for name in ("generator_cores", "machine_cores")] == ["", "1.0"]


def test_tables_of_a_run_without_a_line_hold_their_headers_only(tmp_path: Path) -> None:
    RunFolder.begin(tmp_path, fresh(flat())).finish(START + 1.0, EndedBy.PERSON)
    assert (rows(tmp_path / "routes.csv"), rows(tmp_path / "seconds.csv")) == ([], [])
    assert (tmp_path / "seconds.csv").read_text().startswith("second,at,phase,asked,delivered,dropped,p50_ms,")


def test_a_terminal_is_told_each_phase_and_what_broke(tmp_path: Path) -> None:
    came = Came(ms=700.0, cold=10, cold_ms=4000.0, errors=2, wrong=1, throttled=4)
    run = made(spiky(), lambda at: came if 60 <= at < 80 else Came())
    run.resources = busy(run.profile, {"generator": 0.3, "machine": 0.5})
    verdict = judge(run)
    assert list(told(verdict, run, tmp_path / REPORT)) == [
        "spike on ecs (http://api.test)",
        "  calm: 6 000 of 6 000 (100%) · p50/p95/p99 100 ms / 100 ms / 100 ms · 0 errors, 0 wrong, 0 throttled",
        "  spike: 10 000 of 10 000 (100%) · p50/p95/p99 700 ms / 700 ms / 4 000 ms · 40 errors, 20 wrong, 80 throttled"
        " · 200 cold: p50 4 000 ms, p95 4 000 ms, longest 4 000 ms, p95 of all others 700 ms",
        "  back: 12 000 of 12 000 (100%) · p50/p95/p99 100 ms / 100 ms / 100 ms · 0 errors, 0 wrong, 0 throttled",
        "  recovered within 10s in back",
        "  FAILED p95 in spike: 700 ms, under 500 ms wanted",
        "  FAILED p99 in spike: 4 000 ms, under 1 000 ms wanted",
        "  used up: not the generator: it used 0.3 of 2 cores, and everything on its machine together 0.5;"
        " look at the target",
        f"FAIL: {verdict.headline}",
        f"report: {tmp_path / REPORT}",
    ]


def test_a_terminal_is_told_what_could_not_be_told() -> None:
    run = made(flat(), lambda at: Came(cold=100) if at < 20 else None, ended=START + 20.0, ended_by=EndedBy.PERSON)
    lines = list(told(judge(run), run))
    assert "  UNSURE complete: interrupted after 20s of 1m, all phases wanted" in lines
    assert lines[1].endswith("2 000 cold: p50 3 000 ms, p95 3 000 ms, longest 3 000 ms")
    assert lines[-1].startswith("UNSURE: too little to tell whether ecs holds flat")


def test_a_phase_that_did_not_run_is_told_as_one() -> None:
    run = made(spiky(), lambda at: Came() if at < 30 else None, ended=START + 30.0, ended_by=EndedBy.PERSON)
    assert "  spike: nothing was asked" in told(judge(run), run)


def test_a_phase_without_any_answer_has_no_times() -> None:
    run = made(flat(), lambda _: Came(requests=0))
    assert told(judge(run), run)[1] == (
        "  steady: 0 of 6 000 (0%) · p50/p95/p99 - / - / - · 0 errors, 0 wrong, 0 throttled"
    )


def test_the_names_that_others_use_are_here() -> None:
    assert {"BadFolder", "RunFolder", "exit_of", "read", "told"} <= set(papers.__all__)


def test_the_report_is_the_load_test_s_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cutover.render.load_page")
    run = finished(tmp_path, flat(10, 3))
    assert (tmp_path / REPORT).read_text() == importlib.import_module("cutover.render.load_page").render([run])
