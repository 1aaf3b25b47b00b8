"""Requests that change nothing, each with the status that both sides must answer it with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cutover.rehearsal.stack.tokens import TokenMaker
from tests.integration.rehearsal.stack_rig import BOUNDARY, FORM, JSON, SEEDED, form_of

MINE = f"/api/mocs/{SEEDED['alice'][0]}"
THEIRS = f"/api/mocs/{SEEDED['bob'][0]}"
NOBODYS = "/api/mocs/11111111-1111-4111-8111-111111111111"
UPLOAD = "upload-parts-list"
MOC = {"title": "Falcon", "type": "moc", "author": "Ada"}
PAGE = {"Origin": "http://localhost:3002"}
ELSEWHERE = {"Origin": "https://evil.example"}
CSV = b"part,qty\n3001,2\n"
LARGE = form_of(CSV * 200_000)  # answered before it is read, and as large as Lambda takes it
NOT_OURS = TokenMaker.new()  # its key is not the user pool's


@dataclass(frozen=True, slots=True)
class Case:
    """One request; `{token}` in a header stands for Alice's token. `user` None: no Authorization header of its own."""

    sentence: str
    status: int
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    user: str | None = "alice"

    def headers_for(self, token: str) -> dict[str, str]:
        """The headers with the token in its place."""
        return {name: value.replace("{token}", token) for name, value in self.headers.items()}


def reading(sentence: str, status: int, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Case:
    """A GET."""
    return Case(sentence, status, "GET", path, headers or {}, **more)


def creating(sentence: str, status: int, body: Any, headers: Mapping[str, str] = JSON, **more: Any) -> Case:
    """A POST of a MOC that is refused."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Case(sentence, status, "POST", "/api/mocs", headers, data, **more)


def moc(**changes: Any) -> dict[str, Any]:
    """A MOC that would be taken, but for the changes."""
    return {**MOC, **changes}


READS = [
    reading("the greeting", 200, "/", user=None),
    reading("health", 200, "/health", user=None),
    reading("health with a query", 200, "/health?x=1", user=None),
    reading("a list", 200, "/api/mocs"),
    reading("another page", 200, "/api/mocs?page=2&limit=7"),
    reading("a page past the end", 200, "/api/mocs?page=99"),
    reading("the largest page", 200, "/api/mocs?limit=100"),
    reading("an encoded digit", 200, "/api/mocs?limit=1&page=%31"),
    reading("an unknown parameter", 200, "/api/mocs?limit=1&x=%zz"),
    reading("a tag", 200, "/api/mocs?tag=castle"),
    reading("a tag of two words", 200, "/api/mocs?tag=space%20station&limit=3"),
    reading("an unknown tag", 200, "/api/mocs?tag=%F0%9F%A7%B1"),
    reading("a search", 200, "/api/mocs?search=castle&limit=5"),
    reading("a search of two words", 200, "/api/mocs?search=grey+crane"),
    reading("a search with a typing error", 200, "/api/mocs?search=widnmill"),
    reading("a search with a tag", 200, "/api/mocs?search=castle&tag=grey"),
    reading("a search beyond ASCII", 200, "/api/mocs?search=c%C3%A4stle%20%E2%82%AC"),
    reading("a search for wildcards", 200, "/api/mocs?search=%25_%5C"),
    reading("an empty search and tag", 200, "/api/mocs?search=&tag=&limit=2"),
    reading("a search for nothing that is there", 200, "/api/mocs?search=zzzzzz"),
    reading("the old search", 200, "/api/mocs/search?q=crane&from=2&size=3"),
    reading("the old search without words", 200, "/api/mocs/search?from=0&size=100"),
    reading("the old search by new names", 200, "/api/mocs/search?search=crane&page=2&limit=2"),
    reading("one MOC", 200, MINE),
    reading("one MOC by an id in upper case", 200, f"/api/mocs/{SEEDED['alice'][1].upper()}"),
    reading("somebody else's MOC as admin", 200, THEIRS, user="admin"),
    reading("signed in by cookie", 200, "/api/mocs?limit=1", {"Cookie": "a=b; token={token}"}, user=None),
    reading("compression is not forced on anybody", 200, "/api/mocs?limit=1", {"Accept-Encoding": "gzip"}),
    reading("another type asked for", 200, "/api/mocs?limit=1", {"Accept": "text/html"}),
    reading("an id of the client's own", 200, "/api/mocs?limit=1", {"X-Request-Id": "mine"}),
    reading("a part asked for", 200, "/api/mocs?limit=1", {"Range": "bytes=0-3"}),
    reading("a condition", 200, "/api/mocs?limit=1", {"If-None-Match": "*"}),
    reading("a large header", 200, "/api/mocs?limit=1", {"X-Large": "y" * 9000}),
    reading("the own profile", 200, "/api/users/me"),
    reading("the own profile by its id", 200, "/api/users/alice"),
    reading("somebody else's profile", 403, "/api/users/bob"),
    reading("somebody else's profile as admin", 403, "/api/users/bob", user="admin"),
    reading("claims in headers", 401, "/api/mocs", {"X-Amzn-Oidc-Identity": "alice", "X-User-Id": "alice"}, user=None),
]
REFUSED_READS = [
    reading("limit 0", 400, "/api/mocs?limit=0"),
    reading("limit 101", 400, "/api/mocs?limit=101"),
    reading("a limit that is no number", 400, "/api/mocs?limit=abc"),
    reading("page 0", 400, "/api/mocs?page=0"),
    reading("a page below 0", 400, "/api/mocs?page=-1"),
    reading("a page of many digits", 400, "/api/mocs?page=99999999999999999999999"),
    reading("page twice", 400, "/api/mocs?page=1&page=2"),
    reading("an empty page", 400, "/api/mocs?page="),
    reading("a search that is not UTF-8", 400, "/api/mocs?search=%FF"),
    reading("a search with NUL", 400, "/api/mocs?search=%00"),
    reading("a search of 9,000 letters", 400, "/api/mocs?search=" + "a" * 9000),
    reading("an old size of 1,000", 400, "/api/mocs/search?size=1000"),
    reading("two old searches", 400, "/api/mocs/search?q=a&q=b"),
    reading("an id that is none", 400, "/api/mocs/not-a-uuid"),
    reading("an id of NUL", 400, "/api/mocs/%00"),
    reading("an id beyond ASCII", 400, "/api/mocs/%E2%82%AC"),
    reading("an id that nothing has", 404, NOBODYS),
    reading("somebody else's MOC", 403, THEIRS),
]
SIGNING_IN = [
    reading("nobody", 401, "/api/mocs", user=None),
    reading("nobody, from our page", 401, "/api/mocs", PAGE, user=None),
    reading("a bearer token that is none", 401, "/api/mocs", {"Authorization": "Bearer x"}),
    reading("a bearer without a token", 401, "/api/mocs", {"Authorization": "Bearer"}),
    reading("a password", 401, "/api/mocs", {"Authorization": "Basic eDp5"}),
    reading("an empty header", 401, "/api/mocs", {"Authorization": ""}),
    reading("a key of somebody else's", 401, "/api/mocs", {"Authorization": f"Bearer {NOT_OURS.token('alice')}"}),
    reading("a bad cookie", 401, "/api/mocs", {"Cookie": "token=x"}, user=None),
    reading("an empty cookie", 401, "/api/mocs", {"Cookie": "token="}, user=None),
    reading("a cookie signed by somebody else", 401, "/api/mocs", {"Cookie": f"token={NOT_OURS.token('alice')}"},
            user=None),
    reading("a bad header beside a good cookie", 401, MINE, {"Cookie": "token={token}", "Authorization": "Bearer x"}),
    creating("a write by nobody", 401, MOC, user=None),
    creating("a write by cookie alone", 403, MOC, {"Cookie": "token={token}", **JSON}, user=None),
    creating("a write by cookie from elsewhere", 403, MOC, {"Cookie": "token={token}", **JSON, **ELSEWHERE}, user=None),
    creating("a write by cookie with the pair", 400, {"title": ""},
             {"Cookie": "token={token}; XSRF-TOKEN=q", "X-CSRF-Token": "q", **JSON}, user=None),
    creating("a write by cookie from our page", 400, {"title": ""}, {"Cookie": "token={token}", **JSON, **PAGE},
             user=None),
]  # fmt: skip
BODIES = [
    creating("no body", 400, b""),
    creating("half a body", 400, b"{"),
    creating("a body that is a list", 400, b"[]"),
    creating("null", 400, b"null"),
    creating("a text", 400, b'"x"'),
    creating("bytes that are not UTF-8", 400, b"\xff\xfe"),
    creating("a hundred thousand brackets", 400, b"[" * 100_000),
    creating("a title that is a number", 400, moc(title=1)),
    creating("a lone surrogate", 400, b'{"title":"a\\ud800","type":"moc","author":"a"}'),
    creating("a title of NUL", 400, moc(title="\0")),
    creating("a title that is empty once trimmed", 400, moc(title="  ")),
    creating("a title of 201 letters", 400, moc(title="ä" * 201)),
    creating("an unknown type", 400, moc(type="ship")),
    creating("a MOC without an author", 400, {"title": "x", "type": "moc"}),
    creating("a set without a brand", 400, {"title": "x", "type": "set"}),
    creating("no parts", 400, moc(partsCount=0)),
    creating("a year before the first brick", 400, moc(releaseYear=1931)),
    creating("twenty-one tags", 400, moc(tags=[str(number) for number in range(21)])),
    creating("an address that is none", 400, moc(thumbnailUrl="javascript:alert(1)")),
    creating("several mistakes at once", 400, moc(title="", partsCount=-1, tags=[""])),
    creating("more than a mebibyte", 413, b"x" * (1024 * 1024 + 10)),
    creating("no content type", 415, MOC, {}),
    creating("a text's content type", 415, MOC, {"Content-Type": "text/plain"}),
    creating("another charset", 415, MOC, {"Content-Type": "application/json; charset=latin-1"}),
    creating("a form's content type", 415, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}),
    Case("a change of nothing that is there", 404, "PATCH", NOBODYS, JSON, b'{"title":"x"}'),
    Case("a change of somebody else's MOC", 403, "PATCH", THEIRS, JSON, b'{"title":"x"}'),
    Case("a change by PUT of somebody else's MOC", 403, "PUT", THEIRS, JSON, b'{"title":"x"}'),
    Case("a change to an empty title", 400, "PATCH", MINE, JSON, b'{"title":" "}'),
    Case("a change of the type", 400, "PATCH", MINE, JSON, b'{"type":"moc"}'),
    Case("a change without a body", 400, "PATCH", MINE, JSON, b""),
    Case("a change of content type", 415, "PATCH", MINE, {"Content-Type": "text/plain"}, b"{}"),
    Case("a delete of nothing that is there", 404, "DELETE", NOBODYS),
    Case("a delete of somebody else's MOC", 403, "DELETE", THEIRS),
    Case("a delete of what is no id", 400, "DELETE", "/api/mocs/x"),
]
UPLOADS = [
    Case("an upload to nothing that is there", 404, "POST", f"{NOBODYS}/{UPLOAD}", FORM, form_of(CSV)),
    Case("an upload to somebody else's MOC", 403, "POST", f"{THEIRS}/{UPLOAD}", FORM, form_of(CSV)),
    Case("an upload to what is no id", 400, "POST", f"/api/mocs/x/{UPLOAD}", FORM, form_of(CSV)),
    Case("an upload by nobody", 401, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(CSV), user=None),
    Case("an upload of JSON", 415, "POST", f"{MINE}/{UPLOAD}", JSON, b"{}"),
    Case("an empty file", 400, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(b"")),
    Case("a file in another field", 400, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(CSV, field="other")),
    Case("a program", 415, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(b"MZ\x90\0\3\0", "parts.exe")),
    Case("a PDF that is called a list", 415, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3")),
    Case("a form within junk", 400, "POST", f"{MINE}/{UPLOAD}", FORM, b"junk"),
    Case("a form that is cut off", 400, "POST", f"{MINE}/{UPLOAD}", FORM, form_of(CSV)[:-30]),
    Case("a form of nothing", 400, "POST", f"{MINE}/{UPLOAD}", FORM, f"--{BOUNDARY}--\r\n".encode()),
    reading("a look at an upload", 405, f"{MINE}/{UPLOAD}"),
    Case("three megabytes from nobody", 401, "POST", f"{MINE}/{UPLOAD}", FORM, LARGE, user=None),
    Case("three megabytes to somebody else's MOC", 403, "POST", f"{THEIRS}/{UPLOAD}", FORM, LARGE),
    Case("three megabytes to no route", 404, "POST", "/nowhere", FORM, LARGE),
    Case("three megabytes by another method", 405, "PUT", f"{MINE}/{UPLOAD}", FORM, LARGE),
    Case("three megabytes of JSON", 413, "POST", "/api/mocs", JSON, LARGE),
    Case("three megabytes of another type", 415, "POST", f"{MINE}/{UPLOAD}", {"Content-Type": "text/csv"}, LARGE),
]
PATHS = [
    reading("an unknown route", 404, "/nowhere"),
    reading("an unknown route for nobody", 404, "/nowhere", user=None),
    reading("a route that is not there yet", 404, f"{MINE}/nothing"),
    reading("other letters", 404, "/API/MOCS"),
    reading("a slash at the end", 200, "/api/mocs/"),
    reading("a slash at the end of a MOC", 200, f"{MINE}/"),
    reading("a slash at the end of a search", 200, "/api/mocs/search/?q=crane"),
    reading("a slash at the end of health", 200, "/health/", user=None),
    creating("a slash at the end of a create", 400, {}),
    reading("two slashes at the start", 404, "//api/mocs"),
    reading("two slashes in the middle", 404, "/api//mocs"),
    reading("two slashes at the end", 404, "/api/mocs//"),
    reading("two slashes before an id", 404, MINE.replace("/mocs/", "/mocs//")),
    reading("an encoded slash at the end", 404, "/api/mocs/%2F"),
    reading("dots", 404, "/api/mocs/%2e%2e/x"),
    reading("a parameter in the path", 404, "/api/mocs;a=b"),
    reading("a path beyond ASCII", 404, "/%E2%82%AC"),
    reading("a path that is not UTF-8", 404, "/%FF"),
    reading("a path of 3,000 letters", 404, "/" + "a" * 3000),
    Case("a POST to health", 405, "POST", "/health", user=None),
    Case("a PUT to the list", 405, "PUT", "/api/mocs", JSON, b"{}"),
    Case("a DELETE of the list", 405, "DELETE", "/api/mocs"),
    Case("a PATCH of the greeting", 405, "PATCH", "/"),
    Case("a TRACE", 405, "TRACE", "/api/mocs"),
    Case("a HEAD of health", 405, "HEAD", "/health", user=None),
    Case("a HEAD of the list", 405, "HEAD", "/api/mocs"),
    Case("a POST to a MOC", 405, "POST", MINE, JSON, b"{}"),
]


def preflight(sentence: str, path: str, origin: Mapping[str, str], method: str = "POST") -> Case:
    """What a browser asks before it sends a request of another origin's page."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,cache-control"}
    return Case(sentence, 204, "OPTIONS", path, {**origin, **asked}, user=None)


PAGES = [
    preflight("a preflight of our page", "/api/mocs", PAGE),
    preflight("a preflight of a delete", MINE, PAGE, "DELETE"),
    preflight("a preflight of an upload", f"{MINE}/{UPLOAD}", PAGE),
    preflight("a preflight of an unknown route", "/nowhere", PAGE),
    preflight("a preflight from elsewhere", "/api/mocs", ELSEWHERE),
    Case("options that are no preflight", 204, "OPTIONS", "/api/mocs"),
    Case("options for nobody", 401, "OPTIONS", "/api/mocs", PAGE, user=None),
    reading("an answer to our page", 200, "/api/mocs?limit=1", PAGE),
    reading("an answer to elsewhere", 200, "/api/mocs?limit=1", ELSEWHERE),
    reading("a failure to our page", 400, "/api/mocs?limit=0", PAGE),
    reading("a 404 to our page", 404, "/nowhere", PAGE),
    reading("a 403 to our page", 403, THEIRS, PAGE),
    Case("a 405 to our page", 405, "DELETE", "/api/mocs", PAGE),
]
CASES = [*READS, *REFUSED_READS, *SIGNING_IN, *BODIES, *UPLOADS, *PATHS, *PAGES]
