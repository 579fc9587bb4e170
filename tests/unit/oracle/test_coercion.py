"""PostgreSQL judges the coercion table: what is written is read back as the oracle says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase

from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.oracle.coercion import coerce, without_rounding
from ormthesis.oracle.judge import judge, same
from ormthesis.oracle.outcome import Accepted
from ormthesis.schema.read_types import read_type
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "flag": sa.Boolean(),
    "small": sa.SmallInteger(),
    "whole": sa.Integer(),
    "big": sa.BigInteger(),
    "money": sa.Numeric(8, 2),
    "exact": sa.Numeric(),
    "single": sa.REAL(),
    "double": sa.Double(),
    "text": sa.Text(),
    "short": sa.String(4),
    "padded": sa.CHAR(4),
    "raw": sa.LargeBinary(),
    "day": sa.Date(),
    "clock": sa.Time(),
    "moment": sa.DateTime(),
    "instant": sa.DateTime(timezone=True),
    "span": sa.Interval(),
    "key": sa.Uuid(),
    "json": sa.JSON(),
    "document": JSONB(none_as_null=True),
    "list": ARRAY(sa.Integer),
    "prices": ARRAY(sa.Numeric(8, 2)),
    "names": ARRAY(sa.Text),
}


class Base(DeclarativeBase):
    pass


class Sample(Base):
    """One nullable column of each type."""

    __table__ = sa.Table(
        "samples",
        Base.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, kind) for name, kind in TYPES.items()),
    )


# Column, what is written, what is read. Each was looked up on a server.
COERCIONS: list[tuple[str, Any, Any]] = [
    ("whole", 2.0, 2),
    ("money", Decimal("1.005"), Decimal("1.01")),
    ("money", Decimal("-1.005"), Decimal("-1.01")),
    ("money", Decimal("1.0049999"), Decimal("1.00")),
    ("money", Decimal("2"), Decimal("2.00")),
    ("money", 1.5, Decimal("1.50")),
    ("exact", Decimal("1.50"), Decimal("1.5")),
    ("exact", Decimal("NaN"), Decimal("NaN")),
    ("exact", Decimal("1E+20"), Decimal(10) ** 20),
    ("single", 0.1, 0.10000000149011612),
    ("single", 16777217.0, 16777216.0),
    ("double", float("inf"), float("inf")),
    ("double", float("nan"), float("nan")),
    ("double", 5e-324, 5e-324),
    ("short", "ab  ", "ab  "),
    ("short", "abcd   ", "abcd"),
    ("short", "éééé ", "éééé"),
    ("padded", "a", "a   "),
    ("padded", "a     ", "a   "),
    ("padded", "", "    "),
    ("text", "a\\b'c\"%:d", "a\\b'c\"%:d"),
    ("text", " \t\n\r", " \t\n\r"),
    ("raw", b"", b""),
    ("raw", bytes(range(256)), bytes(range(256))),
    ("day", dt.date(1, 1, 1), dt.date(1, 1, 1)),
    ("day", dt.date(9999, 12, 31), dt.date(9999, 12, 31)),
    ("clock", dt.time(23, 59, 59, 999999), dt.time(23, 59, 59, 999999)),
    (
        "instant",
        dt.datetime(2000, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        dt.datetime(2000, 1, 1, 6, 30, tzinfo=dt.UTC),
    ),
    ("span", dt.timedelta(days=-1, microseconds=1), dt.timedelta(days=-1, microseconds=1)),
    ("key", UUID(int=0), UUID(int=0)),
    ("document", {1: "a", False: "b", None: "c"}, {"1": "a", "false": "b", "null": "c"}),
    ("document", {0.5: 1}, {"0.5": 1}),
    ("document", {"a": (1, 2)}, {"a": [1, 2]}),
    ("document", -0.0, 0.0),
    ("document", {"b": 1, "a": 2}, {"a": 2, "b": 1}),
    ("document", [], []),
    ("json", {"a": [None, True, 1.5]}, {"a": [None, True, 1.5]}),
    ("json", -0.0, -0.0),
    ("list", (1, 2), [1, 2]),
    ("list", [], []),
    ("list", [None], [None]),
    ("prices", [Decimal("1.005")], [Decimal("1.01")]),
    ("names", ["", "NULL", 'a"b', "{,}", "\\"], ["", "NULL", 'a"b', "{,}", "\\"]),
]


@pytest.fixture(scope="module")
def target(database: Database) -> Target:
    return make_target(database, Base)


@pytest.fixture(scope="module")
def world(target: Target) -> Iterator[World]:
    with target.world() as world:
        yield world


def one_row(column: str, value: Any) -> EntityGraph:
    values = {**dict.fromkeys(TYPES), column: value}
    draft = EntityDraft(ref=EntityRef("sample", 0), table="samples", values=values, references={})
    return EntityGraph(drafts=(draft,))


@pytest.mark.parametrize(("column", "written", "read"), COERCIONS, ids=repr)
def test_written_value_is_read_as_predicted(
    world: World, column: str, written: Any, read: Any
) -> None:
    case = Case(graph=one_row(column, written), subject="samples")
    (observation,) = world.sandbox.observe(case.graph, [case])
    assert isinstance(observation.base, Accepted), observation.base
    (stored,) = observation.base.state.rows.values()
    assert same(read, stored[column])
    assert judge(world.oracle.predict(case, observation.keys), observation.base) is None


@pytest.mark.parametrize(
    ("column", "written"),
    [(column, written) for column, written, _ in COERCIONS if column not in ("list", "document")],
    ids=repr,
)
def test_the_orm_reads_the_same(world: World, column: str, written: Any) -> None:
    case = Case(graph=one_row(column, written), operation=INSERT_OBJECTS, subject="Sample")
    (observation,) = world.sandbox.observe(case.graph, [case])
    assert isinstance(observation.base, Accepted), observation.base
    assert judge(world.oracle.predict(case, observation.keys), observation.base) is None


@pytest.mark.parametrize(("column", "written", "read"), COERCIONS, ids=repr)
def test_coercing_twice_changes_nothing(column: str, written: Any, read: Any) -> None:
    data_type = read_type(TYPES[column])
    once = coerce(data_type, written)
    assert same(read, once)
    assert same(once, coerce(data_type, once))


def test_observed_numbers_are_not_rounded() -> None:
    """Else a column of another scale would look as declared."""
    money = without_rounding(read_type(sa.Numeric(8, 2)))
    assert coerce(money, Decimal("1.005")) == Decimal("1.005")
    prices = without_rounding(read_type(ARRAY(sa.Numeric(8, 2))))
    assert coerce(prices, [Decimal("1.005")]) == [Decimal("1.005")]


def test_drawn_values(world: World, target: Target) -> None:
    """Of every type at once, by SQL and through the ORM."""
    chosen = units(target, "samples", "accepted", "round-trip")
    assert sweep(world, chosen, max_examples=150) == []
