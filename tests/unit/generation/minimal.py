"""Shrinking to a value, for tests that pin what strategies shrink to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.strategies import SearchStrategy

SETTINGS = settings(
    database=None,
    max_examples=2000,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def minimal(
    strategy: SearchStrategy[Any], condition: Callable[[Any], bool] = lambda _: True
) -> Any:
    """The smallest value that meets the condition."""
    return find(strategy, condition, settings=SETTINGS)
