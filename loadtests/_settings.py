"""What a load test is told: by one JSON file that LEGO_TRAFFIC names, or by LEGO_TOKENS and the command line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cutover.core.load.profile import Profile
from cutover.core.load.run import Limits
from cutover.core.load.tokens import BadTokens, tokens_in
from loadtests._profiles import profile_named
from loadtests._table import BadSettings, Table
from loadtests._thresholds import limits_of

MOST_PER_SECOND = 600  # unless a thresholds file says otherwise, as cutover.toml's [load] does
MOST_IN_FLIGHT = 2000
PERSONS = (10, 100)  # visitors, at least and at most, if nobody says how many
KEYS = frozenset(
    {
        "id", "host", "target", "connect", "dns", "sides", "tokens", "tokens_command", "profile", "folder", "verdict",
        "limits", "most_per_second", "seed", "in_flight", "persons", "clean", "rate_file", "allow_production", "reason",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who asks whom, how often, and where that is written down.

    `host` is the public URL; `connect` (host, port) is where it is reached instead, under the same name. With `dns`
    (address and port of a name server) the name is asked for as a resolver would, each answer is kept for its TTL, and
    `sides` names the addresses that it may answer with. `tokens` are bearer tokens by user; `tokens_command` prints
    newer ones. Without a `profile`, Locust's own users, spawn rate and run time hold; a `rate_file` holds a number
    that the rate follows. `in_flight` and `persons` are for all processes together. A seed of 0 is another each time.
    """

    host: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    tokens_command: tuple[str, ...] = ()
    id: str = ""
    target: str = ""  # as people call it
    connect: tuple[str, int] | None = None
    dns: tuple[str, int] | None = None
    sides: Mapping[str, str] = field(default_factory=dict)
    profile: Profile | None = None
    folder: Path | None = None
    verdict: bool = True  # without, nothing is judged at the end, and the exit code is 0
    limits: Limits = field(default_factory=Limits)
    most_per_second: int = MOST_PER_SECOND
    seed: int = 0
    in_flight: int = MOST_IN_FLIGHT
    persons: int = 0  # 0: by the rate
    clean: bool = True
    rate_file: Path | None = None
    allow_production: bool = False
    reason: str = ""
    only: tuple[str, ...] = ()  # tags of the journeys that are walked; none: all
    without: tuple[str, ...] = ()  # tags of those that are not


def persons_for(highest: int) -> int:
    """How many visitors play so many arrivals a second: one for each, in bounds, so that their journeys get on."""
    least, most = PERSONS
    return min(most, max(least, highest))


def traffic(environment: Mapping[str, str]) -> Traffic:
    """What the environment tells. Raises BadSettings."""
    named = environment.get("LEGO_TRAFFIC")
    if named:
        return _of_file(Path(named))
    given = [token.strip() for token in environment.get("LEGO_TOKENS", "").split(",") if token.strip()]
    if not given:
        raise BadSettings("set LEGO_TOKENS to bearer tokens of test users, separated by commas")
    try:
        return Traffic(host=environment.get("LEGO_HOST", ""), tokens=tokens_in(given))
    except BadTokens as error:
        raise BadSettings(f"LEGO_TOKENS: {error}") from error


def _of_file(path: Path) -> Traffic:
    where = f"LEGO_TRAFFIC={path}"
    try:
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadSettings(f"{where} can't be read: {error}") from error
    told = Table.of(raw, where)
    told.only(KEYS)
    return _of(told)


def _of(told: Table) -> Traffic:
    tokens, command = told.texts_by_name("tokens"), told.texts("tokens_command")
    if not tokens and not command:
        raise BadSettings(f"{told.where}: neither tokens by user nor a tokens_command that prints them")
    if not told.text("host"):
        raise BadSettings(f"{told.where}: host is missing; the URL that is asked")
    profile, folder, rate_file = told.text("profile"), told.text("folder"), told.text("rate_file")
    return Traffic(
        host=told.text("host"),
        tokens=tokens,
        tokens_command=command,
        id=told.text("id"),
        target=told.text("target"),
        connect=told.address("connect"),
        dns=told.address("dns"),
        sides=told.texts_by_name("sides"),
        profile=profile_named(profile) if profile else None,
        folder=Path(folder) if folder else None,
        verdict=told.flag("verdict", default=True),
        limits=limits_of(told.table("limits")),
        most_per_second=told.whole("most_per_second", MOST_PER_SECOND),
        seed=told.whole("seed", 0),
        in_flight=told.whole("in_flight", MOST_IN_FLIGHT) or MOST_IN_FLIGHT,
        persons=told.whole("persons", 0),
        clean=told.flag("clean", default=True),
        rate_file=Path(rate_file) if rate_file else None,
        allow_production=told.flag("allow_production", default=False),
        reason=told.text("reason"),
    )
