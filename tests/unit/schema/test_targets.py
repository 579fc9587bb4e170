"""What a TARGET may be: bases of every kind, mappings without a base, tables without classes."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import flask
import pytest
import sqlalchemy as sa
import sqlmodel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    declarative_base,
    mapped_column,
    registry,
)

from ormthesis.core.errors import TargetError
from ormthesis.schema import import_target, load_models
from ormthesis.schema.constraints import ForeignKey, Range

if TYPE_CHECKING:
    from collections.abc import Callable


def typed() -> object:
    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    return Base


def untyped() -> object:
    base: Any = declarative_base()

    class User(base):
        __tablename__ = "users"
        id = sa.Column(sa.Integer, primary_key=True)

    return base


def dataclasses() -> object:
    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)

    return Base


def sqlmodels() -> object:
    class Base(sqlmodel.SQLModel, registry=registry()):
        pass

    class User(Base, table=True):
        __tablename__ = "users"
        id: int | None = sqlmodel.Field(default=None, primary_key=True)

    return Base


def imperative() -> object:
    mappings = registry()
    table = sa.Table("users", mappings.metadata, sa.Column("id", sa.Integer, primary_key=True))
    mappings.map_imperatively(type("User", (), {}), table)
    return mappings


def flask_extension() -> object:
    app = flask.Flask("app")
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://"
    database = SQLAlchemy(app)

    class User(database.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "users"
        id = sa.Column(sa.Integer, primary_key=True)

    class Log(database.Model):  # type: ignore[name-defined,misc]
        __bind_key__ = "logs"
        id = sa.Column(sa.Integer, primary_key=True)

    return database


@pytest.mark.parametrize(
    "make", [typed, untyped, dataclasses, sqlmodels, imperative, flask_extension]
)
def test_targets_with_classes(make: Callable[[], object]) -> None:
    schema = load_models(make()).schema
    assert [model.name for model in schema.models] == ["User"]
    assert [table.key for table in schema.tables] == ["users"]


def tables_only() -> sa.Table:
    metadata = sa.MetaData()
    return sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))


def module(**contents: object) -> types.ModuleType:
    made = types.ModuleType("made")
    vars(made).update(contents)
    return made


def test_tables_without_classes() -> None:
    table = tables_only()
    for target in (table, table.metadata, module(users=table), module(table=table, m=sa.MetaData)):
        schema = load_models(target).schema
        assert ([found.key for found in schema.tables], schema.models) == (["users"], ())


def test_a_module_stands_for_the_base_in_it() -> None:
    base: Any = typed()
    assert load_models(module(metadata=base.metadata, Base=base)).schema.models


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"one": tables_only(), "two": tables_only()}, "several sets of tables: one, two"),
        ({"Base": declarative_base(), "x": 3}, "no tables"),
    ],
)
def test_a_module_must_hold_one_set_of_tables(contents: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        load_models(module(**contents))


def test_a_target_may_name_a_module() -> None:
    assert import_target("ormthesis.demo.headspace").__name__ == "ormthesis.demo.headspace"  # type: ignore[attr-defined]


def test_columns_are_known_by_name_and_not_by_key() -> None:
    metadata = sa.MetaData()
    sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True, key="number"))
    sa.Table("b", metadata, sa.Column("a_id", sa.ForeignKey("a.number"), key="parent"))
    child = load_models(metadata).schema.by_key["b"]
    assert [type(rule) for rule in child.constraints] == [ForeignKey]
    assert not child.constraints_of(Range), "the key itself bounds what it refers with"
    assert child.foreign_keys[0].id == "b.a_id->a"
    assert child.foreign_keys[0].referred_columns == ("id",)


def test_relationships_find_their_key_in_another_schema() -> None:
    class Base(DeclarativeBase):
        pass

    class One(Base):
        __tablename__ = "things"
        __table_args__ = ({"schema": "first"},)
        id: Mapped[int] = mapped_column(primary_key=True)

    class Two(Base):
        __tablename__ = "things"
        __table_args__ = ({"schema": "second"},)
        id: Mapped[int] = mapped_column(sa.ForeignKey(One.id), primary_key=True)
        one = sa.orm.relationship(One)

    (found,) = load_models(Base).schema.model("Two").relationships
    assert found.foreign_key == "second.things.id->first.things"
