"""When each event of a scenario begins and ends, by what `cutover run` has said. Pure; times are real Unix seconds."""

from dataclasses import dataclass

from cutover.rehearsal.recording import Told
from cutover.rehearsal.scenario import At, Event, Moment, Scenario

_Anchor = tuple[At, int]


@dataclass(frozen=True, slots=True)
class Due:
    """An event that begins now, or ends."""

    event: Event
    begins: bool


class Agenda:
    """Told what happens, it says what is due. `steps`: of the ladder; `factor`: of the compressed clock."""

    def __init__(self, scenario: Scenario, steps: tuple[int, ...], factor: float) -> None:
        self._events, self._steps, self._factor = scenario.events, steps, factor
        self._known: dict[_Anchor, float] = {}
        self._left: set[_Anchor] = set()  # a step that is not in force any more: nothing begins there
        self._began: dict[int, float] = {}
        self._ended: set[int] = set()

    def start(self, now: float) -> None:
        """`cutover run` is about to begin."""
        self._known.setdefault((At.START, 0), now)
        self._known.setdefault((At.BEFORE, self._steps[0]), now)

    def heard(self, told: Told, now: float) -> None:
        """It has said something, of a moment that is over."""
        weight, moment = told.document.get("asked_weight"), min(told.time, now)
        if not isinstance(weight, int):
            return
        if told.event == "intent":
            self._left |= {anchor for anchor in self._known if anchor[0] is At.SETTLED}
        if told.event == "applied":
            self._known.setdefault((At.SENT, weight), moment)
        if told.event == "settled":
            self._known.setdefault((At.SETTLED, weight), moment)
            self._left.discard((At.SETTLED, weight))
            if later := next((step for step in self._steps if step > weight), None):
                self._known.setdefault((At.BEFORE, later), moment)

    def due(self, now: float) -> list[Due]:
        """What begins or ends now, each told once; what begins comes first."""
        beginning = [n for n, event in enumerate(self._events) if n not in self._began and self._begins(event, now)]
        self._began |= dict.fromkeys(beginning, now)
        ending = [n for n in self._began if n not in self._ended and self._ends(n, now)]
        self._ended |= set(ending)
        return [*(Due(self._events[n], True) for n in beginning), *(Due(self._events[n], False) for n in ending)]

    def _begins(self, event: Event, now: float) -> bool:
        return (event.when.at, event.when.step) not in self._left and self._has_come(event.when, now)

    def _ends(self, number: int, now: float) -> bool:
        event = self._events[number]
        if event.lasts:
            return now >= self._began[number] + event.lasts.total_seconds() / self._factor
        return event.until is not None and self._has_come(event.until, now)

    def _has_come(self, moment: Moment, now: float) -> bool:
        known = self._known.get((moment.at, moment.step))
        return known is not None and now >= known + moment.later.total_seconds() / self._factor
