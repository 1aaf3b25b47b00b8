"""A rehearsal beside real credentials: whatever the caller's environment says, nobody but the stand-in is asked."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.commands._session import Session
from cutover.discovery import Discovery
from cutover.ports import World
from cutover.rehearsal.controller import Controller
from cutover.rehearsal.wish import Wish
from tests.integration.rehearsal.aws_process import API, ZONE_ID, eventually, started
from tests.unit.cutover.invoking import NEUTRAL

SETTINGS = """
name = "{name}"
hosted_zone_id = "{zone}"
ecs = {{ load_balancer = "app/api/1" }}
lambda = {{ api_id = "abc" }}
aws = {{ endpoint_url = "{url}" }}
dns = {{ name_servers = ["127.0.0.1:{dns_port}"] }}
"""


@contextmanager
def trap() -> Iterator[tuple[str, list[Any]]]:
    """A URL, and everybody who connected to it."""
    caught: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def catch() -> None:
            while True:
                connection, who = listener.accept()
                connection.close()
                if who[1] == last:
                    return
                caught.append(who)

        last = 0
        thread = threading.Thread(target=catch)
        thread.start()
        yield url, caught
        with socket.socket() as end:
            end.bind(("127.0.0.1", 0))
            last = end.getsockname()[1]
            end.connect(listener.getsockname())
            thread.join()


def real_looking(url: str, folder: Path) -> Mapping[str, str]:
    """Credentials, a profile and a proxy, all of which lead to that URL."""
    config = folder / "aws-config"
    config.write_text(f"[default]\nendpoint_url = {url}\n[profile production]\nendpoint_url = {url}\n")
    return {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_ROUTE_53": url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "CUTOVER_CONFIG": str(folder / "production.toml"),
        "CUTOVER_PROFILE": "production",
    }


@pytest.mark.parametrize("words", [("status",), ("rollback", "--reason", "a rehearsal")], ids=["reading", "writing"])
def test_the_rehearsed_tool_asks_the_stand_in_and_nobody_else(
    words: Sequence[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with started(tmp_path) as aws, trap() as (url, caught):
        place = tmp_path / "cutover.toml"
        place.write_text(SETTINGS.format(name=API.rstrip("."), zone=ZONE_ID, url=aws.url, dns_port=aws.dns_port))
        for name, value in real_looking(url, tmp_path).items():
            monkeypatch.setenv(name, value)

        controller = Controller(place, tmp_path / "log", words)
        ended = eventually(lambda: controller.exit_code, lambda code: code is not None)
        said = controller.document()
        controller.stop()

        assert ended == said["exit"] == 0, said
        assert caught == []
        assert aws.control("GET", "state?only=calls")["calls"], "it asked the stand-in"


def test_a_trap_catches() -> None:
    with trap() as (url, caught):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))).close()
    assert len(caught) == 1


@pytest.mark.parametrize("words", [("rehearse", "--quick"), ("rehearse", "up")])
def test_a_rehearsal_reads_no_settings_and_builds_no_world_of_the_callers(
    words: Sequence[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(_: Mapping[str, Any]) -> World:
        raise AssertionError("a rehearsal has a world of its own")

    def never_look(_: Mapping[str, Any]) -> Discovery:
        raise AssertionError("a rehearsal looks into no account")

    wishes: list[Wish] = []
    for start in ("rehearse", "stand_up"):
        monkeypatch.setattr(f"cutover.rehearsal.session.{start}", lambda wish, **_: wishes.append(wish) or 0)

    theirs = ("--config", str(tmp_path / "none.toml"), "--profile", "production", "--stage", "production")
    session = Session(never, interactive=False, look=never_look)
    result = CliRunner(env=NEUTRAL).invoke(cli, [*theirs, *words, "--out", str(tmp_path / "out")], obj=session)

    assert result.exit_code == 0, result.output
    assert [wish.folder for wish in wishes] == [tmp_path / "out"]


def test_a_rehearsal_can_not_be_pointed_at_anything() -> None:
    document = json.dumps(cli.to_info_dict(cli.make_context("cutover", ["--help"], resilient_parsing=True))["commands"])

    options = {name for command in json.loads(document)["rehearse"]["params"] for name in command.get("opts", ())}

    world = {"--config", "--stage", "--profile", "--region", "--json", "--quiet", "--no-color", "--help"}
    assert options - world == {"--quick", "--inject", "--parts-lists", "--keep", "--out"}
