"""The inline code that runs the migration: CloudFormation hears the truth, and hears it in every case."""

import io
import json
import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

CODE = Path(__file__).parents[3] / "infra/constructs/migration_invoker.py"
VERSION = "arn:aws:lambda:us-east-1:111111111111:function:lego-api-migrate-dev:{}"
Invoke = Callable[..., dict[str, Any]]


class Lambda:
    """Answers invocations one after the other with what is given; the last one again and again."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers, self.invoked = list(answers), []  # type: ignore[var-annotated]

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append(request["FunctionName"])
        answer = self.answers[min(len(self.invoked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Deploy:
    """CloudFormation's side: what it was told."""

    SUCCESS, FAILED = "SUCCESS", "FAILED"

    def __init__(self, monkeypatch: pytest.MonkeyPatch, function: Lambda) -> None:
        self.told: list[tuple[str, str, str | None]] = []
        self.slept: list[float] = []
        response = types.ModuleType("cfnresponse")
        response.__dict__.update(SUCCESS=self.SUCCESS, FAILED=self.FAILED, send=self._send)
        monkeypatch.setitem(sys.modules, "cfnresponse", response)
        monkeypatch.setattr(boto3, "client", lambda _name, config: function)
        monkeypatch.setattr("time.sleep", self.slept.append)
        self.function = function
        self.handler = runpy.run_path(str(CODE))["handler"]

    def _send(
        self, _event: Any, _context: Any, status: str, _data: Any, resource: str, reason: str | None = None
    ) -> None:
        self.told.append((status, resource, reason))

    def ask(self, kind: str, version: int, before: int | None = None) -> None:
        event: dict[str, Any] = {"RequestType": kind, "ResourceProperties": {"Version": VERSION.format(version)}}
        if kind != "Create":
            event["PhysicalResourceId"] = "as it was called before"
        if before is not None:
            event["OldResourceProperties"] = {"Version": VERSION.format(before)}
        self.handler(event, None)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")


def failed(payload: dict[str, Any]) -> dict[str, Any]:
    return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(payload).encode())}


def test_the_inline_code_fits_into_a_template() -> None:
    assert len(CODE.read_text(encoding="utf-8")) <= 4096


def test_a_first_deploy_runs_the_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda({"StatusCode": 200}))
    deploy.ask("Create", 1)
    assert deploy.function.invoked == [VERSION.format(1)]
    assert deploy.told == [("SUCCESS", "migration", None)]


def test_a_later_deploy_runs_the_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda({"StatusCode": 200}))
    deploy.ask("Update", 10, before=9)
    assert deploy.function.invoked == [VERSION.format(10)]
    assert deploy.told == [("SUCCESS", "as it was called before", None)]


def test_a_function_of_another_name_counts_its_versions_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda({"StatusCode": 200}))
    renamed = "arn:aws:lambda:us-east-1:111111111111:function:lego-api-migrations-dev:1"
    event = {
        "RequestType": "Update",
        "PhysicalResourceId": "migration",
        "ResourceProperties": {"Version": renamed},
        "OldResourceProperties": {"Version": VERSION.format(40)},
    }
    deploy.handler(event, None)
    assert deploy.function.invoked == [renamed]


def test_a_migration_that_fails_ends_the_deploy_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda(failed({"errorMessage": "0005 would break the backend"})))
    deploy.ask("Update", 3, before=2)
    assert deploy.told == [("FAILED", "as it was called before", "The migration failed: 0005 would break the backend")]
    assert len(deploy.function.invoked) == 1, "never twice"


def test_a_migration_that_dies_without_words_ends_the_deploy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda(failed({"errorType": "Runtime.ExitError"})))
    deploy.ask("Create", 1)
    ((status, _, reason),) = deploy.told
    assert (status, "Runtime.ExitError" in str(reason)) == ("FAILED", True)


def test_a_migration_that_never_answers_ends_the_deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda(ReadTimeoutError(endpoint_url="https://lambda.test")))
    deploy.ask("Create", 1)
    assert [status for status, _, _ in deploy.told] == ["FAILED"]
    assert len(deploy.function.invoked) == 1


def test_a_stack_that_is_deleted_or_goes_back_migrates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = Deploy(monkeypatch, Lambda({"StatusCode": 200}))
    deploy.ask("Delete", 3)
    deploy.ask("Update", 9, before=10)
    assert deploy.function.invoked == []
    assert [status for status, _, _ in deploy.told] == ["SUCCESS", "SUCCESS"]


def test_a_role_that_is_new_gets_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    early = [refused("AccessDeniedException"), refused("ResourceConflictException")]
    deploy = Deploy(monkeypatch, Lambda(*early, {"StatusCode": 200}))
    deploy.ask("Create", 1)
    assert len(deploy.function.invoked) == 3
    assert deploy.slept == [5, 5]
    assert [status for status, _, _ in deploy.told] == ["SUCCESS"]


@pytest.mark.parametrize(("code", "times"), [("AccessDeniedException", 12), ("TooManyRequestsException", 1)])
def test_a_refusal_that_stays_ends_the_deploy(monkeypatch: pytest.MonkeyPatch, code: str, times: int) -> None:
    deploy = Deploy(monkeypatch, Lambda(refused(code)))
    deploy.ask("Create", 1)
    assert len(deploy.function.invoked) == times
    ((status, _, reason),) = deploy.told
    assert (status, code in str(reason)) == ("FAILED", True)
