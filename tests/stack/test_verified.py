"""The rehearsal's own sides and name server, asked the truth by `cutover verify` and `cutover compare`."""

import json
import subprocess
import sys
from typing import Any

import pytest

from cutover.rehearsal.stack.process import CHECKOUT
from tests.integration.rehearsal.stack_rig import Up

pytestmark = pytest.mark.xdist_group("stack")
SECONDS = 60


def cutover(stack: Up, *words: str, **environment: str) -> tuple[int, Any]:
    """Run it as a user does: exit code and document."""
    config = str(stack.folder / "cutover.toml")
    command = [sys.executable, "-m", "cutover", "--config", config, "--json", *words]
    told = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert told.stdout, told.stderr
    return told.returncode, json.loads(told.stdout)


def test_both_sides_answer_every_public_read_alike(stack: Up) -> None:
    paths = (
        "/",
        "/health",
        "/api/mocs",
        "/api/images",
        "/api/albums",
        "/api/wishlist",
        "/api/users/me",
        "/api/nothing",
    )
    urls = ("--baseline", stack.url("ecs"), "--candidate", stack.url("lambda"))
    words = [word for path in paths for word in ("--path", path)]

    code, told = cutover(
        stack, "compare", *urls, *words, "--yes", "--rate", "10", "--token-env", "TOKEN",
        TOKEN=stack.described["tokens"]["alice"],
    )  # fmt: skip

    assert told["differences"] == []
    assert (code, told["compared"], told["unauthorized"]) == (0, len(paths), 0), told


def test_name_server_and_sides_are_as_asked(stack: Up) -> None:
    code, told = cutover(stack, "verify", "--questions", "100")

    assert [check for check in told["checks"] if check["mark"] != "ok"] == []
    assert (code, told["ok"]) == (0, True)
    assert {(probe["side"], probe["place"]) for probe in told["probes"]} == {
        (side, stack.url(side)) for side in ("ecs", "lambda")
    }
    assert {answer["answered_by"] for probe in told["probes"] for answer in probe["answers"]} == {"ecs", "lambda"}
    assert {name["type"] for name in told["name_servers"]} == {"A", "AAAA"}


def test_a_side_that_is_swapped_with_the_other_is_found(stack: Up) -> None:
    """By settings that name the wrong place for each side."""
    config = stack.folder / "swapped.toml"
    text = (stack.folder / "cutover.toml").read_text()
    ecs, serverless = (f'url = "{stack.url(side)}"' for side in ("ecs", "lambda"))
    config.write_text(text.replace(ecs, "url = ?").replace(serverless, ecs).replace("url = ?", serverless))

    code, told = cutover(stack, "verify", "--questions", "20", "--config", str(config))

    assert code == 12
    failed = {check["subject"].split()[0]: check["text"] for check in told["checks"] if check["mark"] == "fail"}
    assert failed == {
        "ECS": "5 of 5 probes failed: Lambda answers there", "Lambda": "5 of 5 probes failed: ECS answers there",
    }  # fmt: skip
