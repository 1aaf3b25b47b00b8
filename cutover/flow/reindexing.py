"""How the commands of `reindex` end: the exit code, the sentence, the next command."""

from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Phase, Ran, Seen, Verification
from cutover.core.words import percent, plural
from cutover.exits import Exit
from cutover.flow.outcome import Outcome

_NEXT = {
    Phase.VERIFIED: "cutover reindex swap {}",
    Phase.SWAPPED: "cutover reindex swap {} finishes it",
    Phase.DONE: "cutover reindex rollback {} goes back",
}


def unchanged(alias: str) -> Outcome:
    """The end of a plan."""
    return Outcome(Exit.DONE, "nothing was changed", f"cutover reindex run {alias}")


def looked(seen: Seen) -> Outcome:
    """The end of looking: what comes next, by how far it is."""
    alias, position, serving = seen.standing.alias, seen.position, seen.standing.serving
    way_on = f"cutover reindex run {alias}"
    if position and (position.phase is Phase.VERIFIED or (serving and serving.name == position.index)):
        way_on = _NEXT.get(position.phase, way_on).format(alias)
    return Outcome(Exit.DONE, "nothing was changed", way_on)


def ran(done: Ran, accepted_dead: int = 0) -> Outcome:
    """The end of a run. `accepted_dead`: so many rows that can't be indexed are borne."""
    alias, found = done.position.alias, done.verification
    if not found.equal:
        return Outcome(Exit.MISMATCH, _unequal(done), f"cutover reindex run {alias} compares and mends again")
    if len(found.dead) > accepted_dead:
        text = f"{alias}: {_equal(found)}, but {plural(len(found.dead), 'row')} can't be indexed"
        return Outcome(Exit.MISMATCH, text, _dead_way_on(alias, found))
    if done.position.phase is Phase.DONE:
        text = f"{alias}: {_equal(found)}; {done.position.index} serves: a swap that was cut off is finished"
        return Outcome(Exit.DONE, text, f"cutover reindex status {alias}")
    text = f"{alias}: {_equal(found)}; {done.position.index} is ready, the alias has not moved"
    return Outcome(Exit.DONE, text, f"cutover reindex swap {alias}")


def verified(done: Ran) -> Outcome:
    """The end of a verification."""
    alias, found = done.position.alias, done.verification
    if not found.equal:
        return Outcome(Exit.MISMATCH, _unequal(done), f"cutover reindex run {alias} mends it")
    if found.dead:
        text = f"{alias}: {_equal(found)}, but {plural(len(found.dead), 'row')} can't be indexed"
        return Outcome(Exit.MISMATCH, text, _dead_way_on(alias, found))
    return Outcome(Exit.DONE, f"{alias}: {_equal(found)}", f"cutover reindex status {alias}")


def moved(done: Moved, *, back: bool) -> Outcome:
    """The end of a swap, or of one back. What came after the move may have found differences that stay."""
    text = f"{done.alias} points to {done.after}, before to {done.before or 'nothing'}"
    found = done.verification
    if found and not found.equal:
        what = plural(found.differences, "document") + " differ" if found.differences else found.problems[0]
        text = f"{text}; afterwards {what}"
        return Outcome(Exit.MISMATCH, text, f"cutover reindex verify {done.alias}; {_back(done)}")
    if done.replaced:
        return Outcome(Exit.DONE, f"{text}, which that step deleted", f"cutover reindex status {done.alias}")
    way_on = f"cutover reindex status {done.alias}" if back else _back(done)
    return Outcome(Exit.DONE, f"{text}, which stays", way_on)


def deleted(done: Pruning, *, dry_run: bool) -> Outcome:
    """The end of a prune."""
    names = ", ".join(one.name for one in done.doomed)
    if not names:
        return Outcome(Exit.DONE, f"{done.alias}: nothing to delete", f"cutover reindex status {done.alias}")
    if dry_run:
        return Outcome(Exit.DONE, f"{done.alias}: nothing was deleted", "the same without --dry-run")
    return Outcome(Exit.DONE, f"{done.alias}: deleted {names}", f"cutover reindex status {done.alias}")


def _back(done: Moved) -> str:
    return f"cutover reindex rollback {done.alias} goes back"


def _equal(found: Verification) -> str:
    searches = "" if found.overlap is None else f", searches {percent(found.overlap)} alike"
    return f"{plural(found.documents, 'document')}, equal to the table{searches}"


def _unequal(done: Ran) -> str:
    found, alias = done.verification, done.position.alias
    if found.differences:
        return f"{alias}: {plural(found.differences, 'document')} of {done.position.index} differ from the table"
    return f"{alias}: {'; '.join(found.problems)}"


def _dead_way_on(alias: str, found: Verification) -> str:
    return (
        f"cutover reindex status {alias} names them; mend the rows, then cutover reindex run {alias}; or"
        f" cutover reindex swap {alias} --accept-dead {len(found.dead)} leaves them out"
    )
