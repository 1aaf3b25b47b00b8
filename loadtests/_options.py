"""Our options beside Locust's own, and everything that is wrong with what was asked for, before anything starts."""

import os
import time
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cutover.core.load.profile import Profile
from cutover.core.load.targets import production_host
from cutover.core.load.tokens import expiry_of
from loadtests._mix import MIX, tagged
from loadtests._profiles import by_hand, profile_named
from loadtests._settings import Traffic, traffic
from loadtests._table import BadSettings
from loadtests._thresholds import thresholds

USAGE, REFUSED = 2, 8  # cutover's exit codes
FOLDER = "loads"  # where bare Locust puts the papers of a profile, by their date


class Refused(BadSettings):
    """It could be run, but must not be."""


def add_options(parser: ArgumentParser, **_: Any) -> None:
    """Tell Locust's parser of ours; what is wrong ends Locust as soon as the command line is read.

    Whoever starts Locust by a file has decided everything: a locust.conf that lies about must not change the host, or
    the limits, behind their back.
    """
    if os.environ.get("LEGO_TRAFFIC"):
        parser._default_config_files = []  # type: ignore[attr-defined]
    parser.set_defaults(web_host="127.0.0.1")  # Locust's page is for everybody who can reach the machine
    _describe(_action(parser, "profile"), "smoke, sustained, spike, soak, or a TOML file of phases", "LEGO_PROFILE")
    group = parser.add_argument_group("Load test")  # options of a group are not on Locust's page: they are settled
    options: Mapping[str, Mapping[str, Any]] = {
        "--run-folder": {"help": f"where the papers go; with a profile {FOLDER}/DATE-TIME if not said"},
        "--thresholds": {"help": "a cutover.toml: the limits in its [gates] and [load]"},
        "--seed": {"help": "to draw again what was drawn; else another each time", "type": _whole},
        "--in-flight": {"help": "requests under way at once; arrivals beyond are dropped, and counted", "type": _whole},
        "--persons": {"help": "visitors with connections of their own", "type": _whole},
        "--no-clean": {"help": "leave in the accounts what was made there", "action": "store_true"},
    }
    for name, how in options.items():
        variable = "LEGO_" + name.strip("-").replace("-", "_").upper()
        group.add_argument(name, **how, env_var=variable)  # Locust's parser takes the variable, too
    _check_what_is_parsed(parser)


def wanted(environment: Mapping[str, str], options: Namespace) -> Traffic:
    """What the environment and the command line say together; the command line wins. Raises BadSettings."""
    told = traffic(environment)
    changes: dict[str, Any] = {}
    if options.host:
        changes["host"] = options.host
    if options.thresholds:
        found = thresholds(Path(options.thresholds))
        changes |= {"limits": found.limits}
        changes |= {"most_per_second": found.most_per_second} if found.most_per_second else {}
        changes |= {"in_flight": found.most_in_flight} if found.most_in_flight else {}
    if options.profile:
        changes["profile"] = profile_named(options.profile)
    if options.run_folder:
        changes["folder"] = Path(options.run_folder)
    for name in ("seed", "in_flight", "persons"):
        if getattr(options, name):
            changes[name] = getattr(options, name)
    if options.no_clean:
        changes["clean"] = False
    changes |= {"only": tuple(options.only_tags or ()), "without": tuple(options.without_tags or ())}
    return replace(told, **changes)


def profile_of(told: Traffic, options: Namespace) -> Profile:
    """The profile of the run that starts now; without one, what Locust's own options say. Raises BadSettings."""
    if told.profile:
        return told.profile
    if told.rate_file:
        rate = rate_in(told.rate_file)
        return by_hand(rate, max(1.0, rate), None)
    return by_hand(options.num_users or 1, options.spawn_rate or 1.0, options.run_time)


def rate_in(path: Path) -> int:
    """The arrivals a second that a rate file holds. Raises BadSettings."""
    try:
        return max(0, round(float(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, OverflowError) as error:
        raise BadSettings(f"the rate in {path} can't be read: {error}") from error


def folder_of(told: Traffic, now: float) -> Path | None:
    """Where the papers go: where it was said, else by the date, and nowhere without a profile."""
    if told.folder or not told.profile:
        return told.folder
    return Path(FOLDER) / time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))


def check(told: Traffic, profile: Profile | None, now: float) -> None:
    """Whether it may be run. Raises BadSettings, and Refused."""
    if told.host and not told.host.startswith(("http://", "https://")):
        raise BadSettings(f"--host {told.host}: a URL that begins with http:// or https:// is wanted")
    if production_host(told.host) and not told.allow_production:
        raise Refused(f"{told.host} is production: cutover load run … --prod --reason WHY")
    try:
        tagged(MIX, told.only, told.without)
    except ValueError as error:
        raise BadSettings(str(error)) from error
    if profile is None:
        return
    if profile.highest > told.most_per_second:
        most = f"{told.most_per_second} a second are allowed ([load] most_per_second)"
        raise Refused(f"{profile.name} asks for {profile.highest} requests a second; {most}")
    if not told.tokens_command:
        _tokens_last(told.tokens, now + (profile.seconds if told.profile else 0.0))


def _tokens_last(tokens: Mapping[str, str], until: float) -> None:
    for number, token in enumerate(tokens.values(), 1):
        if (ends := expiry_of(token)) is not None and ends <= until:
            at = time.strftime("%H:%M:%S UTC", time.gmtime(ends))
            text = f"token {number} ends at {at}, before the run; give newer ones, or a tokens_command"
            raise BadSettings(f"{text} that prints them (cutover load run: [load] tokens_command)")


def _check_what_is_parsed(parser: ArgumentParser) -> None:
    """Locust starts processes and binds ports right after it has read the command line: this is the time to refuse."""
    parse = parser.parse_args

    def parse_and_check(*args: Any, **named: Any) -> Namespace:
        options: Namespace = parse(*args, **named)
        # Locust would look for the tags at its users' tasks, of which there is one: here journeys have them.
        options.only_tags, options.without_tags = options.tags, options.exclude_tags
        options.tags = options.exclude_tags = None
        try:
            told = wanted(os.environ, options)
            check(told, profile_of(told, options) if told.profile or options.headless else None, time.time())
        except BadSettings as error:
            parser.exit(REFUSED if isinstance(error, Refused) else USAGE, f"locust: {error}\n")
        if not options.worker and options.headless and not told.host:
            parser.exit(USAGE, "locust: who is to be asked? --host URL\n")
        if options.processes and options.master_bind_host == "*":
            options.master_bind_host = "127.0.0.1"  # the workers are its own; nobody else is to take part
        return options

    parser.parse_args = parse_and_check  # type: ignore[method-assign,assignment]


def _action(parser: ArgumentParser, dest: str) -> Action:
    return next(action for action in parser._actions if action.dest == dest)


def _describe(action: Action, text: str, variable: str) -> None:
    """Locust has a --profile of its own, a mere label: the very one that names ours."""
    action.help, action.metavar = text, "<name or file>"
    action.env_var = variable  # type: ignore[attr-defined]


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)
