"""A rehearsal's surroundings, played: stack, traffic, stand-ins, `cutover run` and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cutover.core.load.lines import Cell, Second
from cutover.rehearsal.recording import Recording, Told, Typed
from cutover.rehearsal.scenario import Typing
from cutover.rehearsal.stack.plan import Clockwork, Places
from cutover.rehearsal.stack.process import Program
from tests.unit.cutover.rehearsal.recordings import EPOCH, FACTOR, Document

START = EPOCH + 5


@dataclass(slots=True)
class World:
    """The stack and the time of a rehearsal; `polls` are what `cutover run` says at each look, `next_polls` what the
    one says that is started after it, `typed_exits` how the commands end that others type.
    """

    directory: Path
    polls: list[list[Document]] = field(default_factory=list)
    next_polls: list[list[Document]] = field(default_factory=list)
    exit_code: int = 0
    exits: list[int] = field(default_factory=list)
    typed_exits: list[int] = field(default_factory=list)
    reindex_exit: int = 0
    drill_exit: int = 0
    drill_seconds: float = 1.0
    traffic_dies_after: float = 1e9
    requests_a_second: int = 100
    now: float = START
    did: list[str] = field(default_factory=list)
    faults: list[tuple[float, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    weights: tuple[int, int] = (100, 0)
    pending: int = 0

    places: ClassVar = Places(1, 2, 3, 4, 5, 6, 7, 8, 9)
    clock: ClassVar = Clockwork(FACTOR, EPOCH)

    @property
    def logs(self) -> Path:
        """Beside everything else."""
        return self.directory

    @property
    def lines(self) -> Path:
        """What the visitors saw."""
        return self.directory / "traffic" / "seconds.ndjson"

    def describe(self) -> Mapping[str, Any]:
        """Where everything is."""
        return {"database_url": "postgresql://somewhere"}

    def token(self, sub: str) -> str:
        """A token that says whose it is."""
        return f"token of {sub}"

    def time(self) -> float:
        """The real time."""
        return self.now

    def monotonic(self) -> float:
        """The same."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes; each second, the traffic writes a line."""
        before, self.now = self.now, self.now + seconds
        if int(self.now) > int(before) and self.requests_a_second:
            cell = Cell(requests=self.requests_a_second)
            seen = Second(int(before), cells={("GET /api/mocs", "ecs", ""): cell}, dns={"ecs": 5})
            with self.lines.open("a") as file:
                file.write(seen.line() + "\n")

    def start_traffic(self, _directory: Path, _logs: Path, **how: Any) -> "tuple[Traffic, Path]":
        """The visitors come."""
        self.did.append(f"{how['load'].persons} users as {len(how['tokens'])} accounts on {how['public_port']}")
        self.lines.parent.mkdir(parents=True, exist_ok=True)
        return Traffic(self), self.lines

    def start_run(
        self, settings: Path, _log: Path, words: Sequence[str], secrets: Mapping[str, str] | None = None
    ) -> "Run | Drill | Reindex":
        """`cutover run` begins, or `cutover drill`, or `cutover reindex`."""
        if words[0] == "reindex":
            self.did.append(f"reindex of {(secrets or {})['DATABASE_URL']}")
            return Reindex(self)
        if words[0] == "drill":
            self.did.append("drill")
            return Drill(self)
        self.did.append(" ".join(["run by", settings.name, *words[2:]]))
        polls, self.polls, self.next_polls = self.polls, self.next_polls, []
        if self.exits:
            self.exit_code = self.exits.pop(0)
        return Run(self, polls, 4241 + sum(step.startswith("run by") for step in self.did))

    def set_rate(self, _lines: Path, arrivals: float) -> None:
        """The traffic changes."""
        self.did.append(f"rate {arrivals:g}")

    def stop_one(self, name: str) -> None:
        """A server goes."""
        self.did.append(f"{name} stopped")

    def bring_back(self) -> Sequence[str]:
        """It comes back."""
        self.did.append("brought back")
        return ()

    def keyboard(self, _settings: Path, _logs: Path) -> "Hands":
        """Where other people type."""
        return Hands(self)

    def open_doors(self, aws_url: str, edge_url: str) -> "Doors":
        """The stand-ins' doors."""
        self.did.append(f"doors {aws_url} {edge_url}")
        return Doors(self)


@dataclass(slots=True)
class Traffic:
    """The users."""

    world: World

    @property
    def program(self) -> Program:
        """Where its log is."""
        return Program("Locust", [], {}, self.world.directory / "locust.log")

    @property
    def running(self) -> bool:
        """Until they die."""
        return self.world.now - START < self.world.traffic_dies_after

    def stop(self, timeout_seconds: float) -> None:
        """They go home."""
        self.world.did.append("traffic stopped")


@dataclass(slots=True)
class Run:
    """`cutover run`, which ends when it has said everything."""

    world: World
    left: list[list[Document]]
    pid: int

    @property
    def exit_code(self) -> int | None:
        """None while it has something to say."""
        return None if self.left else self.world.exit_code

    def poll(self) -> Sequence[Document]:
        """What it says now."""
        return self.left.pop(0) if self.left else []

    def kill(self) -> None:
        """It is gone at once; what it had said can still be read."""
        self.world.did.append("run killed")
        self.left = self.left[:1]

    def stop(self) -> None:
        """It is told to stop."""
        self.world.did.append("run stopped")


@dataclass(slots=True)
class Hands:
    """Other people's keyboard; each command ends a second after it was typed."""

    world: World
    typed: list[tuple[Typing, float]] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Until all have ended."""
        return bool(self.typed)

    def types(self, typing: Typing, now: float) -> None:
        """One more."""
        self.world.did.append(f"typed {typing.command}")
        self.typed.append((typing, now))

    def ended(self, now: float) -> Sequence[Typed]:
        """Those of the second before."""
        over = [one for one in self.typed if now >= one[1] + 1]
        self.typed = [one for one in self.typed if one not in over]
        return [
            Typed(began, now, f"cutover {typing.command}", self.world.typed_exits.pop(0), int(typing.exit), "said")
            for typing, began in over
        ]

    def stop(self) -> None:
        """All go home."""
        self.world.did.append("keyboard left")


@dataclass(slots=True)
class Drill:
    """`cutover drill`, which takes a few seconds."""

    world: World
    began: float = 0.0

    @property
    def exit_code(self) -> int | None:
        """None for a while."""
        self.began = self.began or self.world.now
        return None if self.world.now - self.began < self.world.drill_seconds else self.world.drill_exit

    def document(self) -> Document:
        """What it says at its end."""
        return {"message": "the drill went well" if not self.world.drill_exit else "refused", "receipt": {"ok": True}}

    def stop(self) -> None:
        """It has ended."""
        self.world.did.append("drill stopped")


@dataclass(slots=True)
class Reindex:
    """`cutover reindex run all --swap`, which has ended when it is first looked at."""

    world: World

    @property
    def exit_code(self) -> int:
        """Its end."""
        return self.world.reindex_exit

    def document(self) -> Document:
        """What it says at its end."""
        moved = {"alias": "mocs", "moved": {"documents": 3}}
        return {"message": "all is swapped" if not self.world.reindex_exit else "not equal", "indices": [moved]}

    def stop(self) -> None:
        """It has ended."""
        self.world.did.append("reindex stopped")


@dataclass(slots=True)
class Doors:
    """The stand-ins' doors; `faults` are (moment, AWS's, the edge's)."""

    world: World

    def aws_faults(self, faults: dict[str, Any]) -> None:
        """AWS is told."""
        self.world.did.append(f"aws faults {faults}")
        self.world.faults.append((self.world.now, faults, {}))

    def edge_faults(self, faults: dict[str, Any]) -> None:
        """The edge is told."""
        self.world.did.append(f"edge faults {faults}")
        self.world.faults.append((self.world.now, {}, faults))

    def edit(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Somebody sets weights by hand."""
        self.world.did.append(f"edited to {[one['ResourceRecordSet']['Weight'] for one in changes]}")

    def aws_state(self, *parts: str) -> Any:
        """The weights, live and served alike."""
        ecs, serverless = self.world.weights
        records = [
            {"Type": type_, "SetIdentifier": identifier, "Weight": weight}
            for type_ in ("A", "AAAA")
            for identifier, weight in (("ecs", ecs), ("lambda", serverless))
        ]
        changes = [{"status": "INSYNC"}, *[{"status": "PENDING"}] * self.world.pending]
        return {"live": records, "served": records, "changes": changes}

    def edge_state(self) -> Any:
        """What Lambda did."""
        return {"cold_starts": 3}


class Screen:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.events: list[str] = []
        self.looks = 0

    def say(self, text: str) -> None:
        """Something has begun."""
        self.words.append(text)

    def told(self, told: Told, _recording: Recording) -> None:
        """The run has said something."""
        self.events.append(told.event)

    def look(self, _recording: Recording) -> None:
        """Time has passed."""
        self.looks += 1
