"""Profiles: what is asked for when, and every way in which a file can be wrong."""

from typing import Any

import pytest

from cutover.core.load.profile import BadProfile, Phase, Profile, profile_of

CALM = {"name": "calm", "rate": 100, "seconds": 60}
SPIKE = {"name": "spike", "rate": 500, "seconds": 30, "spike": True}
BACK = {"name": "back", "rate": 100, "seconds": 60, "recovers": True}
WHOLE = Profile(
    "x",
    (Phase("calm", 100, 60.0), Phase("up", 500, 10.0, ramp=True), Phase("spike", 500, 30.0, spike=True)),
    "A title",
)


def of(*phases: Any, **more: Any) -> Profile:
    return profile_of({"phase": list(phases), **more}, "mine.toml")


def test_a_file_becomes_its_phases() -> None:
    assert of(CALM, SPIKE, BACK, title="Up and down") == Profile(
        "mine.toml",
        (
            Phase("calm", 100, 60.0),
            Phase("spike", 500, 30.0, spike=True),
            Phase("back", 100, 60.0, recovers=True),
        ),
        "Up and down",
    )


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"phase": [CALM], "rates": 1}, "mine.toml: unknown key 'rates'; a profile has a title and [[phase]] tables"),
        ({}, "mine.toml: there is no [[phase]]; each has a name, a rate (a second) and seconds"),
        ({"phase": {}}, "mine.toml: there is no [[phase]]; each has a name, a rate (a second) and seconds"),
        ({"phase": ["calm"]}, "mine.toml, phase 1: not a table"),
        ({"phase": [CALM, CALM]}, "mine.toml: two phases are named 'calm'"),
        (
            {"phase": [{**CALM, "seconds": 400_000}, {**SPIKE, "seconds": 400_000}]},
            "mine.toml: takes longer than a week",
        ),
        (
            {"phase": [{**CALM, "users": 3}]},
            "mine.toml, phase 1: unknown key 'users'; known are name, ramp, rate, recovers, seconds, spike",
        ),
        ({"phase": [{**CALM, "name": " "}]}, "mine.toml, phase 1: it needs a name"),
        ({"phase": [{"rate": 1, "seconds": 1}]}, "mine.toml, phase 1: it needs a name"),
        (
            {"phase": [{**CALM, "rate": 1.5}]},
            "mine.toml, phase 1: rate is 1.5; whole arrivals a second, 0 to 10000, are wanted",
        ),
        (
            {"phase": [{**CALM, "rate": True}]},
            "mine.toml, phase 1: rate is True; whole arrivals a second, 0 to 10000, are wanted",
        ),
        (
            {"phase": [{**CALM, "rate": 10_001}]},
            "mine.toml, phase 1: rate is 10001; whole arrivals a second, 0 to 10000, are wanted",
        ),
        (
            {"phase": [{**CALM, "rate": -1}]},
            "mine.toml, phase 1: rate is -1; whole arrivals a second, 0 to 10000, are wanted",
        ),
        (
            {"phase": [{"name": "calm", "seconds": 1}]},
            "mine.toml, phase 1: rate is None; whole arrivals a second, 0 to 10000, are wanted",
        ),
        (
            {"phase": [CALM, {**SPIKE, "seconds": 0}]},
            "mine.toml, phase 2: seconds is 0; a number from 1 to 604800 is wanted",
        ),
        (
            {"phase": [{**CALM, "seconds": "60"}]},
            "mine.toml, phase 1: seconds is '60'; a number from 1 to 604800 is wanted",
        ),
        (
            {"phase": [{**CALM, "seconds": True}]},
            "mine.toml, phase 1: seconds is True; a number from 1 to 604800 is wanted",
        ),
        (
            {"phase": [{**CALM, "seconds": float("nan")}]},
            "mine.toml, phase 1: seconds is nan; a number from 1 to 604800 is wanted",
        ),
        ({"phase": [{**CALM, "spike": 1}]}, "mine.toml, phase 1: spike is 1; true or false is wanted"),
        ({"phase": [{**CALM, "ramp": "no"}]}, "mine.toml, phase 1: ramp is 'no'; true or false is wanted"),
        ({"phase": [CALM, BACK]}, "mine.toml: phase 'back' recovers, but no calm phase and spike are before it"),
        ({"phase": [BACK]}, "mine.toml: phase 'back' recovers, but no calm phase and spike are before it"),
        ({"phase": [SPIKE, BACK]}, "mine.toml: phase 'back' recovers, but no calm phase and spike are before it"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong_with_it(raw: dict[str, Any], said: str) -> None:
    with pytest.raises(BadProfile) as refused:
        profile_of(raw, "mine.toml")
    assert str(refused.value) == said


def test_it_knows_how_long_it_takes_and_when_each_phase_starts() -> None:
    assert (WHOLE.seconds, list(WHOLE.starts), WHOLE.highest) == (100.0, [0.0, 60.0, 70.0], 500)


@pytest.mark.parametrize(
    ("seconds", "name", "rate"),
    [(0, "calm", 100), (59.9, "calm", 100), (60, "up", 100), (65, "up", 300), (70, "spike", 500), (99.9, "spike", 500)],
)
def test_a_moment_has_a_phase_and_a_rate(seconds: float, name: str, rate: float) -> None:
    phase = WHOLE.phase_at(seconds)
    assert phase is not None
    assert (phase.name, WHOLE.rate_at(seconds)) == (name, rate)


def test_after_the_end_nothing_is_asked() -> None:
    assert (WHOLE.phase_at(100), WHOLE.rate_at(100)) == (None, 0.0)


def test_a_ramp_asks_for_what_lies_under_it() -> None:
    assert [WHOLE.planned(phase) for phase in WHOLE.phases] == [6000.0, 3000.0, 15_000.0]


def test_a_ramp_at_the_beginning_starts_from_nothing() -> None:
    profile = Profile("up", (Phase("up", 100, 10.0, ramp=True),))
    assert (profile.planned(profile.phases[0]), profile.rate_at(5)) == (500.0, 50.0)
