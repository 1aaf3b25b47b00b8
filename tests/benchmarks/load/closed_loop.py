"""Locust as it is usually used, beside the open loops: so many users, each so many requests a second at most."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.load.measured import Measured

STOP_SECONDS = 15


def attack(url: str, users: int, rate_of_each: float, seconds: float, folder: Path) -> Measured:
    """Let the users ask for so long. Raises CalledProcessError, TimeoutExpired."""
    figures = folder / f"closed-{users}.json"
    command = [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("closed_locustfile.py")), "--headless",
        "--host", url, "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{round(seconds)}s",
        "--stop-timeout", str(STOP_SECONDS), "--only-summary", "--skip-log-setup",
    ]  # fmt: skip
    around = {"CLOSED_FIGURES": str(figures), "CLOSED_REQUESTS_PER_SECOND": str(rate_of_each)}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "LEGO_"))}
    subprocess.run(command, env={**own, **around}, capture_output=True, timeout=seconds + STOP_SECONDS + 60, check=True)
    told = json.loads(figures.read_text(encoding="utf-8"))
    ms = {percent: float(value) for percent, value in told["ms"].items()}
    name = f"Locust, closed loop: {users} users, {rate_of_each:g}/s each"
    return Measured(name, round(users * rate_of_each * seconds), told["answered"], ms["50"], ms["95"], ms["99"])
