"""Fixtures for the tests of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.rules.judge import Judge, open_judge

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """PostgreSQL, asked for the value of an expression."""
    with open_judge() as opened:
        yield opened
