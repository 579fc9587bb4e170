"""A few values of a strategy, the same in every run, for searches outside a Hypothesis test."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

SAMPLES = 12
_SAMPLING = settings(
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@lru_cache(maxsize=1024)
def samples_of(strategy: SearchStrategy[Any], count: int = SAMPLES) -> tuple[Any, ...]:
    """Up to `count` values, distinct, simple ones first; fewer where a filter takes few."""
    found: list[Any] = []

    def collect(value: Any) -> None:
        found.append(value)

    def run() -> None:
        with suppress(Unsatisfiable):
            settings(_SAMPLING, max_examples=count)(given(strategy)(collect))()

    if not strategy.is_empty:
        # A thread of its own: Hypothesis forbids a draw of this kind within a running test.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(run).result()
    return tuple({repr(value): value for value in sorted(found, key=_size)}.values())


def _size(value: Any) -> int:
    return len(repr(value))
