"""Fixtures for the tests of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.rules.judge import Judge, open_judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """PostgreSQL, asked for the value of an expression."""
    with open_judge() as opened:
        yield opened
