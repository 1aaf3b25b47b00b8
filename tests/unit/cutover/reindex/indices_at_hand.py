"""Indices as the rules see them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cutover.core.reindex.models import IndexInfo, Standing, TookOver

ALIAS = "moc_instructions"
NOW = datetime(2025, 11, 12, 10, 15, 30, tzinfo=UTC)
OLD, NEW = f"{ALIAS}-v20251101t000000", f"{ALIAS}-v20251102t101530"


def index(name: str = NEW, **others: Any) -> IndexInfo:
    """An index that cutover made and loaded, as it should be."""
    return replace(IndexInfo(name, 1200, 1 << 20, NOW - timedelta(days=9), ours=True, run="r1"), **others)


def serving(name: str = OLD, **others: Any) -> IndexInfo:
    """An index that has the alias."""
    return index(name, aliases=(ALIAS,), **others)


def standing(now_serves: IndexInfo | None, *others: IndexInfo) -> Standing:
    """What stands under the alias; concrete, if the index that serves has its name."""
    return Standing(ALIAS, now_serves, now_serves is not None and now_serves.name == ALIAS, others)


def took_over(former: str, days_ago: float = 8, **others: Any) -> TookOver:
    """How an index came to serve."""
    return replace(TookOver(NOW - timedelta(days=days_ago), former), **others)
