"""The screen of `cutover watch`: it fits every terminal, tells gaps from zero, and leaves the terminal as it was."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.core.models import Side
from cutover.core.record import Kind
from cutover.core.surroundings import Surroundings
from cutover.render.output import Output
from cutover.render.watching import LineView, LiveView, view
from tests.fakes.world import known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import NEUTRAL
from tests.unit.cutover.watching import looked, screen

MINUTE = timedelta(minutes=1)
ROOT = Path(__file__).parents[3]


def terminal(monkeypatch: pytest.MonkeyPatch) -> Output:
    """An output that thinks that it is a terminal."""
    for name, value in {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1", "TERM": "xterm", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    return Output()


def test_on_a_terminal_it_leaves_the_last_look_behind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = known_world(90, 10)
    live = view(terminal(monkeypatch), world.ports, 5.0, once=False)
    assert isinstance(live, LiveView)

    with live.shown():
        live.look(looked(world))

    other_screen, _, left = capsys.readouterr().out.partition("\x1b[?1049l")
    assert "\x1b[?1049h" in other_screen
    assert "every 5s" in other_screen
    assert "cutover rollback" in left
    assert "every 5s" not in left


def test_left_before_the_first_look_it_says_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveView(terminal(monkeypatch), known_world(90, 10).ports, "5s").shown():
        pass

    assert "rollback" not in capsys.readouterr().out


def test_a_pipe_gets_lines() -> None:
    assert isinstance(view(Output(), known_world(90, 10).ports, 5.0, once=False), LineView)


def test_gaps_are_dots_and_zero_is_not() -> None:
    world = known_world(90, 10)
    world.metrics.silent = lambda side, time: (
        side is Side.SERVERLESS and START - 20 * MINUTE <= time < START - 10 * MINUTE
    )

    line = next(line for line in screen(looked(world), world, width=140) if line.startswith("  error-rate  Lambda"))

    spark = line.split()[-1]
    assert len(spark) == 60
    assert spark.count("·") == 10
    assert set(spark) == {"·", "▁"}


def test_alarms_and_a_kill_switch_are_told() -> None:
    world = known_world(90, 10)
    world.surveyor.found = Surroundings(alarms=("api-5xx", "rds-cpu"))
    world.switch.is_set_up, world.switch.lambda_serves = True, False

    shown = "\n".join(screen(looked(world), world))

    assert "alarms    2 veto alarms in ALARM: api-5xx, rds-cpu" in shown
    assert "switch    thrown not by cutover: Lambda gets no traffic, whatever the weights" in " ".join(
        line.strip() for line in shown.splitlines()
    ).replace("  switch", "switch")
    assert "but first alarm" in shown


def test_a_kill_switch_that_cannot_be_asked_tells_nothing() -> None:
    world = known_world(90, 10)
    world.switch.is_set_up, world.switch.failing = True, "no answer"

    picture = looked(world)

    assert picture.serving is None
    assert "switch" not in "\n".join(screen(picture, world))


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 50), (60, 20)])
def test_it_fits_and_the_way_back_is_at_the_bottom(size: tuple[int, int]) -> None:
    width, height = size
    world = known_world(90, 10, safety={"drill_above": 10})
    for number in range(30):
        world.write(Kind.JUDGED, reason=f"PASS {number}, and more words than a narrow terminal has room for in a line")

    lines = screen(looked(world), world, width, height)

    assert len(lines) == height
    assert all(len(line) <= width for line in lines)
    assert lines[-2].strip() == "go back   cutover rollback"
    assert lines[-1].startswith("  looked    09:00:00 UTC, 0s ago; every 5s; Ctrl-C leaves")
    assert "BAKING 10%  PASS" in lines[0]
    assert any("PASS 29" in line for line in lines) or height == 20


def test_where_there_is_little_room_what_is_only_for_comparison_goes_first() -> None:
    world = known_world(90, 10)

    small, large = (screen(looked(world), world, 80, height) for height in (18, 40))

    assert not [line for line in small if line.startswith("  error-rate  ECS")]
    assert [line for line in small if line.startswith("  error-rate  Lambda")]
    assert [line for line in large if line.startswith("  error-rate  ECS")]


def test_a_terminal_of_a_few_lines_shows_the_way_back() -> None:
    world = known_world(90, 10)

    lines = screen(looked(world), world, 80, 3)

    assert len(lines) == 3
    assert "cutover rollback" in lines[1]


def test_ages_go_on_between_two_looks() -> None:
    world = known_world(90, 10)
    picture = looked(world)
    world.pass_time(timedelta(seconds=42))

    assert screen(picture, world, 80, 24)[-1].startswith("  looked    09:00:00 UTC, 42s ago")


def test_it_can_be_read_without_colour() -> None:
    coloured = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm-256color"})
    world = known_world(90, 10)

    assert "\x1b[3" in coloured.invoke(cli, ["watch", "--once"], obj=world.ports, color=True).stdout
    plain = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"})
    assert "\x1b[3" not in plain.invoke(cli, ["watch", "--once"], obj=world.ports, color=True).stdout


def test_in_a_real_terminal_ctrl_c_leaves_it_as_it_was() -> None:
    code = (
        "import os, signal, sys\nfrom tests.fakes.world import known_world\nfrom cutover import cli\n"
        "from cutover.__main__ import main\nworld = known_world(90, 10)\ncli.real_world = lambda options: world.ports\n"
        "world.clock.then.append(lambda _: os.kill(os.getpid(), signal.SIGINT))\n"
        "sys.argv = ['cutover', 'watch']\nmain()"
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**env, "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # the other end is closed: all was read
        while part := os.read(ours, 65536):
            said += part
    os.close(ours)

    assert process.wait(60) == 0, said
    other_screen, _, left = said.decode().partition("\x1b[?1049l")
    assert "\x1b[?1049h" in other_screen
    assert "Ctrl-C leaves" in other_screen
    assert "Traceback" not in left
    assert "cutover rollback" in left
    assert "\x1b[?25h" in said.decode(), "the cursor is back"
