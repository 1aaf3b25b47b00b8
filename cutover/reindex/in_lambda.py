"""The tasks of a distributed reindex as Lambda functions, which sign in to PostgreSQL by IAM: no password is kept.

Step Functions hands on at most 256 KiB, and 10,000 ranges with their keys are 2 MB: so the items of the map are the
ranges' numbers, which `plan` lists, and `load` knows the keys of. What `load` answers is what it takes as its next
event, until nothing is left. PostgreSQL is reached through RDS Proxy, whose certificate a public authority has signed.
"""

import logging
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from cutover.core.reindex.ranges import spans
from cutover.reindex import task
from cutover.reindex.task import MOST_RANGES, SPARE_SECONDS, Context, Item, Servers

SIGN_IN_SECONDS = 900  # that a token is good for: RDS takes no older one, and no function runs longer
MOST_LETTERS = 20  # that an answer names, of so many characters each: they are handed on with every event
MOST_REASON = 300

log = logging.getLogger(__name__)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The item of the map: one of so many ranges, counted from 0."""

    alias: str
    index: str
    run: str
    ranges: int
    number: int


class Letter(msgspec.Struct, frozen=True):
    """A row that could not be indexed."""

    id: str
    reason: str


class Work(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a range is left, and what became of the rest."""

    alias: str
    index: str
    run: str
    left: tuple[Item, ...]
    indexed: int = 0
    stale: int = 0
    retried: int = 0
    bytes: int = 0
    dead: int = 0
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class Database:
    """Where PostgreSQL, or its proxy, listens, and as whom to sign in."""

    host: str
    port: int
    name: str
    user: str


def plan(
    event: Mapping[str, Any], context: Context | None = None, servers: Callable[[], Servers] | None = None
) -> dict[str, Any]:
    """Make an index to be loaded: its name, and the numbers of its ranges. Raises as task.plan_ranges."""
    planned = task.plan_ranges(event, context, servers or servers_by_iam)
    count = len(planned.pop("items"))
    return {**planned, "ranges": count, "numbers": list(range(count))}


def load(
    event: Mapping[str, Any], context: Context | None = None, servers: Callable[[], Servers] | None = None
) -> dict[str, Any]:
    """Load one range, or what is left of it. Raises ValueError where the event is none, and as task.handler."""
    work = _work(event)
    answer = _after(work, context, servers or servers_by_iam)
    log.info("range_loaded", extra={"index": work.index, "left": len(answer.left), "indexed": answer.indexed})
    done: dict[str, Any] = msgspec.to_builtins(answer)
    return done


def servers_by_iam() -> Servers:
    """The servers that the environment names, with a new token as PostgreSQL's password. Raises ValueError."""
    named = ("OPENSEARCH_ENDPOINT", "POSTGRES_HOST", "POSTGRES_DATABASE", "POSTGRES_USERNAME")
    endpoint, host, name, user = (os.environ.get(variable, "") for variable in named)
    if not (endpoint and host and name and user):
        raise ValueError(f"{', '.join(named)} have to be in the environment")
    database = Database(host, int(os.environ.get("POSTGRES_PORT", "5432")), name, user)
    trusted = ssl.get_default_verify_paths().cafile
    if trusted is None:
        raise ValueError("there are no trusted certificates on this machine: name their file in SSL_CERT_FILE")
    return Servers(endpoint, url_of(database, _token(database), trusted))


def url_of(database: Database, password: str, trusted: str) -> str:
    """The database's URL; only a server that a certificate of the file `trusted` vouches for is talked to."""
    who = f"{quote(database.user, safe='')}:{quote(password, safe='')}"
    query = urlencode({"sslmode": "verify-full", "sslrootcert": trusted})
    return f"postgresql://{who}@{database.host}:{database.port}/{quote(database.name, safe='')}?{query}"


def token(database: Database, credentials: Any, region: str) -> str:
    """A password that RDS takes for 15 minutes, of these (botocore's, frozen) credentials."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    place = f"https://{database.host}:{database.port}/"
    request = AWSRequest("GET", place, params={"Action": "connect", "DBUser": database.user})
    SigV4QueryAuth(credentials, "rds-db", region, expires=SIGN_IN_SECONDS).add_auth(request)
    return str(request.prepare().url).removeprefix("https://")


def _token(database: Database) -> str:
    from botocore.session import Session

    found = Session().get_credentials()
    if found is None:
        raise ValueError("there are no AWS credentials to sign in to PostgreSQL with")
    return token(database, found.get_frozen_credentials(), os.environ.get("AWS_REGION", "us-east-1"))


def _work(event: Mapping[str, Any]) -> Work:
    try:
        if "left" in event:
            return msgspec.convert(dict(event), Work)
        part = msgspec.convert(dict(event), Part)
    except msgspec.ValidationError as error:
        raise ValueError(f"the event is none: {error}") from error
    if not (1 <= part.ranges <= MOST_RANGES and 0 <= part.number < part.ranges):
        raise ValueError(f"the event is none: there is no range {part.number} of {part.ranges}")
    span = spans(part.ranges)[part.number]
    item = Item(part.alias, part.index, part.run, span.after, span.until)
    return Work(part.alias, part.index, part.run, (item,))


def _after(work: Work, context: Context | None, servers: Callable[[], Servers]) -> Work:
    """One item after the other, while there is time."""
    while work.left:
        item, *others = work.left
        answer = task.handler(msgspec.to_builtins(item), context, servers)
        rest = msgspec.convert(answer["left"], tuple[Item, ...])
        work = _with(work, answer, (*rest, *others))
        if rest or _is_late(context):
            break
    return work


def _with(work: Work, answer: Mapping[str, Any], left: tuple[Item, ...]) -> Work:
    letters = [Letter(letter["id"], letter["reason"][:MOST_REASON]) for letter in answer["letters"]]
    for letter in letters:
        log.warning("row_not_indexed", extra={"index": work.index, "id": letter.id, "reason": letter.reason})
    sums = {name: getattr(work, name) + answer[name] for name in ("indexed", "stale", "retried", "bytes", "dead")}
    return msgspec.structs.replace(work, left=left, letters=(*work.letters, *letters)[:MOST_LETTERS], **sums)


def _is_late(context: Context | None) -> bool:
    """Whether another item would only just be begun."""
    return context is not None and context.get_remaining_time_in_millis() / 1000 < 2 * SPARE_SECONDS
