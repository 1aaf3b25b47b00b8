"""Which profile is meant: one of ours by its name, a TOML file, or what Locust's own -u, -r and -t say."""

import tomllib
from pathlib import Path

from cutover.core.load.profile import LONGEST_SECONDS, BadProfile, Phase, Profile, profile_of
from loadtests._table import BadSettings

PROFILES = Path(__file__).resolve().parent / "profiles"


def profile_named(named: str) -> Profile:
    """The profile of that name, or of that file. Raises BadSettings."""
    own = PROFILES / f"{named}.toml"
    path = own if named.isidentifier() and own.is_file() else Path(named)
    try:
        return profile_of(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    except FileNotFoundError:
        names = ", ".join(sorted(one.stem for one in PROFILES.glob("*.toml")))
        raise BadSettings(f"there is no profile {named!r}; name one of {names}, or a TOML file") from None
    except BadProfile as error:
        raise BadSettings(f"profile {error}") from error
    except (OSError, ValueError) as error:
        raise BadSettings(f"profile {path} can't be read: {error}") from error


def by_hand(rate: int, spawn_rate: float, run_time: float | None) -> Profile:
    """So many arrivals a second, after so many more of them each second, for so long (seconds; None: until stopped).

    Raises BadSettings.
    """
    if rate < 0 or not 0 < spawn_rate < float("inf"):
        raise BadSettings("users have to be 0 or more, and the spawn rate more than 0")
    whole = min(run_time or LONGEST_SECONDS, LONGEST_SECONDS)
    climb = rate / spawn_rate
    if climb <= 1:
        return Profile("by hand", (Phase("steady", rate, whole),))
    if climb >= whole:
        return Profile("by hand", (Phase("climb", max(1, round(spawn_rate * whole)), whole, ramp=True),))
    return Profile("by hand", (Phase("climb", rate, climb, ramp=True), Phase("steady", rate, whole - climb)))
