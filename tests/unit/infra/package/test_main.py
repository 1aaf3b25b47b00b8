"""The command: what it builds, what it says, how it ends."""

from pathlib import Path

import pytest

from infra.package import __main__ as program
from infra.package.artifacts import DIST
from infra.package.build import Order, Say, Source
from infra.package.downloads import DownloadFailed
from infra.package.interpreters import running
from infra.package.weights import TooHeavy, Weights
from tests.unit.infra.package.test_table import WEIGHTS


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Order]:
    """What was ordered; nothing is built."""
    seen: list[Order] = []

    def build(order: Order, downloads: Source, say: Say) -> Weights:
        say(f"building {order.target.architecture}")
        seen.append(order)
        return WEIGHTS

    monkeypatch.setattr(program, "build", build)
    monkeypatch.setattr(program, "DOCUMENT", tmp_path / "package.md")
    return seen


def test_both_architectures_are_built_into_dist(orders: list[Order], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([], {}) == 0

    assert [order.target.architecture for order in orders] == ["arm64", "x86_64"]
    assert orders[0].out == DIST
    told = capsys.readouterr()
    assert "What weighs what" in told.out
    assert "building arm64" in told.err


def test_one_may_be_chosen_and_the_python_and_the_place(orders: list[Order], tmp_path: Path) -> None:
    wanted = ["--architecture", "arm64", "--python", running().version, "--out", str(tmp_path)]

    assert program.main(wanted, {}) == 0

    assert [(order.target.architecture, order.out) for order in orders] == [("arm64", tmp_path)]
    assert orders[0].interpreter == running()
    assert not (tmp_path / "package.md").exists()


def test_the_document_is_written_when_it_is_asked_for(orders: list[Order], tmp_path: Path) -> None:
    begin, end = "<!-- weights: written by `tox run -e package -- --document` -->", "<!-- end of weights -->"
    (tmp_path / "package.md").write_text(f"{begin}\n{end}\n")

    assert program.main(["--document"], {}) == 0

    assert "cryptography 50" in (tmp_path / "package.md").read_text()


def test_a_python_that_is_not_there_is_refused(orders: list[Order], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--python", "3.99"], {"PATH": "", "PYENV_ROOT": "/nowhere"}) == 1

    assert orders == []
    assert "no Python 3.99" in capsys.readouterr().err


def test_without_lambdas_python_it_says_that_this_is_not_to_be_deployed(
    orders: list[Order], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "LAMBDA_PYTHON", "3.99")
    monkeypatch.setattr(program, "lambdas_own", lambda *_: running())

    assert program.main(["--architecture", "arm64"], {}) == 0

    assert orders[0].target.python == running().version
    assert "can't be deployed" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (DownloadFailed("there is no such file [here]"), "no such file [here]", 1),
        (TooHeavy("layer core is 61.00 MB", WEIGHTS), "61.00 MB; the old package stays", 1),
        (KeyboardInterrupt(), "interrupted; the old package stays", 130),
    ],
)
def test_a_build_that_fails_says_why_and_by_its_code(
    orders: list[Order],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    words: str,
    code: int,
) -> None:
    def fail(order: Order, downloads: Source, say: Say) -> Weights:
        raise error

    monkeypatch.setattr(program, "build", fail)

    assert program.main([], {}) == code

    assert words in " ".join(capsys.readouterr().err.split())
