"""What a stack is made of: every program understands its part, and the parts fit each other."""

import json
import tomllib
from dataclasses import astuple, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cutover.rehearsal.aws.config import Config as AwsConfig
from cutover.rehearsal.edge.config import EdgeConfig
from cutover.rehearsal.edge.gateway.routes import RouteTable
from cutover.rehearsal.stack import plan
from cutover.rehearsal.stack.plan import (
    ECS_ADDRESS,
    ECS_IPV6,
    LAMBDA_ADDRESS,
    LAMBDA_IPV6,
    Clockwork,
    Places,
    aws_config,
    edge_config,
    lambda_env,
    service_env,
    settings_toml,
)
from cutover.rehearsal.stack.tokens import POOL_ID, TokenMaker
from cutover.rehearsal.wish import FULL, QUICK
from cutover.settings import load
from infra.functions import FUNCTIONS, GATEWAY_LIMIT_SECONDS, PARSER
from service.settings import Settings as ServiceSettings

PLACES = Places(8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007, 8008)
CLOCK = Clockwork(60.0, 1_800_000_000.0)
ENV = service_env(PLACES, "lego")
EDGE = msgspec.convert(
    edge_config(PLACES, CLOCK, ENV, "/usr/bin/python3", {"task_root": "/code", "log_dir": "/logs"}), EdgeConfig
)
AWS = msgspec.json.decode(json.dumps(aws_config(PLACES, CLOCK, TokenMaker.new().jwks())), type=AwsConfig)


def test_the_aws_stand_in_understands_its_configuration() -> None:
    assert (AWS.port, AWS.dns_port, AWS.clock.factor) == (8005, 8006, 60.0)
    assert (AWS.moto_url, AWS.invoke_url) == ("http://127.0.0.1:8004", "http://127.0.0.1:8007")


def test_everything_is_on_ecs_in_the_beginning() -> None:
    assert {(record.type, record.set_identifier, record.weight) for record in AWS.records} == {
        ("A", "ecs", 100),
        ("A", "lambda", 0),
        ("AAAA", "ecs", 100),
        ("AAAA", "lambda", 0),
    }
    assert {record.name for record in AWS.records} == {"api.lego-moc.example.test."}


def test_each_record_leads_to_its_side() -> None:
    aliases = {r.set_identifier: r.alias_target.dns_name.rstrip(".") for r in AWS.records if r.alias_target}
    assert {side: AWS.targets[name] for side, name in aliases.items()} == {
        "ecs": (ECS_ADDRESS, ECS_IPV6),
        "lambda": (LAMBDA_ADDRESS, LAMBDA_IPV6),
    }


def test_the_edge_understands_its_configuration() -> None:
    assert (EDGE.alb.address, EDGE.alb.port, EDGE.alb.target) == (ECS_ADDRESS, 8000, ("127.0.0.1", 8001))
    assert (EDGE.gateway.address, EDGE.gateway.port) == (LAMBDA_ADDRESS, 8000)
    assert EDGE.metrics_url.startswith("http://127.0.0.1:8005/")
    assert (EDGE.python, EDGE.task_root, EDGE.log_dir) == ("/usr/bin/python3", "/code", "/logs")


def test_every_function_of_production_is_deployed_with_its_limits() -> None:
    deployed = {function.name: function for function in EDGE.functions}
    assert set(deployed) == {f"lego-api-{function.name}-rehearsal" for function in FUNCTIONS}
    for function in FUNCTIONS:
        found = deployed[function.deployed_name("rehearsal")]
        assert (found.handler, found.memory_mb, found.timeout_seconds, found.routes) == (
            function.handler,
            function.memory_mb,
            function.timeout_seconds,
            tuple(function.routes),
        )
        assert found.provisioned <= found.max_environments
    assert all(function.provisioned for function in deployed.values()), (
        "a first request must not wait on a small machine"
    )


def test_a_smaller_machine_bears_fewer_environments_and_no_more_are_warm() -> None:
    directories = {"task_root": "/code", "log_dir": "/logs"}
    few = msgspec.convert(edge_config(PLACES, CLOCK, ENV, "python3", directories, environments=2), EdgeConfig)

    assert {function.max_environments for function in few.functions} == {2}
    assert max(function.provisioned for function in few.functions) == 2


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/health", "health"),
        ("/", "health"),
        ("/nowhere", "mocs"),
        ("/api/mocs", "mocs"),
        ("/api/mocs/search", "mocs"),
        ("/api/mocs/1", "mocs"),
        ("/api/mocs/", "mocs"),
        ("/api/mocs/1/", "mocs"),
        ("/api/mocs/search/", "mocs"),
        ("/api/mocs/1/files", "upload"),
        ("/api/mocs/1/upload-parts-list", "upload"),
        ("/api/mocs/1/upload-parts-list/", "upload"),
        ("/api/mocs/with-files", "upload"),
        ("/api/mocs/upload-parts-list", "upload"),
        ("/api/mocs/1/files/presign", "upload"),
        ("/api/mocs/stats/by-category", "mocs"),
        ("/api/mocs/stats/nothing", "upload"),
        ("/api/csrf", "mocs"),
        ("/api/images", "gallery"),
        ("/api/images/1/", "gallery"),
        ("/api/images/presign", "gallery"),
        ("/api/albums/1", "gallery"),
        ("/api/gallery", "gallery"),
        ("/api/flag", "gallery"),
        ("/api/wishlist", "wishlist"),
        ("/api/wishlist/reorder", "wishlist"),
        ("/api/users/me/avatar", "profile"),
        ("/api/images/", "mocs"),
    ],
)
def test_every_path_finds_its_function(path: str, function: str) -> None:
    table = RouteTable([(route, one.name) for one in FUNCTIONS for route in one.routes])
    match = table.match("POST", path)
    assert match is not None
    assert match.function_name == function


def test_a_function_behind_the_gateway_answers_before_the_gateway_gives_up() -> None:
    assert all(f.timeout_seconds <= GATEWAY_LIMIT_SECONDS for f in FUNCTIONS if f.routes)
    assert [f.name for f in FUNCTIONS if not f.routes] == [PARSER]
    assert len({f.name for f in FUNCTIONS}) == len(FUNCTIONS)


def test_the_service_understands_its_environment() -> None:
    settings = ServiceSettings.from_env(ENV)
    assert (settings.postgres.port, settings.postgres.database) == (8008, "lego")
    assert (settings.redis_endpoint, settings.opensearch_endpoint) == ("127.0.0.1:8002", "http://127.0.0.1:8003")
    assert settings.cognito.jwks_url == PLACES.jwks_url
    assert settings.parser_function is None
    assert settings.allowed_origins == ("http://localhost:3002",)


def test_nothing_that_the_service_is_told_lies_outside_this_machine() -> None:
    assert ENV["AWS_ENDPOINT_URL"] == "http://127.0.0.1:8005"
    assert ENV["AWS_EC2_METADATA_DISABLED"] == "true"
    assert {ENV["AWS_ACCESS_KEY_ID"], ENV["AWS_SECRET_ACCESS_KEY"]} == {"rehearsal"}
    assert {ENV["AWS_CONFIG_FILE"], ENV["AWS_SHARED_CREDENTIALS_FILE"]} == {"/dev/null"}


def test_both_sides_are_told_the_same_but_for_who_parses() -> None:
    assert EDGE.environment == lambda_env(ENV)
    assert {**lambda_env(ENV)}.items() - ENV.items() == {
        ("PARTS_LIST_PARSER_FUNCTION", "lego-api-csv-parser-rehearsal")
    }
    assert "lego-api-csv-parser-rehearsal" in {function.name for function in EDGE.functions}


@pytest.mark.parametrize("ladder", [QUICK, FULL])
def test_cutover_understands_its_settings(tmp_path: Path, ladder: list[dict[str, object]]) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(settings_toml(PLACES, CLOCK, ladder, "ledger.jsonl"), encoding="utf-8")
    settings = load(path)
    assert [(s.weight, s.bake, s.min_requests) for s in settings.ladder] == [
        (step["weight"], step["bake"], step["min_requests"]) for step in ladder
    ]
    assert (settings.name, settings.hosted_zone_id) == (plan.PUBLIC_NAME, AWS.zone.id)
    assert (settings.aws.endpoint_url, settings.dns.name_servers) == (PLACES.aws_url, ("127.0.0.1:8006",))
    assert (settings.clock.factor, settings.clock.epoch) == (CLOCK.factor, CLOCK.epoch)
    assert Path(settings.ledger.path) == tmp_path / "ledger.jsonl"
    assert settings.ecs.load_balancer == EDGE.alb.load_balancer
    assert (settings.serverless.api_id, settings.serverless.api_stage) == (EDGE.gateway.api_id, EDGE.gateway.stage)
    assert (settings.ecs.url, settings.serverless.url) == (PLACES.ecs_url, PLACES.lambda_url)
    assert settings.sides == replace(settings.sides, ecs="ecs", serverless="lambda")
    assert settings.span("give_up_after") == timedelta(minutes=20)


def test_the_gates_of_a_rehearsal_are_productions() -> None:
    raw = tomllib.loads(settings_toml(PLACES, CLOCK, QUICK, "ledger.jsonl"))
    assert "gates" not in raw
    assert set(raw["timing"]) == {"give_up_after"}


def test_a_clock_that_starts_now_starts_at_a_whole_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.rehearsal.stack.plan.time.time", lambda: 1234.9)
    assert Clockwork.starting_now(60.0) == Clockwork(60.0, 1234.0)


def test_the_addresses_of_the_places() -> None:
    assert PLACES.ecs_url == f"http://{ECS_ADDRESS}:8000"
    assert PLACES.lambda_url == f"http://{LAMBDA_ADDRESS}:8000"
    assert PLACES.aws_url == "http://127.0.0.1:8005"
    assert PLACES.search_url == "http://127.0.0.1:8003"
    assert PLACES.jwks_url == f"http://127.0.0.1:8005/{POOL_ID}/.well-known/jwks.json"


def test_every_place_has_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = iter([7001, 7001, 7002, 7003, 7004, 7005, 7006, 7000, *range(7010, 7030)])
    monkeypatch.setattr(plan, "free_port", lambda *_: next(offered))
    monkeypatch.setattr(plan, "free_udp_port", lambda: next(offered))
    places = Places.pick(7000)
    assert len(set(astuple(places))) == 10
    assert (places.public, places.postgres) == (7011, 7000)


def test_a_port_of_the_stack_that_postgresql_has_already_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = iter([*range(7000, 7009), *range(7010, 7019)])
    monkeypatch.setattr(plan, "free_port", lambda *_: next(offered))
    monkeypatch.setattr(plan, "free_udp_port", lambda: next(offered))
    assert Places.pick(7003).public == 7010
