"""TypeDecorators of many kinds: values are found that they give back unchanged."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import json
import uuid
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings

from ormthesis.core.equality import equal, hashable
from ormthesis.generation.carriers import choose_carrier
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.edges import edge_values
from ormthesis.generation.values import simplest_value, value_strategy
from ormthesis.schema.read_types import read_type
from ormthesis.schema.types import DataType


class Level(enum.IntEnum):
    LOW = 3
    HIGH = 5


def decorator(impl: Any, bind: Callable[[Any], Any], result: Callable[[Any], Any]) -> DataType:
    """A decorator that leaves None alone."""

    class Decorator(sa.TypeDecorator[Any]):
        cache_ok = False

        def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
            return None if value is None else bind(value)

        def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
            return None if value is None else result(value)

    Decorator.impl = impl
    return read_type(Decorator())


class Levels(sa.TypeDecorator[Level]):
    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Level | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else Level(value).value

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Level | None:
        return None if value is None else Level(value)


def naive(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        raise TypeError(value)
    return value.astimezone(dt.UTC).replace(tzinfo=None)


FOUND: dict[str, tuple[DataType, type]] = {
    "enum": (read_type(Levels()), Level),
    "utc": (decorator(sa.DateTime, naive, lambda v: v.replace(tzinfo=dt.UTC)), dt.datetime),
    "cents": (decorator(sa.Integer, lambda v: int(v * 100), lambda v: Decimal(v) / 100), Decimal),
    "yes or no": (decorator(sa.String(1), lambda v: "NY"[v], lambda v: v == "Y"), bool),
    "hex": (decorator(sa.CHAR(32), lambda v: uuid.UUID(str(v)).hex, uuid.UUID), uuid.UUID),
    "packed": (
        decorator(
            sa.LargeBinary,
            lambda v: zlib.compress(json.dumps(v).encode()),
            lambda v: json.loads(zlib.decompress(v)),
        ),
        object,
    ),
    "set": (decorator(sa.JSON, sorted, set), set),
    "words": (decorator(sa.Text, ",".join, lambda v: v.split(",")), list),
    "address": (decorator(sa.String(45), str, ipaddress.ip_address), ipaddress.IPv4Address),
}


@pytest.mark.parametrize("name", FOUND)
def test_values_come_back(name: str) -> None:
    data_type, kind = FOUND[name]
    seen: list[Any] = [simplest_value(data_type), *edge_values(data_type)]

    @settings(max_examples=15, database=None)
    @given(value_strategy(data_type))
    def draw(value: Any) -> None:
        seen.append(value)

    draw()
    for value in seen:
        assert isinstance(value, kind)
        assert equal(data_type.loaded(data_type.stored(value)), value)
    stored = data_type.stored(seen[0])
    other = distinct_value(data_type, seen[0], {hashable(stored)})
    assert other is not None
    assert not equal(data_type.stored(other), stored)


@pytest.mark.parametrize(
    ("bind", "result"),
    [
        (lambda v: uuid.uuid4().hex + v, lambda v: v[32:]),
        (lambda v: v, lambda v: v + "!"),
        (lambda v: v, lambda v: object()),
    ],
    ids=["random", "growing", "without equality"],
)
def test_a_decorator_that_gives_nothing_back_has_no_carrier(bind: Any, result: Any) -> None:
    assert choose_carrier(decorator(sa.Text, bind, result)).carrier is None


def test_what_is_left_out_is_told() -> None:
    """Values that a decorator changes are left out, and one of them is named."""

    def refuse_long(value: str) -> str:
        if len(value) > 10:
            raise ValueError(value)
        return value

    choice = choose_carrier(decorator(sa.Text, refuse_long, str))
    assert choice.carrier is not None
    assert choice.refused == "x" * 40
