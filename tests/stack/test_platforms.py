"""What a platform refuses before the API is asked, and what only one of them can carry at all."""

import json

import pytest

from tests.integration.rehearsal.stack_cases import MINE, UPLOAD
from tests.integration.rehearsal.stack_rig import FORM, JSON, SIDES, Up, form_of

pytestmark = pytest.mark.xdist_group("stack")

TIMES = 10  # a server that answers before it has read everything is found out by chance only


def test_a_method_that_no_one_knows_is_refused_by_each_platform_in_its_own_words(stack: Up) -> None:
    ecs, on_lambda = (stack.ask(side, "BREW", "/api/mocs") for side in SIDES)
    assert (ecs.status, on_lambda.status) == (400, 400)
    assert b"<h1>400 Bad Request</h1>" in ecs.body
    assert on_lambda.json() == {"message": "Bad Request"}


def test_what_lambda_cannot_carry_the_gateway_refuses_in_its_own_words(stack: Up) -> None:
    answer = stack.ask("lambda", "POST", f"{MINE}/{UPLOAD}", form_of(b"x" * 9_000_000), headers=FORM)
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


@pytest.mark.parametrize(
    ("path", "body", "headers", "user", "status", "code"),
    [
        (f"{MINE}/{UPLOAD}", form_of(b"x" * 9_000_000), FORM, None, 401, "UNAUTHORIZED"),
        ("/nowhere", form_of(b"x" * 9_000_000), FORM, "alice", 404, "NOT_FOUND"),
        ("/api/mocs", b"x" * 9_000_000, JSON, "alice", 413, "PAYLOAD_TOO_LARGE"),
        (f"{MINE}/{UPLOAD}", form_of(b"x" * 30_000_000), FORM, "alice", 413, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["by nobody", "to no route", "of JSON", "over the limit"],
)
def test_ecs_tells_in_our_words_what_is_wrong_with_a_large_body(
    stack: Up, path: str, body: bytes, headers: dict[str, str], user: str | None, status: int, code: str
) -> None:
    answers = [stack.ask("ecs", "POST", path, body, user=user, headers=headers) for _ in range(TIMES)]
    assert [answer.status for answer in answers] == [status] * TIMES
    assert {json.loads(answer.body)["code"] for answer in answers} == {code}
