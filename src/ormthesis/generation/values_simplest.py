"""The value that a strategy shrinks to, whoever made the strategy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.strategies import SearchStrategy

_SHRINK = settings(
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=100,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@lru_cache(maxsize=1024)
def simplest_of(strategy: SearchStrategy[Any]) -> Any:
    """The value that Hypothesis shrinks to when every value will do.

    Raises `hypothesis.errors.NoSuchExample` for a strategy without values.
    """
    # A thread of its own: Hypothesis forbids a draw of this kind within a running test.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(find, strategy, lambda _: True, settings=_SHRINK).result()
