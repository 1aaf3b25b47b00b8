"""What a reindex is told: where to, from where, how carefully, and who asks for it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of [reindex] as values. `endpoint`: as the checkpoint keeps it. `identity`, `host`: for the lock."""

    endpoint: str
    folder: Path
    identity: str
    host: str
    batch_bytes: int = 4_000_000
    most_batch_bytes: int = 9_500_000
    in_flight: int = 4
    max_bad: float = 0.001
    overlap: timedelta = timedelta(minutes=5)
    slow_search_ratio: float = 2.0
    golden_queries: int = 50
    golden_overlap: float = 0.9
    keep: timedelta = timedelta(days=7)
