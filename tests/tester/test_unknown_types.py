"""Types that nobody knows: the column or the table is left out by name, and the rest is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ormthesis.core.errors import SchemaError
from ormthesis.generation.testable import type_warnings
from ormthesis.generation.type_registry import DEFAULT_TYPES, TypeStrategies, register_type
from ormthesis.schema import read_types
from tests.tester.databases import new_database
from tests.tester.worlds import make_target, search, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run


class Point(sa.types.UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "point"


class Stamped(sa.TypeDecorator[str]):
    """Never gives back what it was given."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and f"{value}!"


class Base(DeclarativeBase):
    pass


class Place(Base):
    __tablename__ = "places"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Any] = mapped_column(Point)


class Pin(Base):
    __tablename__ = "pins"
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("places.id"))


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("places.id", ondelete="SET NULL"))
    near: Mapped[Any] = mapped_column(Point, nullable=True)
    origin: Mapped[Any] = mapped_column(Point, server_default="(0,0)")
    stamp: Mapped[str | None] = mapped_column(Stamped)
    text: Mapped[str] = mapped_column(sa.String(5))


@pytest.fixture(scope="module")
def database(run: Run) -> Iterator[Database]:
    with new_database(run, "unknown") as database:
        yield database


def test_tables_without_rows_and_columns_without_values_are_named(database: Database) -> None:
    target = make_target(database, Base)
    untestable = target.context.schema.untestable
    assert set(untestable) == {"places", "pins"}
    assert "places.at" in untestable["places"]
    assert "register_type(Point, strategy)" in untestable["places"]
    assert untestable["pins"].startswith("it needs a row of places")
    warnings = type_warnings(target.context.schema)
    assert [warning.partition(". ")[0] for warning in warnings] == [
        "notes.near is always NULL",
        "notes.origin is left to its default",
        "notes.stamp is always NULL",
    ]


def test_the_rest_is_tested(database: Database) -> None:
    target = make_target(database, Base)
    for table in ("places", "pins"):
        for unit in units(target, table):
            assert not unit.subjects
            assert all("Point" in reason for reason in unit.reasons.values())
    chosen = units(target, "notes")
    (key,) = [unit for unit in chosen if unit.invariant.id == "foreign-key"]
    assert "notes.place_id->places" in key.reasons
    with target.world() as world:
        found = [search(world, unit) for unit in chosen]
    assert not [failure for one in found for failure in one.found]
    seen = {rule for one in found for rule in one.total.evidence}
    assert {"notes.text.length(5)", "notes.origin.not_null", "notes.text.not_null"} <= seen


@pytest.fixture
def registered() -> Iterator[None]:
    before = DEFAULT_TYPES.copy()
    yield
    DEFAULT_TYPES.classes, DEFAULT_TYPES.predicates = before.classes, before.predicates


@pytest.mark.usefixtures("registered")
def test_registered_types_are_tested(database: Database) -> None:
    """By predicate and by class; what comes back is compared as the type reads it."""
    numbers = st.integers(-9, 9)
    register_type(Point, st.builds("({},{})".format, numbers, numbers))
    register_type(lambda kind: type(kind) is Stamped, st.just("a"))
    target = make_target(database, Base)
    assert not target.context.schema.untestable
    assert not type_warnings(target.context.schema)
    with target.world() as world:
        assert sweep(world, units(target, "places", "accepted", "round-trip", "not-null")) == []
        assert sweep(world, units(target, "pins")) == []
        (failure,) = sweep(world, units(target, "notes", "round-trip"))
    assert {difference.column for difference in failure.mismatch.differences} == {"stamp"}


def test_registries_are_independent() -> None:
    mine = TypeStrategies()
    mine.register(Point, st.just("(0,0)"))
    assert DEFAULT_TYPES.find(Point()) is None


def test_an_extension_that_the_server_lacks_is_named(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(read_types._EXTENSIONS, "point", "no_such_extension")
    target = make_target(database, Base)
    with pytest.raises(SchemaError, match="no_such_extension") as caught, target.world():
        pass
    assert "notes.origin has the type point" in caught.value.message
    assert "--url" in caught.value.hint
