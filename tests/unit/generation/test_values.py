"""Values of every type: what they shrink to, and the bounds that they keep by construction."""

from __future__ import annotations

import enum
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.documents_storable import is_storable
from ormthesis.generation.values import json_values, simplest_value, value_strategy
from ormthesis.rules.domain import Domain
from ormthesis.schema.read_types import read_type
from tests.unit.generation.minimal import minimal


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"
    BLUE = "b"


NIL = UUID(int=0)
Y2K = datetime(2000, 1, 1)
SIMPLEST: list[tuple[Any, Any]] = [
    (sa.Boolean(), False),
    (sa.SmallInteger(), 0),
    (sa.Integer(), 0),
    (sa.BigInteger(), 0),
    (sa.Numeric(6, 2), Decimal(0)),
    (sa.Numeric(), Decimal(0)),
    (sa.Numeric(6, 2, asdecimal=False), 0.0),
    (sa.REAL(), 0.0),
    (sa.Double(), 0.0),
    (sa.String(), ""),
    (sa.String(5), ""),
    (sa.CHAR(3), ""),
    (sa.LargeBinary(), b""),
    (sa.Date(), date(2000, 1, 1)),
    (sa.Time(), time(0)),
    (sa.Time(timezone=True), time(0, tzinfo=UTC)),
    (sa.DateTime(), Y2K),
    (sa.DateTime(timezone=True), Y2K.replace(tzinfo=UTC)),
    (sa.Interval(), timedelta()),
    (sa.Uuid(), NIL),
    (sa.Uuid(as_uuid=False), str(NIL)),
    (sa.Enum(Colour), Colour.RED),
    (sa.Enum("x", "y", name="letter"), "x"),
    (postgresql.JSONB(), {}),
    (sa.ARRAY(sa.Integer), []),
    (sa.ARRAY(sa.Integer, as_tuple=True), ()),
]
TYPES = [sa_type for sa_type, _ in SIMPLEST]


@pytest.mark.parametrize(("sa_type", "expected"), SIMPLEST, ids=repr)
def test_a_strategy_shrinks_to_the_simplest_value(sa_type: TypeEngine[Any], expected: Any) -> None:
    data_type = read_type(sa_type)
    assert minimal(value_strategy(data_type)) == expected
    assert simplest_value(data_type) == expected
    assert type(simplest_value(data_type)) is type(expected)


NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)
BOUNDED: list[tuple[Any, Domain, Any]] = [
    (sa.Integer(), Domain(minimum=5, maximum=100), 5),
    (sa.Integer(), Domain(maximum=-7), -7),
    (sa.Integer(), Domain(minimum=-3, excluded=frozenset({0})), 1),
    (sa.SmallInteger(), Domain(minimum=0, minimum_inclusive=False), 1),
    (sa.Numeric(6, 2), Domain(minimum=0, minimum_inclusive=False), Decimal("0.01")),
    (sa.Numeric(6, 2), Domain(minimum=Decimal("0.005")), Decimal("0.01")),
    (sa.Numeric(), Domain(minimum=Decimal("0.000001"), maximum=Decimal("0.000002")), "min"),
    (sa.Numeric(), Domain(minimum=10**20), "min"),
    (sa.Double(), Domain(minimum=1, minimum_inclusive=False, maximum=3), 2.0),
    (sa.REAL(), Domain(minimum=2), 2.0),
    (sa.REAL(), Domain(minimum=0.1, maximum=0.5), 0.5),
    (sa.DateTime(timezone=True), Domain(minimum=NOON), NOON),
    (
        sa.DateTime(timezone=True),
        Domain(maximum=Y2K.replace(tzinfo=UTC), maximum_inclusive=False),
        Y2K.replace(tzinfo=UTC) - timedelta(microseconds=1),
    ),
    (sa.Date(), Domain(minimum=date(2020, 1, 1)), date(2020, 1, 1)),
    (sa.Interval(), Domain(minimum=timedelta(days=1)), timedelta(days=1)),
    (sa.Time(), Domain(minimum=time(9), maximum=time(17)), time(9)),
    (sa.String(), Domain(min_length=3), "000"),
    (sa.String(), Domain(excluded=frozenset({""})), "0"),
    (sa.LargeBinary(), Domain(excluded=frozenset({b"", b"x"})), b"\0"),
    (sa.String(2), Domain(members=("abc", "b", "a")), "b"),
    (sa.String(9), Domain(patterns=(r"(?s)\A[a-z]+\Z",)), "a"),
    (sa.String(9), Domain(patterns=(r"(?s)\Aab.*\Z",)), "ab"),
    (sa.String(9), Domain(patterns=(r"\A[a-c]+\Z", r"\A.{2}\Z")), "aa"),
    (sa.CHAR(4), Domain(min_length=2), "00"),
    (sa.LargeBinary(), Domain(min_length=2), b"\0\0"),
    (sa.Enum(Colour), Domain(excluded=frozenset({"RED"})), Colour.GREEN),
    (sa.Enum(Colour), Domain(members=("BLUE",)), Colour.BLUE),
    (sa.Boolean(), Domain(members=(True,)), True),
]


@pytest.mark.parametrize(("sa_type", "domain", "expected"), BOUNDED, ids=str)
def test_a_domain_is_kept_and_shrunk_into(
    sa_type: TypeEngine[Any], domain: Domain, expected: Any
) -> None:
    data_type = read_type(sa_type)
    strategy = value_strategy(data_type, domain)
    wanted = domain.minimum if expected == "min" else expected
    assert minimal(strategy) == wanted
    assert simplest_value(data_type, domain) == wanted
    assert not _outside(strategy, lambda value: domain.allows(data_type.stored(value)))


def _outside(strategy: st.SearchStrategy[Any], is_inside: Any) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=60, database=None)
    @given(strategy)
    def collect(value: Any) -> None:
        if not is_inside(value):
            found.append(value)

    collect()
    return found


@pytest.mark.parametrize(
    ("sa_type", "domain"),
    [
        (sa.SmallInteger(), Domain(minimum=40_000)),
        (sa.Integer(), Domain(minimum=3, maximum=3, excluded=frozenset({3}))),
        (sa.String(3), Domain(min_length=4)),
        (sa.String(3), Domain(members=("four",))),
        (sa.Enum(Colour), Domain(members=("PINK",))),
        (sa.Numeric(3, 0), Domain(minimum=1000)),
    ],
    ids=str,
)
def test_nothing_in_common_is_an_empty_strategy(sa_type: TypeEngine[Any], domain: Domain) -> None:
    data_type = read_type(sa_type)
    assert value_strategy(data_type, domain).is_empty
    assert simplest_value(data_type, domain) is None


@pytest.mark.parametrize("sa_type", TYPES, ids=repr)
def test_a_strategy_is_built_once(sa_type: TypeEngine[Any]) -> None:
    assert value_strategy(read_type(sa_type)) is value_strategy(read_type(sa_type))


def test_equal_types_with_other_python_values_do_not_share_a_strategy() -> None:
    as_uuid, as_text = read_type(sa.Uuid()), read_type(sa.Uuid(as_uuid=False))
    assert as_uuid == as_text
    assert isinstance(minimal(value_strategy(as_uuid)), UUID)
    assert isinstance(minimal(value_strategy(as_text)), str)


@given(value_strategy(read_type(sa.String(30))))
def test_text_is_what_the_driver_takes(value: str) -> None:
    assert len(value) <= 30
    assert is_storable(value)


@given(value_strategy(read_type(sa.CHAR(2))))
def test_char_has_no_trailing_blank(value: str) -> None:
    assert len(value) <= 2
    assert not value.endswith(" ")


def test_trailing_blanks_occur_in_other_text() -> None:
    assert minimal(value_strategy(read_type(sa.String(3))), lambda text: text.endswith(" ")) == " "


@given(value_strategy(read_type(sa.Text()), Domain(min_length=490), indexed=True))
def test_indexed_text_fits_an_index_entry(value: str) -> None:
    assert 490 <= len(value) <= 500


@given(value_strategy(read_type(sa.Numeric(5, 3))))
def test_decimals_keep_precision_and_scale(value: Decimal) -> None:
    assert value == value.quantize(Decimal("0.001"))
    assert abs(value) < 100


def test_decimals_beyond_the_precision_of_the_context_are_exact() -> None:
    strategy = value_strategy(read_type(sa.Numeric(38, 2)), Domain(minimum=10**35))
    assert minimal(strategy) == 10**35
    assert minimal(strategy, lambda value: value > 10**35) == Decimal(f"{10**35}.01")


@given(value_strategy(read_type(sa.DateTime(timezone=True))))
def test_moments_can_be_shown_in_every_time_zone(value: datetime) -> None:
    assert value.tzinfo is UTC
    for hours in (-24, 24):
        assert 1 <= (value + timedelta(hours=hours)).year <= 9999


@given(value_strategy(read_type(postgresql.TIMESTAMP(precision=3))))
def test_a_precision_of_seconds_is_kept(value: datetime) -> None:
    assert value.microsecond % 1000 == 0


def test_moments_on_both_sides_of_a_bound_are_found() -> None:
    strategy = value_strategy(read_type(sa.DateTime()))
    assert minimal(strategy, lambda value: value > Y2K) == Y2K + timedelta(microseconds=1)
    assert minimal(strategy, lambda value: value < Y2K) == Y2K - timedelta(microseconds=1)
    assert minimal(strategy, lambda value: value.year > 9000).year == 9001


@given(value_strategy(read_type(sa.REAL())))
def test_reals_are_what_the_server_prints(value: float) -> None:
    assert not math.isnan(value)
    digits = repr(value).replace("-", "").replace(".", "").split("e")[0].strip("0")
    assert math.isinf(value) or len(digits) <= 9


@given(value_strategy(read_type(sa.ARRAY(sa.SmallInteger))))
def test_arrays_are_short_lists_of_their_items(value: list[int]) -> None:
    assert len(value) <= 4
    assert all(-(2**15) <= item < 2**15 for item in value)


@given(json_values())
def test_documents_are_storable_and_never_null(value: Any) -> None:
    assert value is not None
    assert is_storable(value)


def test_documents_of_every_kind_are_found() -> None:
    for kind in (dict, list, str, int, float, bool):
        found = minimal(json_values(), lambda value, kind=kind: type(value) is kind)
        assert isinstance(found, kind)


class Money(sa.types.UserDefinedType[Any]):
    def get_col_spec(self) -> str:
        return "money"


def test_a_type_without_strategy_is_named_with_how_to_register_one() -> None:
    with pytest.raises(UnsupportedTypeError, match="Money") as caught:
        value_strategy(read_type(Money()))
    assert "register_type(Money, strategy)" in caught.value.hint
