"""The pictures of the terminal in runbooks/captures, made from fixed worlds: `python -m tests.captures` writes them."""

import io
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import msgspec
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from cutover.cli import cli
from cutover.commands._session import Session
from cutover.core.load.order import Ended
from cutover.core.load.run import Target
from cutover.core.load.verdict import judge
from cutover.core.models import Side
from cutover.core.record import Kind
from cutover.load.papers import told
from cutover.sections import LoadSettings
from tests.fakes.load_generator import PROFILES
from tests.fakes.world import FakeWorld, fake_world
from tests.fakes.zone import START
from tests.unit.cutover.core.load.made import Came, made
from tests.unit.cutover.sound_world import QUIET, SOUND, sound

FOLDER = Path(__file__).parents[1] / "runbooks" / "captures"
COLUMNS = 100
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A terminal with colours, of fixed width, whatever the tester's own is.
TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS)}
LADDER = [
    {"weight": 10, "bake": "48h", "min_requests": 5000},
    {"weight": 50, "bake": "72h", "min_requests": 5000},
    {"weight": 100, "bake": "7d", "min_requests": 5000},
]


@dataclass(frozen=True, slots=True)
class Capture:
    """A command in a world, and the sentence below its picture in runbooks/screens.md."""

    words: tuple[str, ...]
    world: Callable[[], FakeWorld]
    exit_code: int = 0

    @property
    def title(self) -> str:
        """As typed."""
        return " ".join(("cutover", *(f'"{word}"' if " " in word else word for word in self.words)))


def production(ecs: int, serverless: int, age: timedelta) -> FakeWorld:
    """10 million requests a month (231 a minute), a ladder of days, drills of last week and before."""
    world = fake_world(ecs, serverless, name="api.lego-moc.example.com", ladder=LADDER, safety={})
    world.write(Kind.DRILLED, time=START - timedelta(days=16), evidence={"ok": True, "answers_seconds": 47.0})
    world.write(Kind.DRILLED, time=START - timedelta(days=6), evidence={"ok": True, "answers_seconds": 41.0})
    bodies = sorted(record.body for record in world.weights.records)
    world.write(Kind.ADOPTED, time=START - age, after=(ecs, serverless), evidence={"records": bodies})
    world.metrics.per_minute = 231
    world.metrics.error_rate[Side.SERVERLESS] = lambda time: 0.05 if _hash(time, 11) == 0 else 0.0
    world.metrics.error_rate[Side.ECS] = lambda time: 0.01 if _hash(time, 7) == 0 else 0.0
    world.metrics.p95_ms[Side.SERVERLESS] = lambda time: 160.0 + 25 * _hash(time, 11)
    world.metrics.p95_ms[Side.ECS] = lambda time: 240.0 + 15 * _hash(time, 9)
    return world


def baking() -> FakeWorld:
    """31 hours into the bake at 10%, with three silent minutes; someone's run drives it."""
    world = production(90, 10, timedelta(hours=31, minutes=12))
    gap = START - 23 * MINUTE
    world.metrics.silent = lambda side, time: side is Side.SERVERLESS and gap <= time < gap + 3 * MINUTE
    for hours, reason in ((30, "PASS"), (14, "HOLD: Lambda p95 612 ms (240 requests in 15m) is not under 500 ms")):
        world.write(Kind.JUDGED, time=START - hours * HOUR, reason=reason, evidence={"judged": reason[:4]})
    world.write(Kind.JUDGED, time=START - 13 * HOUR, reason="PASS", evidence={"judged": "pass"})
    world.ledger.held_by = "run by arn:aws:iam::123456789012:user/ada (process 4711)"
    return world


def calm() -> FakeWorld:
    """All on ECS, healthy for long, nothing said."""
    world = production(100, 0, timedelta(days=9))
    world.surveyor.found = QUIET
    return world


def nearly_sound() -> FakeWorld:
    """All is well, but the identity may not write records, and an alarm is on."""
    world = sound(name="api.lego-moc.example.com")
    world.account.found = replace(SOUND, denied=("route53:ChangeResourceRecordSets",))
    world.surveyor.found = replace(QUIET, alarms=("veto",))
    return world


def failing() -> FakeWorld:
    """Lambda fails since a few minutes, at 10%."""
    world = baking()
    world.ledger.held_by = ""
    world.failing_lambda(0.4, START - 9 * MINUTE)
    return world


def loading() -> FakeWorld:
    """Test users sign in by a command; Lambda bears a spike, some of it by environments that had to be started."""
    world = production(90, 10, timedelta(hours=31))
    load = LoadSettings(tokens_command=("sign-in-test-users",), folder="/home/ada/loads")
    world.settings = msgspec.structs.replace(world.settings, load=load)

    def came(second: int) -> Came:
        slower = 60.0 * _hash(START + timedelta(seconds=second), 3)
        return Came(ms=90.0 + slower, cold=6 if second == 120 else 0, cold_ms=870.0)

    run = made(PROFILES["spike"], came)
    run.target = Target("lambda", "https://api.lego-moc.example.com")
    *said, headline = told(judge(run), run)
    world.load.tells = [[second] for second in run.seconds]
    world.load.ends = Ended(0, summary={}, headline=headline, told=tuple(said))
    return world


CAPTURES: Mapping[str, Capture] = {
    "status": Capture(("status",), baking),
    "watch": Capture(("watch", "--once"), baking),
    "plan": Capture(("plan", "--lambda-weight", "10"), calm),
    "refused-shift": Capture(("shift", "--lambda-weight", "50", "--reason", "in a hurry", "--yes"), calm, 8),
    "doctor": Capture(("doctor",), nearly_sound, 8),
    "load": Capture(
        ("load", "run", "spike", "--target", "lambda", "--prod", "--reason", "capacity before the sale", "--yes"),
        loading,
    ),
    "rollback": Capture(("rollback", "--reason", "checkout fails on Lambda"), failing),
}


def svg(name: str) -> str:
    """The picture of that name. Raises AssertionError if the command ended otherwise than it should."""
    capture = CAPTURES[name]
    said, code = _run(capture)
    assert code == capture.exit_code, f"{capture.title} ended with {code}:\n{said}"
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in said.rstrip("\n").split("\n"):
        console.print(Text.from_ansi(line.rsplit("\r", 1)[-1].removeprefix("\x1b[2K")), soft_wrap=False)
    picture = console.export_svg(title=capture.title, theme=DIMMED_MONOKAI, unique_id=f"cutover-{name}")
    # Fonts of the reader's machine: a document must not fetch anything.
    return re.sub(r"\s*@font-face \{[^}]*\}", "", picture).rstrip() + "\n"


def write() -> list[Path]:
    """Write every picture; those that changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    changed = []
    for name in CAPTURES:
        place, picture = FOLDER / f"{name}.svg", svg(name)
        if not place.exists() or place.read_text(encoding="utf-8") != picture:
            place.write_text(picture, encoding="utf-8")
            changed.append(place)
    return changed


def _run(capture: Capture) -> tuple[str, int]:
    world, said = capture.world(), io.StringIO()
    session = Session(lambda _: world.ports, interactive=True)
    patient = mock.patch(
        "cutover.flow.look.looking.DEADLINE_SECONDS", 30.0
    )  # the machine may be slow, the picture is not
    with patient, mock.patch.dict("os.environ", TERMINAL, clear=True), redirect_stdout(said), redirect_stderr(said):
        try:
            cli.main(list(capture.words), prog_name="cutover", obj=session)
        except SystemExit as ended:
            return said.getvalue(), int(ended.code or 0)
    raise AssertionError(f"{capture.title} did not end")


def _hash(time: datetime, modulus: int) -> int:
    """A number below `modulus` that looks like chance and is always the same for that minute."""
    return zlib.crc32(time.isoformat().encode()) % modulus


if __name__ == "__main__":
    for path in write():
        sys.stdout.write(f"{path}\n")
