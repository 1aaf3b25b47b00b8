"""The workflows: sound by two linters, pinned, without standing rights, and every command of theirs is there."""

import configparser
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.stacks.delivery import TEST_USERS
from infra.stacks.registry import repository_name
from infra.stages.staging import STAGING
from tests.architecture import actionlint
from tests.architecture.workflows import ACTIONS, GITHUB, ROOT, SCRIPTS, WORKFLOWS, commands, jobs, read, steps, uses

DEPLOY, TEST = GITHUB / "workflows" / "deploy.yml", GITHUB / "workflows" / "test.yml"
SHA = re.compile(r"[0-9a-f]{40}")
VERSION = re.compile(r"v\d+\.\d+\.\d+")


def test_there_is_something_to_look_at() -> None:
    assert [path.name for path in WORKFLOWS] == ["deploy.yml", "test.yml"]
    assert [path.parent.name for path in ACTIONS] == ["ready"]
    assert len(SCRIPTS) == 6
    assert sum(1 for _ in steps()) > 20


def _zizmor(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("zizmor")
    how = ("--offline", "--no-progress", "--persona=pedantic", "--strict-collection", "--format=json")
    return subprocess.run([program, *how, path], capture_output=True, text=True, timeout=120, check=False)


def test_zizmor_finds_nothing_not_even_what_only_smells() -> None:
    told = _zizmor(GITHUB)

    assert [f"{one['ident']}: {one['desc']}" for one in json.loads(told.stdout or "[]")] == []
    assert told.returncode == 0, told.stderr
    assert all(f"completed {path}" in told.stderr for path in (*WORKFLOWS, *ACTIONS, GITHUB / "dependabot.yml"))


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEST.read_text().replace("run: tox\n", "run: tox -e ${{ github.head_ref }}\n"))

    assert "template-injection" in {one["ident"] for one in json.loads(_zizmor(wrong).stdout)}


def test_actionlint_finds_nothing() -> None:
    program = actionlint.actionlint(os.environ)

    assert actionlint.lint(program, *WORKFLOWS) == ""


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEST.read_text().replace("matrix.python }}", "matrix.pythn }}"))

    assert 'property "pythn" is not defined' in actionlint.lint(actionlint.actionlint(os.environ), wrong)


def test_actions_of_others_are_pinned_by_commit_and_say_their_version() -> None:
    foreign = [one for one in uses() if not one[1].startswith("./")]

    assert len(foreign) > 10
    assert [one for one in foreign if not SHA.fullmatch(one[2]) or not VERSION.fullmatch(one[3])] == []
    pins = {(action, ref, version) for _, action, ref, version in foreign}
    assert len(pins) == len({action for action, _, _ in pins}), "one action, one version"


def test_the_image_has_something_to_be_built_from() -> None:
    assert "--file infra/container/Dockerfile" in commands()
    assert (ROOT / "infra" / "container" / "Dockerfile").is_file()


def test_images_are_pushed_where_the_container_stack_looks_for_them() -> None:
    push = (GITHUB / "scripts" / "push.sh").read_text()

    assert f'repository="{repository_name(STAGING).removesuffix("staging")}$1"' in push
    assert STAGING.named("registry").removesuffix("staging") + "$stage" in push


def test_the_smoke_check_reads_what_the_api_stack_tells() -> None:
    smoke = (GITHUB / "scripts" / "smoke.sh").read_text()

    assert STAGING.named("api").removesuffix("staging") + "$stage" in smoke
    assert (
        '("LambdaTarget", "cutover adopt --lambda-target", made.regional_domain)'
        in (ROOT / "infra" / "stacks" / "api.py").read_text()
    )


def test_what_is_used_of_our_own_is_there() -> None:
    own = [action for _, action, _, _ in uses() if action.startswith("./")]

    assert own
    for path in own:
        assert (ROOT / path).is_file() or (ROOT / path / "action.yml").is_file(), path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_given_to_single_jobs_and_are_few(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        expected = {"contents": "read"} | ({"id-token": "write"} if "environment" in job else {})
        assert job["permissions"] == expected, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_ends_within_an_hour_and_a_half(path: Path) -> None:
    for name, job in jobs(path).items():
        if "uses" not in job:
            assert 0 < job["timeout-minutes"] <= 90, name


def test_no_checkout_keeps_its_token() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]

    assert len(checkouts) >= 7
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_no_secret_is_asked_for() -> None:
    for path in (*WORKFLOWS, *ACTIONS):
        assert "secrets." not in path.read_text(), path.name
        assert "secrets: inherit" not in path.read_text(), path.name


def test_no_expression_is_pasted_into_a_command() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_deploys_wait_for_each_other_and_are_never_cut_off() -> None:
    assert read(DEPLOY)["concurrency"] == {"group": "deploy", "cancel-in-progress": False}


def test_nothing_but_main_or_a_person_deploys() -> None:
    assert read(DEPLOY)["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}


def test_production_comes_after_tests_staging_its_checks_and_a_look_at_the_changes() -> None:
    order = {name: set(needs) if isinstance(needs := job.get("needs", []), list) else {needs}
             for name, job in jobs(DEPLOY).items()}  # fmt: skip

    def before(name: str) -> set[str]:
        return order[name].union(*(before(earlier) for earlier in order[name]))

    assert before("production") == {"test", "package", "image", "staging", "contract", "production-diff"}
    assert before("staging") == {"test", "package", "image"}


def test_each_stage_has_its_environment_and_only_it_has_the_rights_to_deploy() -> None:
    environments = {name: job.get("environment") for name, job in jobs(DEPLOY).items()}

    assert environments == {
        "test": None,
        "package": None,
        "image": None,
        "staging": "staging",
        "contract": "staging",
        "production-diff": "production-diff",
        "production": "production",
    }


def test_every_stage_gets_the_package_of_the_one_build() -> None:
    for name, job in jobs(DEPLOY).items():
        if "environment" in job:
            (ready,) = (step for step in job["steps"] if step.get("uses") == "./.github/actions/ready")
            assert ready["with"]["digest"] == "${{ needs.package.outputs.digest }}", name
            assert "package" in job["needs"], name
    assert commands().count("tox run -e package") == 1


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_the_guard_is_asked_right_before_a_deploy(stage: str) -> None:
    ran = [step.get("run", "").split(" ")[0] for step in jobs(DEPLOY)[stage]["steps"]]
    scripts = [Path(command).name for command in ran if command.startswith(".github/scripts/")]

    assert scripts == ["diff.sh", "push.sh", "guard.sh", "deploy.sh", "smoke.sh"]


def test_a_job_deploys_the_stage_of_its_environment() -> None:
    for name, job in jobs(DEPLOY).items():
        for step in job.get("steps", ()):
            if found := re.match(r"\.github/scripts/(?:diff|push|deploy|smoke)\.sh (\S+)", step.get("run", "")):
                assert job["environment"].removesuffix("-diff") == found[1], name


def test_every_tox_environment_is_there() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = {name for names in re.findall(r"tox run -e ([\w,-]+)", commands()) for name in names.split(",")}

    assert "contract" in named
    assert {name for name in named if f"testenv:{name}" not in tox} == set()


def test_every_script_is_there_can_be_run_and_is_used() -> None:
    named = set(re.findall(r"\.github/scripts/([\w-]+\.sh)", commands()))

    assert named == {path.name for path in SCRIPTS}
    for path in SCRIPTS:
        assert os.access(path, os.X_OK), path.name
        assert path.read_text().startswith("#!/usr/bin/env bash\n#"), path.name


def test_every_module_that_is_run_is_there() -> None:
    modules = set(re.findall(r"python3? -m ([\w.]+)", commands()))

    assert modules == {"cutover", "infra.delivery.guard", "infra.delivery.signed_in"}
    assert all(importlib.util.find_spec(module) for module in modules)


def test_the_load_test_is_there_and_is_told_only_what_locust_and_it_know() -> None:
    (given,) = re.findall(r"locust (.+)$", commands(), re.MULTILINE)
    (profile,) = re.findall(r"--profile (\S+)", given)
    # Locust shows its help before it reads a locustfile; in a process of its own, because it patches the one it is in.
    parser = "from locust.argument_parser import get_parser as p; from loadtests._options import add_options as a"
    program = [sys.executable, "-c", f"{parser}; one = p(); a(one); print(one.format_help())"]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout

    assert "-f loadtests/" in given
    assert (ROOT / "loadtests" / "profiles" / f"{profile}.toml").is_file()
    assert [option for option in re.findall(r"--[\w-]+", given) if option not in told] == []


def test_the_test_users_secret_is_the_one_that_the_role_may_read() -> None:
    assert jobs(DEPLOY)["contract"]["env"]["TEST_USERS"] == STAGING.named(TEST_USERS)


def test_the_contract_test_reads_what_it_is_given() -> None:
    reads = (ROOT / "tests" / "contract" / "conftest.py").read_text()
    given = {name for name in jobs(DEPLOY)["contract"]["env"] if name.startswith("CONTRACT_")}

    assert given == {"CONTRACT_URLS", "CONTRACT_ORIGIN"}
    assert all(f'"{name}"' in reads for name in given)


def test_only_one_place_names_the_version_of_cdk() -> None:
    versions = re.findall(r"aws-cdk@\S+", "\n".join(p.read_text() for p in (*WORKFLOWS, *ACTIONS, *SCRIPTS)))

    assert len(versions) == 1
    assert re.fullmatch(r"aws-cdk@2\.\d+\.\d+", versions[0])


def test_every_variable_of_an_environment_is_in_the_runbook() -> None:
    named = {name for path in WORKFLOWS for name in re.findall(r"vars\.(\w+)", path.read_text())}
    runbook = (ROOT / "runbooks" / "delivery.md").read_text()

    assert len(named) >= 6
    assert {name for name in named if f"`{name}`" not in runbook} == set()


def test_pull_requests_run_the_projects_own_two_commands() -> None:
    ran = [step["run"] for step in jobs(TEST)["everything"]["steps"] if "run" in step]

    assert ran == ["pip install tox", "tox"]
    assert "pull_request" in read(TEST)["on"]
    assert "pull_request_target" not in read(TEST)["on"]


def test_the_versions_of_python_are_those_that_the_project_supports() -> None:
    oldest = next(s["with"]["python-version"] for s in jobs(TEST)["everything"]["steps"] if "setup-python" in str(s))

    assert f'requires-python = ">={oldest}"' in (ROOT / "pyproject.toml").read_text()
    assert jobs(TEST)["quick"]["strategy"]["matrix"]["python"] == ["3.12", "3.13"]
