"""Who is asked has nothing to do with how fast they answer."""

import json
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]


def test_visitors_who_are_answered_late_make_as_many_requests_as_others() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.integration.loadtests.slow_visitors"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True)
    given = json.loads(done.stdout)
    assert given["quick"] + given["late"] == 600
    assert abs(given["late"] - 300) < 75, "six standard deviations of 600 fair draws"
