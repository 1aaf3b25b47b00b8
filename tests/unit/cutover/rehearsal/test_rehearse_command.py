"""`cutover rehearse`: what is wished for by its options is what is held."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.rehearsal import session, suite
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.library import FOLDER, named
from cutover.rehearsal.wish import Wish
from tests.unit.cutover.invoking import NEUTRAL


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was held, with how."""
    found: list[Any] = []

    def rehearse(wish: Wish, **how: bool) -> int:
        found.append((wish, how))
        return 4

    def hold_all(folder: Path, **how: bool) -> int:
        found.append((folder, how))
        return 12

    monkeypatch.setattr(session, "rehearse", rehearse)
    monkeypatch.setattr(suite, "hold_all", hold_all)
    return found


def typed(*words: str) -> int:
    """The exit code."""
    return CliRunner(env=NEUTRAL).invoke(cli, ["rehearse", *words]).exit_code


def test_a_scenario_of_ours_is_named(held: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert typed("--quick", "--scenario", "hand-edit", "--out", str(out)) == 4
    assert held == [
        (Wish(out, quick=True, chosen=named("hand-edit")), {"as_json": False, "quiet": False, "keep": False})
    ]


def test_a_scenario_of_ones_own_is_a_file(held: list[Any], tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text((FOLDER / "dns-stuck.toml").read_text())
    typed("--scenario", str(mine), "--out", str(tmp_path / "out"))
    [(wish, _)] = held
    assert (wish.scenario.name, wish.scenario.events) == ("mine", named("dns-stuck").events)


def test_without_a_scenario_nothing_goes_wrong_and_a_fault_can_be_put_in_the_way(
    held: list[Any], tmp_path: Path
) -> None:
    typed("--out", str(tmp_path / "a"))
    typed("--out", str(tmp_path / "b"), "--inject", "errors@50", "--keep")
    assert [wish.scenario.name for wish, _ in held] == ["happy", "errors@50"]
    assert held[1][0].injection == Injection.parse("errors@50")
    assert [how["keep"] for _, how in held] == [False, True]


def test_all_of_them_are_held_as_they_are(held: list[Any], tmp_path: Path) -> None:
    assert typed("--all", "--quick", "--json", "--out", str(tmp_path / "out")) == 12
    assert held == [(tmp_path / "out", {"quick": True, "as_json": True, "quiet": False})]


@pytest.mark.parametrize("name", ["cutover.toml", "ledger.jsonl", "index.html"])
def test_another_rehearsals_folder_is_left_alone(held: list[Any], tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    assert typed("--all", "--out", str(tmp_path)) == 2
    assert held == []
