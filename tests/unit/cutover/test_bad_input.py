"""Wrong command lines and settings: exit 2, a sentence that names what is wrong, and nothing was touched."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.settings import load
from tests.fakes.world import fake_world
from tests.unit.cutover.invoking import NEUTRAL, invoke

SHIFT = ("shift", "--yes", "--lambda-weight")

COMMAND_LINES: list[tuple[tuple[str, ...], str]] = [
    ((*SHIFT, "101"), "'101' is not a whole number from 0 to 100"),
    ((*SHIFT, "-1"), "'-1' is not a whole number"),
    ((*SHIFT, "abc"), "'abc' is not a whole number"),
    ((*SHIFT, "1.5"), "'1.5' is not a whole number"),
    ((*SHIFT, "\u0661\u0660"), "is not a whole number"),
    ((*SHIFT, "1_0"), "'1_0' is not a whole number"),
    ((*SHIFT, "+10"), "'+10' is not a whole number"),
    ((*SHIFT, " 10"), "' 10' is not a whole number"),
    ((*SHIFT, ""), "'' is not a whole number"),
    ((*SHIFT, "1000000000000000000000"), "is not a whole number"),
    (("shift", "--yes"), "Missing option '--lambda-weight'"),
    ((*SHIFT, "10", "--plan", "latest"), "'latest' is not a plan's hash"),
    ((*SHIFT, "10", "--plan", "1234567"), "'1234567' is not a plan's hash"),
    ((*SHIFT, "10", "--wait", "forever"), "'forever' is not one of 'insync', 'settled', 'bake'"),
    ((*SHIFT, "10", "--override", "step"), "say why: --override step=REASON"),
    ((*SHIFT, "10", "--override", "step= "), "say why: --override step=REASON"),
    ((*SHIFT, "10", "--override", "luck=1"), "'luck' is no rule; the rules are step, gates"),
    ((*SHIFT, "10", "--override", "sum=1"), "the rule 'sum' can't be set aside"),
    ((*SHIFT, "10", "--reason", " "), "an empty reason says nothing"),
    ((*SHIFT, "10", "--reason", "x" * 501), "at most 500 characters, not 501"),
    ((*SHIFT, "10", "20"), "unexpected extra argument"),
    (("shift", "--lambda-weigth", "10", "--yes"), "Did you mean '--lambda-weight'?"),
    (("rollback", "--reason", ""), "an empty reason says nothing"),
    (("run", "--yes", "--until", "0"), "'0' is not a whole number from 1 to 100"),
    (("run", "--yes", "--until", "9"), "--until 9 is below the ladder's first step, 10"),
    (("run",), "there is no terminal to ask on: add --yes"),
    (("check", "--window", "5"), "'5' is not a duration; write it as 90s, 15m"),
    (("check", "--window", "-5m"), "'-5m' is not a duration"),
    (("check", "--window", "1y"), "'1y' is not a duration"),
    (("check", "--window", "0s"), "'0s' is no time at all"),
    (("check", "--window", "\u0661\u0665m"), "is not a duration"),
    (("check", "--window", "401d"), "'401d' is too long; the longest duration is 400d"),
    (("check", "--window", "999999d"), "'999999d' is too long"),
    (("history", "-n", "0"), "'0' is not a whole number from 1"),
    (("history", "-n", "1e3"), "'1e3' is not a whole number"),
    (("resume", "--yes"), "Missing option '--reason'"),
    (("resume", "--reason", "x"), "there is no terminal to ask on"),
    (("statsu",), "Did you mean 'status'?"),
    (("roll",), "No such command 'roll'"),
    (("--bogus", "status"), "No such option '--bogus'"),
    (("status", "--bogus"), "No such option '--bogus'"),
    (("_session",), "No such command '_session'"),
]


@pytest.mark.parametrize(("words", "sentence"), COMMAND_LINES, ids=lambda value: " ".join(value)[:40])
def test_a_wrong_command_line_is_told_and_touches_nothing(words: tuple[str, ...], sentence: str) -> None:
    world = fake_world()

    result = invoke(world, *words)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "next: cutover" in result.stderr
    assert result.stdout == ""
    assert world.calls.names == []


GOOD = """
name = "api.example.com"
hosted_zone_id = "Z123"
[ecs]
load_balancer = "app/api/123"
[lambda]
api_id = "abc123"
"""

REHEARSED = '[aws]\nendpoint_url = "http://127.0.0.1:1"\n'

SETTINGS: list[tuple[str, str]] = [
    (GOOD.replace("name =", "nmae ="), "has the unknown field `nmae`"),
    (GOOD.replace('name = "api.example.com"', ""), "misses the required field `name`"),
    (GOOD + "api_idd = 1", "has the unknown field `api_idd`"),
    (GOOD.replace('"Z123"', "123"), "Expected `str`, got `int` - at `hosted_zone_id`"),
    (GOOD.replace('"Z123"', '"my zone"'), "hosted_zone_id: 'my zone' is not an id"),
    (GOOD.replace("api.example.com", "API.example.com"), "name: 'API.example.com' is not a host name"),
    (GOOD.replace("api.example.com", "localhost"), "name: 'localhost' is not a host name"),
    (GOOD.replace("app/api/123", "my-balancer"), "ecs.load_balancer: 'my-balancer' is not of the form app/NAME/ID"),
    (GOOD + 'set_identifier = "ecs"', "ecs and lambda have the same set_identifier 'ecs'"),
    (GOOD + '[aws]\nregion = "us-east1"', "aws.region: 'us-east1' is not a region"),
    (GOOD + '[aws]\nendpoint_url = "http://example.com"', "is not on loopback"),
    (GOOD + "[clock]\nfactor = 60", "time is compressed in a rehearsal only"),
    (GOOD + '[[ladder]]\nweight = 10\nbake = "1h"', "the weights must rise and end at 100, not [10]"),
    (
        GOOD + '[[ladder]]\nweight = 50\nbake = "1h"\n[[ladder]]\nweight = 50\nbake = "1h"',
        "the weights must rise and end at 100, not [50, 50]",
    ),
    (GOOD + '[[ladder]]\nweight = 101\nbake = "1h"', "Expected `int` <= 100"),
    (GOOD + '[[ladder]]\nweight = 100\nbake = "5"', "ladder[0].bake: '5' is not a duration"),
    ("ladder = []" + GOOD, "the weights must rise and end at 100, not []"),
    (GOOD + "[gates]\npass_error_rate = 1.5", "Expected `float` < 1"),
    (GOOD + "[gates]\npass_error_rate = -0.1", "Expected `float` > 0"),
    (GOOD + "[gates]\nfail_error_rate = nan", "gates.fail_error_rate"),
    (GOOD + "[gates]\nfail_p95_ms = inf", "gates.fail_p95_ms"),
    (GOOD + "[gates]\npass_error_rate = 0.03", "pass_error_rate 0.03 must be under fail_error_rate 0.02"),
    (GOOD + "[gates]\npass_p95_ms = 1000", "pass_p95_ms 1000.0 must be under fail_p95_ms 1000.0"),
    (GOOD + '[gates]\np95_window = "90s"', "gates.p95_window: '90s' must be whole minutes"),
    (GOOD + '[timing]\ntick = "0s"', "timing.tick: '0s' is no time at all"),
    (
        GOOD + '[timing]\ndata_delay = "9999999d"',
        "timing.data_delay: '9999999d' is too long; the longest duration is 400d",
    ),
    (GOOD + "[timing", "cutover.toml:"),
    ('stage = "a\\u0007b"' + GOOD, "stage: 'a\\x07b' is not of letters, digits"),
    ('stage = "a b"' + GOOD, "stage: 'a b' is not of letters, digits"),
    (GOOD.replace("api.example.com", "a." * 126 + "com"), "is not a host name"),
    (GOOD + REHEARSED + "[clock]\nfactor = inf", "clock.factor"),
    (GOOD + REHEARSED + "[clock]\nfactor = nan", "clock.factor"),
    (GOOD + REHEARSED + "[clock]\nepoch = nan", "clock.epoch"),
    (GOOD + REHEARSED + "[clock]\nepoch = -1.0", "clock.epoch"),
    (GOOD + REHEARSED + "[clock]\nfactor = 99999.0", "clock: with factor 99999 and epoch 0 it is"),
    (GOOD + REHEARSED + "[clock]\nfactor = 60.0\nepoch = 4e9", "s after 1970 now"),
    (GOOD + '[dns]\nname_servers = ["nonsense"]', "dns.name_servers: 'nonsense' is not host:port"),
    (GOOD + '[dns]\nname_servers = ["127.0.0.1:99999999999999999999"]', "is not host:port"),
    (GOOD + '[dns]\nname_servers = ["127.0.0.1:65536"]', "is not host:port"),
    (GOOD + '[dns]\nname_servers = ["127.0.0.1:0"]', "is not host:port"),
    (GOOD + '[dns]\nname_servers = ["::1:53"]', "is not host:port"),
    (GOOD + '[dns]\nname_servers = ["192.0.2.1:53", "a\\u0000:53"]', "dns.name_servers: 'a\\x00:53' is not host:port"),
    (GOOD + "[dns]\nquestions = 1000000000000", "Expected `int` <= 10000"),
    (GOOD + '[aws]\nendpoint_url = "http://127.0.0.1:abc"', "is not on loopback, as http://127.0.0.1:PORT"),
    (GOOD + '[aws]\nendpoint_url = "ftp://[::1"', "aws.endpoint_url: 'ftp://[::1' is not on loopback"),
    (GOOD + '[aws]\nendpoint_url = "ftp://127.0.0.1"', "is not on loopback"),
    (GOOD + '[ledger]\npath = "a\\u0000b"', "ledger.path: 'a\\x00b' is not the name of a file"),
    (GOOD + '[ledger]\ntable = "a b"', "ledger.table: 'a b' is not 3 to 255 letters"),
    (GOOD + '[ledger]\nregion = "mars"', "ledger.region: 'mars' is not a region such as us-east-1"),
    (GOOD + '[ledger]\nlease = "5s"', "ledger.lease: '5s' is under 15s"),
    (GOOD + "[gates]\nblind_minutes = 99999999999", "Expected `int` <= 1000000"),
    (GOOD + "[gates]\nblind_minutes = 0x" + "f" * 5000, "gates.blind_minutes"),
    (GOOD + "[gates]\npass_p95_ms = 0x" + "f" * 5000, "gates.pass_p95_ms"),
    ("stage = " + "9" * 5000 + GOOD, "line 1, stage: a number has too many digits"),
    ("stage = [\n" + "9" * 5000 + "\n]" + GOOD, "cutover.toml: a number has too many digits"),
    ("stage = " + "[" * 3000 + "]" * 3000 + GOOD, "line 1, stage: values are nested too deeply"),
    (GOOD + "[cost]\nprices = " + "{a=" * 3000 + "1" + "}" * 3000, "line 9, prices: values are nested too deeply"),
    ("stage = " + "[\n" * 3000 + "]\n" * 3000 + GOOD, "cutover.toml: values are nested too deeply"),
    (GOOD + '[ledger]\npath = "/"', "ledger.path: '/' is not the name of a file"),
    (GOOD + '[ledger]\npath = "a/../../../../../../../../../../.."', "is not the name of a file"),
]


@pytest.mark.parametrize(("text", "sentence"), SETTINGS, ids=lambda value: value[-40:])
def test_wrong_settings_are_told_with_their_file_and_key(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(text, encoding="utf-8")

    result = CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(path), "status"])

    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert sentence in result.stderr
    assert "next: mend the settings" in result.stderr


@pytest.mark.parametrize("option", ["--region", "--profile"])
@pytest.mark.parametrize("value", ['"x"', "5", "[]"])
def test_an_option_of_aws_beside_no_table_of_aws_is_told(option: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(f"aws = {value}{GOOD}", encoding="utf-8")

    result = CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(path), option, "eu-west-1", "status"])

    assert result.exit_code == 2
    assert "Expected `object`" in result.stderr
    assert "at `aws`" in result.stderr


SECRET = "https://hooks.slack.com/services/T0/B0/S3CR3T"


@pytest.mark.parametrize(
    ("table", "key"),
    [("notify", "slack_webhook_env"), ("compare", "token_env")],
)
@pytest.mark.parametrize("secret", [SECRET, "eyJhbGci.S3CR3T", "S3CR3T\\n", "1S3CR3T", "S3CR3T-x"])
def test_a_secret_in_the_place_of_a_variables_name_is_never_repeated(
    table: str, key: str, secret: str, tmp_path: Path
) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(f'{GOOD}[{table}]\n{key} = "{secret}"\n', encoding="utf-8")

    result = CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(path), "export", "bundle"])

    assert result.exit_code == 2
    assert f"{table}.{key}: its value is not the name of an environment variable" in result.stderr
    assert "S3CR3T" not in result.output


def test_settings_that_are_no_file_are_told(tmp_path: Path) -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, ["status", "--config", str(tmp_path)])

    assert result.exit_code == 2
    assert "Is a directory" in result.stderr


def test_settings_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_bytes(b'name = "\xff"')

    result = CliRunner(env=NEUTRAL).invoke(cli, ["status", "--config", str(path)])

    assert result.exit_code == 2
    assert "utf-8" in result.stderr


def test_missing_settings_name_the_option(tmp_path: Path) -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, ["status", "--config", str(tmp_path / "none.toml")])

    assert result.exit_code == 2
    assert "name another with --config or CUTOVER_CONFIG" in result.stderr


@pytest.mark.parametrize(
    "more",
    [
        '[dns]\nname_servers = ["192.0.2.53:53", "[2001:db8::53]:53", "ns1.example.com:5353"]',
        '[aws]\nendpoint_url = "http://localhost:4566"',
        '[aws]\nendpoint_url = "https://[::1]:4566"',
        '[timing]\ngive_up_after = "400d"',
        '[notify]\nslack_webhook_env = "SLACK_URL_2"',
        '[compare]\ntoken_env = "_token"',
    ],
)
def test_settings_that_are_only_unusual_are_taken(more: str, tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(GOOD + more, encoding="utf-8")

    assert load(path).name == "api.example.com"


def test_a_stage_of_the_command_line_is_held_to_the_same(tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(GOOD, encoding="utf-8")

    result = CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(path), "--stage", "a\x07", "rollback"])

    assert result.exit_code == 2
    assert "stage: 'a\\x07' is not of letters" in result.stderr
