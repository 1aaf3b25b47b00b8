"""The declarative base of every table, with the names and types that production's tables have."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from advanced_alchemy.base import AdvancedDeclarativeBase
from sqlalchemy import TIMESTAMP, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

# As production has them: Drizzle named the foreign keys (each refers to an id), PostgreSQL the primary ones.
NAMING = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_%(referred_table_name)s_id_fk",
}


class Base(AdvancedDeclarativeBase):
    """The barest base that advanced-alchemy's repositories take: no invented columns, names or `to_dict`."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))]
Reference = Annotated[UUID, mapped_column(Uuid)]
String = Annotated[str, mapped_column(Text)]
# none_as_null: a missing list is SQL NULL, as the first backend writes it, not the JSON value null.
Strings = Annotated[list[str], mapped_column(JSONB(none_as_null=True))]
# Times hold UTC without saying so: naive datetimes in and out.
Moment = Annotated[datetime, mapped_column(TIMESTAMP)]
MomentOfWriting = Annotated[datetime, mapped_column(TIMESTAMP, server_default=text("now()"))]
