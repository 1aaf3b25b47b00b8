"""A profile against a whole stack on this machine, generator and all: `python -m tests.benchmarks load spike`.

PostgreSQL, Valkey, the API and its Lambda environments are real; the load balancer, API Gateway and the rest of AWS
are stand-ins. It is `cutover load run` that asks, so that its papers and its verdict are those of any other run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cutover.rehearsal import seed
from cutover.rehearsal.stack.plan import settings_toml
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import CHECKOUT, own_environment
from cutover.rehearsal.stack.stack import Stack

PROFILES = ("sustained", "spike")
SIDES = ("ecs", "lambda")
# Each takes a core for seconds when it starts, so that on two cores more of them at a spike help nobody.
ENVIRONMENTS = 4
REAL_TIME = 1.0
SHORT = 0.1
# One route of each function that the load test asks; the last one answers 405 or 404, by whichever function has it.
WARMING = ("/api/mocs", "/api/gallery", "/api/wishlist", "/api/users/{user}", "/api/mocs/x/upload-parts-list")
WARMING_EACH = 3
LADDER = ({"weight": 10, "bake": "48h", "min_requests": 5000}, {"weight": 100, "bake": "168h", "min_requests": 5000})


def main(words: Sequence[str]) -> None:
    """Start the stack, run the profile, stop the stack; ends with the exit code of the run."""
    asked = _asked(words)
    folder = Path(asked.out or f"loads/{asked.profile}-{asked.side}-{time.strftime('%Y%m%d-%H%M%S')}").absolute()
    folder.mkdir(parents=True)
    stack = Stack.start(folder / "logs", REAL_TIME, _say, asked.environments)
    try:
        if asked.warm:
            _warm_up(stack)
        code = _run(stack, folder, _profile(asked.profile, folder, short=asked.short), asked)
        if asked.side == "lambda":
            _say(_environments(stack))
    finally:
        stack.stop()
    _say(f"everything is in {folder}")
    raise SystemExit(code)


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks load", description=__doc__)
    parser.add_argument("profile", choices=PROFILES)
    parser.add_argument("--side", choices=SIDES, required=True)
    parser.add_argument("--short", action="store_true", help="a tenth of the time")
    help_ = "the most that each function may have on the Lambda side"
    parser.add_argument("--environments", type=int, default=ENVIRONMENTS, help=help_)
    help_ = "start them before the run, as provisioned concurrency does; else cold starts are part of it, and named"
    parser.add_argument("--warm", action="store_true", help=help_)
    parser.add_argument("--processes", type=int, default=1, help="of the generator")
    parser.add_argument("--out", help="a folder that is not there yet")
    return parser.parse_args(words)


def _run(stack: Stack, folder: Path, profile: Path, asked: argparse.Namespace) -> int:
    """The exit code of `cutover load run`, which tells the terminal what it tells everybody."""
    settings = folder / "cutover.toml"
    settings.write_text(settings_toml(stack.places, stack.clock, LADDER, "ledger.jsonl"), encoding="utf-8")
    tokens = ",".join(stack.token(user) for user in seed.users())
    command = [
        sys.executable, "-m", "cutover", "--config", str(settings), "load", "run", str(profile),
        "--target", asked.side, "--yes", "--out", str(folder / "run"), "--processes", str(asked.processes),
    ]  # fmt: skip
    keys = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal", "AWS_REGION": "us-east-1"}
    around = {**own_environment(os.environ), **keys, "LEGO_TOKENS": tokens, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(command, env=around, cwd=folder, check=False).returncode


def _warm_up(stack: Stack) -> None:
    """Ask so much at once that every function of the API has all its environments."""
    user = seed.users()[0]
    token = stack.token(user)
    asks = [path.format(user=user) for path in WARMING for _ in range(WARMING_EACH * stack.environments)]
    with ThreadPoolExecutor(len(asks)) as pool:
        list(pool.map(lambda path: _ask(f"{stack.places.lambda_url}{path}", token), asks))


def _ask(url: str, token: str) -> None:
    asking = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - on loopback
    try:
        with urllib.request.urlopen(asking, timeout=60.0) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as refused:
        refused.close()


def _profile(name: str, folder: Path, *, short: bool) -> Path:
    """The file of that profile; a short one takes a tenth of its time."""
    path = CHECKOUT / "loadtests" / "profiles" / f"{name}.toml"
    if not short:
        return path
    phases = [_shortened(phase) for phase in tomllib.loads(path.read_text(encoding="utf-8"))["phase"]]
    shorter = folder / f"short-{name}.toml"
    shorter.write_text("\n".join(phases), encoding="utf-8")
    return shorter


def _shortened(phase: dict[str, Any]) -> str:
    told = {**phase, "seconds": phase["seconds"] * SHORT}
    return "[[phase]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())


def _environments(stack: Stack) -> str:
    """How many environments each function had in the end."""
    url = f"http://{LOOPBACK}:{stack.places.edge_control}/state"
    with urllib.request.urlopen(url, timeout=10.0) as answer:
        found = Counter(one["function"] for one in json.load(answer)["environments"])
    return "environments: " + ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
