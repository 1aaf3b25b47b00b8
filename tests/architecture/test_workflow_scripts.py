"""The scripts of the workflows, run with programs in the place of those that reach AWS."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.architecture.workflows import ACTIONS, GITHUB, ROOT, jobs, read

DEPLOY = GITHUB / "workflows" / "deploy.yml"


class Shell:
    """A shell whose PATH begins with programs that write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder / "bin", folder / "calls"
        self.folder.mkdir()
        self.around = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "HOME": str(folder),
            "GITHUB_SHA": "c0ffee",
            "AWS_REGION": "us-east-1",
        }

    def has(self, program: str, then: str = "true") -> None:
        """`then` is what it does besides."""
        path = self.folder / program
        path.write_text(f'#!/bin/bash\necho "{program} $*" >> {self.calls}\n{then}\n')
        path.chmod(0o755)

    def run(self, *command: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """In the checkout, unless `cwd` says where; `more` is its environment."""
        return subprocess.run(
            command, cwd=cwd or ROOT, env=self.around | more, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_diff_is_shown_in_the_log_and_in_the_summary(shell: Shell, tmp_path: Path) -> None:
    shell.has("npx", 'echo "[+] a function"')
    summary = tmp_path / "summary.md"

    told = shell.run(".github/scripts/diff.sh", "staging", GITHUB_STEP_SUMMARY=str(summary))

    assert told.returncode == 0, told.stderr
    assert told.stdout == "[+] a function\n"
    assert summary.read_text() == "## What a deploy changes in staging\n```diff\n[+] a function\n```\n"
    (call,) = shell.called
    assert call.startswith("npx --yes aws-cdk@2.")
    assert call.endswith(" diff --method template --ci --no-color -c stage=staging -c image_tag=c0ffee")


def test_a_diff_that_fails_ends_the_job(shell: Shell) -> None:
    shell.has("npx", "exit 3")

    assert shell.run(".github/scripts/diff.sh", "production").returncode == 3


def test_a_deploy_takes_every_stack_of_its_stage_and_asks_nobody(shell: Shell) -> None:
    shell.has("npx")

    assert shell.run(".github/scripts/deploy.sh", "production").returncode == 0
    (call,) = shell.called
    assert " deploy --all " in call
    assert " --require-approval never " in call
    assert " --outputs-file dist/cdk-outputs.json " in call
    assert call.endswith(" -c stage=production -c image_tag=c0ffee")


@pytest.mark.parametrize("script", ["cdk.sh", "diff.sh", "deploy.sh", "push.sh", "smoke.sh"])
def test_without_a_stage_nothing_runs(shell: Shell, script: str) -> None:
    for program in ("npx", "aws", "docker", "curl"):
        shell.has(program)

    assert shell.run(f".github/scripts/{script}").returncode != 0
    assert shell.called == []


def test_without_a_migration_there_is_nothing_to_guard(shell: Shell) -> None:
    shell.has("python")

    told = shell.run(".github/scripts/guard.sh", CUTOVER_TOML="none")

    assert told.returncode == 0
    assert "no migration" in told.stdout
    assert shell.called == []


def test_a_variable_that_was_forgotten_is_not_taken_for_no_migration(shell: Shell) -> None:
    shell.has("python")

    told = shell.run(".github/scripts/guard.sh", CUTOVER_TOML="")

    assert told.returncode == 2
    assert "CUTOVER_TOML is empty" in told.stderr
    assert shell.called == []


GUARDED = {"CUTOVER_TOML": 'name = "api.test"', "OBSERVE_ROLE_ARN": "arn:aws:iam::1:role/observe"}


def test_the_guard_is_given_the_status_that_the_observer_sees(shell: Shell, tmp_path: Path) -> None:
    settings, profile = tmp_path / "seen.toml", tmp_path / "seen.aws"
    shell.has(
        "python",
        f'[ "$2" = infra.delivery.guard ] && exec cat; cp "$6" {settings}; cp "$AWS_CONFIG_FILE" {profile}; echo said',
    )

    told = shell.run(".github/scripts/guard.sh", cwd=None, **GUARDED)

    assert (told.returncode, told.stdout) == (0, "said\n"), told.stderr
    assert settings.read_text() == 'name = "api.test"\n'
    assert "role_arn = arn:aws:iam::1:role/observe" in profile.read_text()
    calls = sorted(shell.called)
    assert calls[0].startswith("python -m cutover status --json --config ")
    assert calls[0].endswith(" --profile observe")
    assert calls[1:] == ["python -m infra.delivery.guard"]


@pytest.mark.parametrize("failing", ["cutover", "infra.delivery.guard"])
def test_whichever_of_the_two_refuses_ends_the_job(shell: Shell, failing: str) -> None:
    shell.has("python", f'[ "$2" = {failing} ] && exit 8; exit 0')

    assert shell.run(".github/scripts/guard.sh", cwd=None, **GUARDED).returncode == 8


def _pushed(shell: Shell, tmp_path: Path, content: bytes = b"image") -> subprocess.CompletedProcess[str]:
    """`push.sh staging` in a checkout of its own, with what was built beside it."""
    (tmp_path / "dist" / "image").mkdir(parents=True)
    (tmp_path / "dist" / "image" / "image.tar.gz").write_bytes(content)
    (tmp_path / ".github").symlink_to(GITHUB)
    return shell.run(
        ".github/scripts/push.sh", "staging", cwd=tmp_path, IMAGE_DIGEST=hashlib.sha256(b"image").hexdigest()
    )


def test_the_image_that_was_built_is_pushed_under_its_commit(shell: Shell, tmp_path: Path) -> None:
    shell.has("npx")
    shell.has("aws", 'case "$*" in *describe-images*) exit 254;; sts*) echo 222;; *) echo password;; esac')
    shell.has("docker", '[ "$1" != login ] || cat > /dev/null')

    assert _pushed(shell, tmp_path).returncode == 0
    where = "222.dkr.ecr.us-east-1.amazonaws.com/lego-api-service-staging:c0ffee"
    docker = [call for call in shell.called if call.startswith("docker")]
    assert docker[1:4] == [
        "docker load --input dist/image/image.tar.gz",
        f"docker tag service:c0ffee {where}",
        f"docker push {where}",
    ]
    assert " deploy lego-api-registry-staging " in shell.called[0]


def test_an_image_that_is_there_is_not_pushed_again(shell: Shell, tmp_path: Path) -> None:
    for program in ("npx", "aws", "docker"):
        shell.has(program)

    assert _pushed(shell, tmp_path).returncode == 0
    assert [call for call in shell.called if call.startswith("docker")] == []


def test_another_image_than_the_one_that_was_built_is_not_pushed(shell: Shell, tmp_path: Path) -> None:
    for program in ("npx", "aws", "docker"):
        shell.has(program)

    assert _pushed(shell, tmp_path, b"other").returncode != 0
    assert shell.called == []


def _smoked(shell: Shell, folder: Path) -> subprocess.CompletedProcess[str]:
    """`smoke.sh staging` where a deploy has told what it made."""
    (folder / "dist").mkdir()
    (folder / "dist" / "cdk-outputs.json").write_text(
        '{"lego-api-api-staging": {"LambdaTarget": "d-1.execute-api.test"}}'
    )
    (folder / ".github").symlink_to(GITHUB)
    return shell.run(".github/scripts/smoke.sh", "staging", cwd=folder, PUBLIC_NAME="api.test")


def test_the_smoke_check_asks_lambda_itself_by_the_public_name(shell: Shell, tmp_path: Path) -> None:
    shell.has("curl", 'case "$*" in */api/mocs) printf 401;; esac')

    told = _smoked(shell, tmp_path)

    assert told.returncode == 0, told.stderr
    health, mocs = shell.called
    for call in (health, mocs):
        assert "--connect-to api.test:443:d-1.execute-api.test:443" in call
        assert "--max-time 15" in call
    assert health.endswith(" https://api.test/health")
    assert mocs.endswith(" https://api.test/api/mocs")


def test_a_sick_service_fails_the_smoke_check(shell: Shell, tmp_path: Path) -> None:
    shell.has("curl", "exit 22")

    assert _smoked(shell, tmp_path).returncode == 22
    assert len(shell.called) == 1


@pytest.mark.parametrize("status", ["200", "404", "500"])
def test_a_list_that_anybody_may_read_fails_the_smoke_check(shell: Shell, tmp_path: Path, status: str) -> None:
    shell.has("curl", f'case "$*" in */api/mocs) printf {status};; esac')

    assert _smoked(shell, tmp_path).returncode != 0


def _package(folder: Path, content: bytes) -> Path:
    """A package as the build leaves it."""
    for architecture in ("arm64", "x86_64"):
        (folder / architecture).mkdir(parents=True)
        (folder / architecture / "service.zip").write_bytes(content)
    return folder


def _written_down(shell: Shell, folder: Path) -> str:
    """The digest that the building job tells."""
    (step,) = (step for step in jobs(DEPLOY)["package"]["steps"] if step.get("id") == "digest")
    output = folder.parent / "output"
    told = shell.run("bash", "-eo", "pipefail", "-c", step["run"], cwd=folder, GITHUB_OUTPUT=str(output))
    assert told.returncode == 0, told.stderr
    return output.read_text().strip().removeprefix("digest=")


def _checked(shell: Shell, folder: Path, digest: str) -> int:
    """The exit code of the deploying job's check."""
    (step,) = (step for step in read(ACTIONS[0])["runs"]["steps"] if "DIGEST" in step.get("env", {}))
    return shell.run("bash", "-eo", "pipefail", "-c", step["run"], cwd=folder, DIGEST=digest).returncode


def test_the_package_that_was_built_is_taken(shell: Shell, tmp_path: Path) -> None:
    folder = _package(tmp_path / "lambda", b"built")
    digest = _written_down(shell, folder)

    assert digest == hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == 2
    assert _checked(shell, folder, digest) == 0


def test_a_package_that_was_changed_is_not(shell: Shell, tmp_path: Path) -> None:
    folder = _package(tmp_path / "lambda", b"built")
    digest = _written_down(shell, folder)
    (folder / "arm64" / "service.zip").write_bytes(b"other")

    assert _checked(shell, folder, digest) != 0


def test_a_whole_other_package_is_not_either(shell: Shell, tmp_path: Path) -> None:
    digest = _written_down(shell, _package(tmp_path / "a" / "lambda", b"built"))
    other = _package(tmp_path / "b" / "lambda", b"other")
    _written_down(shell, other)

    assert _checked(shell, other, digest) != 0


def test_the_context_of_cdk_knows_no_stage_by_itself() -> None:
    assert "stage" not in json.loads((ROOT / "cdk.json").read_text())["context"]
