"""The image of the load workers holds all that a run needs of cutover, and Locust brings the packages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.loadtests.locust_run import CHECKOUT, phase

DOCKERFILE = CHECKOUT / "loadtests" / "Dockerfile"
RUN = """
import sys
for absent in ("msgspec", "boto3", "rich", "litestar", "aiohttp", "service"):
    sys.modules[absent] = None
from locust.main import main
sys.argv = ["locust", "-f", "loadtests/", "--headless", "--profile", sys.argv[1], "--run-folder", "run", "--no-clean"]
main()
"""


def copied(place: Path) -> None:
    """What the Dockerfile copies of the checkout, at the same paths."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    for words in re.findall(r"^COPY (.*)$", text, re.MULTILINE):
        *sources, target = words.split()
        for source in sources:
            if source == "requirements.txt":
                continue
            found = list(CHECKOUT.glob(source))
            assert found, f"there is no {source}"
            for one in found:
                if one.is_dir():
                    shutil.copytree(one, place / target)
                else:
                    (place / target).mkdir(parents=True, exist_ok=True)
                    shutil.copy(one, place / target)


def test_a_run_in_the_image_leaves_its_papers(tmp_path: Path) -> None:
    place = tmp_path / "load"
    place.mkdir()
    copied(place)
    (place / "short.toml").write_text(phase("short", 5, 2))
    env = {"PATH": os.environ["PATH"], "LEGO_TOKENS": "e30.eyJzdWIiOiJhZGEifQ.x", "LEGO_HOST": "http://127.0.0.1:9"}

    done = subprocess.run(
        [sys.executable, "-c", RUN, "short.toml"],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    said = done.stdout + done.stderr
    assert done.returncode == 3, said
    assert "<html" in (place / "run" / "report.html").read_text()
    assert "FAIL" in done.stdout
