"""What a swap and a rollback may do: the change, or the refusal with its number, its limit and the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cutover.core.durations import format_duration
from cutover.core.reindex.fitness import blocked, keeps_alias
from cutover.core.reindex.models import IndexInfo, Standing, TookOver
from cutover.core.reindex.refusals import Refusal, Why
from cutover.core.reindex.run import Phase, Position, Seen, SwapWish
from cutover.core.words import count, plural, roughly

PROOF_LASTS = timedelta(minutes=30)  # writes and their losses go on; a proof of an hour ago says little


@dataclass(frozen=True, slots=True)
class Proof:
    """The last verification of an index: when it ended (aware), and what it found.

    `unlike`: what searches miss, where that alone is against it: the index equals its table.
    """

    index: str
    at: datetime
    equal: bool
    dead: int = 0
    unlike: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One exchange of what an alias points at. `former` empty: nothing serves; `concrete`: it has to be deleted."""

    alias: str
    index: str
    former: str = ""
    concrete: bool = False
    back: bool = False

    def actions(self) -> Sequence[Mapping[str, Any]]:
        """The actions of the one `_aliases` call. It fails as a whole if the alias has moved meanwhile."""
        add = {"add": {"index": self.index, "alias": self.alias, "is_write_index": True}}
        if not self.former:
            return [add]
        if self.concrete:
            return [{"remove_index": {"index": self.former}}, add]
        return [{"remove": {"index": self.former, "alias": self.alias, "must_exist": True}}, add]

    def took_over(self, now: datetime) -> TookOver:
        """What the index says of it from then on."""
        return TookOver(now, self.former, self.concrete, self.back)


def plan_swap(
    standing: Standing, target: IndexInfo, proof: Proof | None, wish: SwapWish, now: datetime
) -> Change | Refusal:
    """Give the alias to `target`, if nothing stands against it."""
    serving = standing.serving
    if serving is not None and serving.name == target.name:
        text = f"{target.name} serves {standing.alias} already"
        return Refusal(Why.SERVES, text, target.name, "another index", f"cutover reindex verify {standing.alias}")
    refusal = (
        _not_ours(standing.alias, target)
        or (blocked(target.name, target.read_only) if target.read_only else None)
        or _unproved(standing.alias, target, proof, now)
        or _dead(standing.alias, proof, wish)
        or _empty(standing.alias, target, wish)
        or _in_place(standing, wish)
    )
    return refusal or Change(standing.alias, target.name, serving.name if serving else "", standing.concrete)


def proof_of(position: Position) -> Proof | None:
    """What the last verification says of the index of a checkpoint; None: there was none."""
    found = position.verification
    return Proof(position.index, found.at, found.equal, len(found.dead), found.unlike) if found else None


def foresee_swap(seen: Seen, wish: SwapWish, now: datetime) -> Change | Refusal:
    """The change that a swap would make by what was seen, or its refusal; shards and mapping are not looked at."""
    standing, position = seen.standing, seen.position
    alias, serving = standing.alias, standing.serving
    if position is None:
        way_on = f"cutover reindex run {alias}; or set reindex.folder to where it ran"
        return Refusal(Why.NOT_VERIFIED, f"no run of {alias} is known here", "0 runs", "1", way_on)
    if serving and serving.name == position.index and position.phase is not Phase.DONE:
        took_over = serving.took_over
        return Change(alias, position.index, took_over.former if took_over else "")  # cut off: it is finished
    target = next(
        (one for one in [*standing.others, *([serving] if serving else [])] if one.name == position.index), None
    )
    if target is None:
        text = f"the index {position.index} is not there"
        return Refusal(Why.GONE, text, "0 indices", "1", f"cutover reindex run {alias} makes one")
    return plan_swap(standing, target, proof_of(position), wish, now)


def after_unlike(alias: str) -> str:
    """What to do where searches find less in a new index that equals its table."""
    return (
        "look at the old index first, it may be the one that is wrong; reindex.golden_overlap is the limit,"
        f" golden_queries = 0 skips it: then cutover reindex verify {alias}"
    )


def plan_rollback(standing: Standing) -> Change | Refusal:
    """Give the alias back to the index from which the one that serves took it over, if that can be."""
    alias, serving = standing.alias, standing.serving
    took_over = serving.took_over if serving is not None and not standing.concrete else None
    if serving is None or took_over is None:
        name = serving.name if serving else "no index"
        text = f"{name} serves {alias}, and no swap of cutover's made it so: there is nothing to go back to"
        return Refusal(Why.NOTHING_BEFORE, text, "0 swaps", "1 swap", f"cutover reindex run {alias}")
    if took_over.back:
        return Refusal(
            Why.ALREADY,
            f"{serving.name} serves {alias} again since {took_over.at:%d %b %H:%M} UTC: that was a rollback",
            "rolled back",
            "a swap since then",
            f"cutover reindex verify {alias}, then cutover reindex swap {alias}, goes forward again",
        )
    return _back_to(standing, serving, took_over)


def _back_to(standing: Standing, serving: IndexInfo, took_over: TookOver) -> Change | Refusal:
    alias = standing.alias
    former = next((one for one in standing.others if one.name == took_over.former), None)
    if former is None or took_over.concrete:
        return _gone(alias, took_over)
    if refusal := _not_ours(alias, former):
        return refusal
    if former.read_only:
        return blocked(former.name, former.read_only)
    if keeps_alias(serving.read_only):
        return blocked(serving.name, serving.read_only)
    return Change(alias, former.name, serving.name, back=True)


def _gone(alias: str, took_over: TookOver) -> Refusal:
    when = f"{took_over.at:%d %b %H:%M} UTC"
    if not took_over.former:
        text = f"nothing served {alias} before the swap of {when}: there is no index to go back to"
    elif took_over.concrete:
        text = f"the swap of {when} had to delete the index {took_over.former}, whose name the alias has now"
    else:
        text = f"{took_over.former}, which served until {when}, is not there any more"
    way_on = f"cutover reindex run {alias} makes an index anew from PostgreSQL, which searches fall back to meanwhile"
    return Refusal(Why.GONE, text, "0 former indices", "1", way_on)


def unfit(alias: str, index: str, status: str, differences: Sequence[str]) -> Refusal | None:
    """Whether an index must not serve: shards of it are missing, or its mapping is not the service's."""
    if status == "red":
        return Refusal(
            Why.HEALTH,
            f"{index} is red: shards of it are missing, so that searches would miss documents",
            "red",
            "yellow",
            "mend the cluster: GET /_cluster/allocation/explain says why; then again",
        )
    if differences:
        return Refusal(
            Why.MAPPING,
            f"the mapping of {index} differs from the service's in {plural(len(differences), 'place')}:"
            f" {'; '.join(differences[:5])}",
            str(len(differences)),
            "0",
            f"cutover reindex run {alias} makes an index with the right one; an index template may be the cause",
        )
    return None


def _not_ours(alias: str, index: IndexInfo) -> Refusal | None:
    if index.ours:
        return None
    return Refusal(
        Why.NOT_OURS,
        f"{index.name} does not carry the service's schema, so the service would not search it",
        "0 schemas",
        "1",
        f"cutover reindex run {alias} makes one that does; until then PostgreSQL answers the searches",
    )


def _unproved(alias: str, target: IndexInfo, proof: Proof | None, now: datetime) -> Refusal | None:
    way_on, limit = f"cutover reindex verify {alias}; then again", format_duration(PROOF_LASTS)
    if proof is None or proof.index != target.name:
        return Refusal(Why.NOT_VERIFIED, f"{target.name} was never verified", "0 verifications", "1", way_on)
    if not proof.equal:
        ago = f"{roughly(abs(now - proof.at))} ago"
        if proof.unlike:
            text = f"{target.name} equalled its table {ago}, but {proof.unlike}"
            return Refusal(Why.UNLIKE, text, "unlike", "alike", after_unlike(alias))
        text = f"the last verification of {target.name}, {ago}, found what stands against it"
        looks = f"cutover reindex status {alias} shows what; cutover reindex run {alias} mends what differs"
        return Refusal(Why.UNEQUAL, text, "unequal", "equal", looks)
    age = roughly(abs(now - proof.at))
    if proof.at - now > PROOF_LASTS:
        text = (
            f"the verification of {target.name} is {age} in the future: this machine's clock, or the database's, is off"
        )
        return Refusal(Why.NOT_VERIFIED, text, f"-{age}", limit, f"set the clock; then {way_on}")
    if now - proof.at > PROOF_LASTS:
        text = f"the verification of {target.name} is {age} old, and counts for {limit}"
        return Refusal(Why.NOT_VERIFIED, text, age, limit, way_on)
    return None


def _dead(alias: str, proof: Proof | None, wish: SwapWish) -> Refusal | None:
    dead = proof.dead if proof is not None else 0
    if dead <= wish.accept_dead:
        return None
    return Refusal(
        Why.DEAD_LETTERS,
        f"{plural(dead, 'row')} could not be indexed, and {count(wish.accept_dead)} are accepted",
        count(dead),
        count(wish.accept_dead),
        f"cutover reindex status {alias} names the file of them; mend the rows, or add --accept-dead {dead}",
    )


def _empty(alias: str, target: IndexInfo, wish: SwapWish) -> Refusal | None:
    if target.documents or wish.allow_empty:
        return None
    text = f"{target.name} holds 0 documents, and at least 1 must be there"
    return Refusal(Why.EMPTY, text, "0", "1", f"if the table is empty too: cutover reindex swap {alias} --allow-empty")


def _in_place(standing: Standing, wish: SwapWish) -> Refusal | None:
    """What stands in the way on the other side: an index of the alias's name, or one that keeps its alias."""
    serving = standing.serving
    if serving is None:
        return None
    if keeps_alias(serving.read_only):
        return blocked(serving.name, serving.read_only)
    if not standing.concrete or wish.replace_index:
        return None
    return Refusal(
        Why.CONCRETE,
        f"{serving.name} is an index itself, of {plural(serving.documents, 'document')}, not an alias: the swap would"
        " delete it, and no rollback brings it back",
        "1 index",
        "0",
        f"cutover reindex swap {standing.alias} --replace-index; snapshot it first if anybody may want it",
    )
