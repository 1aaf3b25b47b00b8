"""What transactions wait for that are about the same thing."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class Turn(Base):
    """A row that exists to be locked: `purpose:user`."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
