"""What `cutover compare` asks for: from a description, from a log; and command lines that ask for nothing good."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cutover.core.web import Heard
from tests.unit.cutover.core.test_asking_for import line
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.test_compare import URLS, compared, world_of


def test_a_description_is_asked_with_ids_that_the_baseline_names(tmp_path: Path) -> None:
    gets: dict[str, Any] = {path: {"get": {}} for path in ("/mocs", "/mocs/{id}", "/users/{id}")}
    needy = {"/c": {"get": {"parameters": [{"in": "query", "name": "q", "required": True}]}}}
    (tmp_path / "api.json").write_text(json.dumps({"openapi": "3.1.0", "paths": gets | needy}))
    not_json = Heard(1.0, 200, (), b"<p>")
    world = world_of(
        lambda candidate, path: {"/mocs": [{"id": "m1"}], "/users": not_json}.get(path, {"path": path})
        if path != "/" else Heard(1.0, 404)
    )  # fmt: skip

    code, told = compared(world, "--openapi", str(tmp_path / "api.json"))

    assert code == 0
    assert told["compared"] == 2
    assert "https://lambda.example/mocs/m1" in {url for _, url, _ in world.probes.asked}
    assert told["skipped"] == [
        "GET /c: there is no example for q", "GET /users/{id}: the baseline names no id for it",
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_a_log_says_what_is_asked(tmp_path: Path, packed: bool) -> None:
    text = "".join([line("GET https://a.example:443/x?token=abc HTTP/2.0")] * 2 + [line("PUT https://a/ HTTP/2.0")])
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    world = world_of(lambda candidate, _: {"a": candidate})

    code, told = compared(world, "--from-log", str(path), "--top", "1")

    assert code == 12
    assert told["differences"][0]["request"] == "GET /x?token=•••"
    assert told["differences"][0]["route"] == "/x"
    assert told["skipped"] == ["1 lines of the log are no GETs"]
    assert "https://lambda.example/x?token=abc" in {url for _, url, _ in world.probes.asked}


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("compare", "--yes"), "Missing option '--baseline'"),
    (("compare", "--baseline", "x", "--candidate", "https://a.example"), "'x' is not a URL such as"),
    (("compare", "--baseline", "http://a.example", "--candidate", "https://a.example"), "must be https"),
    (("compare", *URLS), "there is no terminal to ask on"),
    (("compare", *URLS, "--yes", "--path", "POST /a"), "only GET and HEAD are compared"),
    (("compare", *URLS, "--yes", "--path", "a"), "is not a path such as"),
    (("compare", *URLS, "--yes", "--rate", "11"), "at most 10"),
    (("compare", *URLS, "--yes", "--rate", "0"), "more than 0"),
    (("compare", *URLS, "--yes", "--rate", "1e1"), "is not a number of requests a second"),
    (("compare", *URLS, "--yes", "--rate", "nan"), "is not a number of requests a second"),
    (("compare", *URLS, "--yes", "--rate", "-1"), "is not a number of requests a second"),
    (("compare", *URLS, "--yes", "--rate", "1."), "is not a number of requests a second"),
    (("compare", *URLS, "--yes", "--rounds", "0"), "is not a whole number from 1 to 1000"),
    (("compare", *URLS, "--yes", "--token-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE holds no token"),
    (("compare", *URLS, "--yes", "--token-env", "eyJhbGci.S3CR3T"), "takes the name of an environment variable"),
    (("compare", *URLS, "--yes", "--openapi", "/no/such/file"), "does not exist"),
    (("compare", *URLS, "--yes", "--host", "a b"), "is not a URL"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=lambda value: " ".join(value)[-40:])
def test_a_wrong_command_line_is_told_and_asks_nobody(words: tuple[str, ...], sentence: str) -> None:
    world = world_of(lambda *_: {})

    result = invoke(world, *words)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "S3CR3T" not in result.output
    assert world.probes.asked == []


@pytest.mark.parametrize(
    ("flag", "content", "sentence"),
    [
        ("--openapi", b"{", "--openapi"),
        ("--openapi", b"[" * 100_000, "nested too deeply"),
        ("--openapi", b"{}", "no OpenAPI 3 description"),
        ("--from-log", b"\x1f\x8bbroken", "--from-log"),
        ("--from-log", gzip.compress(b"long" * 1000, mtime=0)[:40], "--from-log"),
        ("--from-log", b"", "there is nothing to ask"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, flag: str, content: bytes, sentence: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    result = invoke(world_of(lambda *_: {}), "compare", *URLS, "--yes", flag, str(path))

    assert result.exit_code == 2
    assert sentence in result.stderr
