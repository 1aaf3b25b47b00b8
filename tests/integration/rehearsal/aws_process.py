"""Starts the AWS stand-in as a process of its own and speaks to it as its clients do."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3
import dns.message
import dns.query
import dns.rdatatype
import httpx
from botocore.config import Config

ROOT = Path(__file__).parents[3]
ZONE = "lego-moc.example.test."
API = f"api.{ZONE}"
ALB = "lego-alb-1.us-east-1.elb.amazonaws.com"
GATEWAY = "d-abc.execute-api.us-east-1.amazonaws.com"
ZONE_ID = "Z0REHEARSAL"
DEADLINE_SECONDS = 20.0

Value = TypeVar("Value")


def record(set_identifier: str | None = None, weight: int | None = None, **fields: object) -> dict[str, Any]:
    """A record set of the public name, as boto3 gives it."""
    target, zone_id = (GATEWAY, "Z1UJRXOUMOOFQ8") if set_identifier == "lambda" else (ALB, "Z35SXDOTRQ7X7K")
    made: dict[str, Any] = {"Name": API, "Type": "A"}
    if set_identifier is not None:
        made |= {"SetIdentifier": set_identifier, "Weight": weight}
    alias = {"HostedZoneId": zone_id, "DNSName": f"{target}.", "EvaluateTargetHealth": False}
    return made | {"AliasTarget": alias} | fields


def config_of(**overrides: object) -> dict[str, object]:
    """A configuration with the weights 100/0 and a request rate that no test reaches."""
    return {
        "clock": {"factor": 60.0, "epoch": time.time()},
        "moto_url": "http://127.0.0.1:9",
        "invoke_url": "http://127.0.0.1:9",
        "zone": {"id": ZONE_ID, "name": ZONE},
        "targets": {ALB: ["127.0.1.1"], GATEWAY: ["127.0.1.2"]},
        "records": [record("ecs", 100), record("lambda", 0)],
        "requests_per_second": 1e6,
        "jwks": {"/pool-1/.well-known/jwks.json": {"keys": [{"kid": "k1"}]}},
    } | overrides


def eventually(probe: Callable[[], Value], wanted: Callable[[Value], bool]) -> Value:
    """The first value of `probe` that is `wanted`; fails with the last one when the deadline passes."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not wanted(value := probe()):
        assert time.monotonic() < deadline, f"still {value!r}"
        time.sleep(0.02)
    return value


class Aws:
    """A running stand-in and its clients; leaving it closes them and stops it."""

    def __init__(self, folder: Path, config: dict[str, object]) -> None:
        path = folder / "aws.json"
        path.write_text(json.dumps(config))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cutover.rehearsal.aws", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=DEADLINE_SECONDS)[1]
        self.ready = json.loads(line)
        self.port: int = self.ready["port"]
        self.dns_port: int = self.ready["dns_port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=DEADLINE_SECONDS)
        self._clients: list[Any] = []
        self._clock = config["clock"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        for client in self._clients:
            client.close()
        self.process.terminate()
        out, err = self.process.communicate(timeout=DEADLINE_SECONDS)
        if error is None:
            assert (self.process.returncode, out, err) == (0, "", "")

    def now(self) -> float:
        """The simulated time."""
        clock: Any = self._clock
        epoch: float = clock["epoch"]
        factor: float = clock["factor"]
        return epoch + (time.time() - epoch) * factor

    def client(self, service: str, attempts: int = 1) -> Any:
        """A boto3 client of the service that tries that often."""
        client = boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="AKIATEST",
            aws_secret_access_key="secret",
            config=Config(
                retries={"total_max_attempts": attempts}, s3={"addressing_style": "path"}, read_timeout=DEADLINE_SECONDS
            ),
        )
        self._clients.append(client)
        return client

    def control(self, method: str, path: str, value: object = None) -> Any:
        """The rehearsal's own door; fails unless it answers with 200."""
        response = self.http.request(method, f"/_rehearsal/{path}", json=value)
        assert response.status_code == 200, response.text
        return response.json()

    def resolve(self, name: str = API, kind: str = "A", *, over_tcp: bool = False) -> dns.message.Message:
        """One question to the name server."""
        ask = dns.query.tcp if over_tcp else dns.query.udp
        query = dns.message.make_query(name, kind)
        return ask(query, "127.0.0.1", port=self.dns_port, timeout=DEADLINE_SECONDS)

    def addresses(self, name: str = API) -> list[str]:
        """The addresses of one answer."""
        answer = self.resolve(name).answer
        return [str(rdata) for rrset in answer if rrset.rdtype == dns.rdatatype.A for rdata in rrset]

    def is_listening(self) -> bool:
        """Whether its HTTP port still takes connections."""
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def started(folder: Path, **overrides: object) -> Iterator[Aws]:
    """A stand-in with `config_of(**overrides)`, stopped at the end; its exit must be clean and silent."""
    with Aws(folder, config_of(**overrides)) as aws:
        yield aws
