"""Values as short text."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Unspecified
from ormthesis.reporting.values import LONGEST, enumerate_words, show


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "True"),
        (0, "0"),
        ("a'b", '"a\'b"'),
        ("", "''"),
        ("NULL", "'NULL'"),
        ("\x00\n", "'\\x00\\n'"),
        (b"\x00", "b'\\x00'"),
        (Decimal("1.50"), "1.50"),
        (Colour.RED, "RED"),
        (date(2000, 1, 1), "2000-01-01"),
        (datetime(2000, 1, 1, tzinfo=UTC), "2000-01-01T00:00:00+00:00"),
        (timedelta(days=1), "1 day, 0:00:00"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (EntityRef("agent", 0), "agent#0"),
        ([(EntityRef("agent", 0), EntityRef("agent", 1))], "[[agent#0, agent#1]]"),
        ({"a": None}, "{a: NULL}"),
        (Unspecified.ANY, "any value"),
        ("x" * 100, "'" + "x" * (LONGEST - 2) + "… (100 characters)"),
        ([0] * 100, "[" + "0, " * 19 + "0… (100 items)"),
    ],
)
def test_each_kind_of_value(value, text):
    assert show(value) == text


@given(st.text() | st.binary() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_the_text_of_any_value_is_short_and_on_one_line(value):
    text = show(value)
    assert len(text) <= LONGEST + 30
    if not isinstance(value, dict):
        assert "\n" not in text


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_in_a_row(words, text):
    assert enumerate_words(words) == text
