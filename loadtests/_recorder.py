"""What one process sees, second by second: arrivals by their intended start, answers by their end. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from cutover.core.load.lines import MOST_PROBLEMS, Key, Second


class Outcome(Enum):
    """What became of a request."""

    RIGHT = "right"
    ERROR = "error"  # no answer, or a 5xx
    WRONG = "wrong"  # not what the contract says
    THROTTLED = "throttled"  # 429, which is neither


@dataclass(slots=True)
class Recorder:
    """Collects seconds; `take` hands on those that are over. Times are Unix seconds of the run's clock."""

    worker: str = ""
    _seconds: dict[int, Second] = field(default_factory=dict)

    def asked(self, phase: str, intended: float) -> None:
        """An arrival was meant for that moment."""
        asked = self._second(intended).asked
        asked[phase] = asked.get(phase, 0) + 1

    def dropped(self, phase: str, intended: float) -> None:
        """That arrival was not sent: too many were under way."""
        dropped = self._second(intended).dropped
        dropped[phase] = dropped.get(phase, 0) + 1

    def sent(self, intended: float, moment: float) -> None:
        """It was sent, so much later than it was meant."""
        second = self._second(moment)
        second.late_ms = max(second.late_ms, (moment - intended) * 1000)

    def resolved(self, side: str, moment: float) -> None:
        """A name server's answer pointed there."""
        dns = self._second(moment).dns
        dns[side] = dns.get(side, 0) + 1

    def ended(self, key: Key, times: tuple[float, float, float], outcome: Outcome, *, cold: bool) -> None:
        """A request that was meant for, sent at, and ended at these moments."""
        intended, sent, end = times
        cell = self._second(end).cell(key)
        response_ms = (end - intended) * 1000
        cell.requests += 1
        cell.response.add(response_ms)
        cell.service.add((end - sent) * 1000)
        if cold:
            cell.cold += 1
            cell.cold_response.add(response_ms)
        if outcome is Outcome.ERROR:
            cell.errors += 1
        elif outcome is Outcome.WRONG:
            cell.wrong += 1
        elif outcome is Outcome.THROTTLED:
            cell.throttled += 1

    def problem(self, text: str, moment: float) -> None:
        """What was wrong, in words; of each second the first few are kept."""
        problems = self._second(moment).problems
        if len(problems) < MOST_PROBLEMS:
            problems.append(text)

    def take(self, before: float, in_flight: int) -> Sequence[Second]:
        """The seconds that are over at that moment, once; `in_flight` is said of the newest."""
        over = sorted(second for second in self._seconds if second < int(before))
        taken = [self._seconds.pop(second) for second in over]
        if taken and taken[-1].second == int(before) - 1:
            taken[-1].in_flight = in_flight
        return [second for second in taken if not second.empty]

    def _second(self, moment: float) -> Second:
        number = int(moment)
        found = self._seconds.get(number)
        if found is None:
            found = self._seconds[number] = Second(number, self.worker)
        return found
