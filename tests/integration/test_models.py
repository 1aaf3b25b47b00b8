"""The models as the ORM and advanced-alchemy's repositories use them, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import Text, cast, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import constraints
from service.db.migrations.connecting import engine_to
from service.db.models.gallery import GalleryAlbum, GalleryFlag, GalleryImage
from service.db.models.moc import Moc, MocFile, MocGalleryAlbum, MocGalleryImage
from service.db.models.parts_list import MocPart, MocPartsList
from service.db.models.wishlist import WishlistItem


class Mocs(SQLAlchemyAsyncRepository[Moc]):
    """The repository that the library makes of the model."""

    model_type = Moc


@pytest.fixture
async def session(database: str) -> AsyncIterator[AsyncSession]:
    engine = engine_to(database)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
    await engine.dispose()


def a_moc(**changes: object) -> Moc:
    return Moc(**{"user_id": "ada", "title": "Falcon", "type": "moc", "author": "Ada", **changes})


async def test_the_database_fills_in_ids_and_times_without_zone(session: AsyncSession) -> None:
    moc = await Mocs(session=session).add(a_moc(uploaded_date=datetime(2025, 11, 2, 10, 15)))  # noqa: DTZ001 - UTC, by agreement
    assert moc.id.version == 4
    assert moc.created_at.tzinfo is None
    assert moc.updated_at == moc.created_at
    assert moc.uploaded_date == datetime(2025, 11, 2, 10, 15)  # noqa: DTZ001


async def test_a_repository_finds_changes_and_deletes_what_it_added(session: AsyncSession) -> None:
    mocs = Mocs(session=session)
    moc = await mocs.add(a_moc(tags=["space", "grey"]))
    moc.theme = "Star Wars"
    await mocs.update(moc)
    session.expunge_all()
    found = await mocs.get_one(user_id="ada")
    assert (found.id, found.theme, found.tags) == (moc.id, "Star Wars", ["space", "grey"])
    await mocs.delete(moc.id)
    assert await mocs.count() == 0


async def test_missing_lists_are_null_and_not_the_word_null_in_json(session: AsyncSession) -> None:
    moc = a_moc(tags=None)
    session.add(moc)
    await session.flush()
    session.add_all(
        [
            GalleryImage(user_id="ada", title="Bow", image_url="/i", tags=None),
            MocPartsList(moc_id=moc.id, title="Parts", errors=None),
        ]
    )
    await session.flush()
    for column in (Moc.tags, GalleryImage.tags, MocPartsList.errors):
        # As text, since comparing the JSON column itself would ask for SQL NULL either way.
        assert list(await session.scalars(select(cast(column, Text)))) == [None]


async def test_every_table_takes_a_row_and_all_go_with_their_moc_and_image(session: AsyncSession) -> None:
    moc = a_moc()
    image = GalleryImage(user_id="ada", title="Bow", image_url="/i")
    album = GalleryAlbum(user_id="ada", title="Ships")
    session.add_all([moc, image, album, WishlistItem(user_id="ada", title="Saturn V", sort_order="1")])
    await session.flush()
    file = MocFile(moc_id=moc.id, file_type="parts-list", file_url="/f")
    session.add(file)
    await session.flush()
    parts = MocPartsList(
        moc_id=moc.id,
        file_id=file.id,
        title="Parts",
        status="parsed",
        errors=[{"line": 2, "code": "X", "message": "y"}],
    )
    session.add(parts)
    await session.flush()
    session.add_all(
        [
            MocPart(parts_list_id=parts.id, line=2, part_id="3001", quantity=4),
            GalleryFlag(image_id=image.id, user_id="eve"),
            MocGalleryImage(moc_id=moc.id, gallery_image_id=image.id),
            MocGalleryAlbum(moc_id=moc.id, gallery_album_id=album.id),
        ]
    )
    await session.flush()
    assert (parts.built, parts.inventory_percentage, parts.acquired_parts_count) == (False, "0.00", "0")
    assert image.flagged is False

    await session.delete(moc)
    await session.delete(image)
    await session.flush()
    for gone in (MocFile, MocPartsList, MocPart, GalleryFlag, MocGalleryImage, MocGalleryAlbum):
        assert await session.scalar(select(func.count()).select_from(gone)) == 0


async def test_a_deleted_file_leaves_its_parts_list_behind(session: AsyncSession) -> None:
    moc = a_moc()
    session.add(moc)
    await session.flush()
    file = MocFile(moc_id=moc.id, file_type="parts-list", file_url="/f")
    session.add(file)
    await session.flush()
    parts = MocPartsList(moc_id=moc.id, file_id=file.id, title="Parts")
    session.add(parts)
    await session.flush()
    await session.delete(file)
    await session.flush()
    await session.refresh(parts)
    assert parts.file_id is None


async def test_the_driver_names_the_constraint_that_a_second_title_breaks(session: AsyncSession) -> None:
    session.add(a_moc())
    await session.flush()
    session.add(a_moc(type="set", author=None, brand="LEGO"))
    with pytest.raises(IntegrityError) as caught:
        await session.flush()
    assert getattr(caught.value.driver_exception, "constraint_name", None) == constraints.ONE_TITLE_PER_OWNER
