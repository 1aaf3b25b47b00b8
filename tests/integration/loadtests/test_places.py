"""Where requests go: by TLS to another address under the public name, by a name server's answers; with newer tokens."""

import base64
import json
import shlex
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.loadtests.locust_run import phase, run
from tests.integration.loadtests.small_server import Small

PUBLIC = "api.staging.test"
MINT = """
import base64, json, time
def token(user):
    told = json.dumps({"sub": user, "exp": time.time() + 4, "made": time.time()}).encode()
    return "e30." + base64.urlsafe_b64encode(told).decode().rstrip("=") + ".x"
time.sleep(0.5)
print(json.dumps({user: token(user) for user in ("ada", "eve")}))
"""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of that name that signs itself, and its key."""
    key, whose = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return cert, private


def serving(cert: Path, key: Path, names: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    return context


def test_tls_goes_to_another_address_under_the_public_name(tmp_path: Path) -> None:
    names: list[str] = []
    cert, key = certificate(tmp_path, PUBLIC)
    with Small().up(serving(cert, key, names)) as server:
        traffic = {
            "host": f"https://{PUBLIC}", "connect": ["127.0.0.1", server.port], "target": "lambda", "verdict": False,
        }  # fmt: skip
        ended = run(tmp_path, traffic, [phase("steady", 40, 2)], SSL_CERT_FILE=str(cert))

    assert ended.summed("errors") == ended.summed("wrong") == 0, ended.said
    assert ended.summed("requests") == ended.asked > 40
    assert set(names) == {PUBLIC}
    assert {asked.header("Host") for asked in server.asked} == {PUBLIC}
    assert {side for second in ended.run.seconds for _, side, _ in second.cells} == {"lambda"}
    assert server.connections < len(server.asked) / 2, "connections are kept"


@pytest.mark.parametrize("name", ["other.staging.test"])
def test_a_certificate_of_another_name_is_an_error(tmp_path: Path, name: str) -> None:
    cert, key = certificate(tmp_path, name)
    with Small().up(serving(cert, key, [])) as server:
        traffic = {"host": f"https://{PUBLIC}", "connect": ["127.0.0.1", server.port], "verdict": False}
        ended = run(tmp_path, traffic, [phase("steady", 20, 1)], SSL_CERT_FILE=str(cert))

    assert ended.summed("errors") == ended.summed("requests") == ended.asked > 0, ended.said
    assert server.asked == []


@contextmanager
def name_server(address: str) -> Iterator[tuple[int, list[str]]]:
    """Answers every question with that address, to be kept for a minute."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    data, sender = bound.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(data)
                name = question.question[0].name
                asked.append(name.to_text())
                answer = dns.message.make_response(question)
                answer.answer = [dns.rrset.from_text(name, 60, "IN", "A", address)]
                bound.sendto(answer.to_wire(), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield bound.getsockname()[1], asked
        finally:
            ended.set()
            thread.join()


def test_every_visitor_asks_the_name_server_and_the_answer_says_which_side_it_is(tmp_path: Path) -> None:
    with Small().up() as server, name_server("127.0.0.1") as (port, asked):
        traffic = {
            "host": f"http://{PUBLIC}:{server.port}", "dns": ["127.0.0.1", port], "sides": {"127.0.0.1": "ecs"},
            "verdict": False, "persons": 3,
        }  # fmt: skip
        ended = run(tmp_path, traffic, [phase("steady", 40, 2)])

    assert asked == [f"{PUBLIC}."] * 3
    assert {side for second in ended.run.seconds for _, side, _ in second.cells} == {"ecs"}
    assert {one.header("Host") for one in server.asked} == {f"{PUBLIC}:{server.port}"}


def test_a_name_that_nobody_knows_is_an_error_of_no_side(tmp_path: Path) -> None:
    with name_server("127.0.0.1") as (port, _):
        pass
    traffic = {"host": f"http://{PUBLIC}:9", "dns": ["127.0.0.1", port], "verdict": False, "persons": 1}
    ended = run(tmp_path, {**traffic, "clean": False}, [phase("steady", 5, 1)])

    assert ended.summed("errors") == ended.summed("requests") == ended.asked
    assert {side for second in ended.run.seconds for _, side, _ in second.cells} <= {"none"}


def test_tokens_are_renewed_before_they_end_and_nobody_waits_for_it(tmp_path: Path) -> None:
    mint = tmp_path / "mint.py"
    mint.write_text("import time\n" + MINT)
    with Small().up() as server:
        traffic = {
            "host": server.url, "tokens": {}, "tokens_command": [sys.executable, str(mint)], "verdict": False,
            "clean": False,
        }  # fmt: skip
        ended = run(tmp_path, traffic, [phase("steady", 40, 7)])

    api = [asked for asked in server.asked if asked.path.startswith("/api")]
    ends = []
    for asked in api:
        payload = asked.header("Authorization").split(".")[1]
        ends.append(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"] - asked.moment)
    assert min(ends) > 0, "no request had a token that was over"
    assert len({asked.header("Authorization") for asked in api}) >= 6, "of two users, three times"
    moments = [asked.moment for asked in api]
    assert max(later - earlier for earlier, later in pairwise(moments)) < 0.5
    assert ended.summed("errors") == 0


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/nowhere/mint", "can't be run: No such file"),
        (f"{sys.executable} -c exit(3)", "ended with 3"),
        (f"{sys.executable} -c print('secret-secret')", "printed: "),
    ],
)
def test_a_command_that_prints_no_tokens_is_said_and_what_it_printed_is_not(
    tmp_path: Path, command: str, sentence: str
) -> None:
    traffic = {"host": "http://127.0.0.1:9", "tokens": {}, "tokens_command": shlex.split(command)}
    if "print(" in command:
        traffic["tokens_command"] = [sys.executable, "-c", "print('secret-secret')"]
    ended = run(tmp_path, traffic, [phase("steady", 5, 1)])

    assert ended.code == 2, ended.said
    assert sentence in ended.said
    assert "secret-secret" not in ended.said
    assert not (ended.folder / "run.json").exists()
