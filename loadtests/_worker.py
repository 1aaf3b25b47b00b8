"""One worker's side of a run: it does what its master tells it, and reports what it saw."""

import signal
from collections.abc import Sequence
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import WorkerRunner

from cutover.core.load.lines import Resources
from loadtests._clock import RunClock
from loadtests._crew import DONE, LINES, STEP
from loadtests._generator import Generator
from loadtests._machine import EVERY_SECONDS, Machine
from loadtests._plan import Plan
from loadtests._table import BadSettings


class Worker:
    """Takes part in the runs of a master."""

    def __init__(self, environment: Environment, runner: WorkerRunner, generator: Generator) -> None:
        self._runner, self._generator = runner, generator
        self._plan: Plan | None = None
        self._resources: list[Resources] = []
        self._watching: gevent.Greenlet | None = None
        runner.register_message(STEP, self._step, concurrent=True)
        environment.events.report_to_master.add_listener(self._report)
        environment.process_exit_code = 0  # its master judges
        options = environment.parsed_options
        if options is not None and options.processes:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the master, who ends its workers

    def _step(self, msg: Any, **_: Any) -> None:
        data, failed = msg.data, ""
        told: Sequence[str] = ()
        try:
            told = self._told(data)
        except BadSettings as error:
            failed = str(error)
        if data["step"] != "begin":
            self._runner.send_message(DONE, {"told": list(told), "failed": failed, LINES: self._lines()})

    def _told(self, data: Any) -> Sequence[str]:
        step = data["step"]
        if step == "prepare":
            self._plan = Plan.of_plain(data["plan"])
            return self._generator.prepare(self._plan)
        if step == "begin" and self._plan:
            self._begin(self._plan.begun(data["started"]), RunClock.agreed(data["now"]))
        elif step == "drain":
            return self._generator.drain(data["seconds"])
        elif step == "clean":
            return self._generator.clean(data["seconds"])
        return ()

    def _begin(self, plan: Plan, clock: RunClock) -> None:
        self._generator.begin(plan, clock)
        if self._watching:
            self._watching.kill()
        self._watching = gevent.spawn(self._watch, Machine(everybody=False, worker=f"worker {plan.index + 1}"))

    def _watch(self, machine: Machine) -> None:
        while True:
            if sample := machine.sample(self._generator.now()):
                self._resources.append(sample)
            gevent.sleep(EVERY_SECONDS)

    def _report(self, data: dict[str, Any], **_: Any) -> None:
        data[LINES] = self._lines()

    def _lines(self) -> list[str]:
        resources, self._resources = self._resources, []
        seconds = self._generator.take(everything=self._generator.drained)
        return [*(second.line() for second in seconds), *(sample.line() for sample in resources)]
