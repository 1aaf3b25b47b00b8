"""How the commands of `reindex` end: the exit code, the sentence, the next command."""

from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.refusals import Refusal
from cutover.core.reindex.run import Moved, Phase, Position, Ran, Seen, Verification
from cutover.core.reindex.swap import Change, after_unlike
from cutover.core.words import percent, plural
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, outcome_of


def unchanged(alias: str) -> Outcome:
    """The end of a plan."""
    return Outcome(Exit.DONE, "nothing was changed", f"cutover reindex run {alias}")


def looked(seen: Seen) -> Outcome:
    """The end of looking: what comes next, by how far it is."""
    return Outcome(Exit.DONE, "nothing was changed", _next(seen))


def gone(alias: str, index: str) -> Outcome:
    """The end where the index that was to be verified was deleted by somebody."""
    text = f"{alias}: {index}, which the last run made, is not there any more"
    return Outcome(Exit.REFUSED, text, f"cutover reindex run {alias} makes a new one")


def foreseen(alias: str, planned: Change | Refusal) -> Outcome:
    """The end of a dry run of what moves an alias: as the real one would be refused, or what it would do."""
    if isinstance(planned, Refusal):
        return outcome_of(planned.stopped())
    text = f"{alias} would point to {planned.index}, now to {planned.former or 'nothing'}; nothing was changed"
    return Outcome(Exit.DONE, text, "the same without --dry-run, which also looks at its shards and its mapping")


def ran(done: Ran, accepted_dead: int = 0) -> Outcome:
    """The end of a run. `accepted_dead`: so many rows that can't be indexed are borne."""
    alias, found = done.position.alias, done.verification
    if found.unlike:
        return _unlike(alias, found)
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
    if found.unlike:
        return _unlike(alias, found)
    if not found.equal:
        does = "makes another" if done.position.phase is Phase.DONE else "compares and mends again"
        return Outcome(Exit.MISMATCH, _unequal(done), f"cutover reindex run {alias} {does}")
    if found.dead:
        text = f"{alias}: {_equal(found)}, but {plural(len(found.dead), 'row')} can't be indexed"
        return Outcome(Exit.MISMATCH, text, _dead_way_on(alias, found))
    return Outcome(Exit.DONE, f"{alias}: {_equal(found)}", f"cutover reindex status {alias}")


def moved(done: Moved, *, back: bool) -> Outcome:
    """The end of a swap, or of one back. What came after the move may have found differences that stay."""
    before = f"before to {done.before}" if done.before else "which nothing did before"
    text = f"{done.alias} points to {done.after}, {before}"
    way_back = f"; cutover reindex rollback {done.alias} goes back" if done.before and not done.replaced else ""
    found = done.verification
    if found and not found.equal:
        what = plural(found.differences, "document") + " differ" if found.differences else found.problems[0]
        text = f"{text}; afterwards {what}"
        return Outcome(Exit.MISMATCH, text, f"cutover reindex verify {done.alias}{way_back}")
    if not done.before:
        return Outcome(Exit.DONE, text, f"cutover reindex status {done.alias}")
    if done.replaced:
        return Outcome(Exit.DONE, f"{text}, which that step deleted", f"cutover reindex status {done.alias}")
    way_on = f"cutover reindex status {done.alias}" if back else way_back.removeprefix("; ")
    return Outcome(Exit.DONE, f"{text}, which stays", way_on)


def deleted(done: Pruning, *, dry_run: bool) -> Outcome:
    """The end of a prune."""
    names = ", ".join(one.name for one in done.doomed)
    if not names:
        return Outcome(Exit.DONE, f"{done.alias}: nothing to delete", f"cutover reindex status {done.alias}")
    if dry_run:
        return Outcome(Exit.DONE, f"{done.alias}: nothing was deleted", "the same without --dry-run")
    return Outcome(Exit.DONE, f"{done.alias}: deleted {names}", f"cutover reindex status {done.alias}")


def _next(seen: Seen) -> str:
    alias, position, serving = seen.standing.alias, seen.position, seen.standing.serving
    anew = f"cutover reindex run {alias}"
    if position is None:
        return anew
    if seen.is_gone:
        return f"{anew} makes a new one"
    if serving and serving.name == position.index:
        return _next_of_serving(seen, position)
    if position.phase is Phase.VERIFIED:
        return _next_of_verified(alias, position.verification)
    if serving and serving.took_over and serving.took_over.back and serving.took_over.former == position.index:
        return f"cutover reindex verify {alias}, then cutover reindex swap {alias}, goes forward again"
    return anew


def _next_of_serving(seen: Seen, position: Position) -> str:
    alias, serving = seen.standing.alias, seen.standing.serving
    if position.phase is not Phase.DONE:
        return f"cutover reindex swap {alias} finishes it"
    took_over = serving.took_over if serving else None
    former = took_over.former if took_over and not took_over.concrete else ""
    if former in {one.name for one in seen.standing.others}:
        return f"cutover reindex rollback {alias} goes back"
    return f"cutover reindex verify {alias}"


def _next_of_verified(alias: str, found: Verification | None) -> str:
    if found and found.unlike:
        return after_unlike(alias)
    if found and not found.equal:
        return f"cutover reindex run {alias} compares and mends again"
    if found and found.dead:
        return f"cutover reindex swap {alias} --accept-dead {len(found.dead)} leaves the dead letters out"
    return f"cutover reindex swap {alias}"


def _unlike(alias: str, found: Verification) -> Outcome:
    return Outcome(Exit.MISMATCH, f"{alias}: the index equals its table, but {found.unlike}", after_unlike(alias))


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
