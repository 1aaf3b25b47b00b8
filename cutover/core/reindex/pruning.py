"""Which indices have had their time: never the one that serves, and never one that cutover did not make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.core.durations import format_duration
from cutover.core.reindex.models import IndexInfo, Standing
from cutover.core.reindex.names import made_at
from cutover.core.words import roughly


@dataclass(frozen=True, slots=True)
class Pruning:
    """The indices to delete, and those that stay, each with why."""

    alias: str
    doomed: Sequence[IndexInfo]
    kept: Sequence[tuple[str, str]]


def plan_prune(standing: Standing, keep: timedelta, now: datetime, *, everything: bool = False) -> Pruning:
    """Which indices have had their time. `everything`: also the one that a rollback would go back to."""
    doomed, kept = [], []
    newest = _newest_former(standing)
    for one in standing.others:
        since = _idle_since(standing, one)
        if reason := _kept_anyway(standing.alias, one):
            kept.append((one.name, reason))
        elif since is None or now - since < keep:
            idle = f"{roughly(now - since)} ago" if since else "at an unknown time"
            kept.append((one.name, f"it was last of use {idle}, and is kept for {format_duration(keep)}"))
        elif one.name == newest and not everything:
            kept.append((one.name, "cutover reindex rollback goes back to it; --all takes it too"))
        else:
            doomed.append(one)
    return Pruning(standing.alias, doomed, kept)


def _kept_anyway(alias: str, one: IndexInfo) -> str:
    if not (one.ours and one.run) or made_at(alias, one.name) is None:
        return "cutover did not make it"
    return f"it has an alias: {', '.join(one.aliases)}" if one.aliases else ""


def _newest_former(standing: Standing) -> str:
    serving = standing.serving
    if serving is not None and serving.took_over is not None and serving.took_over.former:
        return serving.took_over.former
    made = sorted((made, one.name) for one in standing.others if (made := made_at(standing.alias, one.name)))
    return made[-1][1] if made else ""


def _idle_since(standing: Standing, one: IndexInfo) -> datetime | None:
    """When it last gave the alias away; if it never had it, when it was made."""
    others = [*standing.others, *([standing.serving] if standing.serving else [])]
    given = [other.took_over.at for other in others if other.took_over and other.took_over.former == one.name]
    return max(given, default=one.created or made_at(standing.alias, one.name))
