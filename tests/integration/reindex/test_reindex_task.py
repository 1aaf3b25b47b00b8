"""The load as tasks of a distributed map: ranges, items, what is left when the time is over; then the run behind it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped
from cutover.reindex.task import handler, main, plan_ranges
from tests.integration.reindex.aliases import MOCS, ROWS, Heard, Place, place

__all__ = ["place"]
ROOT = Path(__file__).parents[3]


class Ending:
    """A Lambda context with so much time left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """That."""
        return int(self.seconds * 1000)


@pytest.fixture
def told(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The environment names the place."""
    monkeypatch.setenv("OPENSEARCH_ENDPOINT", place.url)
    monkeypatch.setenv("DATABASE_URL", place.dsn)
    return place


def test_a_map_over_the_ranges_loads_everything_and_a_run_behind_it_proves_it(told: Place) -> None:
    planned = plan_ranges({"alias": MOCS, "ranges": 3})
    done = [handler(item, Ending(900)) for item in planned["items"]]
    heard = Heard()
    ran = told.reindexing().run(MOCS, heard, loaded=planned["index"])

    assert sum(one["indexed"] for one in done) == ROWS
    assert [one["left"] for one in done] == [[], [], []]
    assert {one["dead"] for one in done} == {0}
    assert ran.verification.equal
    assert ran.position.run == planned["run"]
    assert "load" not in {progress.phase for progress in heard.told}
    assert told.is_equal(planned["index"])


def test_a_task_whose_time_is_over_answers_with_what_is_left(told: Place) -> None:
    planned = plan_ranges({"alias": MOCS, "ranges": 1})

    cut = handler(planned["items"][0], Ending(0))
    rest = [handler(item) for item in cut["left"]]

    assert cut["left"]
    assert cut["indexed"] + sum(one["indexed"] for one in rest) >= ROWS
    assert told.is_equal(planned["index"])


def test_rows_that_cannot_be_indexed_are_named_in_the_answer(told: Place) -> None:
    bad = next(iter(told.titles()))
    told.sql(f"UPDATE moc_instructions SET created_at = '0044-03-15 BC' WHERE id = '{bad}'")

    done = handler(plan_ranges({"alias": MOCS, "ranges": 1})["items"][0])

    assert done["dead"] == 1
    assert [letter["id"] for letter in done["letters"]] == [bad]


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "the event is none"),
        ({"alias": "x", "index": "i", "run": "r"}, "alias has to be one of"),
        ({"alias": MOCS, "index": "i", "run": "r", "after": "1"}, "the event is none"),
        ({"alias": MOCS, "index": MOCS, "run": "r"}, "index has to be one that was made for moc_instructions"),
    ],
)
def test_a_wrong_item_is_told(told: Place, event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        handler(event)


@pytest.mark.parametrize("event", [{"alias": MOCS, "ranges": 0}, {"alias": "x", "ranges": 1}, {"ranges": 1}])
def test_a_wrong_plan_is_told(told: Place, event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"has to be one of|the event is none"):
        plan_ranges(event)


def test_an_environment_that_names_no_servers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENSEARCH_ENDPOINT", raising=False)

    with pytest.raises(ValueError, match="OPENSEARCH_ENDPOINT and DATABASE_URL"):
        handler({"alias": MOCS, "index": f"{MOCS}-v20251102t101530", "run": "r"})


def test_an_index_that_is_gone_is_not_made_by_the_load_itself(told: Place) -> None:
    planned = plan_ranges({"alias": MOCS, "ranges": 1})
    told.ask("DELETE", f"/{planned['index']}")

    with pytest.raises(ReindexStopped, match="is gone: it was deleted, or the cluster lost it"):
        handler(planned["items"][0])

    assert planned["index"] not in told.ask("GET", f"/{MOCS}-v*?ignore_unavailable=true")


def test_what_stands_in_the_way_of_an_index_stops_the_plan(told: Place) -> None:
    told.reindexing().run(MOCS, Heard())
    told.ask("POST", "/_aliases", {"actions": [{"add": {"index": f"{MOCS}-v*", "alias": MOCS}}]})
    (index,) = told.ask("GET", f"/{MOCS}")
    told.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})

    with pytest.raises(ReindexStopped, match="read_only_allow_delete"):
        plan_ranges({"alias": MOCS, "ranges": 1})


def test_an_index_that_no_reindex_began_is_not_gone_on_with(told: Place) -> None:
    with pytest.raises(ReindexStopped, match="is no index that a reindex of moc_instructions has begun"):
        told.reindexing().run(MOCS, Heard(), loaded="moc_instructions-v20200101t000000")


def test_a_container_gets_its_event_as_the_argument_and_prints_the_answer(told: Place) -> None:
    event = json.dumps({"alias": MOCS, "ranges": 2})

    done = subprocess.run(
        [sys.executable, "-m", "cutover.reindex.task", event],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["items"]) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what to load"),
        (["--alias", MOCS, "--index"], "say what to load"),
        (["--aliass", MOCS, "--index", "i"], "say what to load"),
        (["x"], "the event is none"),
    ],
)
def test_a_container_that_is_told_nothing_sensible_ends_with_a_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        main(arguments)


def test_a_container_keeps_a_checkpoint_and_goes_on_behind_it(
    told: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item = plan_ranges({"alias": MOCS, "ranges": 1})["items"][0]
    options = ["--alias", MOCS, "--index", item["index"], "--folder", str(tmp_path)]

    main(options)
    first = json.loads(capsys.readouterr().out)
    told.ask("DELETE", f"/{item['index']}/_doc/{next(iter(told.titles()))}?refresh=true")
    main(options)
    again = json.loads(capsys.readouterr().out)

    assert (first["indexed"], first["left"]) == (ROWS, [])
    assert again == first
    assert len(told.documents(item["index"])) == ROWS - 1  # nothing was sent again
