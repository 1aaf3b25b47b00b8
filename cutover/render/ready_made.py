"""What `rollback --print` shows: to be copied as it is."""

import json

from rich.console import RenderableType
from rich.text import Text

from cutover.core.words import printable
from cutover.flow.retreat.by_hand import ReadyMade
from cutover.render.parts import unbroken


def batch_and_line(ready: ReadyMade) -> list[RenderableType]:
    """The change batch for people to read, and the one line that sends it."""
    lines = json.dumps(ready.batch, indent=2).splitlines()
    return [*(unbroken(Text(line)) for line in lines), Text(), unbroken(Text(printable(ready.line)))]
