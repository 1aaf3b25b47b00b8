"""Writes the API's description: `python -m service.entrypoints.openapi`; `--check` only tells whether it is up to date.

It connects to nothing: the clients of its runtime are made for nowhere, and none is used.
"""

import argparse
import difflib
import json
import sys
import tomllib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from service.domains.csrf.described import DESCRIBED as CSRF
from service.domains.gallery.described import DESCRIBED as GALLERY
from service.domains.health.described import DESCRIBED as HEALTH
from service.domains.moc_files.described import DESCRIBED as MOC_FILES
from service.domains.moc_links.described import DESCRIBED as MOC_LINKS
from service.domains.mocs.described import DESCRIBED as MOCS
from service.domains.parts_lists.described import DESCRIBED as PARTS_LISTS
from service.domains.users.described import DESCRIBED as USERS
from service.domains.wishlist.described import DESCRIBED as WISHLIST
from service.entrypoints.api import DOMAINS
from service.runtime import build_runtime
from service.settings import Settings
from service.web.openapi.document import document, merged
from service.web.openapi.facts import JsonObject

FILE = Path(__file__).parents[1] / "openapi.json"
PROJECT = FILE.parents[1] / "pyproject.toml"
RENEW = "python -m service.entrypoints.openapi"
SHOWN_LINES = 80
DESCRIBED = merged([MOCS, MOC_FILES, MOC_LINKS, PARTS_LISTS, GALLERY, WISHLIST, USERS, CSRF, HEALTH])
NOWHERE = {
    "POSTGRES_HOST": "postgres.invalid",
    "POSTGRES_DATABASE": "none",
    "POSTGRES_USERNAME": "none",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": "redis.invalid",
    "OPENSEARCH_ENDPOINT": "http://opensearch.invalid",
    "S3_BUCKET": "none",
    "COGNITO_ISSUER": "https://issuer.invalid",
    "COGNITO_CLIENT_ID": "none",
}
SERVERS: Sequence[JsonObject] = [
    {"url": "/", "description": "The server that shows this description"},
    {"url": "https://api.lego-moc.example.com", "description": "Production"},
    {"url": "https://staging-api.lego-moc.example.com", "description": "Staging"},
]
ABOUT = """MOCs (My Own Creations), their files and parts lists, a gallery, a wishlist.

Every success is `{"success": true, "data": …}`; lists add `total`, paged ones `page` and `limit`. Every failure is
`{"error": {code, message, details?, timestamp, requestId}, message, code}`, also for unknown routes (404) and methods
that a route does not take (405, with `Allow`). An empty optional field is left out, never `null`; unknown keys of a
request are ignored. Times are UTC with milliseconds.

Bodies of more than 4 MB have to be uploaded directly: `POST <route>/presign`, send the file to where it says, then
`POST <route>/complete`. In front of the service API Gateway refuses what it cannot carry in words of its own (413)."""


def described() -> JsonObject:
    """The description of the API as the code is now. Raises Contradiction."""
    runtime = build_runtime(Settings.from_env(NOWHERE))
    info = {
        "title": "LEGO Projects API",
        "version": tomllib.loads(PROJECT.read_text())["project"]["version"],
        "description": ABOUT,
    }
    return document(info, SERVERS, [domain(runtime) for domain in DOMAINS], DESCRIBED)


def text_of(description: JsonObject) -> str:
    """The file's content."""
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def differences(found: str, wanted: str) -> list[str]:
    """The first lines of the difference; none when the file is as it should be."""
    return list(islice(difflib.unified_diff(found.splitlines(), wanted.splitlines(), "file", "code", n=2), SHOWN_LINES))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or say what differs: 0 = up to date, 1 = it differs."""
    parser = argparse.ArgumentParser(prog=RENEW, description="Writes the API's description to service/openapi.json.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1, saying what differs")
    wanted = text_of(described())
    if not parser.parse_args(arguments).check:
        FILE.write_text(wanted, encoding="utf-8")
        return 0
    differing = differences(FILE.read_text(encoding="utf-8") if FILE.exists() else "", wanted)
    if differing:
        told = "\n".join(differing)
        sys.stderr.write(f"{told}\n{FILE.name} is not what the code does; renew it: {RENEW}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
