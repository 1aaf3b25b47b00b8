"""Which Reindexing the settings name: none without an endpoint, signed requests for Amazon's domains only."""

from pathlib import Path

import pytest

from cutover.absent import NO_REINDEXING
from cutover.core.endpoints import url_of_domain
from cutover.core.reindex.models import ReindexStopped
from cutover.core.reindex.run import SwapWish
from cutover.reindex import choice
from cutover.reindex.reindexing import AsyncReindexing
from cutover.reindex.signing import Signer
from cutover.settings import BadSettings, Settings, load
from cutover.world import build_world
from tests.fakes.world import settings_with

DOMAIN = "search-mocs-abc.us-east-1.es.amazonaws.com"
GOOD = (
    'name = "api.example.com"\nhosted_zone_id = "Z1"\n[ecs]\nload_balancer = "app/a/1"\n[lambda]\napi_id = "a"\n'
    "[reindex]\n"
)


def chosen(**reindex: object) -> AsyncReindexing:
    """What reindexes by these settings."""
    found = choice.reindexing_of(settings_with(reindex=reindex), lambda: None, {"DATABASE_URL": "postgresql://h/d"})
    assert isinstance(found, AsyncReindexing)
    return found


def test_without_an_endpoint_there_is_nothing_to_reindex() -> None:
    reindexing = build_world(settings_with()).reindexing

    assert reindexing is NO_REINDEXING
    assert not reindexing.is_set_up
    assert reindexing.look("mocs").standing.serving is None
    assert reindexing.prune("mocs", everything=True, dry_run=True).doomed == ()
    for call in (
        lambda: NO_REINDEXING.run("mocs", None),
        lambda: NO_REINDEXING.verify("mocs", None),
        lambda: NO_REINDEXING.swap("mocs", SwapWish(), None),
        lambda: NO_REINDEXING.roll_back("mocs", None),
    ):
        with pytest.raises(ReindexStopped, match=r"set reindex\.endpoint"):
            call()


def test_an_amazon_domain_is_asked_by_https_with_signed_requests_and_any_other_is_not() -> None:
    amazon, local = chosen(endpoint=DOMAIN), chosen(endpoint="localhost:9200")

    assert amazon._options.endpoint == f"https://{DOMAIN}"
    assert isinstance(amazon._signer, Signer)
    assert local._options.endpoint == url_of_domain("localhost:9200") == "http://localhost:9200"
    assert local._signer is None
    assert isinstance(build_world(settings_with(reindex={"endpoint": DOMAIN})).reindexing, AsyncReindexing)


def test_the_databases_url_is_asked_for_when_it_is_needed() -> None:
    assert chosen(endpoint=DOMAIN)._database_url() == "postgresql://h/d"
    with pytest.raises(BadSettings, match="the environment variable OTHER"):
        chosen(endpoint=DOMAIN, database_url_env="OTHER")._database_url()


def test_whoever_has_no_name_on_this_machine_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nobody)

    assert chosen(endpoint=DOMAIN)._options.identity.startswith("uid-")


def settings(tmp_path: Path, more: str) -> Settings:
    """The settings of a file with these lines in [reindex]."""
    path = tmp_path / "cutover.toml"
    path.write_text(GOOD + more)
    return load(path)


def test_the_folder_is_beside_the_settings(tmp_path: Path) -> None:
    assert settings(tmp_path, "").reindex.folder == str(tmp_path / ".cutover" / "reindex")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('endpoint = "http://search.example.com"', "reindex.endpoint: 'http://search.example.com' must be https"),
        ('endpoint = "search.example.com"', "reindex.endpoint: write https://search.example.com"),
        ('endpoint = "https://search.example.com/os"', "reindex.endpoint: leave out the path '/os'"),
        ('endpoint = "https://u:p@h"', "must come without user"),
        ('endpoint = "a b"', "reindex.endpoint: 'http://a b' is not a URL"),
        ("batch_bytes = 9000000\nmost_batch_bytes = 10000", "batch_bytes 9000000 is over most_batch_bytes"),
        ('folder = "/"', "reindex.folder: '/' is not the name of a folder"),
        ('folder = "a\\u0000b"', "is not the name of a folder"),
        ('overlap = "5"', "reindex.overlap: '5' is not a duration"),
        ('keep = "0d"', "reindex.keep: '0d' is no time at all"),
        ('database_url_env = "postgresql://u:p@h/d"', "reindex.database_url_env: its value is not the name"),
        ("max_bad = 1.5", "Expected `float` < 1"),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(BadSettings) as bad:
        settings(tmp_path, line)

    assert sentence in str(bad.value)
    assert "u:p" not in str(bad.value)
