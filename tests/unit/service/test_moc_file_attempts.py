"""Several files side by side: results in order, failures told together."""

import asyncio
from collections.abc import Sequence

import pytest

from service.domains.moc_files.attempts import (
    AT_ONCE,
    Attempt,
    Failure,
    failures,
    side_by_side,
    succeeded,
    told_together,
)
from service.kernel.errors import (
    AppError,
    Conflict,
    DeadlineExceeded,
    PayloadTooLarge,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)


def attempts_at(*values: int | AppError) -> list[Attempt[int]]:
    return [Attempt(f"{place}.pdf", "file", value) for place, value in enumerate(values)]


def failed_with(*errors: AppError) -> list[Failure]:
    return [Failure(f"{place}.pdf", "file", error) for place, error in enumerate(errors)]


async def test_results_stand_in_the_order_of_the_files_whoever_is_done_first() -> None:
    async def step(value: int) -> str:
        await asyncio.sleep(0.002 * (5 - value))
        return str(value)

    done = await side_by_side(attempts_at(0, 1, 2, 3, 4), step)
    assert succeeded(done) == ["0", "1", "2", "3", "4"]
    assert failures(done) == []


async def test_a_failure_is_kept_and_goes_no_further() -> None:
    seen = []

    async def step(value: int) -> int:
        seen.append(value)
        if value == 1:
            raise Conflict("taken")
        return value

    first = ValidationFailed("empty")
    done = await side_by_side(attempts_at(0, first, 1, 2), step)
    assert seen == [0, 1, 2]
    assert succeeded(done) == [0, 2]
    assert [(f.name, f.error.message) for f in failures(done)] == [("1.pdf", "empty"), ("2.pdf", "taken")]


async def test_only_a_few_are_under_way_at_once() -> None:
    under_way, most = 0, 0

    async def step(value: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return value

    await side_by_side(attempts_at(*range(20)), step)
    assert most == AT_ONCE


async def test_what_is_no_error_of_ours_ends_all_of_them() -> None:
    ended = []

    async def step(value: int) -> int:
        if value == 1:
            raise ZeroDivisionError
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(value)
        return value

    with pytest.raises(ExceptionGroup):
        await side_by_side(attempts_at(0, 1, 2), step)
    assert sorted(ended) == [0, 2]


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([Conflict("a"), Conflict("b")], Conflict),
        ([PayloadTooLarge("a")], PayloadTooLarge),
        ([Conflict("a"), PayloadTooLarge("b")], ValidationFailed),
        ([UnsupportedMediaType("a")], ValidationFailed),
        ([ValidationFailed("a")], ValidationFailed),
        ([Conflict("a"), Unavailable("b")], Unavailable),
        ([DeadlineExceeded("a"), ValidationFailed("b")], DeadlineExceeded),
    ],
)
def test_one_reason_of_all_is_the_answer_and_a_service_that_is_away_comes_first(
    errors: Sequence[AppError], kind: type[AppError]
) -> None:
    told = told_together("none", failed_with(*errors), (Conflict, PayloadTooLarge))
    assert type(told) is kind
    assert (told.message, len(told.details)) == ("none", len(errors))


def test_the_way_past_a_limit_is_told_once() -> None:
    hint = {"presign": "/x", "message": "larger"}
    too_large = [PayloadTooLarge("large", [{"field": "file", "message": "is larger"}, hint]) for _ in range(2)]
    told = told_together("none", failed_with(*too_large))
    assert list(told.details) == [
        {"field": "file", "name": "0.pdf", "code": "PAYLOAD_TOO_LARGE", "message": "large"},
        {"field": "file", "name": "1.pdf", "code": "PAYLOAD_TOO_LARGE", "message": "large"},
        hint,
    ]
