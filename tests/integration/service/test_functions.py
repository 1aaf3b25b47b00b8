"""Each Lambda function as a process of its own: what it serves, and how it says that it can't start."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from cutover.rehearsal.stack.process import CHECKOUT
from infra.functions import FUNCTIONS, PARSER
from service.settings import Settings
from tests.fakes.lambda_events import http_event
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import MOC
from tests.integration.service.env import env_of

SECONDS = 60.0
ALICE = {"sub": "alice"}
ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}


def invoke(function: str, settings: Settings, events: Sequence[Any], **more: str) -> list[Any]:
    """What the function answers to the events, one after the other in one environment."""
    done = run(["-m", "tests.integration.service.invoke", f"service.entrypoints.{function}"], settings, events, **more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("ANSWER ")]


def run(
    command: Sequence[str], settings: Settings | None, events: Sequence[Any] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    given: Mapping[str, str] = env_of(settings, **ON_LAMBDA) if settings is not None else {}
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), **given, **more}
    lines = "".join(json.dumps(event) + "\n" for event in events)
    return subprocess.run(
        [sys.executable, *command], input=lines, capture_output=True, text=True, env=env, timeout=SECONDS, check=False
    )


def test_the_health_function_serves_health_the_root_and_our_404(settings: Settings) -> None:
    events = [http_event("GET", path) for path in ("/health", "/", "/nope", "/api/mocs")]
    answers = invoke("health", settings, events)
    assert [answer["statusCode"] for answer in answers] == [200, 200, 404, 404]
    assert json.loads(answers[0]["body"])["status"] == "healthy"
    assert json.loads(answers[3]["body"])["code"] == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", "snap-start"])
def test_the_health_function_answers_probes_as_the_moc_function_does(settings: Settings, kind: str) -> None:
    allowed, other = {"Origin": "http://localhost:3002"}, {"Origin": "https://evil.test"}
    probes = [http_event("GET", "/health", headers) for headers in ({}, allowed, other, {"Authorization": "Bearer no"})]
    rest = [
        http_event(method, "/health", allowed | {"Access-Control-Request-Method": "GET"})
        for method in ("OPTIONS", "HEAD", "POST", "DELETE")
    ]
    both = [
        invoke(function, settings, [*probes, *rest], AWS_LAMBDA_INITIALIZATION_TYPE=kind)
        for function in ("health", "mocs")
    ]
    alone, within = ([_comparable(answer) for answer in answers] for answers in both)
    assert alone == within
    assert [answer["statusCode"] for answer in both[0]] == [200, 200, 200, 200, 204, 405, 405, 405]


def _comparable(answer: Any) -> Any:
    headers = {name: value for name, value in answer["headers"].items() if name != "x-request-id"}
    body = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|gateway-\d+", "", answer["body"])
    return answer["statusCode"], headers, body


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", "snap-start"])
def test_the_moc_function_serves_mocs_however_it_was_started(settings: Settings, kind: str) -> None:
    body = json.dumps(MOC).encode()
    events = [
        http_event("POST", "/api/mocs", {"Content-Type": "application/json"}, body=body, claims=ALICE),
        http_event("GET", "/api/mocs", claims=ALICE),
        http_event("GET", "/api/mocs/search?q=falcon", claims=ALICE),
        http_event("GET", "/api/mocs"),
        {},
    ]
    answers = invoke("mocs", settings, events, AWS_LAMBDA_INITIALIZATION_TYPE=kind)
    assert [answer["statusCode"] for answer in answers] == [201, 200, 200, 401, 400]
    assert json.loads(answers[1]["body"])["total"] == 1


def test_an_upload_is_taken_by_one_function_and_parsed_by_another(
    settings: Settings, postgres: Postgres, database: str, s3: Objects, bucket: str
) -> None:
    moc, file_id, list_id = uuid4(), uuid4(), uuid4()
    key = f"mocs/alice/{moc}/{file_id}.csv"
    postgres.run(
        f"""INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'Falcon', 'moc');
        INSERT INTO moc_parts_lists (id, moc_id, title, status, source_key)
          VALUES ('{list_id}', '{moc}', 'Parts', 'pending', '{key}')""",
        database,
    )
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\nPart,Qty\n1,2\n\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    upload = http_event("POST", f"/api/mocs/{moc}/upload-parts-list", headers, body=form, claims=ALICE)
    (accepted,) = invoke("uploads", settings, [upload])
    assert accepted["statusCode"] == 202
    identity = json.loads(accepted["body"])["data"]["partsListId"]

    # What the uploading function did not get done within its budget, the parser does; what it did, stays.
    answers = invoke("parts_lists", settings, [{"partsListId": identity}] * 2)
    assert answers == [{"partsListId": identity}] * 2
    found = postgres.run(f"SELECT status, total_parts_count FROM moc_parts_lists WHERE id = '{identity}'", database)
    assert found == ["parsed|2"]

    (gone,) = invoke("parts_lists", settings, [{"partsListId": str(list_id)}], AWS_LAMBDA_INITIALIZATION_TYPE="x")
    assert gone == {"partsListId": str(list_id)}
    failed = postgres.run(f"SELECT status, errors->0->>'code' FROM moc_parts_lists WHERE id = '{list_id}'", database)
    assert failed == ["failed|FILE_MISSING"]


def test_the_upload_function_answers_whatever_the_gateway_finds_below_a_moc(
    settings: Settings, postgres: Postgres, database: str, moto: str
) -> None:
    """A slash at the end changes nothing, as on ECS."""
    moc = uuid4()
    postgres.run(
        f"INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'Falcon', 'moc')", database
    )
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\nPart,Qty\n1,2\n\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    events = [
        http_event("POST", f"/api/mocs/{moc}/upload-parts-list/", headers, body=form, claims=ALICE),
        http_event("GET", f"/api/mocs/{moc}/", claims=ALICE),
        http_event("GET", f"/api/mocs/{moc}/nope", claims=ALICE),
    ]
    assert [answer["statusCode"] for answer in invoke("uploads", settings, events)] == [202, 200, 404]


def test_the_parser_sweeps_up_what_is_left_over_when_its_schedule_says_so(
    settings: Settings, postgres: Postgres, database: str, moto: str
) -> None:
    moc = uuid4()
    postgres.run(
        f"""INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'Falcon', 'moc');
        INSERT INTO moc_parts_lists (moc_id, title, status, source_key, created_at)
          VALUES ('{moc}', 'Left over', 'pending', 'no/such.csv', '2020-01-01'),
                 ('{moc}', 'New', 'pending', 'no/other.csv', timezone('utc', now()))""",
        database,
    )
    scheduled = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    postgres.run("INSERT INTO file_leftovers VALUES ('images/alice/x.webp', '2020-01-01')", database)
    answers = invoke("parts_lists", settings, [scheduled, scheduled])
    assert answers == [{"swept": 1, "filesSwept": 1}, {"swept": 0, "filesSwept": 0}]
    assert postgres.run("SELECT * FROM file_leftovers", database) == []
    found = postgres.run("SELECT title, status FROM moc_parts_lists ORDER BY title", database)
    assert found == ["Left over|failed", "New|pending"]
    assert [(function.name, function.schedule) for function in FUNCTIONS if function.schedule] == [
        (PARSER, "rate(5 minutes)")
    ]


def test_the_parser_raises_for_what_is_no_job_and_lets_lambda_try_again_what_cannot_be_done_now(
    settings: Settings,
) -> None:
    events: list[Any] = [{}, {"partsListId": "x"}, {"partsListId": None}, {"partsListId": 5}, [], None, "text"]
    assert invoke("parts_lists", settings, events) == [{"raised": "MalformedEvent"}] * len(events)
    down = replace(settings, postgres=replace(settings.postgres, port=1))
    assert invoke("parts_lists", down, [{"partsListId": str(uuid4())}]) == [{"raised": "Unavailable"}]


NEEDED = (
    "POSTGRES_HOST",
    "POSTGRES_DATABASE",
    "POSTGRES_USERNAME",
    "POSTGRES_PASSWORD",
    "REDIS_ENDPOINT",
    "OPENSEARCH_ENDPOINT",
    "S3_BUCKET",
    "COGNITO_ISSUER",
    "COGNITO_CLIENT_ID",
)
STARTS = [
    ("-m", "service.entrypoints.server"),
    ("-c", "import service.entrypoints.mocs"),
    ("-c", "import service.entrypoints.parts_lists"),
]


@pytest.mark.parametrize("command", STARTS, ids=lambda command: command[1])
def test_a_start_without_settings_names_every_one_of_them_at_once(command: Sequence[str]) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("POSTGRES", "COGNITO", "S3"))}
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        env={**bare, "PYTHONPATH": str(CHECKOUT), "LOG_LEVEL": "loud", "STAGE": "moon", "POSTGRES_PORT": "x"},
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    for name in (*NEEDED, "LOG_LEVEL", "STAGE", "POSTGRES_PORT"):
        assert name in told, name
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", NEEDED)
def test_each_single_missing_setting_is_named_alone(settings: Settings, missing: str) -> None:
    given = {name: value for name, value in env_of(settings).items() if name != missing}
    env = {name: value for name, value in os.environ.items() if name not in NEEDED}
    done = subprocess.run(
        [sys.executable, "-m", "service.entrypoints.server"],
        capture_output=True,
        text=True,
        env={**env, "PYTHONPATH": str(CHECKOUT), **given},
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert missing in told
    assert [name for name in NEEDED if name in told] == [missing]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("REDIS_ENDPOINT", "http://x"),
        ("REDIS_ENDPOINT", "h:x"),
    ],
)
def test_a_setting_that_is_wrong_is_named_and_no_worker_is_started(settings: Settings, name: str, value: str) -> None:
    done = run(["-m", "service.entrypoints.server"], settings, **{name: value})
    assert done.returncode == 1
    assert name in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["health", "migrations", "mocs", "parts_lists"])
def test_garbage_is_collected_again_after_the_start(settings: Settings, module: str) -> None:
    program = f"import gc, service.entrypoints.{module}; print('COLLECTS', gc.isenabled())"
    done = run(["-c", program], settings)
    assert "COLLECTS True" in done.stdout, done.stderr
