"""Targets of every kind, relationships, and the order of tables."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship, validates

from ormthesis.core.errors import SchemaError, TargetError
from ormthesis.schema import load_models
from ormthesis.schema.mapping import Direction


class Base(DeclarativeBase):
    pass


links = sa.Table(
    "links",
    Base.metadata,
    sa.Column("author_id", sa.ForeignKey("authors.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tags.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column("name")
    mentor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("authors.id"))
    books: Mapped[list[BookOrder]] = relationship(
        back_populates="author", cascade="all, delete-orphan", passive_deletes=True
    )
    mentor: Mapped[Author | None] = relationship(remote_side="Author.id", post_update=True)
    tags: Mapped[list[Tag]] = relationship(secondary=links)
    newest: Mapped[BookOrder | None] = relationship(viewonly=True)

    @validates("full_name")
    def not_empty(self, key: str, value: str) -> str:
        return value


class BookOrder(Base):
    __tablename__ = "book_orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id", ondelete="CASCADE"))
    author: Mapped[Author] = relationship(back_populates="books")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)


class FlaskLike:
    """What Flask-SQLAlchemy's extension looks like from outside."""

    Model = Base
    metadata = Base.metadata


@pytest.mark.parametrize("target", [Base, Base.registry, FlaskLike()])
def test_targets_with_classes(target: object) -> None:
    schema = load_models(target).schema
    assert {model.name for model in schema.models} == {"Author", "BookOrder", "Tag"}
    assert {table.key for table in schema.tables} == {"authors", "book_orders", "links", "tags"}


def test_metadata_has_tables_only() -> None:
    schema = load_models(Base.metadata).schema
    assert schema.models == ()
    assert schema.name_of("authors") == "authors"


@pytest.mark.parametrize("target", [3, "app:Base", object(), dict])
def test_other_objects_are_refused(target: object) -> None:
    with pytest.raises(TargetError, match="not a declarative base"):
        load_models(target)


def test_base_without_tables() -> None:
    class Empty(DeclarativeBase):
        pass

    with pytest.raises(TargetError, match="Empty has no tables"):
        load_models(Empty)


def test_mappers_that_cannot_be_configured() -> None:
    reg = registry()

    @reg.mapped
    class Broken:
        __tablename__ = "broken"
        id = sa.Column(sa.Integer, primary_key=True)
        other = relationship("Nobody")

    with pytest.raises(SchemaError, match=r"cannot configure the mappers.*Nobody"):
        load_models(reg)
    assert Broken.__table__.name == "broken"


def test_labels_are_singular() -> None:
    schema = load_models(Base).schema
    assert {table.key: table.label for table in schema.tables} == {
        "authors": "author",
        "book_orders": "book_order",
        "tags": "tag",
        "links": "links",
    }
    assert schema.by_label["book_order"].key == "book_orders"
    assert schema.name_of("book_orders") == "BookOrder"


def test_attributes_have_the_models_names() -> None:
    model = load_models(Base).schema.model("Author")
    assert model.attributes == {"id": "id", "name": "full_name", "mentor_id": "mentor_id"}
    assert model.validated == {"full_name"}


RELATIONSHIPS: dict[str, dict[str, Any]] = {
    "Author.books": {
        "direction": Direction.ONE_TO_MANY,
        "foreign_key": "book_orders.author_id->authors",
        "back_populates": "author",
        "passive_deletes": True,
        "uselist": True,
    },
    "BookOrder.author": {
        "direction": Direction.MANY_TO_ONE,
        "foreign_key": "book_orders.author_id->authors",
        "back_populates": "books",
        "uselist": False,
    },
    "Author.mentor": {
        "direction": Direction.MANY_TO_ONE,
        "foreign_key": "authors.mentor_id->authors",
        "post_update": True,
        "back_populates": None,
    },
    "Author.tags": {"direction": Direction.MANY_TO_MANY, "foreign_key": None},
    "Author.newest": {"viewonly": True, "uselist": False},
}


@pytest.mark.parametrize(("identifier", "facets"), RELATIONSHIPS.items())
def test_relationships(identifier: str, facets: dict[str, Any]) -> None:
    found = {
        each.id: each for model in load_models(Base).schema.models for each in model.relationships
    }[identifier]
    assert {name: getattr(found, name) for name in facets} == facets


def test_cascade_options() -> None:
    (books, *_) = load_models(Base).schema.model("Author").relationships
    assert {"delete", "delete-orphan"} <= books.cascade


def test_custom_join_follows_no_key() -> None:
    class Other(DeclarativeBase):
        pass

    class Left(Other):
        __tablename__ = "lefts"
        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int]
        rights: Mapped[list[Right]] = relationship(
            primaryjoin="foreign(Right.number) == Left.number"
        )

    class Right(Other):
        __tablename__ = "rights"
        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int]

    (relation,) = load_models(Other).schema.model("Left").relationships
    assert relation.foreign_key is None
    assert Right.__tablename__ == "rights"


def order(*keys: tuple[str, str, bool]) -> list[str]:
    """The order of tables with these keys: (from, to, required)."""
    metadata = sa.MetaData()
    for name in sorted({name for child, parent, _ in keys for name in (child, parent)}):
        columns = [
            sa.Column(
                f"{parent}_id",
                sa.ForeignKey(f"{parent}.id", use_alter=True, name=f"{child}_{parent}"),
                nullable=not required,
            )
            for child, parent, required in keys
            if child == name
        ]
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return [table.key for table in load_models(metadata).schema.tables]


def test_parents_stand_before_children() -> None:
    assert order(("a", "b", True), ("b", "c", False)) == ["c", "b", "a"]


def test_optional_keys_give_way_in_a_circle() -> None:
    assert order(("a", "b", True), ("b", "a", False)) == ["b", "a"]
    assert order(("a", "b", False), ("b", "a", True)) == ["a", "b"]


def test_reference_to_itself_changes_nothing() -> None:
    assert order(("a", "a", False), ("a", "b", True)) == ["b", "a"]


def test_every_key_is_found_from_its_parent() -> None:
    schema = load_models(Base).schema
    assert {key.id for key in schema.referring["authors"]} == {
        "authors.mentor_id->authors",
        "book_orders.author_id->authors",
        "links.author_id->authors",
    }
    assert schema.foreign_key("links.tag_id->tags").referred_table == "tags"
