"""A rehearsal beside real credentials: whatever the caller's environment says, nobody but the stand-in is asked."""

import socketserver
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.commands._session import Session
from cutover.commands.rehearse import command as rehearse
from cutover.commands.rehearse import up
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
def trap() -> Iterator[tuple[str, Sequence[str]]]:
    """A URL, and the first bytes of everybody who connected to it."""
    caught: list[str] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            caught.append(self.request.recv(200).decode(errors="replace"))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", caught
        finally:
            server.shutdown()
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

        assert ended == 0, said
        assert caught == []
        assert aws.control("GET", "state?only=calls")["calls"], "it asked the stand-in"


def test_a_trap_catches() -> None:
    with trap() as (url, caught), pytest.raises(OSError, match="Remote end closed|reset"):  # noqa: RUF043 - two words
        urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own
    assert caught[0].startswith("GET / HTTP")


@pytest.mark.parametrize("words", [("rehearse", "--quick"), ("rehearse", "up")])
def test_a_rehearsal_reads_no_settings_and_builds_no_world_of_the_callers(
    words: Sequence[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(_: Mapping[str, Any]) -> World:
        raise AssertionError("a rehearsal has a world of its own")

    def never_look(_: Mapping[str, Any]) -> Discovery:
        raise AssertionError("a rehearsal looks into no account")

    wishes: list[Wish] = []

    def start(wish: Wish, **_: bool) -> int:
        wishes.append(wish)
        return 0

    for name in ("rehearse", "stand_up"):
        monkeypatch.setattr(f"cutover.rehearsal.session.{name}", start)

    theirs = ("--config", str(tmp_path / "none.toml"), "--profile", "production", "--stage", "production")
    session = Session(never, interactive=False, look=never_look)
    result = CliRunner(env=NEUTRAL).invoke(cli, [*theirs, *words, "--out", str(tmp_path / "out")], obj=session)

    assert result.exit_code == 0, result.output
    assert [wish.folder for wish in wishes] == [tmp_path / "out"]


def test_a_rehearsal_can_not_be_pointed_at_anything() -> None:
    options = {name for command in (rehearse, up) for param in command.params for name in param.opts}

    everywhere = {"--config", "--stage", "--profile", "--region", "--json", "--quiet", "--no-color"}
    assert options - everywhere == {"--quick", "--scenario", "--all", "--inject", "--parts-lists", "--keep", "--out"}
