"""The Reindexing that the settings name; nothing is connected here."""

import getpass
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutover.core.durations import parse_duration
from cutover.core.endpoints import is_on_aws, url_of_domain
from cutover.reindex.options import Options
from cutover.reindex.signing import Signer

if TYPE_CHECKING:
    from cutover.data_ports import Reindexing
    from cutover.settings import Settings


def reindexing_of(settings: "Settings", credentials: Callable[[], Any], environ: Mapping[str, str]) -> "Reindexing":
    """What reindexes by these settings. `credentials`: whose keys sign, as botocore knows them, asked when needed."""
    from cutover.reindex.reindexing import AsyncReindexing

    given = settings.reindex
    options = Options(
        endpoint=url_of_domain(given.endpoint),
        folder=Path(given.folder),
        identity=_local_user(),
        host=platform.node(),
        batch_bytes=given.batch_bytes,
        most_batch_bytes=given.most_batch_bytes,
        in_flight=given.in_flight,
        max_bad=given.max_bad,
        overlap=parse_duration(given.overlap),
        slow_search_ratio=given.slow_search_ratio,
        golden_queries=given.golden_queries,
        golden_overlap=given.golden_overlap,
        keep=parse_duration(given.keep),
    )
    signer = Signer(credentials, region=settings.aws.region) if is_on_aws(options.endpoint) else None
    return AsyncReindexing(options, lambda: _database_url(given.database_url_env, environ), signer)


def _database_url(name: str, environ: Mapping[str, str]) -> str:
    """The URL in that environment variable; what it holds is never repeated. Raises BadSettings."""
    url = environ.get(name, "").strip()
    if not url:
        from cutover.settings import BadSettings

        raise BadSettings(f"the environment variable {name} (reindex.database_url_env) has to hold PostgreSQL's URL")
    return url


def _local_user() -> str:
    """Whoever works on this machine, for whoever meets the lock."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid-{os.getuid()}"
