"""One rehearsal: the stack, the traffic, `cutover run`, a fault at its step, and what came of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cutover.exits import Exit
from cutover.rehearsal import parts_lists, seed
from cutover.rehearsal.checks import Ending
from cutover.rehearsal.control import Controls
from cutover.rehearsal.controller import DRILL, REINDEX, RUN, Controller
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Recording, Served, Split, Told
from cutover.rehearsal.stack.plan import settings_toml
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child, DidNotStart
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.traffic import JournalReader, start_traffic
from cutover.rehearsal.wish import Wish

LOOK_SECONDS = 0.25
WARM_UP_SECONDS = 30.0
WARM_UP_REQUESTS = 200
WARM_UP_MINUTES = 5.0  # simulated ones: CloudWatch's newest two are not settled, and a minute has to be whole
MAX_SECONDS = 900.0
DRILL_SECONDS = 120.0
REINDEX_SECONDS = 120.0
AFTER_INJECTION_TICKS = 3  # a fault that sets in at a step does so when the step has settled and been looked at
SETTINGS = "cutover.toml"


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


@dataclass(slots=True)
class Outcome:
    """What a rehearsal came to."""

    wish: Wish
    recording: Recording
    ending: Ending
    counted: Sequence[Counted] = ()
    edge: Mapping[str, Any] = field(default_factory=dict)
    seconds_to_start: float = 0.0


class Rehearsal:
    """Drives one rehearsal on a stack that is up."""

    def __init__(self, wish: Wish, stack: Stack, screen: Screen) -> None:
        self._wish, self._stack, self._screen = wish, stack, screen
        self._controls = Controls(stack.places.aws_url, f"http://{LOOPBACK}:{stack.places.edge_control}")
        self._recording = Recording(stack.clock.factor, stack.clock.epoch, time.time())
        self._settled_ticks = 0

    def run(self) -> Outcome:
        """From the first request to the last: what it came to. Raises DidNotStart."""
        traffic, journal = self._start_traffic()
        reader = JournalReader(journal)
        try:
            self._warm_up(reader, traffic)
            counted = self._count_parts_lists()
            settings = write_settings(self._stack, self._wish)
            self._reindex(settings, reader, traffic)
            self._drill(settings, reader, traffic)
            exit_code = self._follow(settings, reader, traffic)
            ending = self._ending(exit_code)
            self._linger(reader)
        finally:
            traffic.stop(timeout_seconds=8.0)
            self._recording.seconds.extend(reader.read())
            self._recording.ended = time.time()
        return Outcome(self._wish, self._recording, ending, counted, self._controls.edge_state())

    def _start_traffic(self) -> tuple[Child, Path]:
        self._screen.say(f"starting {self._wish.load.users} users")
        return start_traffic(
            self._stack.directory,
            self._stack.logs,
            public_port=self._stack.places.public,
            dns_port=self._stack.places.dns,
            tokens={user: self._stack.token(user) for user in seed.users()},
            load=self._wish.load,
        )

    def _warm_up(self, reader: JournalReader, traffic: Child) -> None:
        """Wait until requests flow and CloudWatch tells of them: the gates need a baseline."""
        deadline = time.monotonic() + WARM_UP_SECONDS
        while not self._is_warm():
            if not traffic.running or time.monotonic() > deadline:
                raise DidNotStart(f"no traffic after {WARM_UP_SECONDS:g} s; see {self._stack.logs / 'locust.log'}")
            self._look(reader)
            time.sleep(LOOK_SECONDS)

    def _is_warm(self) -> bool:
        seconds = self._recording.seconds
        if sum(second.requests for second in seconds) < WARM_UP_REQUESTS:
            return False
        first = next(second.time for second in seconds if second.requests)
        return (time.time() - first) * self._recording.factor >= WARM_UP_MINUTES * 60

    def _count_parts_lists(self) -> Sequence[Counted]:
        if self._wish.parts_lists is None:
            return ()
        files = parts_lists.files_in(self._wish.parts_lists)
        self._screen.say(f"giving {len(files)} parts lists to both sides")
        places, token = self._stack.places, self._stack.token(seed.NAMED_USERS[0])
        return parts_lists.count_on_both(files, places.ecs_url, places.lambda_url, token)

    def _reindex(self, settings: Path, reader: JournalReader, traffic: Child) -> None:
        """The search indices are made anew while the users write, proved equal to their tables, and swapped."""
        self._screen.say("cutover reindex: new indices, proved equal, and swapped")
        secrets = {"DATABASE_URL": self._stack.describe()["database_url"]}
        reindex = Controller(settings, self._stack.logs / "cutover-reindex.log", REINDEX, secrets)
        said = self._ended("reindex", reindex, REINDEX_SECONDS, reader, traffic)
        self._recording.reindexed = said["indices"]
        self._screen.say(str(said["message"]))

    def _drill(self, settings: Path, reader: JournalReader, traffic: Child) -> None:
        """A rehearsed rollback comes first: without its receipt nothing goes above 10%."""
        self._screen.say("cutover drill: Lambda 1%, and back")
        drill = Controller(settings, self._stack.logs / "cutover-drill.log", DRILL)
        said = self._ended("drill", drill, DRILL_SECONDS, reader, traffic)
        self._recording.drill = said["receipt"]
        self._screen.say(str(said["message"]))

    def _ended(
        self, name: str, command: Controller, seconds: float, reader: JournalReader, traffic: Child
    ) -> Mapping[str, Any]:
        """What a command said that has to end well, while the traffic flows. Raises DidNotStart."""
        deadline = time.monotonic() + seconds
        try:
            while command.exit_code is None:
                self._must_go_on(f"cutover {name}", seconds, deadline, traffic)
                self._look(reader)
                time.sleep(LOOK_SECONDS)
            said = command.document()
        finally:
            command.stop()
        if command.exit_code != Exit.DONE:
            raise DidNotStart(f"the {name} ended with {command.exit_code}: {said.get('message', self._stack.logs)}")
        return said

    def _must_go_on(self, what: str, seconds: float, deadline: float, traffic: Child) -> None:
        if time.monotonic() > deadline:
            raise DidNotStart(f"{what} did not end within {seconds:g} s; see {self._stack.logs}")
        if not traffic.running:
            raise DidNotStart(f"the traffic ended by itself; see {self._stack.logs / 'locust.log'}")

    def _follow(self, settings: Path, reader: JournalReader, traffic: Child) -> int:
        """Watch `cutover run` until it ends, start it again if it was killed: its exit code."""
        self._screen.say("cutover run")
        self._inject(before_step=0)
        self._hold_next(0)
        deadline = time.monotonic() + MAX_SECONDS
        controller = self._start_controller(settings)
        try:
            while (exit_code := controller.exit_code) is None:
                self._must_go_on("cutover run", MAX_SECONDS, deadline, traffic)
                if self._hear(controller):
                    controller = self._killed(controller, settings)
                self._look(reader)
                time.sleep(LOOK_SECONDS)
            self._hear(controller)
        finally:
            controller.stop()
        return exit_code

    def _start_controller(self, settings: Path) -> Controller:
        return Controller(settings, self._stack.logs / "cutover-run.log", RUN)

    def _killed(self, controller: Controller, settings: Path) -> Controller:
        """Kill it, let its change go its way, and start another."""
        controller.kill()
        self._hear(controller)
        controller.stop()
        self._controls.aws_faults({})
        self._screen.say("cutover run, again")
        return self._start_controller(settings)

    def _hear(self, controller: Controller) -> bool:
        """Take what it has said; whether it has to be killed now."""
        before = len(self._recording.injected)
        for document in controller.poll():
            told = self._recording.add(document, time.time(), controller.pid)
            self._screen.told(told, self._recording)
            self._heed(told)
        injection = self._wish.injection
        return len(self._recording.injected) > before and injection is not None and injection.sets_in_during_the_shift

    def _heed(self, told: Told) -> None:
        """Let the fault set in when its step is in force."""
        injection = self._wish.injection
        if injection is None or self._recording.injected:
            return
        weight = told.document.get("asked_weight")
        if injection.sets_in_during_the_shift:
            self._heed_shift(told, injection)
            return
        if injection.sets_in_before_the_step:
            if told.event == "baked" and self._next_step(weight) == injection.step:
                self._inject(before_step=injection.step)
            return
        if told.event != "tick":
            return
        in_force = weight == injection.step and told.document.get("phase") == "steady"
        self._settled_ticks = self._settled_ticks + 1 if in_force else 0
        if self._settled_ticks >= AFTER_INJECTION_TICKS:
            self._set_in()

    def _heed_shift(self, told: Told, injection: Injection) -> None:
        weight = told.document.get("asked_weight")
        if told.event == "settled":
            self._hold_next(weight)
        if told.event == "applied" and weight == injection.step:
            self._set_in()

    def _hold_next(self, weight: object) -> None:
        """Let the change that is to be broken off stay PENDING, long before it is sent."""
        injection = self._wish.injection
        if injection and injection.sets_in_during_the_shift and self._next_step(weight) == injection.step:
            self._controls.aws_faults({"route53_pending": True})

    def _inject(self, *, before_step: int) -> None:
        """A fault that must be there before a change is sent; before the first step that is at once."""
        injection = self._wish.injection
        if injection is None or not injection.sets_in_before_the_step:
            return
        first = int(self._wish.ladder[0]["weight"])
        if injection.step == (before_step or first):
            self._set_in()

    def _next_step(self, weight: object) -> int | None:
        weights = [int(step["weight"]) for step in self._wish.ladder]
        return next((step for step in weights if isinstance(weight, int) and step > weight), None)

    def _set_in(self) -> None:
        injection = self._wish.injection
        if injection is not None:
            self._screen.say(f"fault {injection.sentence}")
            self._recording.injected.append((time.time(), injection))
            if not injection.sets_in_during_the_shift:
                self._controls.aws_faults(injection.for_aws)
                self._controls.edge_faults(injection.for_edge)

    def _look(self, reader: JournalReader) -> None:
        self._recording.seconds.extend(reader.read())
        split = weights_in(self._controls.aws_state("served")["served"])
        if not self._recording.served or self._recording.served[-1].split != split:
            self._recording.served.append(Served(time.time(), split))
        self._screen.look(self._recording)

    def _ending(self, exit_code: int) -> Ending:
        state = self._controls.aws_state("live", "served", "changes")
        pending = sum(1 for change in state["changes"] if change["status"] != "INSYNC")
        return Ending(exit_code, weights_in(state["live"]), weights_in(state["served"]), pending)

    def _linger(self, reader: JournalReader) -> None:
        """A few seconds more of traffic: the report shows that the end state holds."""
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            self._look(reader)
            time.sleep(LOOK_SECONDS)


def write_settings(stack: Stack, wish: Wish) -> Path:
    """The `cutover.toml` by which `cutover` drives the stack, here and by hand."""
    wish.folder.mkdir(parents=True, exist_ok=True)
    path = wish.folder / SETTINGS
    path.write_text(settings_toml(stack.places, stack.clock, wish.ladder, "ledger.jsonl"), encoding="utf-8")
    return path


def weights_in(records: Sequence[Mapping[str, Any]]) -> Split:
    """The weights of the public name, for each type that has a weighted record."""
    found: dict[str, dict[str, int]] = {}
    for record in records:
        if record.get("SetIdentifier"):
            found.setdefault(record["Type"], {})[record["SetIdentifier"]] = int(record["Weight"])
    return {type_: (weights.get("ecs", 0), weights.get("lambda", 0)) for type_, weights in found.items()}
