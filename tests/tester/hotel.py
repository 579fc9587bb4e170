"""Models whose CHECKs are about ranges."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE, TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Stay(Base):
    __tablename__ = "stays"
    id: Mapped[int] = mapped_column(primary_key=True)
    nights: Mapped[Range[dt.date]] = mapped_column(DATERANGE)
    breakfast: Mapped[dt.date | None]
    floors: Mapped[Range[int] | None] = mapped_column(INT4RANGE)
    cleaning: Mapped[Range[dt.datetime]] = mapped_column(TSTZRANGE)
    __table_args__ = (
        sa.CheckConstraint("NOT isempty(nights) AND NOT upper_inf(nights)", name="ends"),
        sa.CheckConstraint("upper(nights) - lower(nights) <= 28", name="length"),
        sa.CheckConstraint("nights @> breakfast", name="breakfast"),
        sa.CheckConstraint("NOT nights && '[2024-02-01,2024-03-01)'", name="closed"),
        sa.CheckConstraint("floors <@ int4range(0, 12)", name="floors"),
        sa.CheckConstraint("lower_inc(cleaning) AND NOT upper_inc(cleaning)", name="cleaning"),
    )
