"""People who use the web client, by an open model: they arrive at the rate that is asked for, come what may.

    LEGO_TOKENS=eyJ…,eyJ… locust -f loadtests/ --host https://staging-api.lego-moc.example.com --profile spike

`--profile` is smoke, sustained, spike, soak (loadtests/profiles) or a TOML file of phases; without one, Locust's -u
(so many arrivals a second), -r and -t hold, on its page, too. One user of Locust is one arrival a second, and one
arrival is one request of a visitor who is drawn: of the journey of theirs that is ready for longest, else of a new
one. Response times count from the moment at which the request was to be sent; what could not be sent, as too many were
under way, is counted as dropped.
Every answer is checked against the contract, and what a visitor has written is read back.

    --headless                 without Locust's page
    --run-folder FOLDER        where the papers go: seconds.ndjson, report.html, summary.json, routes.csv, …
    --thresholds cutover.toml  the limits of the verdict, from its [gates] and [load]
    --seed, --in-flight, --persons, --no-clean

The exit code of a run with papers: 0 passed, 3 a limit is broken, 6 too little to tell, 8 refused, 13 not delivered,
130 interrupted. `cutover load run` does all of this, for production, too, and tells the ledger.
"""

import os
import sys
from pathlib import Path
from typing import Any

from locust import LoadTestShape, User, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `locust -f loadtests/` runs from anywhere

from loadtests._crew import Alone, Workers
from loadtests._director import Director
from loadtests._generator import Generator
from loadtests._machine import on_this_machine
from loadtests._options import add_options, wanted
from loadtests._quiet import quiet
from loadtests._signals import heed_signals
from loadtests._worker import Worker


class Visitors(User):
    """One arrival a second, by chance: the gaps are drawn from the moments that were meant, so that none is lost."""

    generator: Generator
    due = 0.0

    def on_start(self) -> None:
        """Draw the first moment."""
        self.due = self.generator.first()

    def wait_time(self) -> float:
        """Seconds until the next arrival; none if it is late."""
        return max(0.0, self.due - self.generator.now())

    @task
    def arrive(self) -> None:
        """Arrive, if it is time."""
        if self.generator.now() >= self.due:
            self.generator.arrive(self.due)
            self.due += self.generator.gap()


class Arrivals(LoadTestShape):
    """As many users as arrivals a second are asked for."""

    use_common_options = True
    director: Director

    def tick(self) -> tuple[int, float] | None:
        """See Director.tick."""
        return self.director.tick()


def _set_up(environment: Environment, runner: Any, **_: Any) -> None:
    """What this process is in a run: alone, a master or a worker."""
    options: Any = environment.parsed_options
    asked = wanted(os.environ, options)
    others = on_this_machine(asked.host, asked.connect[0] if asked.connect else next(iter(asked.sides), ""))
    quiet()
    if not isinstance(runner, WorkerRunner):
        heed_signals(headless=options.headless)
    if isinstance(runner, MasterRunner):
        Arrivals.director = Director(environment, Workers(environment, runner, others=others), asked)
        return
    Visitors.generator = Generator(asked, environment.events.request.fire)
    if isinstance(runner, WorkerRunner):
        Worker(environment, runner, Visitors.generator)
    else:
        Arrivals.director = Director(environment, Alone(Visitors.generator, others=others), asked)


events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(_set_up)
