"""Values that are made of a drawn one by a function, at no cost beyond that of the draw.

Hypothesis's `map` draws within a draw, for the sake of functions that may reject a value; that
costs more than the value. Functions given here are total.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from hypothesis import strategies as st

Finish = Callable[[Any], Any]
Strategy = st.SearchStrategy[Any]

_PARTS: WeakKeyDictionary[Strategy, tuple[Strategy, Finish]] = WeakKeyDictionary()


def finished(base: Strategy, finish: Finish) -> Strategy:
    """`base.map(finish)`, which `parts` can take apart."""
    whole = base.map(finish)
    _PARTS[whole] = base, finish
    return whole


def parts(strategy: Strategy) -> tuple[Strategy, Finish | None]:
    """What to draw, and the function to call then, which only strategies of `finished` have."""
    return _PARTS.get(strategy, (strategy, None))
