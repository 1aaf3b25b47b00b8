"""Configuration, faults, retries, the Invoke API's rules, text of answers: what needs neither socket nor process."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.edge.config import BadConfig, EdgeConfig, read_config
from cutover.rehearsal.edge.edge import launch_plan
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.api import error, function_name, payload_error, result
from cutover.rehearsal.edge.functions.asynchronous import retry_after_seconds
from cutover.rehearsal.edge.functions.invocation import THROTTLED, Ending, Outcome, exited, timed_out, too_large
from cutover.rehearsal.edge.http.text import answer, chunk, gateway_request_id, status_line, trace_root

FAILED = Outcome(Ending.FAILED)


def config_data(**changes: Any) -> dict[str, Any]:
    one = {
        "name": "lego-api-mocs",
        "handler": "service.entrypoints.mocs.handler",
        "memory_mb": 1024,
        "timeout_seconds": 29.0,
        "provisioned": 2,
        "max_environments": 8,
        "concurrency_limit": 10,
        "routes": ["ANY /api/mocs"],
    }
    return {
        "clock": {"factor": 60.0, "epoch": 1763800000.0},
        "region": "us-east-1",
        "account_id": "123456789012",
        "metrics_url": "http://127.0.0.1:4566/_rehearsal/metrics",
        "control": {"address": "127.0.0.1", "port": 0},
        "alb": {
            "address": "127.0.1.1",
            "port": 0,
            "target": ["127.0.0.1", 9000],
            "load_balancer": "app/lego-api/50dc6c495c0c9188",
            "idle_timeout_seconds": 60,
        },
        "gateway": {"address": "127.0.1.2", "port": 0, "api_id": "a", "stage": "$default", "domain_name": "api.test"},
        "functions": [{**one, **changes.pop("function", {})}],
        "environment": {"POSTGRES_HOST": "db", "AWS_REGION": "eu-west-1"},
        "task_root": "/checkout",
        "python": "/venv/bin/python",
        "log_dir": "/logs",
        **changes,
    }


def read(tmp_path: Path, **changes: Any) -> EdgeConfig:
    path = tmp_path / "edge.json"
    path.write_text(json.dumps(config_data(**changes)))
    return read_config(path)


def test_the_documented_configuration_is_read(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.alb.target, config.functions[0].provisioned, config.gateway.stage) == (
        ("127.0.0.1", 9000),
        2,
        "$default",
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"surprise": 1}, "unknown field `surprise`"),
        ({"control": {"address": "0.0.0.0", "port": 0}}, r"\$\.control\.address"),
        ({"function": {"provisioned": 9}}, "provisioned 9 is over max_environments 8"),
        ({"function": {"max_environments": 11}}, "max_environments 11 is over concurrency_limit 10"),
        ({"function": {"handler": "nodots"}}, r"\$\.functions\[0\]\.handler"),
        ({"functions": [config_data()["functions"][0]] * 2}, "named twice: lego-api-mocs"),
        ({"metrics_url": "https://elsewhere/"}, r"\$\.metrics_url"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadConfig, match=complaint):
        read(tmp_path, **changes)


def test_environments_get_what_lambda_sets_and_the_configuration_wins(tmp_path: Path) -> None:
    config = read(tmp_path)
    plan = launch_plan(config, config.functions[0], {"PATH": "/bin", "AWS_REGION": "inherited"})
    assert plan.program == ("/venv/bin/python", "-m", "awslambdaric", "service.entrypoints.mocs.handler")
    assert plan.function_arn == "arn:aws:lambda:us-east-1:123456789012:function:lego-api-mocs"
    assert plan.log_file == Path("/logs/lego-api-mocs.log")
    assert {
        "_HANDLER": "service.entrypoints.mocs.handler",
        "LAMBDA_TASK_ROOT": "/checkout",
        "AWS_LAMBDA_FUNCTION_NAME": "lego-api-mocs",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/lego-api-mocs",
        "AWS_REGION": "eu-west-1",
        "POSTGRES_HOST": "db",
        "PATH": "/bin",
    }.items() <= plan.variables.items()


def test_faults_strike_their_fraction_only() -> None:
    thrown = iter([0.0, 0.29, 0.3, 0.99])
    switch = FaultSwitch(lambda: next(thrown))
    assert [switch.strikes(0.3) for _ in range(4)] == [True, True, False, False]
    assert not switch.strikes(0)  # throws no dice


def test_failed_events_are_retried_after_one_and_two_minutes() -> None:
    assert [retry_after_seconds(FAILED, errors, 0, 0) for errors in (1, 2, 3)] == [60, 120, None]


def test_throttled_events_are_retried_ever_more_slowly_for_six_hours() -> None:
    waits = [retry_after_seconds(THROTTLED, 0, throttles, 0) for throttles in (1, 2, 3, 9, 10, 40)]
    assert waits == [1, 2, 4, 256, 300, 300]
    assert retry_after_seconds(THROTTLED, 0, 20, 6 * 3600 - 299) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/2015-03-31/functions/parser/invocations", "parser"),
        ("/2015-03-31/functions/parser%3Alive/invocations", "parser"),
        ("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Aparser%3Alive/invocations", "parser"),
        ("/2015-03-31/functions/parser", None),
        ("/faults", None),
    ],
)
def test_functions_are_named_in_three_ways(path: str, name: str | None) -> None:
    assert function_name(path) == name


def test_payloads_are_measured_then_parsed() -> None:
    assert payload_error(b"", 10) is None
    assert payload_error(b'{"a":1}', 10) is None
    too_long, broken = payload_error(b"12345678901", 10), payload_error(b"{", 10)
    assert too_long is not None
    assert broken is not None
    assert (too_long.status, broken.status) == (413, 400)


def test_results_say_whether_the_function_failed() -> None:
    good, bad, refused = result(Outcome(Ending.RETURNED, b"1")), result(FAILED), result(THROTTLED)
    assert (good.status, bad.status, refused.status) == (200, 200, 429)
    assert (b"X-Amz-Function-Error", b"Unhandled") in bad.headers
    assert (b"X-Amz-Function-Error", b"Unhandled") not in good.headers
    assert json.loads(error(404, "T", "m").body)["message"] == "m"


def test_lambdas_own_errors_say_what_happened() -> None:
    payloads = [json.loads(outcome.payload) for outcome in (timed_out("i", 1), exited("i", -9), exited("i", 7))]
    assert [payload["errorType"] for payload in payloads] == ["Sandbox.Timedout"] + ["Runtime.ExitError"] * 2
    assert [payload["errorMessage"].split("Error: ")[1] for payload in payloads] == [
        "Task timed out after 1.00 seconds",
        "Runtime exited with error: signal 9",
        "Runtime exited with error: exit status 7",
    ]
    assert json.loads(too_large("i", 5).payload)["errorType"] == "Function.ResponseSizeTooLarge"


def test_answers_are_framed_by_their_status() -> None:
    full = answer(200, [(b"x", b"1")], b"body", keep_alive=True)
    empty = answer(204, [], b"ignored", keep_alive=False)
    head = answer(200, [], b"", keep_alive=True, head_only=True, head_length=42)
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\nx: 1\r\nContent-Length: 4\r\nDate: [^\r]+ GMT\r\nConnection: keep-alive\r\n\r\nbody",
        full,
    )
    assert b"Content-Length" not in empty
    assert empty.endswith(b"Connection: close\r\n\r\n")
    assert b"Content-Length: 42" in head
    assert head.endswith(b"\r\n\r\n")


def test_small_texts() -> None:
    assert (chunk(b"x" * 17), status_line(799)) == (b"11\r\n" + b"x" * 17 + b"\r\n", b"HTTP/1.1 799 Unknown\r\n")
    assert re.fullmatch(r"1-65535b00-[0-9a-f]{24}", trace_root(0x65535B00 + 0.5))
    assert re.fullmatch(r"[\w-]{15}=", gateway_request_id())
    assert gateway_request_id() != gateway_request_id()
