"""Small models with every kind of attribute that a class can have beside plain columns."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    Integer,
    String,
    func,
    select,
    text,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    MappedAsDataclass,
    WriteOnlyMapped,
    column_property,
    composite,
    declared_attr,
    mapped_column,
    relationship,
    synonym,
)

from tests.tester.mapped import keep


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Flat:
    """A point that loses its second number."""

    def __init__(self, x: int, y: int) -> None:
        self.x = x

    def __composite_values__(self) -> tuple[int, int]:
        return self.x, 0


class Turned(Flat):
    """A point whose numbers change places."""

    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y

    def __composite_values__(self) -> tuple[int, int]:
        return self.y, self.x


class Half(Flat):
    """A point that forgets to tell its second number."""

    def __composite_values__(self) -> tuple[int]:  # type: ignore[override]
        return (self.x,)


def numbers(*names: str, nullable: bool) -> list[Mapped[Any]]:
    return [mapped_column(name, Integer, nullable=nullable) for name in names]


class Stamped:
    """A mixin: what an update supplies is there for an insert's default, or not at all."""

    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[dt.datetime | None] = mapped_column(onupdate=func.now())
    edits: Mapped[int] = mapped_column(default=0, onupdate=lambda: 1)


def travels(point: type = Point) -> type[DeclarativeBase]:
    """Abstract bases, mixins, composites, proxies, hybrids; columns that are loaded later, or that
    PostgreSQL supplies; collections of every kind. `point` is what the places' composites hold."""

    class Base(DeclarativeBase):
        pass

    class Named(Base):
        __abstract__ = True

        @declared_attr
        def name(cls) -> Mapped[str]:  # noqa: N805  # SQLAlchemy passes the class
            return mapped_column("the_name", String(12), unique=True)

        @declared_attr.directive
        def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  # as above
            return (CheckConstraint("the_name <> ''", name=f"named_{cls.__tablename__}"),)

    class Place(Stamped, Named):
        __tablename__ = "places"
        id: Mapped[int] = mapped_column(primary_key=True)
        start: Mapped[Any] = composite(point, *numbers("x1", "y1", nullable=False))
        end: Mapped[Any] = composite(point, *numbers("x2", "y2", nullable=True))
        degrees: Mapped[float] = mapped_column("celsius")
        tags: Mapped[list[Tag]] = relationship(
            back_populates="place", cascade="all, delete-orphan", passive_deletes=True
        )
        labels: AssociationProxy[list[str]] = association_proxy(
            "tags", "text", creator=lambda value: Tag(text=value)
        )
        visits: DynamicMapped[Visit] = relationship(back_populates="place", passive_deletes="all")
        guests: Mapped[list[Guest]] = relationship(secondary="visits", viewonly=True)

        @hybrid_property
        def fahrenheit(self) -> float:
            return self.degrees * 9 / 5 + 32

        @fahrenheit.inplace.setter
        def _set_fahrenheit(self, value: float) -> None:
            self.degrees = (value - 32) * 5 / 9

    counted = select(func.count()).select_from(text("visits"))
    Place.visit_count = column_property(  # type: ignore[attr-defined]
        counted.where(text("visits.place_id = places.id")).scalar_subquery()
    )

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(String(8), deferred=True)
        body: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)
        place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"))
        place: Mapped[Place] = relationship(back_populates="tags")
        place_name = association_proxy("place", "name")

    class Guest(Base):
        """PostgreSQL counts the versions of its rows by itself."""

        __tablename__ = "guests"
        id: Mapped[int] = mapped_column(primary_key=True)
        xmin: Mapped[int] = mapped_column(system=True, server_default=FetchedValue())
        nick: Mapped[str] = mapped_column(String(5), server_default="x")
        visits: WriteOnlyMapped[Visit] = relationship(back_populates="guest", passive_deletes="all")
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "version_id_col": xmin,
            "version_id_generator": False,
            "eager_defaults": True,
        }

    class Visit(Base):
        __tablename__ = "visits"
        place_id: Mapped[int] = mapped_column(
            ForeignKey("places.id", ondelete="RESTRICT"), primary_key=True
        )
        guest_id: Mapped[int] = mapped_column(
            ForeignKey("guests.id", ondelete="RESTRICT"), primary_key=True
        )
        stars: Mapped[int] = mapped_column(CheckConstraint("stars BETWEEN 1 AND 5"))
        place: Mapped[Place] = relationship(back_populates="visits")
        guest: Mapped[Guest] = relationship(back_populates="visits")
        rating = synonym("stars")

    return keep(Base, Place, Tag, Guest, Visit)


def staff() -> type[DeclarativeBase]:
    """Dataclasses: a column that two subclasses share, fields that the constructor does not take,
    and columns of one name in the tables of a class and of its subclass."""

    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "people"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        kind: Mapped[str] = mapped_column(init=False)
        name: Mapped[str]
        nick: Mapped[str | None] = mapped_column(default=None)
        level: Mapped[int] = mapped_column(default=3)
        token: Mapped[str] = mapped_column(insert_default=lambda: "t", init=False)
        badges: Mapped[list[Badge]] = relationship(
            default_factory=list,
            back_populates="person",
            cascade="all, delete-orphan",
            passive_deletes=True,
        )
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_on": "kind",
            "polymorphic_identity": "person",
        }

    class Engineer(Person):
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "engineer"}
        started: Mapped[dt.date | None] = mapped_column(default=None, use_existing_column=True)
        language: Mapped[str | None] = mapped_column(default="py")

    class Manager(Person):
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "manager"}
        started: Mapped[dt.date | None] = mapped_column(default=None, use_existing_column=True)

    class Badge(Base):
        __tablename__ = "badges"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        person_id: Mapped[int] = mapped_column(
            ForeignKey("people.id", ondelete="CASCADE"), init=False
        )
        text: Mapped[str] = mapped_column(String(4))
        person: Mapped[Person] = relationship(back_populates="badges", default=None)

    class Page(Base, kw_only=True):
        __tablename__ = "pages"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        type: Mapped[str] = mapped_column(init=False)
        note: Mapped[str | None] = mapped_column(default=None)
        changed: Mapped[int] = mapped_column(init=False, server_default="1", onupdate=2)
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_on": "type",
            "polymorphic_identity": "page",
        }

    class Cover(Page, kw_only=True):
        __tablename__ = "covers"
        cover_id: Mapped[int] = mapped_column(
            "id", ForeignKey("pages.id", ondelete="CASCADE"), init=False, primary_key=True
        )
        cover_note: Mapped[str | None] = mapped_column("note", default=None)
        cover_changed: Mapped[int] = mapped_column(
            "changed", init=False, server_default="1", onupdate=2
        )
        __mapper_args__: ClassVar[dict[str, Any]] = {"polymorphic_identity": "cover"}

    return keep(Base, Person, Engineer, Manager, Badge, Page, Cover)
