"""The metrics among a process's lines, added up as CloudWatch would."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.telemetry import metrics
from tests.fakes.log_lines import LogLines


def blobs(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The lines that are in the embedded metric format."""
    for line in lines:
        document = json.loads(line) if line.startswith('{"_aws"') else {}
        if document:
            yield document


def totals(lines: Iterable[str]) -> dict[str, float]:
    """The sum of each metric."""
    found: Counter[str] = Counter()
    for document in blobs(lines):
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            found[metric["Name"]] += sum(document[metric["Name"]])
    return dict(found)


def counted(lines: LogLines) -> dict[str, float]:
    """What this process has counted since it was asked last, without zeros and what the database makes one wait."""
    before = lines.stream.tell()
    metrics.flush()
    lines.stream.seek(before)
    found = totals(lines.stream.read().splitlines())
    return {name: value for name, value in found.items() if value and name != "PoolWait"}
