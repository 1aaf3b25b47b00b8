"""Objects and the rows that name them: whatever fails in between, neither is ever left without the other for long."""

import asyncio
from uuid import uuid4

import pytest

from service.files import Files, NewFile
from service.kernel.effects import Effects
from service.kernel.errors import Unavailable
from service.telemetry.pseudonym import without_owner
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api

A, B = NewFile("images/alice/a.webp", b"a", "image/webp"), NewFile("images/alice/thumbnails/a.webp", b"b", "image/webp")
INSERT = "INSERT INTO gallery_images (user_id, title, image_url, thumbnail_url) VALUES ('alice', 'x', $1, $2)"


@pytest.fixture
def files(api: Api) -> Files:
    return api.runtime.files


async def insert(files: Files, *keys: str) -> None:
    async with files.database.transaction(Effects()) as transaction:
        await transaction.execute(INSERT, files.storage.url_of(A.key), files.storage.url_of(B.key))
        await files.keep(transaction, *keys)


def overdue(postgres: Postgres, database: str) -> None:
    postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)


def leftovers(postgres: Postgres, database: str) -> list[str]:
    return postgres.run("SELECT key FROM file_leftovers ORDER BY key", database)


async def test_what_a_row_names_stays(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with files.storing(A, B):
        await insert(files, A.key, B.key)
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([A.key, B.key], [])
    assert await files.sweep() == 0
    assert s3.read(bucket, A.key) == b"a"


async def test_what_no_row_came_to_name_goes_at_once(
    api: Api, files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async def refused() -> None:
        async with files.storing(A, B):
            assert s3.keys(bucket) == [A.key, B.key]
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refused()
    await api.runtime.background.drain(10.0)
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])


async def test_a_row_that_was_committed_although_its_writer_never_heard_of_it_keeps_its_objects(
    api: Api, files: Files, s3: Objects, bucket: str
) -> None:
    async def committed_unheard() -> None:
        async with files.storing(A, B):
            await insert(files, A.key, B.key)
            raise ConnectionError("the answer to COMMIT was lost")

    with pytest.raises(ConnectionError):
        await committed_unheard()
    await api.runtime.background.drain(10.0)
    assert s3.keys(bucket) == [A.key, B.key]


async def test_what_a_killed_process_stored_is_swept_when_its_time_is_up(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    await files.claim([A.key])
    await files.storage.put(A.key, A.body, A.content_type)
    assert await files.sweep() == 0
    overdue(postgres, database)
    assert await files.sweep() == 1
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])


async def test_what_a_row_names_is_never_swept_whatever_went_wrong_before(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str, lines: LogLines
) -> None:
    moc = str(uuid4())
    wish, document = "wishlist/alice/w.webp", f"mocs/alice/{moc}/f.pdf"
    url = files.storage.url_of
    postgres.run(
        f"INSERT INTO gallery_images (user_id, title, image_url, thumbnail_url)"
        f" VALUES ('alice', 'x', '{url(A.key)}', '{url(B.key)}');"
        f" INSERT INTO wishlist_items (user_id, title, sort_order, image_url)"
        f" VALUES ('alice', 'x', '1', '{url(wish)}?v=2');"
        f" INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'x', 'moc');"
        f" INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ('{moc}', 'instruction', '{url(document)}')",
        database,
    )
    keys = [A.key, B.key, document, wish]
    for key in [*keys, "images/alice/other.webp"]:
        await files.storage.put(key, b"x", "image/webp")
    await files.claim([*keys, "images/alice/other.webp"], 0.0)
    assert await files.sweep() == 5
    assert (s3.keys(bucket), leftovers(postgres, database)) == (keys, [])
    assert [line["keys"] for line in lines.of("leftover_is_named_by_a_row")] == [
        sorted(without_owner(key) for key in keys)
    ]


async def test_a_row_whose_object_was_swept_meanwhile_is_not_written(
    files: Files, postgres: Postgres, database: str
) -> None:
    async def too_late() -> None:
        async with files.storing(A):
            overdue(postgres, database)
            await files.sweep()
            await insert(files, A.key)

    with pytest.raises(Unavailable):
        await too_late()
    assert postgres.run("SELECT count(*) FROM gallery_images", database) == ["0"]


async def test_a_deleted_rows_objects_go_and_old_addresses_are_left_alone(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with files.storing(A):
        await insert(files, A.key)
    async with files.database.transaction(effects := Effects()) as transaction:
        await transaction.execute("DELETE FROM gallery_images")
        await files.discard(transaction, files.storage.url_of(A.key) + "?v=1", "/uploads/old.jpg", None)
    await effects.run()
    await asyncio.sleep(0)
    await files.background.drain(10.0)
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])


async def test_a_deletion_that_is_rolled_back_deletes_nothing(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with files.storing(A):
        await insert(files, A.key)

    async def rolled_back() -> None:
        async with files.database.transaction(Effects()) as transaction:
            await transaction.execute("DELETE FROM gallery_images")
            await files.discard(transaction, files.storage.url_of(A.key))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await rolled_back()
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([A.key], [])


async def test_an_object_that_could_not_be_stored_is_left_to_the_sweep_as_it_may_arrive_yet(
    files: Files, postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    with pytest.raises(Unavailable):
        async with files.storing(A, B):
            raise AssertionError("nothing is stored")
    assert leftovers(postgres, database) == [A.key, B.key]


async def test_two_sweeps_share_the_work(
    files: Files, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    keys = [f"images/alice/{number}.webp" for number in range(20)]
    for key in keys:
        await files.storage.put(key, b"x", "image/webp")
    await files.claim(keys, 0.0)
    swept = await asyncio.gather(*(files.sweep(5) for _ in range(8)))
    assert sum(swept) == 20
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])
