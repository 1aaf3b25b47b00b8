"""One rehearsal: the stack, the traffic, `cutover run`, what its scenario lets happen, and what came of it."""

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutover.exits import Exit
from cutover.load.folder import LINES
from cutover.rehearsal import seed, traffic
from cutover.rehearsal.agenda import Agenda
from cutover.rehearsal.checks import Check, Ending, checks_of
from cutover.rehearsal.control import Controls
from cutover.rehearsal.controller import RUN, Controller
from cutover.rehearsal.deeds import Deeds
from cutover.rehearsal.onlooker import Onlooker, Screen, weights_in
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.people import Keyboard
from cutover.rehearsal.prelude import Prelude, typed
from cutover.rehearsal.recording import Recording
from cutover.rehearsal.stack.plan import settings_toml
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.wish import Wish

MAX_SECONDS = 900.0
TYPED_SECONDS = 120.0
LINGER_SECONDS = 2.0
SETTINGS, LEDGER = "cutover.toml", "ledger.jsonl"


@dataclass(slots=True)
class Outcome:
    """What a rehearsal came to."""

    wish: Wish
    recording: Recording
    ending: Ending
    counted: Sequence[Counted] = ()
    edge: Mapping[str, Any] = field(default_factory=dict)
    seconds_to_start: float = 0.0

    @property
    def checks(self) -> Sequence[Check]:
        """What must be true of it."""
        return checks_of(self.recording, self.ending, self.wish.scenario, self.wish.form)


class Rehearsal:
    """Drives one rehearsal on a stack that is up."""

    def __init__(self, wish: Wish, stack: Stack, screen: Screen) -> None:
        self._wish, self._stack, self._screen = wish, stack, screen
        self._controls = Controls(stack.places.aws_url, f"http://{LOOPBACK}:{stack.places.edge_control}")
        self._recording = Recording(stack.clock.factor, stack.clock.epoch, time.time())
        self._agenda = Agenda(wish.scenario, wish.form.steps, stack.clock.factor)
        self._settings = write_settings(stack, wish)
        self._keyboard = Keyboard(self._settings, stack.logs)

    def run(self) -> Outcome:
        """From the first request to the last: what it came to. Raises DidNotStart, NoPressure."""
        self._onlooker = self._start_traffic()
        usual = self._wish.form.arrivals
        self._deeds = Deeds(self._stack, self._controls, self._keyboard, self._set_rate, usual)
        try:
            counted = self._begin()
            lines = len(self._ledger())
            exit_code = self._drive(RUN, self._wish.scenario.expect.exit)
            self._type_on()
            ending = self._ending(exit_code, lines)
            self._onlooker.linger(LINGER_SECONDS)
        finally:
            self._deeds.close()
            self._onlooker.finish()
        return Outcome(self._wish, self._recording, ending, counted, self._controls.edge_state())

    def _start_traffic(self) -> Onlooker:
        load = self._wish.load
        self._screen.say(f"starting {load.persons} users")
        child, journal = traffic.start_traffic(
            self._stack.directory,
            self._stack.logs,
            public_port=self._stack.places.public,
            dns_port=self._stack.places.dns,
            tokens={user: self._stack.token(user) for user in seed.users()},
            load=load,
        )
        return Onlooker(self._recording, self._screen, self._controls, child, journal)

    def _set_rate(self, arrivals: float) -> None:
        traffic.set_rate(self._stack.logs / traffic.FOLDER / LINES, arrivals)

    def _begin(self) -> Sequence[Counted]:
        """Everything before the run."""
        prelude = Prelude(self._stack, self._onlooker)
        prelude.warm_up()
        counted = prelude.count_parts_lists(self._wish.parts_lists)
        if "reindex" in self._wish.form.prelude:
            prelude.reindex(self._settings)
        if "drill" in self._wish.form.prelude:
            prelude.drill(self._settings)
        return counted

    def _drive(self, words: Sequence[str], expected: Exit) -> int:
        """Follow a `cutover run` until it ends, start it again if it was killed: its exit code."""
        words = self._wish.as_typed(words)
        self._screen.say(f"cutover {shlex.join(words)}")
        self._agenda.start(time.time())
        self._do_what_is_due()
        self._run = self._start(words)
        try:
            self._onlooker.wait("cutover run", MAX_SECONDS, lambda: self._has_ended(words))
            self._hear()
        finally:
            self._run.controller.stop()
        code = self._run.controller.exit_code
        said = str((self._recording.latest("end") or {}).get("reason", ""))
        self._recording.typed.append(typed(words, self._run.began, code, said, expected))
        return Exit.INTERNAL if code is None else code

    def _start(self, words: Sequence[str]) -> "_Run":
        return _Run(Controller(self._settings, self._stack.logs / "cutover-run.log", words), time.time())

    def _has_ended(self, words: Sequence[str]) -> bool:
        """Heed what it says; if it is killed, another one takes its place."""
        if self._run.controller.exit_code is not None:
            return True
        self._hear()
        self._do_what_is_due()
        if self._deeds.kill_asked:
            self._deeds.kill_asked = False
            self._restart(words)
        return False

    def _restart(self, words: Sequence[str]) -> None:
        """Hear the last words of the one that is dead, and start the next."""
        self._hear()
        self._run.controller.stop()
        self._recording.typed.append(typed(words, self._run.began, None, "killed (kill -9)"))
        self._screen.say("cutover run, again")
        self._run = self._start(words)

    def _hear(self) -> None:
        """Take what it has said."""
        for document in self._run.controller.poll():
            told = self._recording.add(document, time.time(), self._run.controller.pid)
            self._screen.told(told, self._recording)
            self._agenda.heard(told, time.time())

    def _do_what_is_due(self) -> None:
        """Let begin and end what the scenario has for this moment; note which commands of others have ended."""
        for due in self._agenda.due(time.time()):
            if due.begins:
                self._screen.say(due.event.sentence)
                self._deeds.begin(due.event, time.time())
                if self._deeds.kill_asked:  # at once: before anything lets its change go on
                    self._run.controller.kill()
                self._recording.injected.append((time.time(), due.event))
            else:
                self._deeds.end(due.event)
                self._recording.cleared.append((time.time(), due.event))
                self._screen.say(f"over: {due.event.sentence}")
        self._recording.typed.extend(self._keyboard.ended(time.time()))

    def _type_on(self) -> None:
        """What people type when the run has ended, one command after another."""
        self._wait_for_others()
        for typing in self._wish.scenario.then:
            words = shlex.split(typing.command)
            if words[0] == RUN[0]:
                self._drive(words, typing.exit)
            else:
                self._screen.say(f"cutover {typing.command}")
                self._keyboard.types(typing, time.time())
            self._wait_for_others()

    def _wait_for_others(self) -> None:
        self._onlooker.wait("what was typed", TYPED_SECONDS, self._nobody_types)

    def _nobody_types(self) -> bool:
        self._do_what_is_due()
        return not self._keyboard.busy

    def _ledger(self) -> Sequence[str]:
        """The kinds of its lines."""
        path = self._wish.folder / LEDGER
        if not path.exists():
            return ()
        return [str(json.loads(line)["kind"]) for line in path.read_text(encoding="utf-8").splitlines()]

    def _ending(self, exit_code: int, lines: int) -> Ending:
        """How it ended; `lines` of the ledger were there when the run began."""
        state = self._controls.aws_state("live", "served", "changes")
        pending = sum(1 for change in state["changes"] if change["status"] != "INSYNC")
        live, served = weights_in(state["live"]), weights_in(state["served"])
        return Ending(exit_code, live, served, pending, tuple(self._ledger()[lines:]))


@dataclass(frozen=True, slots=True)
class _Run:
    """A `cutover run` under way."""

    controller: Controller
    began: float


def write_settings(stack: Stack, wish: Wish) -> Path:
    """The `cutover.toml` by which `cutover` drives the stack, here and by hand."""
    wish.folder.mkdir(parents=True, exist_ok=True)
    path = wish.folder / SETTINGS
    give_up_after = wish.form.give_up_after
    text = settings_toml(stack.places, stack.clock, wish.ladder, LEDGER, give_up_after, wish.safety)
    path.write_text(text, encoding="utf-8")
    return path
