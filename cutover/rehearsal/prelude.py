"""What comes before `cutover run`: traffic that flows, parts lists compared, new indices, a rollback drilled."""

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutover.exits import Exit
from cutover.rehearsal import parts_lists, seed
from cutover.rehearsal.controller import DRILL, REINDEX, Controller
from cutover.rehearsal.onlooker import LOOK_SECONDS, Onlooker
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Typed
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.stack.stack import Stack

WARM_UP_SECONDS = 30.0
WARM_UP_REQUESTS = 200
WARM_UP_MINUTES = 5.0  # simulated ones: CloudWatch's newest two are not settled, and a minute has to be whole
DRILL_SECONDS = 120.0
REINDEX_SECONDS = 120.0


class Prelude:
    """One rehearsal's."""

    def __init__(self, stack: Stack, onlooker: Onlooker) -> None:
        self._stack, self._onlooker = stack, onlooker
        self._recording, self._screen = onlooker.recording, onlooker.screen

    def warm_up(self) -> None:
        """Wait until requests flow and CloudWatch tells of them: the gates need a baseline. Raises DidNotStart."""
        deadline = time.monotonic() + WARM_UP_SECONDS
        while not self._is_warm():
            if not self._onlooker.flowing or time.monotonic() > deadline:
                raise DidNotStart(f"no traffic after {WARM_UP_SECONDS:g} s; see {self._stack.logs / 'locust.log'}")
            self._onlooker.look()
            time.sleep(LOOK_SECONDS)

    def count_parts_lists(self, folder: Path | None) -> Sequence[Counted]:
        """What both sides make of the parts lists in that folder."""
        if folder is None:
            return ()
        files = parts_lists.files_in(folder)
        self._screen.say(f"giving {len(files)} parts lists to both sides")
        places, token = self._stack.places, self._stack.token(seed.NAMED_USERS[0])
        return parts_lists.count_on_both(files, places.ecs_url, places.lambda_url, token)

    def reindex(self, settings: Path) -> None:
        """The search indices are made anew while the users write, proved equal to their tables, and swapped."""
        self._screen.say("cutover reindex: new indices, proved equal, and swapped")
        secrets = {"DATABASE_URL": self._stack.describe()["database_url"]}
        self._recording.reindexed = self._done(settings, REINDEX, REINDEX_SECONDS, secrets)["indices"]

    def drill(self, settings: Path) -> None:
        """A rehearsed rollback comes first: without its receipt nothing goes above 10%."""
        self._screen.say("cutover drill: Lambda 1%, and back")
        self._recording.drill = self._done(settings, DRILL, DRILL_SECONDS)["receipt"]

    def _is_warm(self) -> bool:
        seconds = self._recording.seconds
        if sum(second.requests for second in seconds) < WARM_UP_REQUESTS:
            return False
        first = next(second.time for second in seconds if second.requests)
        return (time.time() - first) * self._recording.factor >= WARM_UP_MINUTES * 60

    def _done(
        self, settings: Path, words: Sequence[str], seconds: float, secrets: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """What a command said that has to end well, while the traffic flows. Raises DidNotStart."""
        name, began = words[0], time.time()
        command = Controller(settings, self._stack.logs / f"cutover-{name}.log", words, secrets)
        try:
            self._onlooker.wait(f"cutover {name}", seconds, lambda: command.exit_code is not None)
            said = command.document()
        finally:
            command.stop()
        if command.exit_code != Exit.DONE:
            message = said.get("message", self._stack.logs)
            raise DidNotStart(f"the {name} ended with {command.exit_code}: {message}")
        self._recording.typed.append(typed(words, began, command.exit_code, str(said["message"])))
        self._screen.say(str(said["message"]))
        return said


def typed(words: Sequence[str], began: float, code: int | None, said: str = "", expected: int = Exit.DONE) -> Typed:
    """A command of this rehearsal that has ended now, as a person would have typed it."""
    return Typed(began, time.time(), f"cutover {shlex.join(words)}", code, int(expected), said)
