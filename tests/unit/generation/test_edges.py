"""Edges of types: values that must be accepted, and those just beyond."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from ormthesis.generation.documents_storable import is_storable
from ormthesis.generation.edges import beyond, edge_values, foreign_labels, too_long
from ormthesis.rules.domain import Domain
from ormthesis.schema.constraints import Range
from ormthesis.schema.read_types import read_type
from tests.unit.generation.minimal import minimal


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


CONTAINED: list[tuple[Any, Domain | None, list[Any]]] = [
    (sa.Boolean(), None, [False, True]),
    (sa.Enum(Size), None, [Size.SMALL, Size.LARGE]),
    (sa.SmallInteger(), None, [-(2**15), -(2**15) + 1, -1, 0, 1, 2**15 - 2, 2**15 - 1]),
    (sa.Integer(), Domain(minimum=0, maximum=100), [0, 1, 99, 100]),
    (sa.Numeric(3, 1), None, [Decimal("-99.9"), Decimal(0), Decimal("99.9"), Decimal("0.1")]),
    (sa.String(5), None, ["", "xxxx", "xxxxx", "ééééé", "\\", " "]),
    (sa.Text(), Domain(min_length=2, max_length=4), ["xx", "xxx", "xxxx"]),
    (sa.DateTime(timezone=True), None, [datetime(2000, 2, 29, tzinfo=UTC)]),
    (sa.LargeBinary(), None, [b"", b"\0", b"\xff"]),
    (postgresql.JSONB(), None, [{}, [], "", 0, False]),
    (sa.ARRAY(sa.Integer), None, [[], [0]]),
    (sa.ARRAY(sa.Integer, dimensions=2), None, [[], [[0]]]),
]


@pytest.mark.parametrize(("sa_type", "domain", "expected"), CONTAINED, ids=str)
def test_edges_are_listed(
    sa_type: TypeEngine[Any], domain: Domain | None, expected: list[Any]
) -> None:
    found = [(type(value), value) for value in edge_values(read_type(sa_type), domain)]
    for value in expected:
        assert (type(value), value) in found


@pytest.mark.parametrize(("sa_type", "domain", "expected"), CONTAINED, ids=str)
def test_edges_lie_within_the_domain_and_are_listed_once(
    sa_type: TypeEngine[Any], domain: Domain | None, expected: list[Any]
) -> None:
    data_type = read_type(sa_type)
    found = edge_values(data_type, domain)
    assert len({repr(value) for value in found}) == len(found) >= len(expected)
    assert all((domain or Domain()).allows(data_type.stored(value)) for value in found)


def test_edges_of_text_respect_its_limit() -> None:
    assert all(len(value) <= 1 for value in edge_values(read_type(sa.String(1))))
    assert not any(value.endswith(" ") for value in edge_values(read_type(sa.CHAR(3))))


@pytest.mark.parametrize("limit", [1, 5, 1024])
def test_too_long_shrinks_to_plain_text_of_one_character_more(limit: int) -> None:
    assert minimal(too_long(limit)) == "x" * (limit + 1)


@given(data=st.data(), limit=st.integers(0, 40))
def test_too_long_is_one_too_long_and_ends_in_no_blank(data: st.DataObject, limit: int) -> None:
    value = data.draw(too_long(limit))
    assert len(value) == limit + 1
    assert not value.endswith(" ")
    assert is_storable(value)


SMALLINT = Range(
    id="t.c.range(smallint)",
    table="t",
    columns=("c",),
    minimum=-(2**15),
    maximum=2**15 - 1,
    step=1,
)
CENTS = Range(
    id="t.c.range(numeric(4, 2))",
    table="t",
    columns=("c",),
    minimum=Decimal("-99.99"),
    maximum=Decimal("99.99"),
    step=Decimal("0.01"),
)


def test_beyond_starts_one_step_outside() -> None:
    assert minimal(beyond(SMALLINT)) == 2**15
    assert minimal(beyond(SMALLINT), lambda value: value < 0) == -(2**15) - 1
    assert minimal(beyond(CENTS)) == Decimal("100.00")
    assert minimal(beyond(CENTS), lambda value: value < 0) == Decimal("-100.00")


@given(beyond(SMALLINT))
def test_beyond_is_never_within(value: int) -> None:
    assert not -(2**15) <= value < 2**15


def test_foreign_labels_start_with_near_misses() -> None:
    strategy = foreign_labels(["IDLE", "BUSY"])
    assert minimal(strategy) == ""
    assert minimal(strategy, lambda text: text.lower() == "idle") == "idle"


@given(st.lists(st.text("abAB _", max_size=4), min_size=1, unique=True), st.data())
def test_foreign_labels_are_foreign_storable_and_not_too_long(
    labels: list[str], data: st.DataObject
) -> None:
    if set(labels) == {""}:
        return
    value = data.draw(foreign_labels(labels))
    assert value not in labels
    assert is_storable(value)
    assert len(value) <= max(map(len, labels))
