"""What differs between two answers to the same question: status, headers, JSON by path, other bodies by digest."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from cutover.core.redaction import shown
from cutover.core.web import Heard

# What clients act on. Date, Server, request ids and lengths differ between any two answers.
HEADERS = (
    "accept-ranges", "access-control-allow-origin", "allow", "cache-control", "content-disposition",
    "content-encoding", "content-language", "content-range", "etag", "location", "retry-after",
    "strict-transport-security", "vary", "www-authenticate", "x-content-type-options", "x-frame-options",
)  # fmt: skip
IDENTITIES = ("id", "uuid", "key", "name")  # fields by which the elements of two lists are told to be the same
ABSENT = "absent"
# What a hostile answer may cost: the order of lists is compared anew on every level.
LONGEST_JSON = 4 * 1024 * 1024  # bytes; longer bodies are compared by digest
DEEPEST_JSON = 50  # levels; deeper bodies, too
MOST_DIFFERENCES = 1000  # of one pair of answers


class Differing(StrEnum):
    """What kind of difference it is."""

    NO_ANSWER = "no answer"
    STATUS_CLASS = "status class"
    STATUS = "status"
    CONTENT_TYPE = "content type"
    HEADER = "header"
    MISSING = "missing"
    EXTRA = "extra"
    TYPE = "type"
    VALUE = "value"
    ORDER = "order"
    LENGTH = "length"
    BODY = "body"


FATAL = frozenset({Differing.NO_ANSWER, Differing.STATUS_CLASS})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `where` is a header or a JSON path, in which every element of a list is `[*]`."""

    kind: Differing
    where: str
    baseline: str
    candidate: str

    @property
    def key(self) -> tuple[Differing, str]:
        """What makes two differences the same one, whatever the values."""
        return self.kind, self.where


@dataclass(frozen=True, slots=True)
class Blindness:
    """What is not looked at (names of JSON fields) and never shown (a token)."""

    ignored: frozenset[str] = frozenset()
    secret: str = ""


def differences(baseline: Heard, candidate: Heard, blind: Blindness) -> list[Difference]:
    """Everything in which `candidate` is not as `baseline`; where the status is another, nothing else is looked at."""
    if baseline.status is None or candidate.status is None:
        return _unanswered(baseline, candidate)
    if baseline.status != candidate.status:
        is_other_class = baseline.status // 100 != candidate.status // 100
        kind = Differing.STATUS_CLASS if is_other_class else Differing.STATUS
        return [Difference(kind, "", str(baseline.status), str(candidate.status))]
    return [*_headers(baseline, candidate, blind), *_bodies(baseline, candidate, blind)]


def _unanswered(baseline: Heard, candidate: Heard) -> list[Difference]:
    said = [
        str(heard.status or f"{heard.trouble.value if heard.trouble else ABSENT}") for heard in (baseline, candidate)
    ]
    return [] if said[0] == said[1] else [Difference(Differing.NO_ANSWER, "", *said)]


def _headers(baseline: Heard, candidate: Heard, blind: Blindness) -> Iterator[Difference]:
    types = [heard.header("content-type").lower().replace(" ", "") for heard in (baseline, candidate)]
    if types[0] != types[1]:
        yield Difference(Differing.CONTENT_TYPE, "", *(type_ or ABSENT for type_ in types))
    for name in HEADERS:
        values = [heard.header(name) for heard in (baseline, candidate)]
        if values[0] != values[1]:
            told = [shown(name, value, blind.secret) if value else ABSENT for value in values]
            yield Difference(Differing.HEADER, name, *told)


def _bodies(baseline: Heard, candidate: Heard, blind: Blindness) -> Iterator[Difference]:
    if baseline.body == candidate.body:
        return
    try:
        values = [_parsed(heard) for heard in (baseline, candidate)]
    except ValueError:
        yield Difference(Differing.BODY, "", *(_digest(heard.body) for heard in (baseline, candidate)))
    else:
        yield from islice(_Walk(blind).values("$", *values), MOST_DIFFERENCES)


def parsed(body: bytes) -> Any:
    """The JSON value. Raises ValueError where it is none, or one that is too long or too deep to be walked through."""
    if len(body) > LONGEST_JSON:
        raise ValueError(f"longer than {LONGEST_JSON} bytes")
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    level = [value]
    for _ in range(DEEPEST_JSON):
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _parsed(heard: Heard) -> Any:
    """The answer's JSON. Raises ValueError where it is none, or does not say that it is."""
    if "json" not in heard.header("content-type"):
        raise ValueError("not JSON")
    return parsed(heard.body)


def _digest(body: bytes) -> str:
    return f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()[:12]}"


class _Walk:
    """Two JSON values side by side."""

    def __init__(self, blind: Blindness) -> None:
        self._blind = blind

    def values(self, path: str, baseline: Any, candidate: Any) -> Iterator[Difference]:
        if isinstance(baseline, dict) and isinstance(candidate, dict):
            yield from self._objects(path, baseline, candidate)
        elif isinstance(baseline, list) and isinstance(candidate, list):
            yield from self._lists(path, baseline, candidate)
        elif _type(baseline) != _type(candidate):
            yield self._told(Differing.TYPE, path, baseline, candidate)
        elif baseline != candidate:
            yield self._told(Differing.VALUE, path, baseline, candidate)

    def _objects(self, path: str, baseline: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[Difference]:
        for key in dict.fromkeys((*baseline, *candidate)):
            where = f"{path}.{key}"
            if key in self._blind.ignored:
                continue
            if key not in candidate:
                yield Difference(Differing.MISSING, where, self._shown(where, baseline[key]), ABSENT)
            elif key not in baseline:
                yield Difference(Differing.EXTRA, where, ABSENT, self._shown(where, candidate[key]))
            else:
                yield from self.values(where, baseline[key], candidate[key])

    def _lists(self, path: str, baseline: Sequence[Any], candidate: Sequence[Any]) -> Iterator[Difference]:
        if name := _identity(baseline, candidate):
            yield from self._by_identity(path, *({one[name]: one for one in each} for each in (baseline, candidate)))
            return
        if len(baseline) != len(candidate):
            yield Difference(Differing.LENGTH, path, str(len(baseline)), str(len(candidate)))
        elif baseline == candidate:
            return
        elif len(baseline) > 1 and _sorted(baseline) == _sorted(candidate):
            yield self._told(Differing.ORDER, path, baseline, candidate)
            return
        for ours, theirs in zip(baseline, candidate, strict=False):
            yield from self.values(f"{path}[*]", ours, theirs)

    def _by_identity(
        self, path: str, baseline: Mapping[Any, Any], candidate: Mapping[Any, Any]
    ) -> Iterator[Difference]:
        for identity in (one for one in baseline if one not in candidate):
            yield Difference(Differing.MISSING, f"{path}[*]", self._shown(path, identity), ABSENT)
        for identity in (one for one in candidate if one not in baseline):
            yield Difference(Differing.EXTRA, f"{path}[*]", ABSENT, self._shown(path, identity))
        common = [[one for one in each if one in baseline and one in candidate] for each in (baseline, candidate)]
        if common[0] != common[1]:
            yield self._told(Differing.ORDER, path, *common)
        for identity in common[0]:
            yield from self.values(f"{path}[*]", baseline[identity], candidate[identity])

    def _told(self, kind: Differing, path: str, baseline: Any, candidate: Any) -> Difference:
        return Difference(kind, path, self._shown(path, baseline), self._shown(path, candidate))

    def _shown(self, path: str, value: Any) -> str:
        return shown(path, value, self._blind.secret)


def _type(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def _identity(*lists: Sequence[Any]) -> str:
    """The field that names every element of both lists, each one once; empty if there is none."""
    elements = [one for each in lists for one in each]
    if not elements or not all(isinstance(one, dict) for one in elements):
        return ""
    for name in IDENTITIES:
        values = [[one.get(name) for one in each] for each in lists]
        named = all(isinstance(value, str | int) for each in values for value in each)
        if named and all(len(set(each)) == len(each) for each in values):
            return name
    return ""


def _sorted(values: Sequence[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)
