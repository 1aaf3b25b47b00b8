"""The image, as far as it can be checked without Docker: its recipe, and that what it installs is enough to serve."""

import fnmatch
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.metadata import distribution
from pathlib import Path

import pytest

from cutover.rehearsal.stack.ports import free_port
from infra.constructs.service_task import ALIVE, PORT, USER
from infra.container import install
from infra.package.downloads import DownloadFailed, Downloads
from infra.package.requirements import NotPinned, Pin
from infra.package.target import Target

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "container"
STARTS_WITHIN_SECONDS = 30


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined, without comments."""
    text = "\n".join(line for line in (FOLDER / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def of(word: str) -> list[str]:
    return [rest for found, rest in instructions() if found == word]


def final() -> list[tuple[str, str]]:
    """Those of the stage that becomes the image."""
    every = instructions()
    last = max(index for index, (word, _) in enumerate(every) if word == "FROM")
    return every[last:]


def is_sent(path: str) -> bool:
    """Whether Docker gets a file or folder: its ignore file names what is not left out."""
    patterns = [line for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] not in "#"]
    sent = True
    for pattern in patterns:
        plain = pattern.removeprefix("!")
        if fnmatch.fnmatch(path, plain) or path.startswith(f"{plain}/"):
            sent = pattern.startswith("!")
    return sent


def test_it_copies_what_is_there_and_sent() -> None:
    sources = [source for rest in of("COPY") if "--from" not in rest for source in rest.split()[:-1]]
    assert set(sources) >= {"requirements.txt", "infra/package", "service"}
    for source in sources:
        assert (ROOT / source).exists(), source
        assert is_sent(source), source


@pytest.mark.parametrize("path", [".git", "cutover", "tests", "cutover.toml", ".env", "infra/stages", "dist"])
def test_nothing_else_is_sent(path: str) -> None:
    assert not is_sent(path)


def test_it_runs_as_nobody_in_particular() -> None:
    assert [rest for word, rest in final() if word == "USER"] == [USER]
    assert USER.split(":") == ["10001", "10001"]
    words = [word for word, _ in final()]
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"RUN", "COPY"})


def test_it_runs_the_server_itself_so_that_it_hears_signals() -> None:
    ((_, command),) = [one for one in final() if one[0] == "ENTRYPOINT"]
    program, flag, module = json.loads(command)
    assert (program, flag) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None
    assert not of("CMD")


def test_it_is_asked_whether_it_lives_as_ecs_asks() -> None:
    ((_, check),) = [one for one in final() if one[0] == "HEALTHCHECK"]
    assert json.loads(check.partition("CMD ")[2]) == ["python", "-c", ALIVE]
    assert f"127.0.0.1', {PORT}" in ALIVE


def test_it_listens_where_the_balancer_calls() -> None:
    told = " ".join(rest for word, rest in final() if word == "ENV")
    assert "BIND=0.0.0.0" in told
    assert f"PORT={PORT}" in told
    assert [rest for word, rest in final() if word == "EXPOSE"] == [str(PORT)]


def test_no_secret_is_built_in() -> None:
    told = " ".join(rest for word, rest in instructions() if word in {"ARG", "ENV"})
    assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", told)


def test_the_temporary_folder_is_a_volume_so_that_fargate_lets_others_than_root_write_there() -> None:
    assert [json.loads(rest) for word, rest in final() if word == "VOLUME"] == [["/tmp"]]


def test_both_stages_are_of_one_base_that_can_be_pinned_from_outside() -> None:
    assert of("ARG")[0].startswith("PYTHON_IMAGE=python:3.13-slim")
    assert {rest.split()[0] for rest in of("FROM")} == {"${PYTHON_IMAGE}"}


def test_it_installs_what_the_build_says_and_nothing_by_name() -> None:
    runs = " ".join(of("RUN"))
    assert 'python -m infra.container.install "${TARGETARCH}" /build/lib' in runs
    assert "pip install" not in runs
    assert "apt-get" not in runs


def test_every_distribution_is_pinned_with_hashes() -> None:
    pinned = install.pinned((ROOT / "requirements.txt").read_text())
    assert [pin.name for pin in pinned] == list(install.distributions())
    assert all(pin.digests for pin in pinned)


def test_it_has_a_server_and_not_what_is_for_lambda_or_for_tests() -> None:
    names = set(install.distributions())
    assert {"granian", "uvloop", "litestar", "pyvips"} <= names
    assert not {"mangum", "pytest", "moto", "locust", "aws-cdk-lib", "alembic", "rich"} & names


def archive(folder: Path) -> Path:
    made = folder / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        wheel.writestr("small/__init__.py", "NAME = 'small'\n")
        wheel.writestr("small-1.0.dist-info/METADATA", "Name: small\n")
    return made


def test_a_distribution_is_unpacked_where_it_is_imported_from(tmp_path: Path) -> None:
    install.unpack(archive(tmp_path), tmp_path / "lib")
    assert (tmp_path / "lib" / "small" / "__init__.py").read_text() == "NAME = 'small'\n"


def test_everything_that_is_fetched_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Target] = []

    def fetch(_: Downloads, pins: list[Pin], target: Target) -> dict[str, Path]:
        asked.append(target)
        assert [pin.name for pin in pins] == list(install.distributions())
        return {"small": archive(tmp_path)}

    monkeypatch.setattr(Downloads, "fetch", fetch)
    install.main(["amd64", str(tmp_path / "lib")])
    assert asked == [Target("x86_64", f"{sys.version_info.major}.{sys.version_info.minor}")]
    assert (tmp_path / "lib" / "small" / "__init__.py").exists()


def test_what_can_not_be_fetched_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fetch(*_: object) -> None:
        raise DownloadFailed("the registry is away")

    monkeypatch.setattr(Downloads, "fetch", fetch)
    with pytest.raises(SystemExit, match="the registry is away"):
        install.main(["arm64", str(tmp_path)])


@pytest.mark.parametrize("arguments", [[], ["arm64"], ["mips", "lib"], ["arm64", "lib", "more"]])
def test_it_says_how_it_is_used(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="usage: python -m infra"):
        install.main(arguments)


def test_a_distribution_that_is_not_pinned_is_named() -> None:
    with pytest.raises(NotPinned, match="granian"):
        install.pinned("litestar==2.25.0 --hash=sha256:" + "0" * 64)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with links to the files of the image's distributions, as they are installed here."""
    folder = tmp_path_factory.mktemp("image")
    for name in install.distributions():
        for file in distribution(name).files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))).resolve())
    return folder


@pytest.fixture
def serving(installed: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The image's own command with its distributions alone; nothing of what it stands on is there."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"], "PYTHONPATH": f"{installed}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1",
        "PORT": str(port), "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "POSTGRES_HOST": "localhost", "POSTGRES_PORT": "1", "POSTGRES_DATABASE": "lego",
        "POSTGRES_USERNAME": "lego_api", "POSTGRES_IAM": "true", "REDIS_ENDPOINT": "rediss://127.0.0.1:1",
        "OPENSEARCH_ENDPOINT": "https://127.0.0.1:1", "S3_BUCKET": "files", "COGNITO_CLIENT_ID": "client",
        "COGNITO_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
    }  # fmt: skip
    # -S: no site-packages but those on PYTHONPATH, as in the image.
    command = [sys.executable, "-S", "-m", "service.entrypoints.server"]
    process = subprocess.Popen(command, env=env, cwd=installed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


def ask(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_it_lives(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    check = [sys.executable, "-c", ALIVE.replace(str(PORT), str(port))]
    while subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < ends, "the server does not answer"


def test_what_is_installed_serves_and_ends_when_it_is_told(serving: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = serving
    wait_until_it_lives(process, port)
    assert ask(port, "/")[0] == 200
    assert ask(port, "/api/mocs")[0] == 401
    assert ask(port, "/health")[0] == 503
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
