"""`cutover.toml`: which name, which two sides, which ladder, which limits; read once, checked whole."""

import os
import re
import time
import tomllib
from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cutover.core.durations import parse_duration
from cutover.core.endpoints import host_and_port, is_loopback
from cutover.core.freezes import WeeklyFreeze, parse_moment
from cutover.core.models import MINUTE, Limits, Step
from cutover.core.policy import Policy
from cutover.core.web import domain_problem, place_of
from cutover.core.zone import Sides
from cutover.section_problems import bad_costs, bad_gates, bad_load
from cutover.sections import (
    LATEST_SECONDS,
    ArchiveSettings,
    AwsSettings,
    ClockSettings,
    CompareSettings,
    CostSettings,
    DashboardSettings,
    DnsSettings,
    EcsSettings,
    FreezeSettings,
    GateSettings,
    LadderStep,
    LedgerSettings,
    LoadSettings,
    MetricsSettings,
    Name,
    NotifySettings,
    ReindexSettings,
    SafetySettings,
    Section,
    ServerlessSettings,
    SwitchSettings,
    TimingSettings,
)

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}", re.ASCII
)
_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-[0-9]{1,2}", re.ASCII)
_STAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
_LOAD_BALANCER = re.compile(r"(?:app|net)/[^/]+/[^/]+")

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)  # the name of an environment variable

LONGEST_NAMED = 60  # characters of a key in an error
SHORTEST_LEASE = timedelta(seconds=15)  # it is prolonged four times in its length, and a call may take 2 s


class BadSettings(Exception):
    """`cutover.toml` is missing or wrong; the message names the file, the key and the mend."""


class Settings(Section, frozen=True):
    """Everything that `cutover` must be told. Raises BadSettings where it is read, never later."""

    name: Name  # the public record, such as api.example.com
    hosted_zone_id: Name  # of the public zone that holds the name
    ecs: EcsSettings
    serverless: ServerlessSettings = msgspec.field(name="lambda")
    stage: Name = "production"  # a word for screens and change comments
    aws: AwsSettings = AwsSettings()
    dns: DnsSettings = DnsSettings()
    ladder: tuple[LadderStep, ...] = (
        LadderStep(weight=10, bake="48h"),
        LadderStep(weight=50, bake="72h"),
        LadderStep(weight=100, bake="7d"),
    )
    gates: GateSettings = GateSettings()
    timing: TimingSettings = TimingSettings()
    ledger: LedgerSettings = LedgerSettings()
    safety: SafetySettings = SafetySettings()
    freeze: FreezeSettings = FreezeSettings()
    kill_switch: SwitchSettings = SwitchSettings()
    notify: NotifySettings = NotifySettings()
    metrics: MetricsSettings = MetricsSettings()
    dashboard: DashboardSettings = DashboardSettings()
    archive: ArchiveSettings = ArchiveSettings()
    compare: CompareSettings = CompareSettings()
    cost: CostSettings = CostSettings()
    load: LoadSettings = LoadSettings()
    reindex: ReindexSettings = ReindexSettings()
    clock: ClockSettings = ClockSettings()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The ladder as the core knows it."""
        return tuple(Step(s.weight, parse_duration(s.bake), s.min_requests) for s in self.ladder)

    @property
    def limits(self) -> Limits:
        """The gates' limits as the core knows them."""
        given: dict[str, Any] = {field: getattr(self.gates, field) for field in self.gates.__struct_fields__}
        return Limits(**(given | {"p95_window": parse_duration(self.gates.p95_window)}))

    @property
    def policy(self) -> Policy:
        """The safety rules' limits as the core knows them."""
        given, zone = self.safety, time_zone(self.freeze.time_zone)
        weekly = tuple(
            WeeklyFreeze(
                parse_moment(w.start), parse_moment(w.end), zone, f"{w.start} to {w.end} {self.freeze.time_zone}"
            )
            for w in self.freeze.weekly
        )
        return Policy(
            first_step=given.first_step,
            later_step=given.later_step,
            drill_above=given.drill_above,
            drill_max_age=parse_duration(given.drill_max_age),
            quiet_after_deploy=parse_duration(given.quiet_after_deploy),
            concurrency_headroom=given.concurrency_headroom,
            warm_floor=given.warm_floor,
            weekly_freezes=weekly,
        )

    @property
    def sides(self) -> Sides:
        """The two sides' set identifiers."""
        return Sides(self.ecs.set_identifier, self.serverless.set_identifier)

    def span(self, timing: str) -> timedelta:
        """One of the timings by its name."""
        return parse_duration(getattr(self.timing, timing))


def load(path: Path, overrides: Mapping[str, str] | None = None) -> Settings:
    """Read `path`; `overrides` (stage, profile, region; empty ones ignored) win over it. Raises BadSettings."""
    raw = _read(path)
    for key, value in (overrides or {}).items():
        target = raw if key == "stage" else raw.setdefault("aws", {})
        if value and isinstance(target, dict):  # what else stands for a table is told below
            target[key] = value
    try:
        settings = msgspec.convert(raw, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {_in_words(str(error))}") from error
    _check(path, settings)
    return _absolute(path, settings)


def _read(path: Path) -> dict[str, Any]:
    """The file as TOML. Raises BadSettings."""
    try:
        text = path.read_text(encoding="utf-8")
        return _parsed(text)
    except FileNotFoundError:
        raise BadSettings(f"{path} does not exist; name another with --config or CUTOVER_CONFIG") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    except _Unreasonable as error:
        raise BadSettings(f"{path}: {_where(text)}{error}") from error


class _Unreasonable(Exception):
    """TOML that no settings need and no parser takes."""


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _Unreasonable("values are nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python's own, beyond 4300 digits
        raise _Unreasonable("a number has too many digits") from None


def _where(text: str) -> str:
    """The line and its key, where one line alone is what can't be read."""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            _parsed(line)
        except tomllib.TOMLDecodeError:
            continue
        except _Unreasonable:
            return f"line {number}, {line.partition('=')[0].strip()[:LONGEST_NAMED]}: "
    return ""


def is_host_name(text: str) -> bool:
    """Whether it can be the name of a record: lower case, without the dot at the end."""
    return bool(_HOST_NAME.fullmatch(text))


def time_zone(name: str) -> tzinfo:
    """The time zone; UTC needs no data. Raises KeyError, ValueError or OSError for what is none."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _in_words(error: str) -> str:
    return error.replace("`$.", "`").replace("Object missing", "misses the").replace("Object contains", "has the")


def _check(path: Path, settings: Settings) -> None:
    problems = [
        *_bad_names(settings),
        *_bad_ledger(path, settings.ledger),
        *_bad_variables(settings),
        *_bad_urls(settings),
        *_bad_durations(settings),
        *_bad_ladder(settings),
        *bad_gates(settings.gates),
        *bad_load(settings.load, settings.gates),
        *_bad_clock(settings),
        *_bad_freezes(settings),
        *bad_costs(settings.cost),
        *_bad_reindex(settings.reindex),
        *_bad_folders(path, settings),
    ]
    if problems:
        raise BadSettings(f"{path}: " + "; ".join(problems))


def _bad_names(settings: Settings) -> list[str]:
    shaped = (
        ("stage", settings.stage, _STAGE, "of letters, digits, dots, dashes and underscores, 64 at most"),
        ("name", settings.name, _HOST_NAME, "a host name in lower case, such as api.example.com"),
        ("hosted_zone_id", settings.hosted_zone_id, _ZONE_ID, "an id such as Z0123456789ABCDEFGHIJ"),
        ("aws.region", settings.aws.region, _REGION, "a region such as us-east-1"),
        ("ecs.load_balancer", settings.ecs.load_balancer, _LOAD_BALANCER, "of the form app/NAME/ID"),
    )
    problems = [f"{key}: {text!r} is not {what}" for key, text, shape, what in shaped if not shape.fullmatch(text)]
    if settings.ecs.set_identifier == settings.serverless.set_identifier:
        problems.append(f"ecs and lambda have the same set_identifier {settings.ecs.set_identifier!r}")
    problems += [
        f"dns.name_servers: {server!r} is not host:port, such as 192.0.2.53:53 or [2001:db8::53]:53"
        for server in settings.dns.name_servers
        if host_and_port(server) is None
    ]
    return problems


def _bad_ledger(path: Path, ledger: LedgerSettings) -> list[str]:
    problems = []
    if "\0" in ledger.path or not _beside(path, ledger.path).name:  # no name: the root folder
        problems.append(f"ledger.path: {ledger.path!r} is not the name of a file")
    if ledger.table and not _TABLE.fullmatch(ledger.table):
        problems.append(f"ledger.table: {ledger.table!r} is not 3 to 255 letters, digits, dots, dashes, underscores")
    if ledger.region and not _REGION.fullmatch(ledger.region):
        problems.append(f"ledger.region: {ledger.region!r} is not a region such as us-east-1")
    return problems


def _bad_variables(settings: Settings) -> list[str]:
    """The value is not repeated: it may be the secret itself, put here by mistake."""
    named = (
        ("notify.slack_webhook_env", settings.notify.slack_webhook_env),
        ("compare.token_env", settings.compare.token_env),
        ("reindex.database_url_env", settings.reindex.database_url_env),
        ("load.tokens_env", settings.load.tokens_env),
    )
    return [
        f"{key}: its value is not the name of an environment variable; the secret itself belongs into that variable"
        for key, name in named
        if name and not VARIABLE.fullmatch(name)
    ]


def _bad_urls(settings: Settings) -> list[str]:
    problems = []
    for key, url in (("ecs.url", settings.ecs.url), ("lambda.url", settings.serverless.url)):
        try:
            if url:
                place_of(url)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    return problems


def _bad_durations(settings: Settings) -> list[str]:
    named = {f"timing.{field}": getattr(settings.timing, field) for field in settings.timing.__struct_fields__}
    named |= {f"ladder[{i}].bake": step.bake for i, step in enumerate(settings.ladder)}
    named["gates.p95_window"] = settings.gates.p95_window
    named["ledger.lease"], named["notify.timeout"] = settings.ledger.lease, settings.notify.timeout
    named["archive.hold"], named["cost.window"] = settings.archive.hold, settings.cost.window
    named["reindex.overlap"], named["reindex.keep"] = settings.reindex.overlap, settings.reindex.keep
    named["load.recovery"] = settings.load.recovery
    for key in ("drill_max_age", "quiet_after_deploy"):
        named[f"safety.{key}"] = getattr(settings.safety, key)
    problems = []
    for key, text in named.items():
        try:
            parse_duration(text)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if not problems and parse_duration(settings.ledger.lease) < SHORTEST_LEASE:
        problems.append(f"ledger.lease: {settings.ledger.lease!r} is under 15s: a slow network would lose it")
    if not problems and parse_duration(settings.gates.p95_window) % MINUTE:
        problems.append(f"gates.p95_window: {settings.gates.p95_window!r} must be whole minutes")
    return problems


def _bad_ladder(settings: Settings) -> list[str]:
    weights = [step.weight for step in settings.ladder]
    if not weights or weights[-1] != 100 or any(low >= high for low, high in pairwise(weights)):
        return [f"ladder: the weights must rise and end at 100, not {weights}"]
    return []


def _bad_clock(settings: Settings) -> list[str]:
    endpoint, clock = settings.aws.endpoint_url, settings.clock
    if endpoint and not is_loopback(endpoint):
        return [
            f"aws.endpoint_url: {endpoint!r} is not on loopback, as http://127.0.0.1:PORT; only a rehearsal has one"
        ]
    if clock.factor != 1 and not endpoint:
        return ["clock.factor: time is compressed in a rehearsal only, with aws.endpoint_url on loopback"]
    now = clock.epoch + (time.time() - clock.epoch) * clock.factor
    if not 0 <= now <= LATEST_SECONDS:
        return [f"clock: with factor {clock.factor:g} and epoch {clock.epoch:g} it is {now:g} s after 1970 now"]
    return []


def _bad_freezes(settings: Settings) -> list[str]:
    problems = []
    try:
        time_zone(settings.freeze.time_zone)
    except (KeyError, ValueError, OSError):  # the last two of names that are paths, or folders of zones
        problems.append(f"freeze.time_zone: {settings.freeze.time_zone!r} is no time zone such as Europe/Berlin")
    for i, window in enumerate(settings.freeze.weekly):
        for key in ("start", "end"):
            try:
                parse_moment(getattr(window, key))
            except ValueError as error:
                problems.append(f"freeze.weekly[{i}].{key}: {error}")
        if window.start == window.end:
            problems.append(f"freeze.weekly[{i}]: it starts and ends at {window.start}")
    return problems


def _bad_reindex(reindex: ReindexSettings) -> list[str]:
    problems = []
    if wrong := domain_problem(reindex.endpoint):
        problems.append(f"reindex.endpoint: {wrong}")
    if reindex.batch_bytes > reindex.most_batch_bytes:
        problems.append(f"reindex: batch_bytes {reindex.batch_bytes} is over most_batch_bytes")
    return problems


def _bad_folders(path: Path, settings: Settings) -> list[str]:
    return [
        f"{key}: {name!r} is not the name of a folder"
        for key, name in (("reindex.folder", settings.reindex.folder), ("load.folder", settings.load.folder))
        if "\0" in name or not _beside(path, name).name
    ]


def _absolute(path: Path, settings: Settings) -> Settings:
    ledger, load, reindex = settings.ledger, settings.load, settings.reindex
    return msgspec.structs.replace(
        settings,
        ledger=msgspec.structs.replace(ledger, path=str(_beside(path, ledger.path))),
        load=msgspec.structs.replace(load, folder=str(_beside(path, load.folder))),
        reindex=msgspec.structs.replace(reindex, folder=str(_beside(path, reindex.folder))),
    )


def _beside(path: Path, name: str) -> Path:
    """A file that is named in the settings at `path`."""
    return Path(os.path.normpath(path.absolute().parent / name))
