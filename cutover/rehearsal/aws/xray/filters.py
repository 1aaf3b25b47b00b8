"""X-Ray's filter expressions, as far as the runbooks use them: conditions joined by AND. Pure."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cutover.rehearsal.aws.wire import AwsError

_CONDITION = re.compile(
    r"(?P<not>!?)(?P<flag>fault|error|throttle)"
    r"|annotation(?:\.(?P<dotted>\w+)|\[\"?(?P<bracketed>\w+)\"?\])\s*=\s*\"(?P<value>[^\"]*)\""
    r"|service\(\"(?P<service>[^\"]+)\"\)"
    r"|(?P<number>responsetime|duration|http\.status)\s*(?P<compare>>=|<=|!=|=|>|<)\s*(?P<limit>\d+(?:\.\d+)?)"
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip

Documents = Sequence[Mapping[str, Any]]


def matching(expression: str) -> Callable[[Documents], bool]:
    """Whether a trace's segments fulfil all conditions. Raises AwsError for what this stand-in does not know."""
    if not expression.strip():
        return lambda _: True
    conditions = [_condition(text.strip()) for text in re.split(r"\s+AND\s+|\s+&&\s+", expression.strip())]
    return lambda documents: all(condition(documents) for condition in conditions)


def every_part(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The segment and everything in it."""
    return [document, *(part for one in document.get("subsegments", ()) for part in every_part(one))]


def _condition(text: str) -> Callable[[Documents], bool]:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise AwsError("InvalidRequestException", f"Invalid filter expression: this stand-in does not know {text!r}")
    if flag := found["flag"]:
        wanted = not found["not"]
        return lambda documents: any(one.get(flag, False) for one in documents) is wanted
    if key := found["dotted"] or found["bracketed"]:
        return lambda documents: any(one.get("annotations", {}).get(key) == found["value"] for one in documents)
    if service := found["service"]:
        return lambda documents: any(part["name"] == service for one in documents for part in every_part(one))
    compare, limit = _COMPARE[found["compare"]], float(found["limit"])
    value = _status if found["number"] == "http.status" else _seconds
    return lambda documents: any(compare(value(one), limit) for one in documents)


def _status(document: Mapping[str, Any]) -> float:
    return float(document.get("http", {}).get("response", {}).get("status", 0))


def _seconds(document: Mapping[str, Any]) -> float:
    return float(document["end_time"] - document["start_time"])
