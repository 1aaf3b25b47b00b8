"""`python -m tests.benchmarks coldstart [--rounds 9] [--package dist/lambda/x86_64 --python python3.13]`.

Every sample is a new process; the programs take turns within a round, so that what else the machine does hits all.
Ours answer real requests on real PostgreSQL, Valkey and a search server, and moto's Cognito; the peers say hello. It is
not Lambda: its cores are slower below 1,769 MB, and what it does before the process starts is not in here.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cutover.rehearsal.stack import servers, user_pool
from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.process import CHECKOUT
from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER
from infra.functions import FUNCTIONS, PARSER
from tests.benchmarks.api.stand import Stand, opened
from tests.benchmarks.api.targets import PIP_PACKAGES, install
from tests.benchmarks.coldstart.profile import import_times, table_of
from tests.benchmarks.coldstart.scripts import PEERS, READY, call, invoke, ours

ASKING = "user-0"  # whose token and rows `first_users` gives first
# What each function is asked first; none of them needs more than what is in the seeded database.
FIRST = {
    "health": "/health",
    "mocs": "/api/mocs",
    "gallery": "/api/albums",
    "wishlist": "/api/wishlist",
    "profile": "/api/users/me",
    "upload": "/api/mocs/{moc}/gallery-images",
}
NOWHERE = {
    "STAGE": "production",
    "POSTGRES_HOST": LOOPBACK,
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": f"{LOOPBACK}:1",
    "OPENSEARCH_ENDPOINT": f"http://{LOOPBACK}:1",
    "S3_BUCKET": "bucket",
    "COGNITO_ISSUER": ISSUER,
    "COGNITO_CLIENT_ID": CLIENT_ID,
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_LAMBDA_FUNCTION_NAME": "timed",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "LOG_LEVEL": "ERROR",
}
GOALS = {"health": ("hello", 0.65), "mocs": ("mocs", 0.5)}
FOR_EVERY_FUNCTION = ("everything", 0.5)


@dataclass(frozen=True, slots=True)
class Program:
    """What is started for each sample."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]

    def sample(self) -> float:
        """Milliseconds from the start of the process to its first answer."""
        began = time.perf_counter()
        with subprocess.Popen(
            self.command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tempfile.gettempdir()
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            line = next((one for one in process.stdout if one.startswith(READY)), b"")  # behind its metrics
            ended = time.perf_counter()
            process.stdout.read()
            told = process.stderr.read().decode()
        if not line:
            raise SystemExit(f"{self.name} did not answer:\n{told}")
        return (ended - began) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks coldstart")
    parser.add_argument("--rounds", type=int, default=9, help="samples of each program, in turn")
    parser.add_argument(
        "--package", type=Path, help="the unpacked package: folders python (the layers) and task (the code)"
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter, the one that the package is for")
    parser.add_argument("--only", help="functions, separated by commas")
    parser.add_argument("--profile", action="store_true", help="only the import profile, as Markdown")
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else [function.name for function in FUNCTIONS]
    if asked.profile:
        _profile(names, asked.package, asked.python, asked.rounds)
        return
    with opened(indexing=True) as stand, _aws(stand) as aws_url, _peers(asked.package, asked.python) as peers:
        programs = [*peers, *(_ours(name, stand, aws_url, asked.package, asked.python) for name in names)]
        taken = _taken(programs, asked.rounds)
    _tell(taken, names)


def _profile(names: Sequence[str], package: Path | None, python: str, rounds: int) -> None:
    env = {**NOWHERE, **_paths(package)}
    handlers = {function.name: function.handler for function in FUNCTIONS if function.name in names}
    profiles = {name: import_times(python, handler, env, rounds) for name, handler in handlers.items()}
    sys.stdout.write(table_of(profiles) + "\n")


def _taken(programs: Sequence[Program], rounds: int) -> dict[str, list[float]]:
    """Every program's samples; one round before does not count, as it may compile."""
    taken: dict[str, list[float]] = {program.name: [] for program in programs}
    for number in range(rounds + 1):
        for program in programs:
            sample = program.sample()
            if number:
                taken[program.name].append(sample)
        sys.stderr.write(f"round {number} of {rounds}\n")
    return taken


@contextmanager
def _peers(package: Path | None, python: str) -> Iterator[list[Program]]:
    """FastAPI from the registry, all else from where ours has it: the package's layer, or this environment."""
    with tempfile.TemporaryDirectory(prefix="coldstart-") as name:
        target = Path(name) / "python"
        install(target, PIP_PACKAGES, "FastAPI", python)
        paths = [target, *([(package / "python").resolve()] if package else [])]
        env = {"PYTHONPATH": ":".join(map(str, paths)), "PATH": os.environ["PATH"]}
        yield [Program(f"peer {peer}", (python, "-W", "ignore", "-c", script), env) for peer, script in PEERS.items()]


@contextmanager
def _aws(stand: Stand) -> Iterator[str]:
    """Moto, with the user who asks in its pool: its address."""
    port = free_port()
    moto = servers.start_moto(port, stand.directory / "moto.log")
    url = f"http://{LOOPBACK}:{port}"
    try:
        servers.wait_for_http(moto, f"{url}/moto-api/")
        user_pool.make(url, [ASKING])
        yield url
    finally:
        moto.stop()


def _ours(name: str, stand: Stand, aws_url: str, package: Path | None, python: str) -> Program:
    function = next(one for one in FUNCTIONS if one.name == name)
    token, moc = stand.first_users()[0]
    if name == PARSER:
        then = invoke({"partsListId": "00000000-0000-0000-0000-000000000000"})
    else:
        then = call(FIRST[name].format(moc=moc), {"authorization": f"Bearer {token}"})
    env = {**_env(stand), "AWS_ENDPOINT_URL": aws_url, **_paths(package)}
    return Program(name, (python, "-W", "ignore", "-c", ours(function.handler, then)), env)


def _paths(package: Path | None) -> Mapping[str, str]:
    """Where ours are imported from: the package, in the order that Lambda has, or the checkout."""
    paths = [package / "task", package / "python"] if package else [CHECKOUT]
    return {"PYTHONPATH": ":".join(str(path.resolve()) for path in paths), "PATH": os.environ["PATH"]}


def _env(stand: Stand) -> Mapping[str, str]:
    address = stand.postgres.address(stand.database("coldstart"))
    return {
        **NOWHERE,
        "POSTGRES_HOST": address.host,
        "POSTGRES_PORT": str(address.port),
        "POSTGRES_DATABASE": address.database,
        "POSTGRES_USERNAME": address.username,
        "POSTGRES_PASSWORD": address.password or "",
        "REDIS_ENDPOINT": f"redis://{stand.cache(0)}",
        "OPENSEARCH_ENDPOINT": stand.search_url,
        "COGNITO_JWKS_URL": stand.jwks_url,
    }


def _tell(taken: Mapping[str, Sequence[float]], names: Sequence[str]) -> None:
    table = Table(title="from the start of the process to its first answer")
    for column in ("program", "best ms", "median ms", "worst ms", "against", "ratio", "goal"):
        table.add_column(column, justify="left" if column in ("program", "against") else "right")
    for program, samples in taken.items():
        figures = (f"{min(samples):.0f}", f"{statistics.median(samples):.0f}", f"{max(samples):.0f}")
        goals = [GOALS[program]] if program in GOALS else []
        goals += [FOR_EVERY_FUNCTION] if program in names else []
        for number, (peer, goal) in enumerate(goals or [("", 0.0)]):
            ratio = f"{_ratio(samples, taken[f'peer {peer}']):.2f}" if peer else ""
            table.add_row(program if not number else "", *(figures if not number else ("", "", "")), peer, ratio,
                          f"≤ {goal}" if goal else "")  # fmt: skip
    Console().print(table)


def _ratio(samples: Sequence[float], peers: Sequence[float]) -> float:
    """The median of the rounds' ratios: each against the peer's sample of the same round."""
    return statistics.median(one / peer for one, peer in zip(samples, peers, strict=True))


if __name__ == "__main__":
    main()
