"""The programs that are compared: how each is installed and started, and that all of them answer alike."""

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program
from cutover.rehearsal.stack.servers import wait_for_http
from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER
from service.settings import Cognito, Settings
from tests.benchmarks.api.stand import MOCS_EACH, Stand
from tests.integration.service.env import env_of

NPM_PACKAGES = ("drizzle-orm@0.45", "fastify@5", "ioredis@5", "jose@6", "pg@8")
PIP_PACKAGES = ("fastapi>=0.120", "uvicorn[standard]>=0.35", "pyjwt[crypto]>=2.10")
INSTALL_SECONDS, ANSWER_SECONDS = 300, 20
NOWHERE = f"{LOOPBACK}:1"
HERE = Path(__file__).parent


class NotInstalled(Exception):
    """A peer can't be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A target that answers on `port`."""

    name: str
    child: Child
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"


Start = Callable[[Stand, Path, bool], Running]


def start_ours(stand: Stand, _packages: Path, cached: bool) -> Running:
    """The service as ECS runs it, with all of its middleware; it logs as little as the peers do."""
    settings = Settings(
        stage="development",
        postgres=stand.postgres.address(stand.database("ours")),
        redis_endpoint=f"redis://{stand.cache(0)}" if cached else NOWHERE,
        redis_cluster=False,
        opensearch_endpoint=stand.search_url,
        s3_bucket="bucket",
        cognito=Cognito(ISSUER, CLIENT_ID, stand.jwks_url),
        aws_region="us-east-1",
        allowed_origins=(),
        on_lambda=False,
        eager=False,
    )
    more = {"LOG_LEVEL": "ERROR", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    command = [sys.executable, "-W", "ignore", "-m", "service.entrypoints.server"]
    return _started("ours", command, {**env_of(settings), **more}, stand)


def start_fastify(stand: Stand, packages: Path, cached: bool) -> Running:
    """The Node peer. Raises NotInstalled."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NotInstalled("no node or npm here: without the Fastify peer")
    _install(packages, [npm, "install", "--prefix", str(packages), "--no-package-lock", "--no-audit", "--no-fund"],
             NPM_PACKAGES, "fastify")  # fmt: skip
    script = str(shutil.copy(HERE / "fastify_peer.mjs", packages))
    return _started(
        "fastify", [node, script], {**_peer_env(stand, "fastify", 1, cached), "NODE_ENV": "production"}, stand
    )


def start_fastapi(stand: Stand, packages: Path, cached: bool) -> Running:
    """The FastAPI peer, on this environment's SQLAlchemy, asyncpg and redis-py. Raises NotInstalled."""
    target = packages / "python"
    install(target, PIP_PACKAGES, "FastAPI")
    env = {**_peer_env(stand, "fastapi", 2, cached), "PYTHONPATH": f"{CHECKOUT}:{target}"}
    command = [sys.executable, "-W", "ignore", str(HERE / "fastapi_peer.py")]
    return _started("fastapi", command, env, stand)


STARTS: Mapping[str, Start] = {"ours": start_ours, "fastify": start_fastify, "fastapi": start_fastapi}


def require_alike(target: Running, stand: Stand) -> None:
    """End the program unless the target does the whole job: own rows in order, tokens, owners, titles checked."""
    (token, moc), (other, _) = stand.first_users()[:2]
    title = {"title": f"made twice {time.time_ns()}", "type": "moc", "author": "Ada"}
    status, page = asked(target, "GET", "/api/mocs?page=1&limit=20", token)
    _require(target, status == 200 and page["total"] == MOCS_EACH and len(page["data"]) == 20, page)
    times = [row["updatedAt"] for row in page["data"]]
    _require(target, page["data"][0]["id"] == moc and times == sorted(times, reverse=True), "the order of the list")
    status, detail = asked(target, "GET", f"/api/mocs/{moc}", token)
    _require(target, status == 200 and {"files", "images", "partsLists"} <= detail["data"].keys(), detail)
    _require(target, asked(target, "GET", f"/api/mocs/{moc}", other)[0] == 403, "another user's MOC")
    _require(target, asked(target, "GET", "/api/mocs", token[:-8] + "AAAAAAAA")[0] == 401, "a false signature")
    made = [asked(target, "POST", "/api/mocs", other, title)[0] for _ in range(2)]
    _require(target, made == [201, 409], f"the same title twice: {made}")
    total = asked(target, "GET", "/api/mocs?page=1&limit=20", other)[1]["total"]
    _require(target, total == MOCS_EACH + 1, "a list that is out of date after a write")


def asked(target: Running, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
    """One request: status and JSON."""
    connection = http.client.HTTPConnection(LOOPBACK, target.port, timeout=ANSWER_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _require(target: Running, true: bool, what: object) -> None:
    if not true:
        raise SystemExit(f"{target.name} does not do the job: {what}")


def _peer_env(stand: Stand, name: str, number: int, cached: bool) -> dict[str, str]:
    env = {
        "DATABASE_URL": stand.database(name),
        "JWKS_URL": stand.jwks_url,
        "ISSUER": ISSUER,
        "CLIENT_ID": CLIENT_ID,
    }
    return env | ({"REDIS_URL": f"redis://{stand.cache(number)}"} if cached else {})


def _started(name: str, command: list[str], env: Mapping[str, str], stand: Stand) -> Running:
    port = free_port()
    child = Child(Program(name, command, {**env, "PORT": str(port)}, stand.directory / f"{name}.log"))
    wait_for_http(child, f"http://{LOOPBACK}:{port}/health")
    return Running(name, child, port)


def install(target: Path, packages: tuple[str, ...], what: str, python: str = sys.executable) -> None:
    """Python packages into `target`, once, for that interpreter. Raises NotInstalled."""
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(target),
    ]
    _install(target, command, packages, what)


def _install(directory: Path, command: list[str], packages: tuple[str, ...], what: str) -> None:
    """Once for a directory: what is there already is taken."""
    marker = directory / f".{what.lower()}-installed"
    if marker.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([*command, *packages], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        raise NotInstalled(f"{', '.join(packages)} can't be installed: without the {what} peer\n{done.stderr}")
    marker.touch()
