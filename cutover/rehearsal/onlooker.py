"""Sees all of a rehearsal while other things go on: requests, the weights that are served, that the traffic lives."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cutover.rehearsal.control import Controls
from cutover.rehearsal.recording import Recording, Served, Split, Told
from cutover.rehearsal.stack.process import Child, DidNotStart
from cutover.rehearsal.traffic import JournalReader

LOOK_SECONDS = 0.25


class Screen(Protocol):
    """Where the progress is shown."""

    def say(self, text: str) -> None:
        """Something has begun or happened."""
        ...

    def told(self, told: Told, recording: Recording) -> None:
        """`cutover run` has said something."""
        ...

    def look(self, recording: Recording) -> None:
        """Time has passed."""
        ...


class Onlooker:
    """Fills the recording."""

    def __init__(self, recording: Recording, screen: Screen, controls: Controls, traffic: Child, journal: Path) -> None:
        self.recording, self.screen, self.controls = recording, screen, controls
        self._traffic, self._reader = traffic, JournalReader(journal)

    @property
    def flowing(self) -> bool:
        """Whether the traffic has not ended by itself."""
        return self._traffic.running

    def look(self) -> None:
        """Once."""
        self.recording.seconds.extend(self._reader.read())
        split = weights_in(self.controls.aws_state("served")["served"])
        if not self.recording.served or self.recording.served[-1].split != split:
            self.recording.served.append(Served(time.time(), split))
        self.screen.look(self.recording)

    def wait(self, what: str, seconds: float, is_over: Callable[[], bool]) -> None:
        """Look on until it is over. Raises DidNotStart when that takes too long, or the traffic ends."""
        deadline = time.monotonic() + seconds
        while not is_over():
            if time.monotonic() > deadline:
                raise DidNotStart(f"{what} did not end within {seconds:g} s; see {self._log.parent}")
            if not self._traffic.running:
                raise DidNotStart(f"the traffic ended by itself; see {self._log}")
            self.look()
            time.sleep(LOOK_SECONDS)

    def linger(self, seconds: float) -> None:
        """Look on for that long: the report shows that the end state holds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(LOOK_SECONDS)

    def finish(self) -> None:
        """Stop the traffic and take what it has still to tell."""
        self._traffic.stop(timeout_seconds=8.0)
        self.recording.seconds.extend(self._reader.read())
        self.recording.ended = time.time()

    @property
    def _log(self) -> Path:
        return self._traffic.program.log


def weights_in(records: Sequence[Mapping[str, Any]]) -> Split:
    """The weights of the public name, for each type that has a weighted record."""
    found: dict[str, dict[str, int]] = {}
    for record in records:
        if record.get("SetIdentifier"):
            found.setdefault(record["Type"], {})[record["SetIdentifier"]] = int(record["Weight"])
    return {type_: (weights.get("ecs", 0), weights.get("lambda", 0)) for type_, weights in found.items()}
