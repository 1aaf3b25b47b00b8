"""Is this the answer that the contract promises? Pure; each check returns what is wrong, or None."""

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

Check = Callable[[int, bytes], str | None]
"""What is wrong with a status and a body."""

Wrong = Callable[[Any], str | None]
"""What is wrong with a decoded answer."""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TIMES = ("createdAt", "updatedAt", "lastUpdatedAt")
_NULL = re.compile(rb'(?<!\\)" ?: ?null')  # a quote within a text is escaped


def failed_without_answer(status: int) -> bool:
    """Whether the service itself failed: no answer at all, or a 5xx."""
    return status == 0 or status >= 500


@lru_cache(maxsize=1)  # the check asks, and then the journey is given the same: nobody changes it
def json_of(body: bytes) -> Any:
    """The decoded body, None when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def fine(_: Any) -> str | None:
    """Nothing more is to be checked."""
    return None


def success(expected_status: int, wrong: Wrong = fine) -> Check:
    """A success of that status that passes `wrong`."""

    def check(status: int, body: bytes) -> str | None:
        if status != expected_status:
            return f"status {status}, not {expected_status}: {body[:200]!r}"
        answer = json_of(body)
        if not isinstance(answer, dict) or answer.get("success") is not True or "data" not in answer:
            return f"not a success: {body[:200]!r}"
        if _NULL.search(body):
            return f"a null, where an empty field is left out: {body[:200]!r}"
        return _guarded(wrong, answer)

    return check


def failure(expected_status: int, code: str) -> Check:
    """A failure of that status in the one shape that failures have."""

    def check(status: int, body: bytes) -> str | None:
        answer = json_of(body)
        if status != expected_status or not isinstance(answer, dict) or not isinstance(answer.get("error"), dict):
            return f"status {status}, not {expected_status} {code}: {body[:200]!r}"
        error = answer["error"]
        told = (error.get("code"), answer.get("code"), answer.get("message") == error.get("message"))
        if told != (code, code, True) or not isinstance(error.get("message"), str) or not error.get("requestId"):
            return f"not the failure shape of {code}: {body[:200]!r}"
        if not _is_time(error.get("timestamp")) or not isinstance(error.get("details", []), list):
            return f"not the failure shape of {code}: {body[:200]!r}"
        return None

    return check


def either(*checks: tuple[int, Check]) -> Check:
    """What the check of the status that came says; a status without a check is judged by the first."""
    by_status = dict(checks)
    first = checks[0][1]

    def check(status: int, body: bytes) -> str | None:
        return by_status.get(status, first)(status, body)

    return check


GONE = failure(404, "NOT_FOUND")


def there_or_gone(wrong: Wrong = fine) -> Check:
    """What `wrong` passes, or a 404: another journey of the same account may have deleted it since it was listed."""
    return either((200, success(200, wrong)), (404, GONE))


def stored_by_s3(status: int, body: bytes) -> str | None:
    """What S3 answers to a presigned form that names no other status."""
    return None if status == 204 else f"status {status}, not 204: {body[:200]!r}"


def all_of(*wrongs: Wrong) -> Wrong:
    """The first thing that is wrong by any of these."""

    def wrong(answer: Any) -> str | None:
        return next((found for each in wrongs if (found := each(answer)) is not None), None)

    return wrong


def thing(owner: str, **expected: object) -> Wrong:
    """One thing of the owner's with its id, its times, and these fields; one that is None is not there."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if not isinstance(data, dict) or not isinstance(data.get("id"), str) or data.get("userId") != owner:
            return f"nothing of {owner}'s: {data!r:.200}"
        found = {name: data.get(name) for name in expected}
        if found != expected:
            return f"found {found}, expected {expected}"
        times = [data[name] for name in _TIMES if name in data]
        return None if len(times) == 2 and all(map(_is_time, times)) else f"times are {times}"

    return wrong


def fields(**expected: object) -> Wrong:
    """`data` with these fields, whatever else is in it."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        found = {name: data.get(name) for name in expected}
        return None if found == expected else f"found {found}, expected {expected}"

    return wrong


def present(*names: str) -> Wrong:
    """`data` with texts in these fields."""

    def wrong(answer: Any) -> str | None:
        missing = [name for name in names if not isinstance(answer["data"].get(name), str)]
        return f"no {', '.join(missing)} in {answer['data']!r:.200}" if missing else None

    return wrong


def same_beside(*names: str) -> Wrong:
    """What old clients read under these names is what stands in `data`."""

    def wrong(answer: Any) -> str | None:
        other = [name for name in names if answer.get(name) != answer["data"]]
        return f"{', '.join(other)} is not what data is" if other else None

    return wrong


def listed(owner: str, newest: str = "") -> Wrong:
    """The owner's own things, each once, newest first by the time `newest`, and how many there are."""

    def wrong(answer: Any) -> str | None:
        data, total = answer["data"], answer.get("total")
        if not isinstance(data, list) or not isinstance(total, int) or total < len(data):
            return f"not a list: total {total!r}, {data!r:.200}"
        if any(row.get("userId") != owner for row in data):
            return "somebody else's in the list"
        if len({row["id"] for row in data}) != len(data):
            return "something is twice in the list"
        times = [row[newest] for row in data] if newest else []
        return None if times == sorted(times, reverse=True) else f"not the newest {newest} first"

    return wrong


def page(owner: str, limit: int, number: int = 1, newest: str = "updatedAt") -> Wrong:
    """The number-th page of a list of the owner's own things, as full as their total lets it be."""
    rows = listed(owner, newest)

    def wrong(answer: Any) -> str | None:
        told = (answer.get("page"), answer.get("limit"))
        if told != (number, limit):
            return f"page and limit are {told}, not {(number, limit)}"
        if (found := rows(answer)) is not None:
            return found
        full = max(0, min(limit, answer["total"] - (number - 1) * limit))
        return None if len(answer["data"]) == full else f"{len(answer['data'])} of {answer['total']} on page {number}"

    return wrong


def found(owner: str, limit: int) -> Wrong:
    """A page of what the search has found: the owner's own things. The engine's total may be older than the rows."""

    def wrong(answer: Any) -> str | None:
        if len(answer["data"]) > limit or answer.get("limit") != limit:
            return f"{len(answer['data'])} rows with limit {answer.get('limit')!r}, not {limit}"
        return None

    return all_of(listed(owner), wrong)


def nothing_found(answer: Any) -> str | None:
    """Words that nothing has."""
    told = (answer["data"], answer.get("total"))
    return None if told == ([], 0) else f"found {told!r:.200}, where there is nothing"


def shows(identity: str, moment: str, newest: str) -> Wrong:
    """The list has what was made at `moment`, unless others made or changed since have pushed it off the page."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if any(row["id"] == identity for row in data) or (data and data[-1][newest] >= moment):
            return None
        return f"{identity} of {moment} is not in the list"

    return wrong


def has(identity: str, where: str = "", **expected: object) -> Wrong:
    """`data`, or the list `where` in it, has one of this id and with these fields."""

    def wrong(answer: Any) -> str | None:
        rows = answer["data"][where] if where else answer["data"]
        one = next((row for row in rows if row["id"] == identity), None)
        if one is None:
            return f"{identity} is not in {where or 'the list'}"
        told = {name: one.get(name) for name in expected}
        return None if told == expected else f"found {told}, expected {expected}"

    return wrong


def has_not(identities: Collection[str], where: str = "") -> Wrong:
    """`data`, or the list `where` in it, has none of these."""

    def wrong(answer: Any) -> str | None:
        rows = answer["data"][where] if where else answer["data"]
        left = [row["id"] for row in rows if row["id"] in identities]
        return f"still there: {', '.join(left)}" if left else None

    return wrong


def _is_time(value: object) -> bool:
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def _guarded(wrong: Wrong, answer: Any) -> str | None:
    """What is wrong, also with answers that have quite another shape than `wrong` relies on."""
    try:
        return wrong(answer)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        return f"not the promised shape ({error!r}): {json.dumps(answer)[:200]}"
