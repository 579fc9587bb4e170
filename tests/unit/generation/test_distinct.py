"""Stepping aside for unique keys."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from ormthesis.generation.distinct import capacity, distinct_value
from ormthesis.generation.edges import edge_values
from ormthesis.generation.values import value_strategy
from ormthesis.rules.domain import Domain
from ormthesis.schema.read_types import read_type
from tests.unit.generation.minimal import minimal


class Size(enum.Enum):
    S = 1
    M = 2
    L = 3


MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
NEAREST: list[tuple[Any, Any, list[Any], Any]] = [
    (sa.Integer(), 4, [], 4),
    (sa.Integer(), 4, [4], 5),
    (sa.Integer(), 4, [4, 5], 3),
    (sa.SmallInteger(), 2**15 - 1, [2**15 - 1], 2**15 - 2),
    (sa.Numeric(4, 2), Decimal("1.00"), [Decimal("1.00")], Decimal("1.01")),
    (sa.Numeric(4, 2), Decimal("99.99"), [Decimal("99.99")], Decimal("99.98")),
    (sa.Double(), 0.5, [0.5], 1.5),
    (sa.Double(), 1e300, [1e300], 1.0000000000000002e300),
    (sa.DateTime(timezone=True), MOMENT, [MOMENT], MOMENT + timedelta(microseconds=1)),
    (sa.Uuid(), UUID(int=0), [UUID(int=0)], UUID(int=1)),
    (sa.Boolean(), False, [False], True),
    (sa.Boolean(), True, [True], False),
    (sa.Enum(Size), Size.M, ["M"], Size.L),
    (sa.Enum(Size), Size.L, ["L"], Size.S),
    (sa.Text(), "a", ["a"], "a0"),
    (sa.Text(), "", ["", "0"], "1"),
    (sa.String(1), "a", ["a"], "0"),
    (sa.String(3), "abc", ["abc", "ab0"], "ab1"),
    (sa.CHAR(3), "a", ["a  "], "a0"),
    (sa.LargeBinary(), b"", [b""], b"\0"),
    (postgresql.JSONB(), {}, ["{}"], {"n": 0}),
    (sa.ARRAY(sa.Integer), [1, 2], ["[1, 2]"], [1, 3]),
    (sa.ARRAY(sa.Integer), [], ["[]", "[0]"], [1]),
]


@pytest.mark.parametrize(("sa_type", "value", "taken", "expected"), NEAREST, ids=str)
def test_the_nearest_free_value_is_taken(
    sa_type: TypeEngine[Any], value: Any, taken: list[Any], expected: Any
) -> None:
    assert distinct_value(read_type(sa_type), value, set(taken)) == expected


@pytest.mark.parametrize(
    ("sa_type", "value", "taken", "domain"),
    [
        (sa.Boolean(), False, {True, False}, None),
        (sa.Enum(Size), Size.S, {"S", "M", "L"}, None),
        (sa.Enum(Size), Size.S, {"S"}, Domain(members=("S",))),
        (sa.Integer(), 2, {1, 2, 3}, Domain(minimum=1, maximum=3)),
        (sa.Text(), "x", {"x", "y"}, Domain(members=("x", "y"))),
        (sa.Text(), "", {""}, Domain(max_length=0)),
    ],
    ids=range(6),
)
def test_an_exhausted_domain_has_none(
    sa_type: TypeEngine[Any], value: Any, taken: set[Any], domain: Domain | None
) -> None:
    assert distinct_value(read_type(sa_type), value, taken, domain) is None


def test_a_container_that_holds_everything_ends_the_search() -> None:
    class Everything:
        def __contains__(self, value: object) -> bool:
            return True

    assert distinct_value(read_type(sa.BigInteger()), 0, Everything()) is None
    assert distinct_value(read_type(sa.Text()), "a", Everything()) is None


def test_a_pattern_is_kept() -> None:
    domain = Domain(patterns=(r"\A[a-z]{2}\Z",))
    taken: set[str] = set()
    for _ in range(50):
        value = distinct_value(read_type(sa.String(2)), "aa", taken, domain)
        assert value is not None
        assert domain.allows(value)
        taken.add(value)


MANY = [
    sa.SmallInteger(),
    sa.Numeric(6, 2),
    sa.REAL(),
    sa.Double(),
    sa.String(2),
    sa.CHAR(2),
    sa.Text(),
    sa.Date(),
    sa.Time(),
    sa.DateTime(timezone=True),
    sa.Interval(),
    sa.Uuid(),
    sa.LargeBinary(),
]


@pytest.mark.parametrize("sa_type", MANY, ids=repr)
@settings(max_examples=20)
@given(data=st.data())
def test_one_value_can_step_aside_again_and_again(
    sa_type: TypeEngine[Any], data: st.DataObject
) -> None:
    data_type = read_type(sa_type)
    value = data.draw(value_strategy(data_type))
    taken: list[Any] = []
    for _ in range(40):
        found = distinct_value(data_type, value, set(taken))
        assert found is not None
        assert found not in taken
        assert distinct_value(data_type, found, ()) == found
        taken.append(found)


@pytest.mark.parametrize(
    ("sa_type", "domain", "expected"),
    [
        (sa.Boolean(), None, 2),
        (sa.Enum(Size), None, 3),
        (sa.Enum(Size), Domain(excluded=frozenset({"S"})), 2),
        (sa.SmallInteger(), None, None),
        (sa.SmallInteger(), Domain(minimum=0, maximum=100), 101),
        (sa.SmallInteger(), Domain(minimum=5, maximum=7, excluded=frozenset({6})), 2),
        (sa.SmallInteger(), Domain(minimum=10**6), 0),
        (sa.Numeric(2, 1), None, 199),
        (sa.Text(), None, None),
        (sa.Text(), Domain(max_length=0), 1),
        (sa.Text(), Domain(members=("a", "b")), 2),
        (sa.Uuid(), None, None),
        (postgresql.JSONB(), None, None),
    ],
    ids=str,
)
def test_capacity_counts_what_can_be_told_apart(
    sa_type: TypeEngine[Any], domain: Domain | None, expected: int | None
) -> None:
    assert capacity(read_type(sa_type), domain) == expected


def test_texts_that_differ_to_a_collation_of_the_models() -> None:
    """It may take case, accents and control characters for nothing; a shipped one does not."""
    own = read_type(sa.String(100, collation="nocase"))
    shipped = read_type(sa.String(100, collation="de_DE"))
    taken: set[Any] = set()
    for _ in range(200):
        taken.add(distinct_value(own, "a", taken))
    assert len({value.casefold() for value in taken}) == 200
    assert all(value.isascii() and value == value.lower() for value in edge_values(own))
    assert minimal(value_strategy(shipped), lambda value: not value.isascii())
    with pytest.raises(NoSuchExample):
        minimal(value_strategy(own), lambda value: not value.isascii() or value != value.lower())
