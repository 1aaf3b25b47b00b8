"""The rollback that always works: by Route 53's weights, and where that hangs by the kill switch; no questions."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Event

from cutover.absent import NO_KILL_SWITCH
from cutover.core.decommission import tasks_before
from cutover.core.record import Kind
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop
from cutover.flow.retreat.by_hand import by_hand
from cutover.flow.retreat.homeward import HOME, homeward
from cutover.flow.retreat.lever import FAILED, NOT_SET_UP, THROWN, UNTOUCHED, Lever
from cutover.flow.retreat.reinforcing import reinforce

__all__ = ["HOME", "Haste", "Path", "Retreat", "roll_back"]

ECS_SECONDS = 2.0  # real ones, that a rollback waits in the very end to tell of ECS's capacity


class Path(StrEnum):
    """How to go back."""

    AUTO = "auto"  # by DNS, and by the kill switch when Route 53 does not take it in time, or says no
    DNS = "dns"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Haste:
    """Real seconds since the rollback began. With starting and telling people it all stays under 30 s."""

    throw_after_seconds: float = 12.0  # the kill switch, if Route 53 has not taken the change by then
    accept_within_seconds: float = 18.0  # for all calls until Route 53 has taken it
    give_up_after_seconds: float = 20.0  # whatever hangs


class Retreat:
    """One rollback by all its paths. `taken` is set when Route 53 has taken it; what else came of it can be read."""

    def __init__(
        self, journal: BestEffortJournal, reason: str, path: Path = Path.AUTO, haste: Haste | None = None
    ) -> None:
        self.journal, self.reason, self.path, self.haste = journal, reason, path, haste or Haste()
        self.taken = Event()
        self.kill_switch = UNTOUCHED
        self.warnings: tuple[str, ...] = ()
        switch = NO_KILL_SWITCH if path is Path.DNS else journal.world.switch
        self._lever = Lever(switch, reason, self.haste.throw_after_seconds)
        self._is_cut_off = False

    def go(self, exit_: Exit = Exit.DONE) -> Outcome:
        """Go back; `exit_` is the code for that.

        Raises ControlPlaneUnavailable or NotAllowed when Route 53 can't be told, with the kill switch thrown by then;
        stops with TIMED_OUT without INSYNC.
        """
        ask(lambda: self.journal.actor)  # it is known by the time that it is written down
        if self.path is Path.KILL:
            return self._by_switch(exit_)
        self._lever.arm()
        self.journal.world.weights.hurry(self.haste.accept_within_seconds)
        self.journal.refresh()
        beside = self._reinforced()
        try:
            done = homeward(self.journal, self.reason, exit_, self._taken)
            return replace(done, text=f"{done.text}{self._beside_dns()}")
        except KNOWN_ERRORS as error:
            raise type(error)(f"{error}{self._last_resort()}") from error
        except Stop as stop:
            raise Stop(self._stopped(stop.outcome)) from stop
        finally:
            self._lever.let_go()
            self.journal.world.weights.hurry(None)
            self._tell_of(beside)

    def cut_off(self) -> Outcome:
        """The outcome where even giving up hangs: the kill switch has the last word."""
        self._is_cut_off = True
        text = f"Route 53 did not take the change within {self.haste.give_up_after_seconds:.0f} s"
        return Outcome(Exit.CONTROL_PLANE_UNAVAILABLE, f"{text}{self._thrown()}", by_hand(self.journal))

    def record(self, journal: BestEffortJournal) -> None:
        """Write a throw down, where that is news: after a cut-off for others, not by what hung and comes to its end."""
        if self._is_cut_off and journal is self.journal:
            return
        if self.kill_switch == THROWN and journal.state.standing.switched is None:
            journal.write(Kind.SWITCHED, reason=self.reason, evidence={"serving": False})

    def _by_switch(self, exit_: Exit) -> Outcome:
        self._lever.pull()
        self.journal.refresh()
        beside = self._reinforced()
        self.kill_switch = self._lever.fate()
        self.record(self.journal)
        self._tell_of(beside)
        if self.kill_switch == NOT_SET_UP:
            return Outcome(Exit.USAGE, _NO_SWITCH, "cutover rollback --path dns")
        if self.kill_switch != THROWN:
            return Outcome(Exit.CONTROL_PLANE_UNAVAILABLE, f"the kill switch {self.kill_switch}", by_hand(self.journal))
        weights = self.journal.state.weights or "what they are"
        return Outcome(exit_, f"{_THROWN}; the weights stay at {weights}", "cutover rollback sets them to ECS 100 too")

    def _taken(self) -> None:
        self._lever.let_go()
        self.journal.world.weights.hurry(None)
        self.taken.set()

    def _stopped(self, outcome: Outcome) -> Outcome:
        if outcome.exit is not Exit.TIMED_OUT:
            return replace(outcome, text=f"{outcome.text}{self._last_resort()}")
        again = "cutover rollback, which sends it again"
        if self.journal.world.switch.is_set_up:
            again = f"{again}; or by Lambda's health check: cutover rollback --path kill"
        return replace(outcome, text=f"{outcome.text}{self._beside_dns()}", way_on=again)

    def _last_resort(self) -> str:
        """Throw the switch where Route 53 has not taken the change; what that adds to the words of a failure."""
        if self.taken.is_set():
            return self._beside_dns()
        said = self._thrown()
        self.record(self.journal)
        return said

    def _thrown(self) -> str:
        """Throw the switch, and what came of it as the end of a sentence."""
        if self.path is Path.DNS:
            return ""
        self._lever.pull()
        self.kill_switch = self._lever.fate()
        said = {THROWN: _THROWN, NOT_SET_UP: _NO_SWITCH}
        return f"; {said.get(self.kill_switch, f'the kill switch {self.kill_switch}')}"

    def _beside_dns(self) -> str:
        """What to add where Route 53 took the change: a switch that was thrown on the way stays thrown."""
        if self.path is Path.DNS:
            return ""
        self._lever.let_go()
        self.kill_switch = self._lever.fate()
        self.record(self.journal)
        if self.kill_switch == THROWN:
            return "; the kill switch was thrown on the way and stays so, until cutover resume puts it back"
        return f"; the kill switch {self.kill_switch}" if self.kill_switch.startswith(FAILED) else ""

    def _reinforced(self) -> "Future[tuple[str, ...]] | None":
        world, state = self.journal.world, self.journal.state
        earlier = max(state.home_tasks, tasks_before(state))
        return ask(lambda: reinforce(world, earlier)) if world.ecs.is_set_up else None

    def _tell_of(self, beside: "Future[tuple[str, ...]] | None") -> None:
        if beside is None:
            return
        try:
            error = beside.exception(ECS_SECONDS)
            self.warnings = (f"ECS's capacity could not be raised: {error}",) if error else beside.result()
        except TimeoutError:
            self.warnings = ("ECS did not say how many tasks it runs: look whether they are enough",)
        for warning in self.warnings:
            self.journal.report.note(warning)


def roll_back(journal: BestEffortJournal, reason: str, exit_: Exit = Exit.DONE) -> Outcome:
    """One rollback by all its paths, as Retreat.go."""
    return Retreat(journal, reason).go(exit_)


_THROWN = (
    "the kill switch is thrown: by Lambda's health check the name servers stop answering with it within about 40 s,"
    " caches 60 s later"
)
_NO_SWITCH = "there is no kill switch (kill_switch.bucket in the settings)"
