"""`cutover rollback` as a process of its own while Route 53's API is dead: the kill switch is thrown, and it ends."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from cutover.aws.clients import Clients
from cutover.aws.switch import S3Switch
from cutover.rehearsal.aws.operations import signed_by
from cutover.sections import AwsSettings, SwitchSettings

PROMISED_SECONDS = 30  # the whole process, from its start
SWITCH = SwitchSettings(bucket="switches")
BROKEN = b"<ErrorResponse><Error><Code>ServiceUnavailable</Code><Message>down</Message></Error></ErrorResponse>"
SETTINGS = """
name = "api.example.com"
hosted_zone_id = "Z123"
[aws]
endpoint_url = "{url}"
[ecs]
load_balancer = "app/api/123"
[lambda]
api_id = "abc123"
[kill_switch]
bucket = "switches"
[ledger]
path = "{ledger}"
"""


@dataclass
class Account:
    """A loopback endpoint where S3 lives and all else is dead. `answers`: Route 53 says 503; if not, nothing ever."""

    moto: tuple[str, int]
    answers: bool
    gone: threading.Event
    url: str = ""
    asked: int = 0

    def switch(self) -> S3Switch:
        """The kill switch in it."""
        return S3Switch.of(Clients(AwsSettings(endpoint_url=self.url)), SWITCH)


class Handler(BaseHTTPRequestHandler):
    """One request to the endpoint, by the service that signed it."""

    account: Account
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signed = signed_by(dict(self.headers.items()), {})
        service = signed.service if signed else ""
        if service == "s3":
            self._pass_on(body)
        elif service == "route53" and self.account.answers:
            self.account.asked += 1
            self._answer(503, BROKEN, "text/xml")
        else:
            self.account.asked += service == "route53"
            self.account.gone.wait(PROMISED_SECONDS)
            self.close_connection = True

    def _pass_on(self, body: bytes) -> None:
        line = http.client.HTTPConnection(*self.account.moto, timeout=10)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        line.request(self.command, self.path, body, headers)
        answer = line.getresponse()
        self._answer(answer.status, answer.read(), answer.getheader("Content-Type", "text/plain"))
        line.close()

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._any()

    def do_PUT(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple[str, int]]:
    """S3 with the switch's bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = Clients(AwsSettings(endpoint_url=f"http://{host}:{port}")).make("s3", 1, 10)
    s3.create_bucket(Bucket="switches")
    s3.close()
    yield host, port
    server.stop()


@contextmanager
def account(moto: tuple[str, int], *, answers: bool) -> Iterator[Account]:
    """That endpoint, while it is needed."""
    made = Account(moto, answers, threading.Event())
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"account": made})) as server:
        server.daemon_threads = True
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield made
        finally:
            made.gone.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("answers", [False, True], ids=["a black hole", "503 for ever"])
def test_with_route_53_dead_it_is_exit_10_in_time_and_the_kill_switch_is_thrown(
    answers: bool, moto: tuple[str, int], tmp_path: Path
) -> None:
    """The slowest test of its part, up to 25 s of waiting: the promise is about the clock on the wall."""
    with account(moto, answers=answers) as aws:
        aws.switch().throw(serving=True, reason="")
        config = tmp_path / "cutover.toml"
        config.write_text(SETTINGS.format(url=aws.url, ledger=tmp_path / "ledger.jsonl"))
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CUTOVER_"))}
        words = [
            sys.executable,
            "-m",
            "cutover",
            "--config",
            str(config),
            "--json",
            "rollback",
            "--reason",
            "it smells",
        ]
        began = time.monotonic()

        ended = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)

        lasted, said = time.monotonic() - began, json.loads(ended.stdout)
        assert ended.returncode == said["exit"] == 10, ended.stderr
        assert lasted < PROMISED_SECONDS
        assert said["kill_switch"] == "thrown"
        assert said["weights"] is None
        assert "aws s3api put-object --bucket switches" in said["next"]
        assert "Route 53 console, zone Z123" in said["next"]
        assert aws.switch().serving() is False
        assert aws.asked >= (10 if answers else 3)
        assert [json.loads(line)["kind"] for line in (tmp_path / "ledger.jsonl").read_text().splitlines()] == [
            "switched",
            "stopped",
        ]
