"""`[load]` of cutover.toml: what is refused, in words, and what a run is held to."""

from pathlib import Path

import pytest

from cutover.core.load.run import Limits
from cutover.flow.loading import limits_of
from cutover.settings import BadSettings, Settings, load
from tests.fakes.world import settings_with

NEEDED = 'name = "a.example.com"\nhosted_zone_id = "Z1"\nstage = "staging"\n'
SIDES = '[ecs]\nload_balancer = "app/a/1"\n[lambda]\napi_id = "a1"\n'


def read(tmp_path: Path, said: str) -> Settings:
    """The settings with this [load]."""
    path = tmp_path / "cutover.toml"
    path.write_text(f"{NEEDED}{SIDES}[load]\n{said}\n", encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('recovery = "2 minutes"', "load.recovery: '2 minutes' is not a duration"),
        ('tokens_env = "eyJ.secret"', "load.tokens_env: its value is not the name of an environment variable"),
        ("pass_p99_ms = 400.0", "load.pass_p99_ms: 400.0 is under gates.pass_p95_ms 500.0"),
        ("abort_error_rate = 0.001", "load.abort_error_rate: 0.001 is under gates.pass_error_rate 0.01"),
        ("most_per_second = 20000", "load.most_per_second: 20000 is over 10000"),
        ('tokens_command = ["sign-in", "a\\u0000b"]', "load.tokens_command: a word of it holds a NUL"),
        ('folder = "/"', "load.folder: '/' is not the name of a folder"),
        ('production = "maybe"', "load.production"),
        ("min_delivered = 1.5", "load.min_delivered"),
    ],
)
def test_what_can_not_be_is_told_by_its_key(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(BadSettings) as error:
        read(tmp_path, said)

    assert told in str(error.value)
    assert "eyJ" not in str(error.value)


def test_the_folder_is_beside_the_settings(tmp_path: Path) -> None:
    assert read(tmp_path, 'folder = "runs"').load.folder == str(tmp_path / "runs")


def test_the_usual_limits_are_the_usual_settings() -> None:
    assert limits_of(settings_with(), production=False) == Limits()


def test_a_run_is_held_to_the_gates_and_to_its_own_section() -> None:
    settings = settings_with(
        gates={"pass_error_rate": 0.005, "fail_error_rate": 0.03, "pass_p95_ms": 300.0, "p95_min_samples": 50},
        load={"pass_p99_ms": 700.0, "min_delivered": 0.9, "recovery": "3m", "recovery_ratio": 1.5},
    )

    assert limits_of(settings, production=True) == Limits(
        pass_error_rate=0.005,
        pass_p95_ms=300.0,
        pass_p99_ms=700.0,
        p95_min_samples=50,
        min_delivered=0.9,
        recovery_seconds=180.0,
        recovery_ratio=1.5,
        abort_error_rate=0.03,
    )
