"""Values that are finished by a function: what `map` gives, in fewer draws."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ormthesis.generation.finished import finished, parts

BASE = st.integers(0, 9)
TENFOLD = finished(BASE, lambda number: number * 10)


@given(TENFOLD)
@settings(max_examples=20)
def test_is_a_strategy_like_any_other(value: int) -> None:
    assert value in range(0, 100, 10)


def test_parts() -> None:
    base, finish = parts(TENFOLD)
    assert base is BASE
    assert finish is not None
    assert finish(7) == 70


def test_other_strategies_have_no_parts() -> None:
    mapped = BASE.map(str)
    assert parts(mapped) == (mapped, None)
