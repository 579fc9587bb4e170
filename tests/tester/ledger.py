"""Models whose CHECKs are of every kind: searched for, implied, and opaque."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Entry(Base):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    debit: Mapped[int]
    credit: Mapped[int | None]
    code: Mapped[str] = mapped_column(sa.String(20))
    owner: Mapped[str]
    day: Mapped[dt.date]
    tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    doc: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (
        sa.CheckConstraint("debit + credit <= 100", name="total"),
        sa.CheckConstraint("debit % 5 = 0", name="fives"),
        sa.CheckConstraint("code ~ '^[a-z]' AND code ~ '[0-9]$' AND length(code) > 4", name="code"),
        sa.CheckConstraint("extract(dow FROM day) NOT IN (0, 6)", name="weekday"),
        sa.CheckConstraint("cardinality(tags) <= 3", name="tags"),
        sa.CheckConstraint("(doc ->> 'n')::int > 0", name="doc"),
        sa.CheckConstraint("CREDIT <= 90", name="most"),
        sa.CheckConstraint("credit <= 95", name="needless"),
        sa.CheckConstraint("is_address(owner)", name="address"),
    )


sa.event.listen(
    Entry.__table__,
    "before_create",
    sa.DDL(
        "CREATE FUNCTION is_address(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS "
        "$$ SELECT $1 ~ '^[^@]+@[^@]+$' $$"
    ),
)
