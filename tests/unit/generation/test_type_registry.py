"""Strategies for types of the user: which registration is found."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from ormthesis.core.errors import OptionError
from ormthesis.generation.type_registry import DEFAULT_TYPES, TypeStrategies, register_type
from ormthesis.generation.values import simplest_value, value_strategy
from ormthesis.rules.domain import Domain
from ormthesis.schema.read_types import read_type
from tests.unit.generation.minimal import minimal


class Point(sa.types.UserDefinedType[Any]):
    def get_col_spec(self) -> str:
        return "point"


class FinePoint(Point):
    pass


class Slug(sa.types.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True


def test_the_nearest_class_wins_over_its_base() -> None:
    types = TypeStrategies()
    types.register(FinePoint, st.just("fine"))
    types.register(Point, st.just("point"))
    assert minimal(value_strategy(read_type(FinePoint()), types=types)) == "fine"
    assert minimal(value_strategy(read_type(Point()), types=types)) == "point"


def test_a_base_class_covers_what_is_derived_from_it() -> None:
    types = TypeStrategies()
    types.register(Point, st.just("point"))
    assert minimal(value_strategy(read_type(FinePoint()), types=types)) == "point"


def test_a_class_wins_over_a_predicate_and_the_last_predicate_over_the_first() -> None:
    types = TypeStrategies()
    types.register(lambda sa_type: isinstance(sa_type, sa.String), st.just("first"))
    types.register(lambda sa_type: getattr(sa_type, "length", 0) == 7, st.just("seven"))
    assert minimal(value_strategy(read_type(sa.String(7)), types=types)) == "seven"
    assert minimal(value_strategy(read_type(sa.String(8)), types=types)) == "first"
    types.register(sa.String, st.just("class"))
    assert minimal(value_strategy(read_type(sa.String(7)), types=types)) == "class"


def test_the_last_registration_of_a_class_wins() -> None:
    types = TypeStrategies()
    types.register(Slug, st.just("old"))
    types.register(Slug, st.sampled_from(["new", "newer"]))
    assert simplest_value(read_type(Slug()), types=types) == "new"


def test_registered_values_keep_the_domain() -> None:
    types = TypeStrategies()
    types.register(Slug, st.text(alphabet="ab"))
    strategy = value_strategy(read_type(Slug()), Domain(min_length=2), types=types)
    assert minimal(strategy) == "aa"


def test_items_of_arrays_are_looked_up_too() -> None:
    types = TypeStrategies()
    types.register(Slug, st.just("s"))
    array = read_type(sa.ARRAY(Slug()))
    assert minimal(value_strategy(array, types=types), bool) == ["s"]


def test_a_copy_is_independent_of_its_origin() -> None:
    types = TypeStrategies()
    copy = types.copy()
    copy.register(Point, st.just("point"))
    assert types.find(Point()) is None
    assert copy.find(Point()) is not None


def test_register_type_fills_the_default_registry() -> None:
    class Local(Point):
        pass

    try:
        register_type(Local, st.just(1))
        assert minimal(value_strategy(read_type(Local()))) == 1
    finally:
        del DEFAULT_TYPES.classes[Local]


@pytest.mark.parametrize(
    ("key", "strategy"), [(Point, 3), (int, st.just(1)), ("Point", st.just(1))], ids=str
)
def test_what_cannot_be_registered_is_refused(key: Any, strategy: Any) -> None:
    with pytest.raises(OptionError):
        TypeStrategies().register(key, strategy)
