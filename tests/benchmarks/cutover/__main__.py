"""Prints how long a process of `cutover` takes, from its start to its end: `python -m tests.benchmarks cutover`."""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.integration.rehearsal.aws_process import API, ROOT, ZONE_ID, Aws, config_of

SETTINGS = """
name = "{name}"
hosted_zone_id = "{zone}"
[aws]
endpoint_url = "{url}"
[ecs]
load_balancer = "app/api/123"
[lambda]
api_id = "abc123"
[dns]
name_servers = ["127.0.0.1:{dns_port}"]
"""
MOST_SECONDS = 60.0


def main() -> None:
    """Run each command so often, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name, Aws(Path(name), config_of()) as aws:
        folder = Path(name)
        answers = _settings(folder / "answers", f"http://127.0.0.1:{aws.port}", aws.dns_port)
        refuses = _settings(folder / "refuses", f"http://127.0.0.1:{_closed_port()}", _closed_port())
        _say("| command | best | middle |\n|---|---|---|")
        _tell("--help", ["--help"], runs)
        _tell("rollback --help", ["rollback", "--help"], runs)
        _tell("status, AWS answers", ["--config", answers, "status"], runs)
        _tell("status, AWS refuses connections", ["--config", refuses, "status"], runs)


def _tell(name: str, words: Sequence[str], runs: int) -> None:
    took = sorted(_seconds(words) for _ in range(runs))
    _say(f"| `cutover` {name} | {1000 * took[0]:.0f} ms | {1000 * median(took):.0f} ms |")


def _seconds(words: Sequence[str]) -> float:
    """The wall time of one process. Raises SystemExit with its words if it failed."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cutover", *words],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    took = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"cutover {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took


def _settings(folder: Path, url: str, dns_port: int) -> str:
    """A `cutover.toml` with a ledger of its own beside it."""
    folder.mkdir()
    path = folder / "cutover.toml"
    text = SETTINGS.format(name=API.rstrip("."), zone=ZONE_ID, url=url, dns_port=dns_port)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
