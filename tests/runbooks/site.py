"""The rehearsal stack that pages are followed on: traffic flows, and each page finds it as its front matter asks."""

import os
import shlex
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutover.load.folder import LINES
from cutover.rehearsal import seed, traffic
from cutover.rehearsal.control import Controls
from cutover.rehearsal.deeds import weighted
from cutover.rehearsal.stack.plan import PUBLIC_NAME
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import CHECKOUT, Child, own_environment
from cutover.rehearsal.stack.stack import Stack
from tests.runbooks import estate, settings
from tests.runbooks.page import Page
from tests.runbooks.shell import Shell

FACTOR = 120.0  # a simulated minute is half a second
LOAD = traffic.Load(persons=60, requests_per_second=40.0)
WARM_SIMULATED_SECONDS = 600.0  # CloudWatch's newest two minutes are not settled, and gates want a few
SETTLED_SIMULATED_SECONDS = 1200.0  # as much as the gates look at, so that Lambda has had its requests in it
UNSEEN_SIMULATED_SECONDS = 480.0
LAMBDA_SECONDS = 20.0
COMMAND_SECONDS = 90.0
QUIET_SECONDS, LOOK_SECONDS = 120.0, 0.25
FEW, FEW_PER_SECOND = "few", 4.0  # of a page whose outputs depend on what is written meanwhile
COLUMNS = "120"
# What a person has typed before a page that begins further up, and where that leads. Nobody waits for the first bakes:
# the gates know little after so few minutes.
_OVER = "--override gates='a rehearsal of minutes' --override telemetry='a rehearsal of minutes' --wait settled --yes"
BEGINNINGS: Mapping[str, tuple[int, Sequence[str]]] = {
    "ecs": (0, ()),
    "at-10": (
        10,
        ("drill --yes --reason 'before the first step'", f"shift --lambda-weight 10 --reason 'first step' {_OVER}"),
    ),
    "at-50": (50, (f"shift --lambda-weight 50 --reason 'second step' {_OVER}",)),
    "at-100": (100, (f"shift --lambda-weight 100 --reason 'last step' {_OVER}",)),
    "finished": (100, ("run --yes",)),
}


@dataclass(slots=True)
class Site:
    """A running stack with its traffic; `folder` holds logs, and a folder for every page that was followed."""

    folder: Path
    stack: Stack
    visitors: Child
    records: Sequence[Mapping[str, Any]]  # of the public name, as they are in the beginning
    ledgers: dict[str, str] = field(default_factory=lambda: {"ecs": ""})
    followed: int = 0

    @classmethod
    def start(cls, folder: Path) -> "Site":
        """Stack, account, visitors. Raises DidNotStart."""
        folder.mkdir(parents=True, exist_ok=True)
        stack = Stack.start(folder / "logs", FACTOR, lambda _: None)
        try:
            estate.make(stack)
            site = cls(folder, stack, _visitors(stack), ())
            site.records = site._live()
            site.simulated(WARM_SIMULATED_SECONDS)
        except BaseException:
            stack.stop()
            raise
        return site

    def stop(self) -> None:
        """End everything."""
        self.visitors.stop()
        self.stack.stop()

    @property
    def controls(self) -> Controls:
        """The doors for faults."""
        return Controls(self.stack.places.aws_url, f"http://{LOOPBACK}:{self.stack.places.edge_control}")

    @property
    def tools(self) -> Path:
        """What stands first in PATH: the programs that a page may type."""
        return self.folder / "tools"

    def simulated(self, seconds: float) -> None:
        """Let so much simulated time pass."""
        time.sleep(seconds / self.stack.clock.factor)

    def set_rate(self, requests_per_second: float) -> None:
        """Change how many requests all visitors make in a real second."""
        traffic.set_rate(self.stack.logs / traffic.FOLDER / LINES, requests_per_second)

    def follows(self, page: Page) -> Shell:
        """A shell for that page, and the stack as it begins. Raises KeyError for a beginning that there is not."""
        self.reset()
        self._climb(page.begins)
        self.followed += 1
        folder = self.folder / f"{self.followed:02}-{page.name.removesuffix('.md')}"
        self.put_back(folder, page.begins)
        self._quiet()
        if page.front.get("visitors") == FEW:
            self.set_rate(FEW_PER_SECOND)
        return Shell(folder / "home", folder / "state", self.environment(folder))

    def reset(self) -> None:
        """Every fault off, the usual traffic, every server up, the account as it is in the beginning."""
        self.controls.aws_faults({})
        self.controls.edge_faults({})
        self.set_rate(LOAD.requests_per_second)
        self.stack.bring_back()
        if not self.visitors.running:
            self.visitors = _visitors(self.stack)
        estate.make(self.stack)
        self._call_lambda()

    def _call_lambda(self) -> None:
        """Past DNS, as tests after a deploy do: a side that nobody has called has no metrics."""
        url = f"{self.stack.places.lambda_url}/health"
        request = urllib.request.Request(url, headers={"Host": PUBLIC_NAME})  # noqa: S310 - on loopback
        with suppress(OSError), urllib.request.urlopen(request, timeout=LAMBDA_SECONDS):  # noqa: S310 - likewise
            return

    def environment(self, folder: Path) -> Mapping[str, str]:
        """What the variables file of runbooks/README.md gives whoever follows a page; `folder` has `cutover.toml`."""
        own = own_environment(os.environ)
        return {
            **{name: own[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in own},
            **estate.variables(self.stack),
            "PATH": os.pathsep.join((str(self._tools()), str(Path(sys.executable).parent), "/usr/bin", "/bin")),
            "PYTHONPATH": str(CHECKOUT),
            "HOME": str(folder / "home"),
            "CHECKOUT": str(CHECKOUT),
            "COLUMNS": COLUMNS,
            "NO_COLOR": "1",
            "TZ": "UTC",
            "CUTOVER_CONFIG": str(folder / settings.FILE),
        }

    def _tools(self) -> Path:
        """Programs, wherever they are; `aws` with the address that some services take from no variable; its `date`."""
        self.tools.mkdir(exist_ok=True)
        clock = self.stack.clock
        programs = {
            "aws": [sys.executable, "-m", "awscli", "--endpoint-url", self.stack.places.aws_url],
            "date": [sys.executable, "-m", "tests.runbooks.simulated_date", str(clock.factor), str(clock.epoch)],
            "cutover": [sys.executable, "-m", "cutover"],
            "psql": [str(self.stack.postgres.binaries / "psql")],
        }
        for name, words in programs.items():
            path = self.tools / name
            path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
            path.chmod(0o755)
        return self.tools

    def _quiet(self) -> None:
        """Wait until the last page's alarms are over: while the composite is on, nothing is raised.

        What somebody did a moment ago is in no alarm yet: it is published later, and alarms look at five minutes.
        """
        self.simulated(UNSEEN_SIMULATED_SECONDS)
        deadline = time.monotonic() + QUIET_SECONDS
        while estate.vetoed(self.stack.places.aws_url):
            assert time.monotonic() < deadline, f"{estate.VETO} is in ALARM although nothing is wrong"
            time.sleep(LOOK_SECONDS)

    def _climb(self, to: str) -> None:
        """Have the ledger of that beginning: climb there as a person does, once, from where the last climb ended."""
        names = list(BEGINNINGS)
        wanted = [name for name in names[: names.index(to) + 1] if name not in self.ledgers]
        folder = self.folder / "climb"
        if wanted:
            self.put_back(folder, names[names.index(wanted[0]) - 1])
            self._quiet()
        for name in wanted:
            for words in BEGINNINGS[name][1]:
                self._type(folder, words)
            self.ledgers[name] = (folder / settings.LEDGER).read_text(encoding="utf-8")
        if wanted:
            self.simulated(SETTLED_SIMULATED_SECONDS)

    def _type(self, folder: Path, words: str) -> None:
        ran = Shell(folder / "home", folder / "state", self.environment(folder)).run(
            f"cutover {words}", COMMAND_SECONDS
        )
        assert ran.exit == 0, f"cutover {words}: exit {ran.exit}\n{ran.output}"

    def put_back(self, folder: Path, beginning: str) -> None:
        """The zone as it is at that beginning, and a folder with the settings and the ledger that belong to it."""
        folder.mkdir(parents=True, exist_ok=True)
        settings.write(folder, self.stack)
        ledger, path = self.ledgers[beginning], folder / settings.LEDGER
        path.write_text(ledger, encoding="utf-8") if ledger else path.unlink(missing_ok=True)
        weight = BEGINNINGS[beginning][0]
        if changes := _changes(self._live(), weighted(list(self.records), 100 - weight, weight)):
            self.controls.edit(changes)
            self.simulated(SETTLED_SIMULATED_SECONDS if weight else 0)

    def _live(self) -> Sequence[Mapping[str, Any]]:
        """The live records of the public name."""
        live = self.controls.aws_state("live")["live"]
        return [record for record in live if record["Name"] == f"{PUBLIC_NAME}."]


def _changes(live: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """What leads from the live records to the wanted ones; nothing if they are there."""
    right = [change["ResourceRecordSet"] for change in wanted]
    if sorted(map(repr, live)) == sorted(map(repr, right)):
        return ()
    return [
        *({"Action": "DELETE", "ResourceRecordSet": record} for record in live if record not in right),
        *({"Action": "CREATE", "ResourceRecordSet": record} for record in right if record not in live),
    ]


def _visitors(stack: Stack) -> Child:
    child, _ = traffic.start_traffic(
        stack.directory,
        stack.logs,
        public_port=stack.places.public,
        dns_port=stack.places.dns,
        # What the named users have stays as it is.
        # Who has a name is no visitor: what alice and bob have stays as it is.
        tokens={user: stack.token(user) for user in seed.users() if user not in seed.NAMED_USERS},
        load=LOAD,
    )
    return child
