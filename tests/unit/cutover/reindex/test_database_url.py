"""What is wrong with PostgreSQL's URL is said with exit 2, and never with a part of its password."""

from typing import Any

import asyncpg
import pytest

from cutover.core.reindex.models import DatabaseUnreachable, ReindexStopped, StoppedBy
from cutover.flow.outcome import outcome_of
from cutover.reindex.database import Database, url_problem


def database(url: str) -> Database:
    """One that has no patience."""
    return Database(url, connections=1, patience_seconds=0, statement_seconds=1)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:hidden@127.0.0.1:99999/d", "port is none from 1 to 65535"),
        ("postgresql://u:hidden@/d?host=127.0.0.1&port=99999", "can't be read"),
        ("mysql://u:hidden@127.0.0.1/d", "does not begin with postgresql://"),
        ("hidden", "does not begin with postgresql://"),
        ("postgresql://u:12?hidden=1@127.0.0.1/d", "has to be written as %XX"),
        ("postgresql://u:hid#hidden@127.0.0.1/d", "has to be written as %XX"),
        ("postgresql://u:12/hidden@127.0.0.1/d", "has to be written as %XX"),
        ("postgresql://u:hidden@hidden@127.0.0.1/d", "has to be written as %XX"),
        ("postgresql://u:]hidden[@127.0.0.1/d", "can't be read"),
    ],
)
async def test_a_url_that_is_none_is_exit_2_and_names_its_variable(url: str, words: str) -> None:
    with pytest.raises(ReindexStopped) as stopped:
        await database(url).fetch("SELECT 1")

    assert words in str(stopped.value)
    assert "DATABASE_URL" in str(stopped.value)
    assert "hidden" not in str(stopped.value)
    assert (stopped.value.by, outcome_of(stopped.value).exit) == (StoppedBy.SETTINGS, 2)


@pytest.mark.parametrize(
    "url",
    ["postgresql:///d?host=/tmp", "postgres://u@h", "postgresql://u:p%40@h1:5432,h2:5433/d", "postgresql://[::1]:1/d"],
)
def test_a_good_url_has_no_problem(url: str) -> None:
    assert url_problem(url) == ""


@pytest.mark.parametrize(
    ("error", "raised", "words"),
    [
        (asyncpg.UndefinedObjectError("parameter hidden"), ReindexStopped, "an option behind its ?"),
        (asyncpg.InvalidCatalogNameError("no database d"), DatabaseUnreachable, "DATABASE_URL"),
        (asyncpg.InvalidAuthorizationSpecificationError("no role u"), DatabaseUnreachable, "DATABASE_URL"),
        (asyncpg.CannotConnectNowError("it starts"), DatabaseUnreachable, "did not answer"),
    ],
)
async def test_what_the_server_refuses_is_told_apart(
    error: Exception, raised: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(asyncpg, "connect", refuse)

    with pytest.raises(raised) as stopped:
        await database("postgresql://u:hidden@h/d?foo=bar").fetch("SELECT 1")

    assert words in str(stopped.value)
    assert "hidden" not in str(stopped.value)
