"""What a column takes, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange

from ormthesis.generation.holdable import type_refusal
from ormthesis.generation.pools import holds
from ormthesis.rules.sql_types import RANGES

DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("int4range", Range(1, 5), None),
        ("int4range", Range(empty=True), None),
        ("int4range", (1, 5), "a range"),
        ("int4range", Range(0, 2**31), "a range of which every end is a whole number from"),
        ("daterange", Range(DAY, None), None),
        ("daterange", Range(None, datetime(2024, 2, 29)), "a range of which every end is a date"),
        ("numrange", Range(0.5, 2), None),
        ("tstzrange", Range(datetime(2024, 2, 29, tzinfo=UTC), None), None),
        ("tstzrange", Range(datetime(2024, 2, 29), None), "a range of which every end is a date"),
    ],
)
def test_ends_of_ranges(name: str, value: Any, wanted: str | None) -> None:
    found = type_refusal(RANGES[name], value)
    assert found is None if wanted is None else str(found).startswith(wanted)


def test_stored_multiranges_are_held() -> None:
    kind = replace(RANGES["int4range"], name="int4multirange", multiple=True)
    assert holds(kind, MultiRange([Range(1, 5), Range(7, None)]))
    assert holds(RANGES["int4range"], Range(1, 5))
    assert not holds(RANGES["int4range"], Range(1, 2**31))
