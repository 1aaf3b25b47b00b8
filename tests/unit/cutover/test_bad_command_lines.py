"""Wrong command lines and settings of every command: the exit code and the very words, and nothing was changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.ledger.file import FileLedger
from cutover.rehearsal.library import ORDER
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import record, weighted
from tests.unit.cutover.invoking import NEUTRAL, invoke
from tests.unit.cutover.test_bad_input import GOOD

Make = Callable[[], FakeWorld]
URLS = "--baseline https://a.example.com --candidate https://b.example.com"
DURATIONS = "is not a duration; write it as 90s, 15m, 48h, 7d or 1h30m"
A_TARGET = "d-abc123.execute-api.us-east-1.amazonaws.com"
NOBODY = "there is no terminal to ask on: add --yes, or --dry-run to see the plan"
TIMES = 'is not a time; write it as "2026-12-24 18:00", 2026-12-24T18:00:00+01:00 or now'
FAULTS = "FAULT is one of errors, latency, throttle, telemetry-loss, dns-stuck, killed, STEP one of 10, 50, 100"
SCENARIOS = ", ".join(ORDER)


def wrong(option: str, said: str) -> str:
    """How a value of an option is refused."""
    return f"Invalid value for '{option}': {said}"


def baking() -> FakeWorld:
    """10% since two hours."""
    return known_world(90, 10)


def calm() -> FakeWorld:
    """All on ECS."""
    return known_world(100, 0)


def held() -> FakeWorld:
    """Somebody is at work."""
    world = baking()
    world.ledger.held_by = "run by ada (process 7)"
    return world


# The command line, the message, and the command whose help is named.
USAGE: list[tuple[str, str, str]] = [
    ("shift --lambda-weight 10%", wrong("--lambda-weight", "'10%' is not a whole number from 0 to 100"), "shift"),
    ("shift --lambda-weight ten", wrong("--lambda-weight", "'ten' is not a whole number from 0 to 100"), "shift"),
    ("shift --lambda-weight 10 --dry-run=1", "Option '--dry-run' does not take a value.", "shift"),
    ("shift --lambda-weight 10", NOBODY, "shift"),
    ("shift --yes --lambda-weight", "Option '--lambda-weight' requires an argument.", "shift"),
    ("run --until 100% --yes", wrong("--until", "'100%' is not a whole number from 1 to 100"), "run"),
    ("watch --interval 0s", wrong("--interval", "'0s' is no time at all; the shortest duration is 1s"), "watch"),
    ("watch --interval 5", wrong("--interval", f"'5' {DURATIONS}"), "watch"),
    ("watch 5s", "Got unexpected extra argument (5s)", "watch"),
    ("status --once", "No such option '--once'. Did you mean '--json'?", "status"),
    ("status --region", "Option '--region' requires an argument.", "status"),
    ("stat", "No such command 'stat'. Did you mean 'status'?", ""),
    ("RUN --yes", "No such command 'RUN'.", ""),
    ("rollback now", "Got unexpected extra argument (now)", "rollback"),
    ("rollback --force", "No such option '--force'.", "rollback"),
    ("freeze add --for 1d --yes", "Missing option '--reason'.", "freeze add"),
    ("freeze add --reason x --yes", "say until when: --until TIME, or --for 48h", "freeze add"),
    (
        "freeze add --until 2026-11-30T10:00:00Z --for 1d --reason x --yes",
        "say until when: --until TIME, or --for 48h and not both",
        "freeze add",
    ),
    (
        "freeze add --until 2026-11-21T10:00:00Z --reason x --yes",
        "it would end Sat 21 Nov 10:00 UTC, before it starts Sun 22 Nov 09:00 UTC",
        "freeze add",
    ),
    ("freeze add --from tomorrow --for 1d --reason x --yes", f"'tomorrow' {TIMES}", "freeze add"),
    (
        "freeze add --from 2026-02-31T10:00Z --for 1d --reason x --yes",
        f"'2026-02-31T10:00Z' {TIMES}",
        "freeze add",
    ),
    (
        "freeze add --for 401d --reason x --yes",
        wrong("--for", "'401d' is too long; the longest duration is 400d"),
        "freeze add",
    ),
    ("freeze rm nope --yes", "there is no freeze 'nope'; the named ones are: none", "freeze rm"),
    ("drill --weight 0 --yes", wrong("--weight", "'0' is not a whole number from 1 to 10"), "drill"),
    ("drill --weight 100 --yes", wrong("--weight", "'100' is not a whole number from 1 to 10"), "drill"),
    ("promote --yes", "Missing option '--reason'.", "promote"),
    ("promote --reason x", NOBODY, "promote"),
    ("pause --yes", "Missing option '--reason'.", "pause"),
    ("lock break --yes", "Missing option '--reason'.", "lock break"),
    (
        "lock break --reason x --yes",
        "--yes needs --holder NAME, so that nobody else's lease is broken; lock show names it",
        "lock break",
    ),
    ("gates backtest --days 0", wrong("--days", "'0' is not a whole number from 1 to 15"), "gates backtest"),
    ("gates backtest --days 16", wrong("--days", "'16' is not a whole number from 1 to 15"), "gates backtest"),
    (
        "export bundle --out there",
        "there exists already: add --force to overwrite it, or name another with --out",
        "export bundle",
    ),
    (
        "export bundle --out no/where.zip",
        "can't write no/where.zip: No such file or directory; name another with --out",
        "export bundle",
    ),
    ("init --out there", "there exists: add --force to overwrite it, or name another with --out", "init"),
    ("init --name localhost", wrong("--name", "'localhost' is not a host name such as api.example.com"), "init"),
    ("plan --lambda-weight 101", wrong("--lambda-weight", "'101' is not a whole number from 0 to 100"), "plan"),
    ("compare", "Missing option '--baseline'.", "compare"),
    (f"compare {URLS} --method POST", "No such option '--method'. Did you mean '--top'?", "compare"),
    (f"compare {URLS} --path mocs", wrong("--path", "'mocs' is not a path such as /api/mocs?page=2"), "compare"),
    (
        f"compare {URLS} --rate 11",
        wrong("--rate", "'11' is not a number of requests a second, more than 0 and at most 10"),
        "compare",
    ),
    (
        "compare --baseline http://a.example.com --candidate https://b.example.com",
        wrong("--baseline", "'http://a.example.com' must be https: plain http is for this machine's loopback only"),
        "compare",
    ),
    (
        "compare --baseline a.example.com --candidate https://b.example.com",
        wrong("--baseline", "'a.example.com' is not a URL such as https://api.example.com"),
        "compare",
    ),
    (f"compare {URLS} --openapi none.json", wrong("--openapi", "File 'none.json' does not exist."), "compare"),
    ("adopt", NOBODY, "adopt"),
    ("adopt --lambda-target ?", wrong("--lambda-target", f"'?' is not a host name, such as {A_TARGET}"), "adopt"),
    ("verify --questions 0", wrong("--questions", "'0' is not a whole number from 20 to 10000"), "verify"),
    ("drift --fix undo", wrong("--fix", "'undo' is not one of 'adopt', 'restore'."), "drift"),
    ("drift --fix adopt --yes", 'say why: --fix adopt --reason "…"', "drift"),
    ("cost --project week", wrong("--project", "'week' is not one of 'hour', 'day', 'month', 'year'."), "cost"),
    (
        "history --lines 1000000",
        wrong("-n' / '--lines", "'1000000' is not a whole number from 1 to 999999"),
        "history",
    ),
    ("decommission burn", "No such command 'burn'.", "decommission"),
    ("decommission drain", NOBODY, "decommission drain"),
    ("rehearse --inject rain@50", wrong("--inject", f"'rain@50' is not FAULT@STEP: {FAULTS}"), "rehearse"),
    ("rehearse --scenario rain", wrong("--scenario", f"'rain' is neither a file nor one of {SCENARIOS}"), "rehearse"),
    (
        "rehearse --scenario there",
        wrong(
            "--scenario",
            "scenario there is not TOML: Expected '=' after a key in a key/value pair (at end of document)",
        ),
        "rehearse",
    ),
    (
        "rehearse --scenario happy --inject errors@50",
        "--scenario and --inject: either a story or a fault; a file can hold both",
        "rehearse",
    ),
    *(
        (
            f"rehearse --all {option}",
            f"--all and {option.partition(' ')[0]}: --all holds every scenario as it is, and keeps nothing up",
            "rehearse",
        )
        for option in ("--keep", "--scenario happy", "--inject errors@50")
    ),
    *(
        (
            f"rehearse {option} up",
            "rehearse up has options of its own; what stands before it goes unheard",
            "rehearse",
        )
        for option in ("--quick", "--out own", "--scenario happy", "--all", "--keep")
    ),
    ("rehearse --out there", wrong("--out", "Directory 'there' is a file."), "rehearse"),
]


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a file of that name."""
    (tmp_path / "there").write_text("precious", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(world: FakeWorld) -> list[str]:
    """The calls that change something."""
    return [name for name in world.calls.names if "apply" in name or "append" in name]


@pytest.mark.parametrize(("line", "message", "command"), USAGE, ids=[line for line, _, _ in USAGE])
def test_a_wrong_command_line_is_exit_2_and_these_words(line: str, message: str, command: str, somewhere: Path) -> None:
    world = baking()

    result = invoke(world, *line.split())

    assert result.exit_code == 2
    assert result.stderr == f"{message}\nnext: {' '.join(filter(None, ['cutover', command]))} --help\n"
    assert result.stdout == ""
    assert changed(world) == []
    assert (somewhere / "there").read_text(encoding="utf-8") == "precious"


# The world, the command line, the exit code, and what stderr says, in full.
REFUSED: list[tuple[Make, str, int, str]] = [
    (
        baking,
        "drill --yes",
        8,
        "a drill begins at Lambda 0%, and the weights are ecs 90 / lambda 10\n"
        "next: cutover drill  # when Lambda is at 0 again\n",
    ),
    (
        calm,
        "drill --kill-switch --yes",
        8,
        "the settings name no kill switch, so there is none to test\n"
        "next: name it ([kill_switch] bucket), or drill without --kill-switch\n",
    ),
    (
        calm,
        "promote --skip-bake --reason x --yes",
        8,
        "nothing is baking: Lambda is at 0%, and the first step needs no bake before it\nnext: cutover run\n",
    ),
    (
        baking,
        "decommission delete --confirm wrong",
        2,
        "the settings name no ECS service, so there is nothing to scale or delete: set ecs.cluster, ecs.service\n"
        "next: cutover decommission plan  # when that is set\n",
    ),
    (
        baking,
        "decommission archive --yes",
        2,
        "there is nothing to copy to or from: set archive.bucket\n"
        "next: cutover decommission archive  # when that is set\n",
    ),
]


@pytest.mark.parametrize(("make", "line", "code", "said"), REFUSED, ids=[line for _, line, _, _ in REFUSED])
def test_what_cannot_be_done_now_says_what_can(make: Make, line: str, code: int, said: str) -> None:
    world = make()

    result = invoke(world, *line.split())

    assert (result.exit_code, result.stderr) == (code, said)
    assert changed(world) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "resume --reason x --yes",
            "nothing to resume: no rollback, no drift, no pause and no kill switch",
        ),
        ("lock break --holder bob --reason x --yes", "nobody holds the lease\n"),
        ("drift --reason x", "no drift: the live records are those that the ledger knows, field by field\n"),
    ],
)
def test_what_is_true_already_is_no_error(line: str, said: str) -> None:
    world = baking()

    result = invoke(world, *line.split())

    assert result.exit_code == 0
    assert result.stdout.startswith(said)
    assert changed(world) == []


def test_another_holders_lease_is_not_broken() -> None:
    world = held()

    result = invoke(world, "lock", "break", "--holder", "bob", "--reason", "x", "--yes")

    assert result.exit_code in {2, 7, 8}
    assert "run by ada (process 7)" in result.stderr
    assert world.ledger.held_by == "run by ada (process 7)"
    assert changed(world) == []


@pytest.mark.parametrize(
    ("records", "code", "said"),
    [
        ([], 5, "the name has no A, AAAA, CNAME or HTTPS record at all\nrule: drift (exit 5)\nnext: check `name`"),
        ([record("A", None, None)], 5, "the A record is a simple one, not weighted: its traffic can't be split\n"),
        ([*weighted(90, 10), record("A", "blue", 5)], 5, "a third A record 'blue' (weight 5) shares the name\n"),
        (weighted(255, 1), 5, "the A weights ecs 255 + lambda 1 sum to 256, not 100\n"),
        (weighted(0, 0), 5, "the A weights ecs 0 + lambda 0 sum to 0, not 100, which Route 53 takes as equal shares\n"),
    ],
    ids=["no record in the zone", "a simple record", "a third record", "1 of 256", "both zero"],
)
def test_records_that_are_no_split_stop_a_shift(records: list[object], code: int, said: str) -> None:
    world = fake_world()
    world.weights.records = records  # type: ignore[assignment]

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == code
    assert said in result.stderr
    assert world.weights.applied == []


SETTINGS: list[tuple[str, str]] = [
    (GOOD + '[gates]\npass_error_rate = "1%"', "Expected `float`, got `str` - at `gates.pass_error_rate`"),
    (GOOD + "[gates]\nfail_error_rate = 150.0", "Expected `float` < 1.0 - at `gates.fail_error_rate`"),
    (GOOD + "[safety]\nfirst_step = 0", "Expected `int` >= 1 - at `safety.first_step`"),
    (GOOD + "[safety]\ndrill_above = 101", "Expected `int` <= 100 - at `safety.drill_above`"),
    (GOOD + '[safety]\ndrill_max_age = "2w"', f"safety.drill_max_age: '2w' {DURATIONS}"),
    (GOOD + "[safety]\nconcurrency_headroom = 0.5", "Expected `float` >= 1.0 - at `safety.concurrency_headroom`"),
    (GOOD + "[safety]\nwarm_floor = 0", "Expected `int` >= 1 - at `safety.warm_floor`"),
    (
        GOOD + '[[freeze.weekly]]\nstart = "Friday 12:00"\nend = "Mon 08:00"',
        "freeze.weekly[0].start: 'Friday 12:00' is not a moment of the week; write it as Fri 12:00",
    ),
    (
        GOOD + '[[freeze.weekly]]\nstart = "Fri 24:00"\nend = "Mon 08:00"',
        "freeze.weekly[0].start: 'Fri 24:00' is not a moment of the week; write it as Fri 12:00",
    ),
    (
        GOOD + '[[freeze.weekly]]\nstart = "Fri 12:00"\nend = "Fri 12:00"',
        "freeze.weekly[0]: it starts and ends at Fri 12:00",
    ),
    (
        GOOD + '[freeze]\ntime_zone = "Berlin"',
        "freeze.time_zone: 'Berlin' is no time zone such as Europe/Berlin",
    ),
    (
        GOOD + '[freeze]\ntime_zone = "../etc/passwd"',
        "freeze.time_zone: '../etc/passwd' is no time zone such as Europe/Berlin",
    ),
    (GOOD + '[notify]\ntimeout = "fast"', f"notify.timeout: 'fast' {DURATIONS}"),
    (GOOD + '[ledger]\nlease = "0m"', "ledger.lease: '0m' is no time at all; the shortest duration is 1s"),
    (GOOD + "[kill_switch]\nbukket = 'x'", "has the unknown field `bukket`"),
    ("name: api.example.com\n", "(at line 1, column 5)"),
]


def with_settings(text: str, folder: Path, *words: str) -> Result:
    """Run `cutover WORDS` with these settings."""
    path = folder / "cutover.toml"
    path.write_text(text, encoding="utf-8")
    return CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(path), *words])


@pytest.mark.parametrize(("text", "said"), SETTINGS, ids=[text.removeprefix(GOOD) for text, _ in SETTINGS])
def test_wrong_settings_name_their_file_and_key(text: str, said: str, tmp_path: Path) -> None:
    result = with_settings(text, tmp_path, "status")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path}/cutover.toml: ")
    assert said in result.stderr
    assert result.stderr.endswith(f"\nnext: mend the settings\n      cutover --config {tmp_path}/cutover.toml status\n")


def test_a_profile_that_does_not_exist_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    result = with_settings(GOOD, tmp_path, "--profile", "nobody", "rollback")

    assert result.exit_code in {2, 10}
    assert "nobody" in result.stderr
    assert "Traceback" not in result.output


def test_a_ledger_where_none_can_be_written_stops_a_shift_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    world = calm()
    ledger = FileLedger(tmp_path / "file" / "ledger.jsonl")

    result = CliRunner(env=NEUTRAL).invoke(
        cli, ["shift", "--lambda-weight", "10", "--yes"], obj=replace(world.ports, ledger=ledger)
    )

    assert result.exit_code == 8
    assert f"the ledger {tmp_path}/file/ledger.jsonl: Not a directory" in result.stderr
    assert "next: cutover rollback  # works without the ledger" in result.stderr
    assert world.weights.applied == []


@pytest.mark.parametrize("words", [["status"], ["watch", "--once"], ["check"], ["history"]])
def test_a_json_document_has_no_colours_however_they_are_forced(words: list[str]) -> None:
    coloured = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm-256color"})

    result = coloured.invoke(cli, ["--json", *words], obj=baking().ports, color=True)

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
