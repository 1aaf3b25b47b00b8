"""`cutover.toml`: which name, which two sides, which ladder, which limits; read once, checked whole."""

import os
import re
import time
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cutover.core.durations import parse_duration
from cutover.core.endpoints import host_and_port, is_loopback
from cutover.core.models import MINUTE, Limits, Step
from cutover.core.zone import Sides

Fraction = Annotated[float, Meta(gt=0, lt=1)]
Milliseconds = Annotated[float, Meta(gt=0, le=3_600_000)]  # finite: an endless limit would switch its gate off
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Name = Annotated[str, Meta(min_length=1)]


_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}", re.ASCII
)
_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-[0-9]{1,2}", re.ASCII)
_STAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LATEST_SECONDS = 32_503_680_000.0  # the year 3000: calculating with times must not leave the calendar
_LOAD_BALANCER = re.compile(r"(?:app|net)/[^/]+/[^/]+")


class BadSettings(Exception):
    """`cutover.toml` is missing or wrong; the message names the file, the key and the mend."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class AwsSettings(_Section, frozen=True):
    """How AWS is reached. `endpoint_url` is for a rehearsal's stand-ins and must be on loopback."""

    region: Name = "us-east-1"
    profile: str = ""
    endpoint_url: str = ""


class EcsSettings(_Section, frozen=True):
    """The side that is left: the record's identifier and the load balancer as CloudWatch names it."""

    load_balancer: Name  # the LoadBalancer dimension, "app/NAME/ID"
    set_identifier: Name = "ecs"


class ServerlessSettings(_Section, frozen=True):
    """The side that is moved to: the record's identifier and the HTTP API as CloudWatch names it."""

    api_id: Name
    set_identifier: Name = "lambda"
    api_stage: Name = "$default"


class DnsSettings(_Section, frozen=True):
    """Name servers as host:port; none means those that the hosted zone itself names."""

    name_servers: tuple[str, ...] = ()
    questions: Annotated[int, Meta(ge=1, le=10_000)] = 100


class LadderStep(_Section, frozen=True):
    """One step: Lambda's weight, its bake, and how many requests Lambda must have served in it."""

    weight: Annotated[int, Meta(ge=1, le=100)]
    bake: Name
    min_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 5000


class GateSettings(_Section, frozen=True):
    """The gates' limits; rates are fractions, times milliseconds. The defaults are the migration plan's."""

    pass_error_rate: Fraction = 0.01
    fail_error_rate: Fraction = 0.02
    pass_p95_ms: Milliseconds = 500.0
    fail_p95_ms: Milliseconds = 1000.0
    p95_window: Name = "5m"
    p95_min_samples: Count = 200
    min_requests: Count = 100
    blind_minutes: Count = 3
    share_points: Fraction = 0.05


class TimingSettings(_Section, frozen=True):
    """How long to wait for what. `data_delay`: CloudWatch's newest minutes that are not final yet."""

    tick: Name = "1m"
    data_delay: Name = "2m"
    insync_timeout: Name = "5m"
    settle: Name = "1m"  # after INSYNC: the answers' TTL
    give_up_after: Name = "24h"  # a hold or a telemetry gap this long ends `run`; weights stay


class LedgerSettings(_Section, frozen=True):
    """Where the ledger file is; relative paths start at the settings file."""

    path: Name = ".cutover/ledger.jsonl"


class ClockSettings(_Section, frozen=True):
    """A rehearsal's compressed time. Refused unless AWS is a stand-in on loopback."""

    factor: Annotated[float, Meta(ge=1, le=100_000)] = 1.0
    epoch: Annotated[float, Meta(ge=0, le=_LATEST_SECONDS)] = 0.0


class Settings(_Section, frozen=True):
    """Everything that `cutover` must be told. Raises BadSettings where it is read, never later."""

    name: Name  # the public record, such as api.example.com
    hosted_zone_id: Name
    ecs: EcsSettings
    serverless: ServerlessSettings = msgspec.field(name="lambda")
    stage: Name = "production"
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
    def sides(self) -> Sides:
        """The two sides' set identifiers."""
        return Sides(self.ecs.set_identifier, self.serverless.set_identifier)

    def span(self, timing: str) -> timedelta:
        """One of the timings by its name."""
        return parse_duration(getattr(self.timing, timing))


def load(path: Path, overrides: Mapping[str, str] | None = None) -> Settings:
    """Read `path`; `overrides` (stage, profile, region; empty ones ignored) win over it. Raises BadSettings."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSettings(f"{path} does not exist; name another with --config or CUTOVER_CONFIG") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    for key, value in (overrides or {}).items():
        if value:
            target = raw if key == "stage" else raw.setdefault("aws", {})
            target[key] = value
    try:
        settings = msgspec.convert(raw, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {_in_words(str(error))}") from error
    _check(path, settings)
    return _absolute(path, settings)


def _in_words(error: str) -> str:
    return error.replace("`$.", "`").replace("Object missing", "misses the").replace("Object contains", "has the")


def _check(path: Path, settings: Settings) -> None:
    problems = [
        *_bad_names(settings),
        *_bad_durations(settings),
        *_bad_ladder(settings),
        *_bad_gates(settings),
        *_bad_clock(settings),
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
    if "\0" in settings.ledger.path:
        problems.append(f"ledger.path: {settings.ledger.path!r} is not the name of a file")
    return problems


def _bad_durations(settings: Settings) -> list[str]:
    named = {f"timing.{field}": getattr(settings.timing, field) for field in settings.timing.__struct_fields__}
    named |= {f"ladder[{i}].bake": step.bake for i, step in enumerate(settings.ladder)}
    named["gates.p95_window"] = settings.gates.p95_window
    problems = []
    for key, text in named.items():
        try:
            parse_duration(text)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if not problems and parse_duration(settings.gates.p95_window) % MINUTE:
        problems.append(f"gates.p95_window: {settings.gates.p95_window!r} must be whole minutes")
    return problems


def _bad_ladder(settings: Settings) -> list[str]:
    weights = [step.weight for step in settings.ladder]
    if not weights or weights[-1] != 100 or any(low >= high for low, high in pairwise(weights)):
        return [f"ladder: the weights must rise and end at 100, not {weights}"]
    return []


def _bad_gates(settings: Settings) -> list[str]:
    gates, problems = settings.gates, []
    if gates.pass_error_rate >= gates.fail_error_rate:
        problems.append(
            f"gates: pass_error_rate {gates.pass_error_rate} must be under fail_error_rate {gates.fail_error_rate}"
        )
    if gates.pass_p95_ms >= gates.fail_p95_ms:
        problems.append(f"gates: pass_p95_ms {gates.pass_p95_ms} must be under fail_p95_ms {gates.fail_p95_ms}")
    return problems


def _bad_clock(settings: Settings) -> list[str]:
    endpoint, clock = settings.aws.endpoint_url, settings.clock
    if endpoint and not is_loopback(endpoint):
        return [
            f"aws.endpoint_url: {endpoint!r} is not on loopback, as http://127.0.0.1:PORT; only a rehearsal has one"
        ]
    if clock.factor != 1 and not endpoint:
        return ["clock.factor: time is compressed in a rehearsal only, with aws.endpoint_url on loopback"]
    now = clock.epoch + (time.time() - clock.epoch) * clock.factor
    if not 0 <= now <= _LATEST_SECONDS:
        return [f"clock: with factor {clock.factor:g} and epoch {clock.epoch:g} it is {now:g} s after 1970 now"]
    return []


def _absolute(path: Path, settings: Settings) -> Settings:
    ledger = Path(os.path.normpath(path.absolute().parent / settings.ledger.path))
    return msgspec.structs.replace(settings, ledger=LedgerSettings(path=str(ledger)))
