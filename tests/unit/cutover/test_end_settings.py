"""Settings of the end: wrong ones are told with their key, and without any there is nothing to touch."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cutover.absent import NO_ARCHIVE, NO_ESTATE, NO_USAGE
from cutover.core.estate import Inventory, Scale
from cutover.core.oci import Receipt
from cutover.core.parts import Part, PartKind
from cutover.settings import BadSettings, load
from cutover.world import build_world
from tests.unit.cutover.moto_clients import account_of

GOOD = """
name = "api.example.com"
hosted_zone_id = "Z123"
[lambda]
api_id = "abc123"
"""
PLAIN_ECS = '[ecs]\nload_balancer = "app/api/123"\n'
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("[cost.prices]\nlambda_gb_secnd = 1.0", "cost.prices: 'lambda_gb_secnd' is none of lambda_million_requests"),
        ("[cost.monthly]\nrdis = 1.0", "cost.monthly: 'rdis' is none of rds_instance"),
        ("[cost.prices]\nalb_hour = -1.0", "Expected `float` >= 0"),
        ('[cost]\nwindow = "5"', "cost.window: '5' is not a duration"),
        ("[cost]\nsavings = 1.5", "Expected `float` < 1"),
        ('[archive]\nhold = "2 days"', "archive.hold: '2 days' is not a duration"),
    ],
)
def test_a_wrong_setting_is_told_with_its_key(more: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(GOOD + PLAIN_ECS + more, encoding="utf-8")

    with pytest.raises(BadSettings) as told:
        load(path)

    assert sentence in str(told.value)


def test_what_the_settings_do_not_name_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(GOOD + PLAIN_ECS, encoding="utf-8")

    world = build_world(load(path))

    assert not world.estate.is_set_up
    assert not world.archive.is_set_up


def test_what_the_settings_name_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    path = tmp_path / "cutover.toml"
    more = 'cluster = "prod"\nservice = "api"\n[archive]\nbucket = "b"\n'
    path.write_text(GOOD + PLAIN_ECS + more, encoding="utf-8")

    world = build_world(load(path))

    assert world.estate.is_set_up
    assert world.archive.is_set_up
    with account_of("cloudwatch", "ecs"):
        assert world.usage.read(NOW - timedelta(hours=1), NOW).api_requests is None


def test_nothing_stands_behind_what_is_absent() -> None:
    part = Part(PartKind.SERVICE, "prod/api", "arn", "", "", "")

    NO_ESTATE.set_scale(Scale(0, 0))
    NO_ESTATE.delete(part)
    NO_ARCHIVE.delete("lego/api")

    assert NO_ESTATE.scale() is None
    assert not NO_ESTATE.present(part)
    assert NO_ESTATE.inventory() == Inventory("", "", "", "")
    assert NO_ESTATE.export(NO_ESTATE.inventory()) == {}
    assert (NO_ARCHIVE.keep("x", "y"), NO_ARCHIVE.images("lego/api"), NO_ARCHIVE.receipt("lego/api")) == (
        "",
        None,
        None,
    )
    receipt = NO_ARCHIVE.copy("lego/api", NOW, lambda _: None)
    assert receipt == Receipt("lego/api", NOW, {}, {})
    assert NO_ARCHIVE.verify(receipt) == ["there is no archive"]
    assert NO_USAGE.read(NOW, NOW).api_requests is None
