"""`cutover init`: settings from what there is, that load; what is not there is a line that says how to find it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.commands._session import Session
from cutover.core.found import HostedZone, HttpApi, LoadBalancer, Mapped, ServiceOfEcs
from cutover.ports import ControlPlaneUnavailable, NotAllowed
from cutover.settings import load
from tests.fakes.account import BALANCER, BALANCER_NAME, GATEWAY_NAME, GROUP, FakeAccount, pointing
from tests.fakes.world import fake_world
from tests.fakes.zone import record
from tests.unit.cutover.invoking import NEUTRAL

NAMED = ("init", "--name", "api.example.com")


def invoke(account: FakeAccount, *words: str, typed: str | None = None) -> Result:
    """Run it against that account; from a terminal if something is typed."""
    session = Session(lambda _: fake_world().ports, interactive=typed is not None, look=lambda _: account)
    return CliRunner(env=NEUTRAL).invoke(cli, list(words), obj=session, input=typed)


def written(account: FakeAccount, path: Path, *more: str, typed: str | None = None) -> tuple[Result, str]:
    """What it says and what it writes."""
    result = invoke(account, *NAMED, "--out", str(path), *more, typed=typed)
    return result, path.read_text(encoding="utf-8") if path.exists() else ""


def test_everything_that_is_found_is_filled_in_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"

    result, text = written(FakeAccount(), path)

    assert result.exit_code == 0, result.output
    assert tomllib.loads(text) | {} == {
        "name": "api.example.com",
        "hosted_zone_id": "Z1",
        "ecs": {
            "load_balancer": "app/lego-api/50dc6c495c0c9188", "set_identifier": "old", "cluster": "prod",
            "service": "api",
        },
        "lambda": {
            "api_id": "a1b2c3", "set_identifier": "new", "api_stage": "live",
            "functions": ["lego-health", "lego-mocs"], "rds_proxy": "lego-proxy",
        },
        "aws": {"region": "eu-west-1"},
        "ledger": {"table": "lego-cutover"},
        "notify": {"sns_topic": "arn:aws:sns:eu-west-1:1:cutover"},
        "safety": {"veto_alarms": ["cutover-veto-db"]},
        **{table: {} for table in tomllib.loads(text) if not tomllib.loads(text)[table]},
    }  # fmt: skip
    settings = load(path)
    assert (settings.sides.ecs, settings.sides.serverless) == ("old", "new")
    assert f"next: cutover --config {path} doctor" in result.stdout


def test_a_simple_record_at_the_load_balancer_is_enough_for_the_ecs_side(tmp_path: Path) -> None:
    account = FakeAccount(all_records=[pointing(None, None, BALANCER_NAME)])

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 0
    assert load(tmp_path / "c.toml").sides.ecs == "ecs"
    assert tomllib.loads(text)["lambda"]["api_id"] == "a1b2c3"  # by the domain's own name


def test_what_is_not_found_is_a_comment_that_says_how_to_find_it(tmp_path: Path) -> None:
    account = FakeAccount(all_services=[], all_proxies=[], all_tables=["users"], all_topics=[], all_alarms=["cpu"])

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 0
    for line in ("# cluster = ", "# to find cluster: aws ecs list-clusters", '# rds_proxy = ""',
                 "# to find rds_proxy: aws rds describe-db-proxies", "# to find table: ", "# to find sns_topic: ",
                 "# to find veto_alarms: "):  # fmt: skip
        assert f"\n{line}" in text
    assert load(tmp_path / "c.toml").ecs.cluster == ""


def test_the_load_balancer_and_the_api_are_those_that_the_records_lead_to(tmp_path: Path) -> None:
    account = FakeAccount(
        balancers=[LoadBalancer(f"{BALANCER}0", "other.elb.amazonaws.com"), LoadBalancer(BALANCER, BALANCER_NAME)],
        all_apis=[HttpApi("other", "x"), HttpApi("a1b2c3", "lego")],
    )

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 0
    assert tomllib.loads(text)["ecs"]["load_balancer"] == "app/lego-api/50dc6c495c0c9188"


def test_what_the_records_lead_to_and_is_not_here_is_no_other_one(tmp_path: Path) -> None:
    account = FakeAccount(
        balancers=[LoadBalancer(f"{BALANCER}0", "other.elb.amazonaws.com")],
        all_mappings=[Mapped("b.example.com", "d-other.execute-api.eu-west-1.amazonaws.com", "other", "s")],
    )

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 2
    assert f"# to find load_balancer: {BALANCER_NAME} is not in eu-west-1; aws elbv2" in text
    assert f"# to find api_id: {GATEWAY_NAME} is not in eu-west-1; aws apigatewayv2" in text


def test_what_must_be_there_and_is_not_is_named_and_exits_2(tmp_path: Path) -> None:
    account = FakeAccount(balancers=[], all_mappings=[], all_apis=[])

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 2
    assert "ecs.load_balancer, lambda.api_id could not be found" in result.stderr
    assert '\n# load_balancer = ""' in text
    assert f"\n# to find api_id: {GATEWAY_NAME} is not in eu-west-1; aws apigatewayv2 get-apis" in text


def test_a_name_that_no_zone_holds_is_told(tmp_path: Path) -> None:
    account = FakeAccount(all_zones=[HostedZone("Z9", "other.com"), HostedZone("Z8", "i.example.com")])

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 2
    assert "# to find hosted_zone_id: no public zone here holds api.example.com" in text


def test_the_closest_zone_is_taken(tmp_path: Path) -> None:
    zones = [HostedZone("Z1", "com"), HostedZone("Z2", "api.example.com"), HostedZone("Z3", "example.com")]

    _, text = written(FakeAccount(all_zones=zones), tmp_path / "c.toml")

    assert tomllib.loads(text)["hosted_zone_id"] == "Z2"


@pytest.mark.parametrize("error", [NotAllowed("ecs:ListClusters: AccessDenied"), ControlPlaneUnavailable("no answer")])
def test_what_can_not_be_asked_is_left_out_with_the_reason(tmp_path: Path, error: Exception) -> None:
    account = FakeAccount(failing={"services": error})

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 0
    assert f"# to find cluster: it could not be asked ({error}); aws ecs list-clusters" in text
    assert f"# to find service: it could not be asked ({error})" in text


def test_without_route_53_there_is_nothing_to_write(tmp_path: Path) -> None:
    account = FakeAccount(failing={"zones": NotAllowed("route53:ListHostedZones: the credentials have expired")})

    result, text = written(account, tmp_path / "c.toml")

    assert result.exit_code == 10
    assert "the credentials have expired" in result.stderr
    assert text == ""


TWO = [ServiceOfEcs("prod", "api", (GROUP,)), ServiceOfEcs("prod", "api-2", (GROUP,))]


def test_of_several_a_person_chooses(tmp_path: Path) -> None:
    result, text = written(FakeAccount(all_services=TWO), tmp_path / "c.toml", typed="3\n2\n")

    assert result.exit_code == 0
    assert "Which ECS service?" in result.stderr
    assert "  2  prod/api-2" in result.stderr
    assert tomllib.loads(text)["ecs"]["service"] == "api-2"


def test_without_a_terminal_several_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    result, text = written(FakeAccount(all_services=TWO), tmp_path / "c.toml")

    assert result.exit_code == 2
    assert "there are several: ECS service: prod/api; prod/api-2" in result.stderr
    assert text == ""


def test_each_of_several_kinds_can_be_chosen(tmp_path: Path) -> None:
    account = FakeAccount(
        all_zones=[HostedZone("Z1", "example.com"), HostedZone("Z2", "example.com")],
        all_records=[record("A", None, None)],
        balancers=[LoadBalancer(BALANCER, "a.elb.amazonaws.com"), LoadBalancer(f"{BALANCER}0", "b.elb.amazonaws.com")],
        all_mappings=[],
        all_apis=[HttpApi("one", "x"), HttpApi("two", "y")],
        all_proxies=["p1", "p2"],
        all_tables=["cutover-1", "cutover-2"],
        all_topics=["arn:cutover:1", "arn:cutover:2"],
    )

    result, text = written(account, tmp_path / "c.toml", typed="2\n" * 6)

    assert result.exit_code == 0, result.output
    found = tomllib.loads(text)
    assert (found["hosted_zone_id"], found["ecs"]["load_balancer"]) == ("Z2", "app/lego-api/50dc6c495c0c91880")
    assert (found["lambda"]["api_id"], found["lambda"]["rds_proxy"]) == ("two", "p2")
    assert (found["ledger"]["table"], found["notify"]["sns_topic"]) == ("cutover-2", "arn:cutover:2")
    assert "api_stage" not in found["lambda"]


@pytest.mark.parametrize(
    "records",
    [
        [record("A", "old", 100), record("A", "new", 0), record("TXT", None, None, Name="x.example.com.")],
        [pointing(None, None, BALANCER_NAME), record("AAAA", None, None)],
        [pointing(None, None, "x.elb.eu-west-1.amazonaws.com"), record("A", None, None, AliasTarget=None)],
    ],
)
def test_without_a_name_it_is_the_weighted_or_the_load_balancers(tmp_path: Path, records: list[Any]) -> None:
    balancers = [LoadBalancer(BALANCER, BALANCER_NAME), LoadBalancer(BALANCER, "x.elb.eu-west-1.amazonaws.com")]
    account = FakeAccount(all_records=records, balancers=balancers[:1] if len(records) == 3 else balancers)

    result = invoke(account, "--json", "init", "--out", str(tmp_path / "c.toml"))

    assert result.exit_code == 0
    assert json.loads(result.stdout)["found"]["name"] == "api.example.com"


def test_without_a_name_and_anything_that_has_one_it_must_be_said(tmp_path: Path) -> None:
    result = invoke(FakeAccount(all_records=[]), "init", "--out", str(tmp_path / "c.toml"))

    assert result.exit_code == 2
    assert 'cutover init --name "api.example.com"' in result.stderr


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("mine")

    result, text = written(FakeAccount(), path)

    assert result.exit_code == 2
    assert "exists: add --force" in result.stderr
    assert text == "mine"


def test_it_is_overwritten_by_force(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("mine")

    result, text = written(FakeAccount(), path, "--force")

    assert result.exit_code == 0
    assert "mine" not in text


def test_a_dry_run_shows_the_file_and_writes_nothing(tmp_path: Path) -> None:
    result, text = written(FakeAccount(), tmp_path / "c.toml", "--dry-run")

    assert result.exit_code == 0
    assert 'hosted_zone_id = "Z1"' in result.stdout
    assert text == ""
    lacking, _ = written(FakeAccount(all_mappings=[]), tmp_path / "c.toml", "--dry-run")
    assert lacking.exit_code == 2
    assert "lambda.api_id could not be found" in lacking.stderr


def test_json_tells_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    told = json.loads(invoke(FakeAccount(), "--json", *NAMED, "--out", str(path), "--dry-run").stdout)

    assert (told["schema"], told["path"], told["missing"], told["dry_run"]) == ("cutover.init/1", str(path), [], True)
    assert told["found"]["ecs.service"] == "api"
    assert tomllib.loads(told["text"])["hosted_zone_id"] == "Z1"


def test_global_options_become_settings(tmp_path: Path) -> None:
    _, text = written(FakeAccount(), tmp_path / "c.toml", "--profile", "prod", "--stage", "blue")

    assert tomllib.loads(text)["aws"]["profile"] == "prod"
    assert load(tmp_path / "c.toml").stage == "blue"


@pytest.mark.parametrize("name", ["a b", "-", "x", "api_example", "a..b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    result = invoke(FakeAccount(), "init", "--name", name)

    assert result.exit_code == 2
    assert "is not a host name such as api.example.com" in result.stderr


def test_a_name_is_taken_as_people_type_it(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"

    invoke(FakeAccount(), "init", "--name", "API.example.com.", "--out", str(path))

    assert load(path).name == "api.example.com"


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    result = invoke(FakeAccount(), *NAMED, "--out", str(tmp_path / "no" / "such" / "folder.toml"))

    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_a_gateway_that_the_records_point_at_wins_over_the_names_own(tmp_path: Path) -> None:
    mappings = [Mapped("api.example.com", "d-old.execute-api.x.amazonaws.com", "wrong", "s"),
                Mapped("lambda.example.com", GATEWAY_NAME, "right", "")]  # fmt: skip

    _, text = written(FakeAccount(all_mappings=mappings), tmp_path / "c.toml")

    assert tomllib.loads(text)["lambda"]["api_id"] == "right"


def test_a_load_balancer_that_cloudwatch_has_no_name_for_is_none(tmp_path: Path) -> None:
    account = FakeAccount(balancers=[LoadBalancer("arn:aws:x:loadbalancer/classic", BALANCER_NAME)])

    result, _ = written(account, tmp_path / "c.toml")

    assert result.exit_code == 2
    assert "ecs.load_balancer" in result.stderr


def test_a_session_without_an_account_says_so() -> None:
    session = Session(lambda _: fake_world().ports)

    result = CliRunner(env=NEUTRAL).invoke(cli, list(NAMED), obj=session)

    assert result.exit_code == 2
    assert "there is no account to look into here" in result.stderr
