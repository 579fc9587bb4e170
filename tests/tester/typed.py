"""Models whose rules come from types: lengths, ranges and labels, of items too, and domains."""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"


class Backwards(sa.TypeDecorator[str]):
    impl = sa.String(10)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value[::-1]

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value[::-1]


class Typed(Base):
    __tablename__ = "typed"

    id: Mapped[int] = mapped_column(primary_key=True)
    bits: Mapped[Any] = mapped_column(pg.BIT(4))
    few_bits: Mapped[Any] = mapped_column(pg.BIT(4, varying=True))
    price: Mapped[Any] = mapped_column(pg.MONEY)
    names: Mapped[Any] = mapped_column(pg.ARRAY(sa.String(3)))
    sizes: Mapped[Any] = mapped_column(pg.ARRAY(sa.SmallInteger, dimensions=2))
    colours: Mapped[Any] = mapped_column(pg.ARRAY(sa.Enum(Colour, name="colour")))
    age: Mapped[Any] = mapped_column(pg.DOMAIN("age", sa.Integer, check="VALUE >= 18"))
    nick: Mapped[str | None] = mapped_column(
        pg.DOMAIN("nick", sa.String(8), not_null=True, check="length(VALUE) > 1")
    )
    secret: Mapped[str] = mapped_column(Backwards)
    address: Mapped[Any] = mapped_column(pg.INET, unique=True)
    tag: Mapped[str] = mapped_column(pg.CITEXT, unique=True)


class Numbered(Base):
    """Columns that nobody writes."""

    __tablename__ = "numbered"

    id: Mapped[int] = mapped_column(sa.Identity(always=True), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Identity(start=5))
    half: Mapped[int] = mapped_column(sa.Computed("whole / 2", persisted=True))
    whole: Mapped[int] = mapped_column(sa.SmallInteger)
    nick: Mapped[str | None] = mapped_column(sa.ForeignKey("names.nick"))


class Name(Base):
    """A key whose type has a rule."""

    __tablename__ = "names"

    nick: Mapped[str] = mapped_column(
        pg.DOMAIN("short", sa.Text, check="VALUE ~ '^[a-z]{3}$'"), primary_key=True
    )


# The rule and DDL that makes the database keep another one.
WEAKENINGS: dict[str, str] = {
    "typed.bits.length(4)": "ALTER TABLE typed ALTER bits TYPE bit varying(5)",
    "typed.few_bits.length(4)": "ALTER TABLE typed ALTER few_bits TYPE bit varying(5)",
    "typed.price.range(money)": "ALTER TABLE typed ALTER price TYPE numeric",
    "typed.names[].length(3)": "ALTER TABLE typed ALTER names TYPE varchar(4)[]",
    "typed.sizes[].range(smallint)": "ALTER TABLE typed ALTER sizes TYPE integer[]",
    "typed.colours[].enum(colour)": "ALTER TYPE colour ADD VALUE 'BLUE'",
    "typed.age.domain(age)": "ALTER DOMAIN age DROP CONSTRAINT age_check;"
    "ALTER DOMAIN age ADD CONSTRAINT age_check CHECK (VALUE >= 17)",
    "typed.nick.domain(nick)": "ALTER DOMAIN nick DROP CONSTRAINT nick_check",
    "typed.nick.not_null": "ALTER DOMAIN nick DROP NOT NULL",
    "typed.secret.length(10)": "ALTER TABLE typed ALTER secret TYPE varchar(11)",
    "typed.unique(tag)": "ALTER TABLE typed ALTER tag TYPE text",
}
