"""Where dashboards come from: the repository's files, files that are named, or CloudWatch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cutover.core.boards.board import PREFIX, BadBoard, Board, deployed_name, read
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import World
from cutover.settings import Settings

FOLDER = Path(__file__).parents[3] / "dashboards"  # of a checkout; an installed tool has none
MOST_BYTES = 1_000_000  # as CloudWatch takes


@dataclass(frozen=True, slots=True)
class Found:
    """One board's JSON: its short name, the text, and where it is from, in words."""

    name: str
    text: str
    origin: str


def variables(settings: Settings) -> Mapping[str, str]:
    """What the settings know of the variables; those of [dashboard] variables win."""
    known = {
        "Stage": settings.stage,
        "Region": settings.aws.region,
        "ApiId": settings.serverless.api_id,
        "LoadBalancer": settings.ecs.load_balancer,
        "Cluster": settings.ecs.cluster,
        "Service": settings.ecs.service,
        "ProxyName": settings.serverless.rds_proxy,
    }
    return {name: value for name, value in (known | dict(settings.dashboard.variables)).items() if value}


def in_checkout(folder: Path = FOLDER) -> Mapping[str, Path]:
    """The repository's dashboards by name; none where only the tool is installed."""
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def named(world: World, names: Sequence[str], *, deployed: bool, everything: bool) -> Sequence[Found]:
    """The boards of these names and files, or all there are. Stops where there is none; raises what the port raises."""
    local = {} if deployed else in_checkout()
    if everything:
        names = list(local) or _deployed_names(world)
    if not names:
        raise Stop(Outcome(Exit.USAGE, "there is no dashboard here, nor in CloudWatch", "cutover dashboard list"))
    return [_one(world, name, local, deployed=deployed) for name in names]


def board(found: Found, settings: Settings) -> Board:
    """It, with the variables filled in. Stops where it is none."""
    try:
        return read(found.name, found.text, variables(settings))
    except BadBoard as error:
        raise Stop(Outcome(Exit.USAGE, f"{found.origin}: {error}", "cutover dashboard list")) from error


def short_name(name: str, stage: str) -> str:
    """The name without what the deployed one has around it."""
    return name.removeprefix(PREFIX).removesuffix(f"-{stage}")


def _deployed_names(world: World) -> Sequence[str]:
    stage = world.settings.stage
    return [short_name(name, stage) for name in world.boards.names(PREFIX) if name.endswith(f"-{stage}")]


def _one(world: World, name: str, local: Mapping[str, Path], *, deployed: bool) -> Found:
    if name in local:
        return _file(name, local[name])
    if not deployed and (name.endswith(".json") or "/" in name):
        return _file(Path(name).stem, Path(name))
    whole = deployed_name(name, world.settings.stage)
    for there in (whole, name):
        if (body := world.boards.body(there)) is not None:
            return Found(short_name(there, world.settings.stage), body, there)
    known = f"; those here are {', '.join(local)}" if local else ""
    raise Stop(Outcome(Exit.USAGE, f"there is no dashboard {whole!r} in CloudWatch{known}", "cutover dashboard list"))


def _file(name: str, path: Path) -> Found:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Stop(Outcome(Exit.USAGE, f"{path} is larger than a dashboard may be", "cutover dashboard list"))
        return Found(name, path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise Stop(Outcome(Exit.USAGE, f"can't read {path}: {why}", "cutover dashboard list")) from error
