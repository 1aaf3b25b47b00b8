"""One row of a query: an event with the fields that Insights finds in it, or what `stats` has made."""

import json
import re
from collections.abc import Callable, Mapping

import msgspec

from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.insights.values import Moment, Value

_MAX_FIELDS = 200
_REPORT = re.compile(r"^(START|END|REPORT) RequestId: (\S+)")
_REPORTED = re.compile(r"(Billed Duration|Init Duration|Duration|Memory Size|Max Memory Used): ([\d.]+) (ms|MB)")
_REPORT_NAMES = {
    "Duration": "@duration",
    "Billed Duration": "@billedDuration",
    "Init Duration": "@initDuration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
}
_DECODER = json.JSONDecoder()


class Row:
    """Fields by name; those of an event are looked for when one is asked for that the row does not have."""

    __slots__ = ("_discover", "_found", "values")

    def __init__(self, values: Mapping[str, Value], discover: Callable[[], Mapping[str, Value]] | None = None) -> None:
        self.values = dict(values)
        self._discover = discover
        self._found: Mapping[str, Value] | None = None

    def get(self, name: str) -> Value:
        """The field's value; None if it is not there."""
        if name in self.values:
            return self.values[name]
        if self._found is None:
            self._found = self._discover() if self._discover is not None else {}
        return self._found.get(name)


def row_of(event: Event, account_id: str) -> Row:
    """The row of one event."""
    always: dict[str, Value] = {
        "@timestamp": Moment(event.at_ms),
        "@ingestionTime": Moment(event.at_ms),
        "@message": event.message,
        "@logStream": event.stream,
        "@log": f"{account_id}:{event.group}",
        "@ptr": str(event.number),
    }
    return Row(always, lambda: discovered(event.message))


def discovered(message: str) -> dict[str, Value]:
    """The fields of the line's first JSON object, nested ones with dots; of Lambda's own lines what they report."""
    if (own := _REPORT.match(message)) is not None:
        return {"@type": own[1], "@requestId": own[2], **_reported(message)}
    begin = message.find("{")
    if begin < 0:
        return {}
    try:
        root = msgspec.json.decode(message) if begin == 0 else _DECODER.raw_decode(message, begin)[0]
    except ValueError:  # msgspec's DecodeError and json's are both
        return {}
    found: dict[str, Value] = {}
    _flatten(root, "", found)
    return found


def _reported(message: str) -> dict[str, Value]:
    """Durations in milliseconds, memory in bytes, as Insights has them."""
    return {
        _REPORT_NAMES[name]: float(text) if unit == "ms" else int(float(text)) * 1_000_000
        for name, text, unit in _REPORTED.findall(message)
    }


def _flatten(node: object, path: str, found: dict[str, Value]) -> None:
    if len(found) >= _MAX_FIELDS:
        return
    if isinstance(node, dict):
        for name, child in node.items():
            own = f"@{name}" if not path and name.startswith("@") else name
            _flatten(child, f"{path}.{own}" if path else own, found)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            _flatten(child, f"{path}.{index}", found)
    elif isinstance(node, bool):
        found[path] = int(node)
    elif isinstance(node, str | int | float):
        found[path] = node
