"""Keys that people write, and rows that follow them: every ON UPDATE action, at several depths."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Country(Base):
    __tablename__ = "countries"
    __table_args__ = (CheckConstraint("code ~ '^[A-Z]{2}$'", name="code_in_capitals"),)

    code: Mapped[str] = mapped_column(String(2), primary_key=True)


class City(Base):
    """Its own key holds the country's, and changes with it."""

    __tablename__ = "cities"

    country: Mapped[str] = mapped_column(
        ForeignKey("countries.code", onupdate="CASCADE", name="fk_cities_country"),
        primary_key=True,
    )
    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class House(Base):
    __tablename__ = "houses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["country", "city"],
            ["cities.country", "cities.name"],
            onupdate="CASCADE",
            ondelete="SET NULL (city)",
            name="fk_houses_city",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    country: Mapped[str | None]
    city: Mapped[str | None]
    built_in: Mapped[str | None] = mapped_column(
        ForeignKey("countries.code", onupdate="SET NULL", name="fk_houses_built_in")
    )
    registered_in: Mapped[str | None] = mapped_column(
        ForeignKey("countries.code", onupdate="RESTRICT", name="fk_houses_registered_in")
    )


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"))
