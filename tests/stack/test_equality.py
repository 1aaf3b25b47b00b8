"""A client cannot tell whether ECS or Lambda has answered it."""

import pytest

from tests.integration.rehearsal.stack_answers import seen
from tests.integration.rehearsal.stack_cases import CASES, MINE, UPLOAD, Case
from tests.integration.rehearsal.stack_rig import Answer, Up
from tests.integration.service.test_parts_list_forms import MALFORMED

pytestmark = pytest.mark.xdist_group("stack")


def test_the_cases_are_many_and_all_different() -> None:
    requests = {(case.method, case.path, str(sorted(case.headers.items())), case.body, case.user) for case in CASES}
    assert len(requests) == len({case.sentence for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_both_sides_answer_alike(stack: Up, case: Case) -> None:
    headers = case.headers_for(stack.described["tokens"]["alice"])
    answers: list[Answer] = []
    for side in ("ecs", "lambda", "lambda", "ecs"):  # each by itself first, then what either has left in the cache
        if len(answers) < 2:
            stack.forget_cached()
        answers.append(stack.ask(side, case.method, case.path, case.body, user=case.user, headers=headers))
    assert [answer.status for answer in answers] == [case.status] * 4, answers[0].body + answers[1].body
    first, *others = [seen(case.method, answer) for answer in answers]
    assert others == [first] * 3


@pytest.mark.parametrize("name", MALFORMED)
def test_both_sides_refuse_a_malformed_form_alike(stack: Up, name: str) -> None:
    form, content_type = MALFORMED[name]
    ecs, on_lambda = (
        seen("POST", stack.ask(side, "POST", f"{MINE}/{UPLOAD}", form, headers={"Content-Type": content_type}))
        for side in ("ecs", "lambda")
    )
    assert ecs.status in (400, 413, 415)
    assert on_lambda == ecs
