"""The lines of `status` and `watch` that go back, as they are after the rungs that were taken."""

from rich.text import Text

from cutover.core.decommission import LADDER, Rung
from cutover.core.retired import gone, undo_of
from cutover.flow.look.picture import Picture
from cutover.render.output import Output
from cutover.render.parts import row, unbroken, way_back


def going_back(picture: Picture, output: Output, *, plain: bool = True) -> list[Text]:
    """With the tool, and where `plain` also without it."""
    rungs = picture.state.standing.rungs
    if picture.retired and gone(picture.state):
        return [row("go back", ("there is no ECS any more: cutover decommission plan", "dim"))]
    if picture.retired:
        return [_copied("go back", undo_of(picture.retired)), *_drained(output, "")]
    if Rung.DRAIN in rungs:
        return _drained(output, "go back")  # the plain line alone would send clients to no task at all
    return way_back(output.again, picture.state.undo if plain else "")


def _drained(output: Output, name: str) -> list[Text]:
    """No task runs: they have to come first."""
    first = LADDER[Rung.DRAIN].undo.replace("cutover", output.again, 1)
    return [unbroken(row(name, (f"{first}, then {output.again} rollback", "bold")))]


def _copied(name: str, line: str) -> Text:
    return unbroken(row(name, (line, "bold" if name else "dim")))
