"""Small models, one of each kind of mapping, for databases that break them."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, case
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def keep(base: type[DeclarativeBase], *models: type) -> type[DeclarativeBase]:
    """The base, holding on to its models: SQLAlchemy itself refers to classes weakly."""
    base.kept = models  # type: ignore[attr-defined]
    return base


def joined(*, cascade: bool = False) -> type[DeclarativeBase]:
    """Three levels of joined tables, the base class abstract, and a table that refers to it.

    With `cascade` a firm takes its workers with it: by SQL only their rows in the lowest table.
    """
    on_delete = "CASCADE" if cascade else "RESTRICT"
    options: dict[str, Any] = (
        {"cascade": "all, delete-orphan"} if cascade else {"passive_deletes": "all"}
    )

    class Base(DeclarativeBase):
        pass

    class Party(Base):
        __tablename__ = "parties"
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_on": "kind"}
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(String(20))
        name: Mapped[str] = mapped_column(String(10), unique=True)
        notes: Mapped[list[Note]] = relationship(
            back_populates="party", cascade="all, delete-orphan"
        )

    class Person(Party):
        __tablename__ = "people"
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "person"}
        id: Mapped[int] = mapped_column(
            ForeignKey("parties.id", ondelete="CASCADE"), primary_key=True
        )
        age: Mapped[int | None]

    class Worker(Person):
        __tablename__ = "workers"
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "worker"}
        id: Mapped[int] = mapped_column(
            ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
        )
        employer_id: Mapped[int] = mapped_column(ForeignKey("firms.id", ondelete=on_delete))
        employer: Mapped[Firm] = relationship(back_populates="workers", foreign_keys=[employer_id])

    class Firm(Party):
        __tablename__ = "firms"
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "firm"}
        id: Mapped[int] = mapped_column(
            ForeignKey("parties.id", ondelete="CASCADE"), primary_key=True
        )
        workers: Mapped[list[Worker]] = relationship(
            back_populates="employer",
            foreign_keys=[Worker.employer_id],
            **options,
        )

    class Note(Base):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)
        party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
        party: Mapped[Party] = relationship(back_populates="notes")

    return keep(Base, Party, Person, Worker, Firm, Note)


def single() -> type[DeclarativeBase]:
    """Classes that share a table, told apart by a number."""

    class Base(DeclarativeBase):
        pass

    class Animal(Base):
        __tablename__ = "animals"
        __table_args__ = (CheckConstraint("species <> 2 OR lives BETWEEN 1 AND 9"),)
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_on": "species",
            "polymorphic_identity": 1,
        }
        id: Mapped[int] = mapped_column(primary_key=True)
        species: Mapped[int]
        owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))

    class Cat(Animal):
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": 2}
        lives: Mapped[int | None]

    class Dog(Animal):
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": 3}
        trick: Mapped[str | None]
        owner: Mapped[Owner | None] = relationship(back_populates="dogs")

    class Owner(Base):
        __tablename__ = "owners"
        id: Mapped[int] = mapped_column(primary_key=True)
        dogs: Mapped[list[Dog]] = relationship(back_populates="owner", passive_deletes="all")

    return keep(Base, Animal, Cat, Dog, Owner)


def by_expression() -> type[DeclarativeBase]:
    """A discriminator that is computed from another column."""

    class Base(DeclarativeBase):
        pass

    class Parcel(Base):
        __tablename__ = "parcels"
        id: Mapped[int] = mapped_column(primary_key=True)
        grams: Mapped[int] = mapped_column()
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_on": case((grams > 1000, "heavy"), else_="light"),
            "polymorphic_identity": "light",
        }

    class Crate(Parcel):
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "heavy"}

    return keep(Base, Parcel, Crate)


def tagged(*, both_sides: bool = True, key: bool = True, **options: Any) -> type[DeclarativeBase]:
    """Articles and tags, related through a table of their own."""

    class Base(DeclarativeBase):
        pass

    columns = [
        Column(
            name,
            Integer,
            ForeignKey(f"{parent}.id", ondelete="CASCADE"),
            primary_key=key,
            nullable=False,
        )
        for name, parent in (("article_id", "articles"), ("tag_id", "tags"))
    ]
    labels = Table("labels", Base.metadata, *columns)

    class Article(Base):
        __tablename__ = "articles"
        id: Mapped[int] = mapped_column(primary_key=True)
        tags: Mapped[set[Tag]] = relationship(
            secondary=labels, back_populates="articles" if both_sides else None, **options
        )

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)
        if both_sides:
            articles: Mapped[list[Article]] = relationship(secondary=labels, back_populates="tags")

    return keep(Base, Article, Tag)
