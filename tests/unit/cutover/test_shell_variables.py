"""What a runbook's shell is told of the settings."""

import shlex
import subprocess
from pathlib import Path

import pytest

from cutover.render.shell_variables import main, variables
from cutover.settings import load
from infra import functions

SETTINGS = """
name = "api.example.com"
hosted_zone_id = "Z0123456789"
stage = "staging"
[ecs]
load_balancer = "app/api/50dc6c495c0c9188"
cluster = "main"
service = "it's"
[lambda]
api_id = "a1b2c3d4e5"
[kill_switch]
bucket = "switches"
[dashboard.variables]
RedisGroup = "cache"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Settings that name some of what there may be."""
    written = tmp_path / "cutover.toml"
    written.write_text(SETTINGS)
    return written


def test_what_the_settings_name_is_told_and_nothing_else(path: Path) -> None:
    found = variables(load(path))
    assert (found["STAGE"], found["ZONE_ID"], found["REDIS_GROUP"]) == ("staging", "Z0123456789", "cache")
    assert found["SWITCH_REGION"] == found["AWS_REGION"] == "us-east-1"
    assert found["OWNER_SECRET"] == "lego-api-db-credentials-staging"
    assert {"SEARCH_URL", "ARCHIVE_BUCKET", "REPOSITORY", "ECS_URL"} & set(found) == set()


def test_a_shell_takes_it(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CUTOVER_CONFIG", str(path))
    assert main() == 0
    script = capsys.readouterr().out + 'echo "$SERVICE|$CUTOVER_CONFIG|${AWS_PAGER-none}"'
    said = subprocess.run(["/bin/bash", "-euc", script], capture_output=True, text=True, check=True)
    assert said.stdout == f"it's|{path}|\n"
    assert shlex.quote("it's") in script


def test_the_log_groups_of_all_functions_are_words_of_their_own(path: Path) -> None:
    found = variables(load(path))["FUNCTION_LOGS"]
    assert found.split() == [f"/aws/lambda/{one.deployed_name('staging')}" for one in functions.FUNCTIONS]
    said = subprocess.run(
        ["/bin/bash", "-euc", f"export FUNCTION_LOGS={shlex.quote(found)}; printf '%s\\n' $FUNCTION_LOGS"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split("\n")[:-1] == found.split()


def test_settings_that_can_not_be_read_are_told_as_cutover_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CUTOVER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main() == 2
    assert "cutover.toml" in capsys.readouterr().err
