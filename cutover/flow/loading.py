"""A load test from the wish to the verdict: who is asked, what is refused, what the ledger is told of production."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cutover.core.durations import parse_duration
from cutover.core.endpoints import is_loopback
from cutover.core.load.order import CannotLoad, Ended, Order
from cutover.core.load.profile import BadProfile, Profile
from cutover.core.load.run import Limits, Target
from cutover.core.load.targets import is_production, is_production_stage
from cutover.core.load.tokens import expiry_of
from cutover.core.models import Side, Snapshot
from cutover.core.record import Kind
from cutover.core.state import State, unfinished_rollback
from cutover.core.web import Place, place_of
from cutover.core.words import NAMES
from cutover.core.zone import targets
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.flow.verbs.saying import say
from cutover.flow.verifying import places
from cutover.load_ports import Follower, LoadGenerator
from cutover.ports import World
from cutover.settings import Settings

SIDES = {"ecs": Side.ECS, "lambda": Side.SERVERLESS}
PUBLIC = "public"
# At most until the first arrival, and from the last one until nothing is under way and everything made is removed.
STARTS, DRAINS = timedelta(seconds=60), timedelta(seconds=120)
ENDS: Mapping[int, Exit] = {
    int(exit_): exit_
    for exit_ in (
        Exit.DONE, Exit.USAGE, Exit.GATES_FAILED, Exit.HOLD, Exit.REFUSED, Exit.LOAD_NOT_DELIVERED, Exit.INTERRUPTED,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants run. `target` is ecs, lambda, public or a base URL; `folder` where its papers go."""

    id: str
    profile: str
    target: str
    folder: str
    production: bool = False  # they know that it is, and want it
    reason: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    processes: int = 1
    persons: int = 0
    seed: int = 0
    clean: bool = True


@dataclass(frozen=True, slots=True)
class Intended:
    """A load test before it is run. `refused` says why it is not."""

    order: Order
    place: Place
    is_production: bool
    refused: Outcome | None = None


def intend(world: World, generator: LoadGenerator, wish: Wish) -> Intended:
    """Everything that can be known of it before anybody is asked anything but Route 53.

    Stops where the profile or the target can't be understood. Raises what reading the records raises.
    """
    settings = world.settings
    try:
        profile, file = generator.profile(wish.profile)
    except (BadProfile, CannotLoad) as error:
        raise Stop(Outcome(Exit.USAGE, str(error), "cutover load run --help")) from error
    place = _place(world, wish.target)
    production = _is_production(world, wish.target, place)
    name = wish.target if wish.target in {*SIDES, PUBLIC} else place.name
    order = Order(
        id=wish.id,
        profile=profile,
        profile_file=file,
        target=Target(name, f"{place.scheme}://{place.name}{place.prefix}"),
        folder=wish.folder,
        limits=limits_of(settings, production=production),
        connect=(place.host, place.port) if wish.target in SIDES else None,
        tokens=wish.tokens,
        tokens_command=() if wish.tokens else settings.load.tokens_command,
        most_per_second=settings.load.most_per_second,
        in_flight=settings.load.most_in_flight,
        processes=wish.processes,
        persons=wish.persons,
        seed=wish.seed,
        clean=wish.clean,
        reason=wish.reason,
    )
    refused = _too_much(profile, settings) or (_unannounced(wish, place) if production else None)
    return Intended(order, place, production, refused)


def limits_of(settings: Settings, *, production: bool) -> Limits:
    """What the run is held to: the gates' limits and those of [load]; production is spared earlier."""
    gates, load = settings.gates, settings.load
    return Limits(
        pass_error_rate=gates.pass_error_rate,
        pass_p95_ms=gates.pass_p95_ms,
        pass_p99_ms=load.pass_p99_ms,
        p95_min_samples=gates.p95_min_samples,
        fail_throttle_rate=gates.fail_throttle_rate,
        min_delivered=load.min_delivered,
        recovery_seconds=parse_duration(load.recovery).total_seconds(),
        recovery_ratio=load.recovery_ratio,
        abort_error_rate=gates.fail_error_rate if production else load.abort_error_rate,
    )


def tokens_problem(order: Order, tokens_env: str, now: datetime) -> str:
    """Why nobody could be played to the end of it, in words; empty: they can."""
    if order.tokens_command:
        return ""
    if not order.tokens:
        return f"there are no test users: --tokens FILE, {tokens_env} in the environment, or load.tokens_command"
    ends = [when for token in order.tokens.values() if (when := expiry_of(token)) is not None]
    if not ends or min(ends) > now.timestamp() + order.profile.seconds:
        return ""
    return "a token expires before the end: newer ones, or a load.tokens_command that fetches them in time"


def must_be_calm(state: State, now: datetime) -> None:
    """Stop where a rollback or another load test is going on: production has enough to bear."""
    if begun := unfinished_rollback(state):
        text = f"a rollback is going on since {begun.time:%d %b %H:%M} UTC: nothing is loaded meanwhile"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover status, until it is confirmed"))
    for test in state.standing.load_tests:
        if test.is_under_way(now):  # two would add up to what nobody asked for, and tidy each other's things away
            text = f"a load test of {test.event.actor}'s is under way until {test.end:%d %b %H:%M} UTC"
            raise Stop(Outcome(Exit.REFUSED, f"{text}: one at a time", "cutover status, until it is over"))


class Loading:
    """Runs what was intended; of production the ledger is told before the first request, and again at the end."""

    def __init__(self, journal: Journal, generator: LoadGenerator, follower: Follower) -> None:
        self._journal, self._generator, self._follower = journal, generator, follower

    def run(self, intended: Intended) -> tuple[Outcome, Ended | None]:
        """The end of the command, and of the run if there was one. Raises LedgerMoved, LedgerUnavailable."""
        order = intended.order
        try:
            self._generator.claim(order)
            if not intended.is_production:
                ended = self._followed(order)
                return _outcome(order, ended), ended
            return self._on_production(order)
        except CannotLoad as error:
            return Outcome(Exit.USAGE, str(error), "cutover load run --help"), None

    def _on_production(self, order: Order) -> tuple[Outcome, Ended]:
        start = self._announce(order)
        ended: Ended | None = None
        try:
            ended = self._followed(order)
        finally:
            self._tell_end(order, start, ended)
        return _outcome(order, ended), ended

    def _followed(self, order: Order) -> Ended:
        try:
            return self._generator.run(order, self._follower)
        finally:
            self._follower.close()

    def _announce(self, order: Order) -> str:
        """Write down when it is under way at most; its beginning."""
        now, factor = self._journal.now(), self._journal.world.clock.factor
        end = now + (STARTS + timedelta(seconds=order.profile.seconds) + DRAINS) * factor

        def facts(state: State) -> dict[str, Any]:
            must_be_calm(state, now)
            said = f"{_named(order)}, at most {order.profile.highest} a second, until {end:%H:%M} UTC: {order.reason}"
            return {"reason": said, "evidence": _evidence(order, now.isoformat(), end.isoformat())}

        say(self._journal, Kind.LOADED, facts)
        return now.isoformat()

    def _tell_end(self, order: Order, start: str, ended: Ended | None) -> None:
        """Whatever became of it, its load is over; a ledger that can't be told keeps the planned interval."""
        evidence = _evidence(order, start, self._journal.now().isoformat()) | {"ended": True}
        exit_ = int(_exit(ended)) if ended else int(Exit.INTERNAL)
        reason = f"{_named(order)} is over (exit {exit_}): {order.reason}"
        self._journal.insist(Kind.LOADED, reason=reason, evidence=evidence | {"exit": exit_})


def _place(world: World, target: str) -> Place:
    """Where to connect, and which name to ask for there."""
    settings = world.settings
    if target == PUBLIC:
        return place_of(f"https://{settings.name.replace('*', 'any', 1)}")
    if target not in SIDES:
        return place_of(target)
    side = SIDES[target]
    url = settings.ecs.url if side is Side.ECS else settings.serverless.url
    snapshot = Snapshot(()) if url else world.weights.read()
    found = next((place for at, place in places(snapshot, settings) if at is side), None)
    if found is None:
        text = f"{NAMES[side]}'s records point at nothing that could be asked"
        raise Stop(Outcome(Exit.USAGE, text, f"set {target}.url in the settings; cutover verify"))
    return found


def _is_production(world: World, target: str, place: Place) -> bool:
    """Of the settings' own places their word counts; of a URL, whether it names one of them."""
    settings, url = world.settings, f"{place.scheme}://{place.name}"
    if not is_production_stage(settings.load.production, settings.stage) or is_loopback(f"http://{place.host}"):
        return is_production(url, place.host, ())
    known = {settings.name, *_hosts(settings)}
    if target in {*SIDES, PUBLIC} or is_production(url, place.host, known):
        return True
    at = targets(world.weights.read(), settings.sides)
    return is_production(url, place.host, {name for names in at.values() for name in names})


def _hosts(settings: Settings) -> Iterator[str]:
    for url in (settings.ecs.url, settings.serverless.url):
        if url:
            yield place_of(url).host


def _too_much(profile: Profile, settings: Settings) -> Outcome | None:
    most = settings.load.most_per_second
    if profile.highest <= most:
        return None
    text = f"{profile.name} asks for {profile.highest} a second, more than load.most_per_second {most}"
    return Outcome(Exit.REFUSED, text, "another profile, or a higher load.most_per_second")


def _unannounced(wish: Wish, place: Place) -> Outcome | None:
    if wish.production and wish.reason:
        return None
    again = f'cutover load run {wish.profile} --target {wish.target.rstrip("/")} --prod --reason "why"'
    text = f"{place.name} is production: a load test there is wanted by name, and has a reason"
    return Outcome(Exit.REFUSED, text, f"{again} runs it, and its minutes leave the bake's evidence")


def _named(order: Order) -> str:
    return f"{order.profile.name} on {order.target.name}"


def _evidence(order: Order, start: str, end: str) -> dict[str, Any]:
    said = {"target": order.target.name, "url": order.target.url, "profile": order.profile.name}
    return {"id": order.id, "start": start, "end": end, **said, "arrivals": order.arrivals}


def _exit(ended: Ended) -> Exit:
    """A run without papers, or with an end that none of ours means, is never a success."""
    if ended.interrupted:
        return Exit.INTERRUPTED
    exit_ = ENDS.get(ended.code, Exit.INTERNAL)
    is_judged = exit_ not in {Exit.USAGE, Exit.REFUSED}
    return Exit.INTERNAL if is_judged and ended.summary is None else exit_


def _outcome(order: Order, ended: Ended) -> Outcome:
    exit_, report = _exit(ended), f"cutover load report {order.folder}"
    if exit_ is Exit.INTERNAL:
        how = f"was ended by signal {-ended.code}" if ended.code < 0 else f"ended with {ended.code}"
        text = f"the load generator {how} before it could judge what it measured"
        return Outcome(exit_, text, f"{report} shows what it wrote down until then, its log is beside it")
    if exit_ in {Exit.USAGE, Exit.REFUSED}:
        return Outcome(exit_, f"the load generator did not begin: {ended.log_end or 'it does not say why'}")
    if ended.summary is None:
        return Outcome(exit_, "stopped without a verdict", f"{report} shows what was measured until then")
    return Outcome(exit_, ended.headline or f"{_named(order)} is over", f"{report} writes its page anew")
