"""Small models, one of each kind of mapping, for databases that break them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    case,
    cast,
)
from sqlalchemy.event import listens_for
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    WriteOnlyMapped,
    attribute_keyed_dict,
    column_property,
    composite,
    mapped_column,
    relationship,
    synonym,
    validates,
)


def keep(base: type[DeclarativeBase], *models: type) -> type[DeclarativeBase]:
    """The base, holding on to its models: SQLAlchemy itself refers to classes weakly."""
    base.kept = models  # type: ignore[attr-defined]
    return base


class Spelt(TypeDecorator[str]):
    """A UUID that Python has as text without dashes."""

    impl = Uuid
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> UUID | None:
        return None if value is None else UUID(value)

    def process_result_value(self, value: UUID | None, dialect: Any) -> str | None:
        return None if value is None else value.hex


def decorated_keys() -> type[DeclarativeBase]:
    """Rows that refer to one another by a key of a type of the models' own."""

    class Base(DeclarativeBase):
        pass

    class Task(Base):
        __tablename__ = "tasks"
        id: Mapped[str] = mapped_column(Spelt, primary_key=True)
        after: Mapped[str | None] = mapped_column(Spelt, ForeignKey("tasks.id"))

    return keep(Base, Task)


def awaited() -> type[DeclarativeBase]:
    """Two rows that need one another, checked at the end of the transaction."""

    class Base(DeclarativeBase):
        pass

    class Run(Base):
        __tablename__ = "runs"
        name: Mapped[str] = mapped_column(String(10), primary_key=True)
        code: Mapped[str] = mapped_column(String(3))
        first: Mapped[str] = mapped_column(
            ForeignKey("jobs.name", deferrable=True, initially="DEFERRED", use_alter=True)
        )

    class Job(Base):
        __tablename__ = "jobs"
        name: Mapped[str] = mapped_column(String(10), primary_key=True)
        run_name: Mapped[str] = mapped_column(
            ForeignKey("runs.name", deferrable=True, initially="DEFERRED")
        )
        run: Mapped[Run] = relationship(foreign_keys=[run_name], passive_deletes="all")

    return keep(Base, Run, Job)


def rooted(*, related: bool = False, optional: bool = False) -> type[DeclarativeBase]:
    """The topmost place is within itself; with `related` a relationship leads there."""

    class Base(DeclarativeBase):
        pass

    class Place(Base):
        __tablename__ = "places"
        name: Mapped[str] = mapped_column(String(10), primary_key=True)
        within: Mapped[str] = mapped_column(ForeignKey("places.name"), nullable=optional)
        code: Mapped[str] = mapped_column(String(3))
        if related:
            outer: Mapped[Place] = relationship(remote_side=[name])

    return keep(Base, Place)


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


class Money:
    def __init__(self, amount: int, currency: str) -> None:
        self.amount, self.currency = amount, currency

    def __composite_values__(self) -> tuple[int, str]:
        return self.amount, self.currency


def assorted() -> type[DeclarativeBase]:
    """What classes can have beside columns and plain relationships."""

    class Base(DeclarativeBase):
        pass

    class Basket(Base):
        """A constructor that asks for more, values that are computed, renamed and counted."""

        __tablename__ = "baskets"
        id: Mapped[int] = mapped_column(primary_key=True)
        owner_name: Mapped[str] = mapped_column("owner", String(20))
        owner = synonym("owner_name")
        amount: Mapped[int] = mapped_column()
        currency: Mapped[str] = mapped_column(String(3))
        price: Mapped[Money] = composite("amount", "currency")
        twice: Mapped[int] = column_property(cast(amount, BigInteger) * 2)
        remark: Mapped[str | None] = mapped_column(deferred=True, server_default="none")
        version: Mapped[int] = mapped_column()
        slug: Mapped[str] = mapped_column(default="x")
        items: WriteOnlyMapped[Item] = relationship(
            back_populates="basket", passive_deletes=True, cascade="all, delete-orphan"
        )
        by_place: Mapped[dict[int, Item]] = relationship(
            collection_class=attribute_keyed_dict("place"), viewonly=True
        )
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "version_id_col": version,
            "eager_defaults": True,
        }

        def __init__(self, owner: str, *, price: Money) -> None:
            super().__init__(owner_name=owner, price=price)

        @hybrid_property
        def is_free(self) -> bool:
            return self.amount == 0

        @validates("currency")
        def upper_case(self, key: str, value: str) -> str:
            if len(value) != 3:
                raise ValueError(f"{key} has three letters")
            return value.upper()

    class Item(Base):
        __tablename__ = "items"
        __table_args__ = (UniqueConstraint("basket_id", "place"),)
        id: Mapped[int] = mapped_column(primary_key=True)
        place: Mapped[int]
        basket_id: Mapped[int] = mapped_column(ForeignKey("baskets.id", ondelete="CASCADE"))
        basket: Mapped[Basket] = relationship(back_populates="items")
        logs: Mapped[list[Log]] = relationship(back_populates="item", passive_deletes="all")

    class Log(Base):
        """Written by a listener."""

        __tablename__ = "logs"
        id: Mapped[int] = mapped_column(primary_key=True)
        item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))
        item: Mapped[Item | None] = relationship(back_populates="logs")

    @listens_for(Basket, "before_insert")
    def name(mapper: Any, connection: Any, basket: Basket) -> None:
        basket.slug = basket.owner_name.lower()

    @listens_for(Item, "after_insert")
    def log(mapper: Any, connection: Any, item: Item) -> None:
        connection.execute(Log.__table__.insert().values(item_id=item.id))

    return keep(Base, Basket, Item, Log)


def versioned() -> type[DeclarativeBase]:
    """Rows that are updated where a reference comes later or goes: their versions and what
    `onupdate` supplies change with it."""

    class Base(DeclarativeBase):
        pass

    class Folder(Base):
        __tablename__ = "folders"
        id: Mapped[int] = mapped_column(primary_key=True)
        files: Mapped[list[File]] = relationship(back_populates="folder")

    class File(Base):
        __tablename__ = "files"
        id: Mapped[int] = mapped_column(primary_key=True)
        version: Mapped[int] = mapped_column()
        changed: Mapped[int | None] = mapped_column(onupdate=7)
        folder_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id", ondelete="SET NULL"))
        folder: Mapped[Folder | None] = relationship(back_populates="files")
        next_id: Mapped[int | None] = mapped_column(ForeignKey("files.id", ondelete="SET NULL"))
        next: Mapped[File | None] = relationship(remote_side="File.id", post_update=True)
        __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": version}

    return keep(Base, Folder, File)


def as_dataclass() -> type[DeclarativeBase]:
    """Classes with generated constructors."""

    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class Room(Base):
        __tablename__ = "rooms"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        number: Mapped[int]
        floor: Mapped[int] = mapped_column(init=False, insert_default=1)
        beds: Mapped[list[Bed]] = relationship(init=False, back_populates="room", lazy="raise")

    class Bed(Base):
        __tablename__ = "beds"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), init=False)
        room: Mapped[Room] = relationship(back_populates="beds")

    return keep(Base, Room, Bed)


def twice() -> type[DeclarativeBase]:
    """Two classes over one table that have nothing to do with one another."""

    class Base(DeclarativeBase):
        pass

    class Door(Base):
        __tablename__ = "doors"
        id: Mapped[int] = mapped_column(primary_key=True)
        color: Mapped[str]
        height: Mapped[int] = mapped_column(server_default="2")

    class Gate(Base):
        __table__ = Table("doors", Base.metadata)
        __mapper_args__: ClassVar[dict[str, Any]] = {"exclude_properties": ["height"]}
        paint = __table__.c.color

    return keep(Base, Door, Gate)


def concrete() -> type[DeclarativeBase]:
    """Classes that inherit attributes and share no table."""

    class Base(DeclarativeBase):
        pass

    class Vehicle(ConcreteBase, Base):
        __tablename__ = "vehicles"
        id: Mapped[int] = mapped_column(primary_key=True)
        wheels: Mapped[int]
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_identity": "vehicle",
            "concrete": True,
        }

    class Truck(Vehicle):
        __tablename__ = "trucks"
        id: Mapped[int] = mapped_column(primary_key=True)
        wheels: Mapped[int]
        load: Mapped[int]
        __mapper_args__: ClassVar[dict[str, Any]] = {
            "polymorphic_identity": "truck",
            "concrete": True,
        }

    return keep(Base, Vehicle, Truck)
