"""The declarative base: names of constraints, the common primary key and the clock."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Every rule has a predictable name, so that a rejection can be matched by it.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def now() -> datetime:
    """The current time with the UTC zone: the Python-side default of every date-time."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Base of all models: an INTEGER key from a sequence, and date-times with a time zone."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own API

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
