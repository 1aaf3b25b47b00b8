"""Is this the answer that the contract promises? Pure; each check returns what is wrong, or None."""

import json
from collections.abc import Callable
from typing import Any

Check = Callable[[int, bytes], str | None]


def failed_without_answer(status: int) -> bool:
    """Whether the service itself failed: no answer at all, or a 5xx."""
    return status == 0 or status >= 500


def json_of(body: bytes) -> Any:
    """The decoded body, None when it is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def success(expected_status: int, wrong: Callable[[Any], str | None] = lambda _: None) -> Check:
    """A success of that status whose `data` passes `wrong`."""

    def check(status: int, body: bytes) -> str | None:
        if status != expected_status:
            return f"status {status}, not {expected_status}: {body[:200]!r}"
        answer = json_of(body)
        if not isinstance(answer, dict) or answer.get("success") is not True or "data" not in answer:
            return f"not a success: {body[:200]!r}"
        return wrong(answer)

    return check


def failure(expected_status: int, code: str) -> Check:
    """A failure of that status in the one shape that failures have."""

    def check(status: int, body: bytes) -> str | None:
        answer = json_of(body)
        if status != expected_status or not isinstance(answer, dict) or not isinstance(answer.get("error"), dict):
            return f"status {status}, not {expected_status} {code}: {body[:200]!r}"
        error = answer["error"]
        told = (error.get("code"), answer.get("code"), answer.get("message") == error.get("message"))
        if told != (code, code, True) or not error.get("requestId") or not error.get("timestamp"):
            return f"not the failure shape of {code}: {body[:200]!r}"
        return None

    return check


def page(owner: str, limit: int) -> Callable[[Any], str | None]:
    """A page of the owner's own MOCs."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if not isinstance(data, list) or len(data) > limit or not isinstance(answer.get("total"), int):
            return "not a page"
        if not all(isinstance(moc, dict) and isinstance(moc.get("id"), str) for moc in data):
            return "something in the page is no MOC"
        if any(moc.get("userId") != owner for moc in data):
            return "somebody else's MOC in the page"
        if answer["total"] < len(data):
            return f"total {answer['total']} under {len(data)} rows"
        return None

    return wrong


def moc(**expected: object) -> Callable[[Any], str | None]:
    """One MOC with these fields."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if not isinstance(data, dict) or not isinstance(data.get("id"), str):
            return f"not a MOC: {data!r:.200}"
        found = {name: data.get(name) for name in expected}
        return None if found == expected else f"found {found}, expected {expected}"

    return wrong
