"""The same five routes as FastAPI's and SQLAlchemy's own guides show them: ORM sessions, pydantic, redis-py, PyJWT."""

import json
import os
import urllib.request
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from redis.asyncio import Redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from service.db.models.gallery import GalleryImage
from service.db.models.moc import Moc, MocFile, MocGalleryImage
from service.db.models.parts_list import MocPartsList

LIST_TTL_SECONDS = 300

engine = create_async_engine(os.environ["DATABASE_URL"].replace("://", "+asyncpg://", 1), pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
cache: Any = Redis.from_url(os.environ["REDIS_URL"]) if "REDIS_URL" in os.environ else None
with urllib.request.urlopen(os.environ["JWKS_URL"], timeout=5) as found:  # noqa: S310 - the benchmark's own server
    signing_key = jwt.PyJWK(json.load(found)["keys"][0]).key


class Out(BaseModel):
    """Camel case, read from ORM objects."""

    model_config = ConfigDict(from_attributes=True, alias_generator=to_camel, populate_by_name=True)


class MocOut(Out):
    """A MOC."""

    id: UUID
    user_id: str
    title: str
    type: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    author: str | None = None
    parts_count: int | None = None
    theme: str | None = None
    subtheme: str | None = None
    uploaded_date: datetime | None = None
    brand: str | None = None
    set_number: str | None = None
    release_year: int | None = None
    retired: bool | None = None
    tags: list[str] | None = None
    thumbnail_url: str | None = None
    total_piece_count: int | None = None


class FileOut(Out):
    """A file of a MOC."""

    id: UUID
    file_type: str
    file_url: str
    created_at: datetime


class ImageOut(Out):
    """An image of a MOC."""

    id: UUID
    image_url: str
    title: str
    created_at: datetime


class ListOut(Out):
    """A parts list of a MOC."""

    id: UUID
    title: str
    status: str | None
    created_at: datetime


class DetailOut(MocOut):
    """A MOC with what belongs to it."""

    files: list[FileOut]
    images: list[ImageOut]
    parts_lists: list[ListOut]


class Page(Out):
    """A page of MOCs."""

    success: bool = True
    data: list[MocOut]
    total: int
    page: int
    limit: int


class One(Out):
    """One MOC."""

    success: bool = True
    data: MocOut


class Detail(Out):
    """One MOC in full."""

    success: bool = True
    data: DetailOut


class MocIn(BaseModel):
    """A new MOC."""

    model_config = ConfigDict(alias_generator=to_camel)

    title: str = Field(min_length=1, max_length=200)
    type: Literal["moc", "set"]
    description: str | None = Field(None, max_length=5000)
    author: str | None = None
    parts_count: int | None = Field(None, gt=0)
    theme: str | None = None
    tags: list[str] | None = Field(None, max_length=20)


app = FastAPI()


async def signed_in(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    """The token's user."""
    try:
        claims = jwt.decode(given.credentials, signing_key, algorithms=["RS256"], issuer=os.environ["ISSUER"])
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    if claims["token_use"] != "access" or claims["client_id"] != os.environ["CLIENT_ID"]:
        raise HTTPException(401)
    return str(claims["sub"])


async def opened() -> AsyncIterator[AsyncSession]:
    """A session of one request."""
    async with sessions() as session:
        yield session


User = Annotated[str, Depends(signed_in)]
Session = Annotated[AsyncSession, Depends(opened)]


@app.get("/health")
async def health(session: Session) -> dict[str, Any]:
    """Whether the database and the cache answer."""
    await session.execute(text("SELECT 1"))
    if cache is not None:
        await cache.ping()
    return {"status": "healthy", "service": "lego-projects-api", "components": {"database": "healthy"}}


@app.get("/api/mocs", response_model=Page, response_model_exclude_none=True)
async def list_mocs(
    user: User, session: Session, page: Annotated[int, Query(ge=1)] = 1, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Any:
    """A page of the user's own MOCs."""
    key, field = f"lists:{user}", f"{page}:{limit}"
    if cache is not None and (hit := await cache.hget(key, field)):
        return Response(hit, media_type="application/json")
    own = Moc.user_id == user
    total = await session.scalar(select(func.count()).select_from(Moc).where(own)) or 0
    newest = select(Moc).where(own).order_by(Moc.updated_at.desc(), Moc.id).limit(limit).offset((page - 1) * limit)
    rows = (await session.scalars(newest)).all()
    found = Page(data=[MocOut.model_validate(row) for row in rows], total=total, page=page, limit=limit)
    if cache is None:
        return found
    body = found.model_dump_json(by_alias=True, exclude_none=True)
    await cache.hset(key, field, body)
    await cache.expire(key, LIST_TTL_SECONDS)
    return Response(body, media_type="application/json")


@app.get("/api/mocs/{moc_id}", response_model=Detail, response_model_exclude_none=True)
async def get_moc(moc_id: UUID, user: User, session: Session) -> Any:
    """One MOC with its files, images and parts lists."""
    moc = await session.get(Moc, moc_id)
    if moc is None or moc.user_id != user:
        raise HTTPException(404 if moc is None else 403)
    files = await session.scalars(select(MocFile).where(MocFile.moc_id == moc_id).order_by(MocFile.created_at))
    linked = select(GalleryImage).join(MocGalleryImage, MocGalleryImage.gallery_image_id == GalleryImage.id)
    images = await session.scalars(linked.where(MocGalleryImage.moc_id == moc_id).order_by(GalleryImage.created_at))
    lists = await session.scalars(select(MocPartsList).where(MocPartsList.moc_id == moc_id))
    own = MocOut.model_validate(moc).model_dump()
    return {"data": {**own, "files": files.all(), "images": images.all(), "parts_lists": lists.all()}}


@app.post("/api/mocs", response_model=One, response_model_exclude_none=True, status_code=201)
async def create_moc(wanted: MocIn, user: User, session: Session) -> Any:
    """A new MOC."""
    moc = Moc(user_id=user, **wanted.model_dump())
    session.add(moc)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(409) from error
    await session.refresh(moc)
    if cache is not None:
        await cache.delete(f"lists:{user}")
    return {"data": moc}


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools",
        access_log=False, log_level="warning",
    )  # fmt: skip
