"""The variables that runbooks use, for a shell: `python -m cutover.render.shell_variables > production.env`."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cutover.settings import BadSettings, Settings, load

DEFAULT_PATH = "cutover.toml"
FUNCTIONS = (
    "health",
    "mocs",
    "gallery",
    "wishlist",
    "profile",
    "upload",
    "csv-parser",
)  # deployed as lego-api-NAME-STAGE


def variables(settings: Settings) -> Mapping[str, str]:
    """Name and value of each that the settings tell; pure. Secrets are none of them."""
    return {name: value for name, value in names(settings).items() if value or name == "AWS_PAGER"}


def names(settings: Settings) -> Mapping[str, str]:
    """As `variables`, also of those that these settings do not tell: their values are empty."""
    told = settings.dashboard.variables
    repositories = settings.archive.repositories
    return {
        "STAGE": settings.stage,
        "AWS_REGION": settings.aws.region,
        "AWS_DEFAULT_REGION": settings.aws.region,
        "AWS_PAGER": "",
        "PUBLIC_NAME": settings.name,
        "ZONE_ID": settings.hosted_zone_id,
        "LOAD_BALANCER": settings.ecs.load_balancer,
        "CLUSTER": settings.ecs.cluster,
        "SERVICE": settings.ecs.service,
        "ECS_URL": settings.ecs.url,
        "FUNCTION_LOGS": function_logs(settings.stage),
        "API_ID": settings.serverless.api_id,
        "LAMBDA_URL": settings.serverless.url,
        "SWITCH_BUCKET": settings.kill_switch.bucket,
        "SWITCH_REGION": settings.kill_switch.region or settings.aws.region,
        "ARCHIVE_BUCKET": settings.archive.bucket,
        "REPOSITORY": repositories[0] if repositories else "",
        "OWNER_SECRET": f"lego-api-db-credentials-{settings.stage}",
        "SEARCH_URL": settings.reindex.endpoint,
        "DATABASE_INSTANCE": told.get("DatabaseInstance", ""),
        "REDIS_GROUP": told.get("RedisGroup", ""),
    }


def function_logs(stage: str) -> str:
    """The log groups of all functions, for a shell that parts words at spaces: `$FUNCTION_LOGS` without quotes."""
    return " ".join(f"/aws/lambda/lego-api-{name}-{stage}" for name in FUNCTIONS)


def lines(settings: Settings, path: Path) -> Iterator[str]:
    """A shell's line for each; `cutover` finds these very settings by the last one."""
    for name, value in variables(settings).items():
        yield f"export {name}={shlex.quote(value)}"
    yield f"export CUTOVER_CONFIG={shlex.quote(str(path.absolute()))}"


def main() -> int:
    """Write them for the settings that CUTOVER_CONFIG names, or those of this folder: the exit code."""
    path = Path(os.environ.get("CUTOVER_CONFIG") or DEFAULT_PATH)
    try:
        settings = load(path)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in lines(settings, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
