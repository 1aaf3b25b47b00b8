"""Whether a cluster can take a new index."""

import pytest

from cutover.core.reindex.fitness import Disk, Limits, block_of, limits_of, obstacle, used_at
from cutover.core.reindex.refusals import Refusal, Why
from tests.unit.cutover.reindex.indices_at_hand import OLD, index, serving, standing

GB = 1 << 30
FREE = Disk("n1", 10 * GB, 100 * GB)
FULL = Disk("n2", 91 * GB, 100 * GB)


def refused(*disks: Disk, limits: Limits | None = None, size: int = 1 * GB) -> Refusal | None:
    """What stands against an index beside one of that size."""
    return obstacle(standing(serving(bytes=size)), limits or Limits(), disks)


def test_with_room_on_the_disks_nothing_stands_against_it() -> None:
    assert refused(FREE, FULL) is None


def test_disks_above_the_high_watermark_take_no_index() -> None:
    refusal = refused(FULL)

    assert refusal is not None
    assert (refusal.why, refusal.found, refusal.limit) == (Why.DISK, "0 kB", "1.5 GB")
    assert "needs about 1.5 GB, and there are 0 kB below the high watermark of 90%; n2's disk is at 91%" in refusal.text


def test_it_needs_half_as_much_again_as_the_index_that_serves() -> None:
    assert refused(Disk("n1", 89 * GB, 100 * GB), size=600 << 20) is None
    refusal = refused(Disk("n1", 89 * GB, 100 * GB), size=700 << 20)
    assert refusal is not None
    assert refusal.limit == "1.0 GB"


def test_an_index_that_is_there_already_only_needs_what_it_has_not_taken_yet() -> None:
    disk = Disk("n1", 89 * GB, 100 * GB)
    stands = standing(serving(bytes=1 * GB), index(bytes=900 << 20))

    assert obstacle(stands, Limits(), [disk]) is not None
    assert obstacle(stands, Limits(), [disk], begun=index().name) is None
    assert obstacle(stands, Limits(), [FULL], begun=index().name) is not None


def test_the_first_index_needs_a_disk_that_is_not_full() -> None:
    assert obstacle(standing(None), Limits(), [FREE]) is None
    refusal = obstacle(standing(None), Limits(), [FULL])
    assert refusal is not None
    assert refusal.why is Why.DISK


@pytest.mark.parametrize("disks", [(), (Disk("n1", 0, 0),)])
def test_disks_that_nobody_tells_of_stand_against_nothing(disks: tuple[Disk, ...]) -> None:
    assert refused(*disks) is None


def test_a_cluster_that_does_not_heed_its_watermarks_has_none() -> None:
    assert refused(FULL, limits=Limits(watermark_counts=False)) is None


def test_a_block_on_the_whole_cluster_stands_against_it() -> None:
    refusal = refused(FREE, limits=Limits(block="cluster.blocks.create_index"))

    assert refusal is not None
    assert (refusal.why, refusal.found) == (Why.BLOCKED, "cluster.blocks.create_index")
    assert 'PUT /_cluster/settings {"persistent": {"cluster.blocks.create_index": null}}' in refusal.way_on


def test_an_index_that_could_not_lose_its_alias_later_stands_against_it_now() -> None:
    refusal = obstacle(standing(serving(read_only="index.blocks.read_only")), Limits(), [FREE])

    assert refusal is not None
    assert refusal.text == f"{OLD} refuses writes: index.blocks.read_only is set"
    assert obstacle(standing(serving(read_only="index.blocks.write")), Limits(), [FREE]) is None


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ({}, Limits()),
        ({"persistent": {"cluster.routing.allocation.disk.watermark.high": "80%"}}, Limits("80%")),
        (
            {
                "persistent": {"cluster.routing.allocation.disk.watermark.high": "80%"},
                "transient": {"cluster.routing.allocation.disk.watermark.high": "20gb"},
            },
            Limits("20gb"),
        ),
        ({"transient": {"cluster.routing.allocation.disk.threshold_enabled": "false"}}, Limits(watermark_counts=False)),
        ({"persistent": {"cluster.blocks.read_only": "true"}}, Limits(block="cluster.blocks.read_only")),
        ({"persistent": {"cluster.blocks.read_only": "false"}}, Limits()),
    ],
)
def test_limits_are_read_from_the_settings(settings: dict[str, dict[str, str]], limits: Limits) -> None:
    assert limits_of(settings) == limits


@pytest.mark.parametrize(
    ("watermark", "used"), [("90%", 90), ("0.75", 75), ("20b", 80), ("1kb", -924), ("nonsense", 90), ("5xb", 100)]
)
def test_watermarks_are_read_as_people_write_them(watermark: str, used: int) -> None:
    assert used_at(watermark, 100) == used


def test_a_block_has_the_name_of_its_setting() -> None:
    assert block_of({"read_only_allow_delete": "true", "write": "true"}) == "index.blocks.read_only_allow_delete"
    assert block_of({"write": True}) == "index.blocks.write"
    assert block_of({"read_only": "false", "read": "true"}) == ""
    assert index().read_only == ""
