"""Tables in which small cases are easy to tell from large ones: chains, shared parents, options."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

import ormthesis


class Base(DeclarativeBase):
    pass


class Country(Base):
    __tablename__ = "countries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    towns: Mapped[list[Town]] = relationship()


class Town(Base):
    """Three required levels down from a country; may refer to a twin and to a founder."""

    __tablename__ = "towns"
    __table_args__ = (
        UniqueConstraint("country_id", "name", name="uq_towns_name"),
        CheckConstraint("people >= 0", name="people_counted"),
        CheckConstraint("mayor IS NULL OR people > 0", name="mayor_needs_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    country_id: Mapped[int] = mapped_column(
        ForeignKey("countries.id", ondelete="CASCADE", name="fk_towns_country")
    )
    twin_id: Mapped[int | None] = mapped_column(
        ForeignKey("towns.id", ondelete="SET NULL", name="fk_towns_twin")
    )
    name: Mapped[str] = mapped_column(String(8))
    people: Mapped[int]
    mayor: Mapped[str | None] = mapped_column(Text)


class Street(Base):
    __tablename__ = "streets"

    id: Mapped[int] = mapped_column(primary_key=True)
    town_id: Mapped[int] = mapped_column(
        ForeignKey("towns.id", ondelete="CASCADE", name="fk_streets_town")
    )
    name: Mapped[str | None] = mapped_column(Text)


class House(Base):
    """At the end of the chain, with an option on every level of it."""

    __tablename__ = "houses"
    __table_args__ = (
        Index("uq_houses_number", "street_id", "number", unique=True),
        CheckConstraint("floors BETWEEN 1 AND 9", name="floors_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    street_id: Mapped[int] = mapped_column(
        ForeignKey("streets.id", ondelete="CASCADE", name="fk_houses_street")
    )
    old_street_id: Mapped[int | None] = mapped_column(
        ForeignKey("streets.id", ondelete="SET NULL", name="fk_houses_old_street")
    )
    number: Mapped[str] = mapped_column(Text)
    floors: Mapped[int]
    owner: Mapped[str | None] = mapped_column(String(20))


# Invariants of the user's that the tables do not guarantee.


@ormthesis.invariant(House)
def low(house: House) -> bool:
    return house.floors < 8


@ormthesis.invariant(Country)
def towns_are_small(country: Country) -> None:
    for town in country.towns:
        assert town.people < 5, town.people


@ormthesis.query_invariant(House)
def one_house_in_a_street() -> sa.Select[tuple[int]]:
    return sa.select(House.street_id).group_by(House.street_id).having(sa.func.count() > 1)


@ormthesis.query_invariant(House, Town)
def nobody_owns_in_empty_towns() -> sa.Select[tuple[str | None]]:
    joined = sa.select(House.owner).join(Street, Street.id == House.street_id)
    joined = joined.join(Town, Town.id == Street.town_id)
    return joined.where(Town.people == 0, House.owner.is_not(None))
