"""Rules, rows and what comes out: the facts of three-valued logic and of PostgreSQL's types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range

from ormthesis.rules.errors import EvaluationError, OpaqueRuleError
from ormthesis.rules.rule import compile_rule
from tests.unit.rules.columns import NAN, TYPES, moment

U = None

TABLE: list[tuple[str, dict[str, Any], bool | None]] = [
    ("a > 1", {}, U),
    ("a > 1 AND b > 1", {"b": 0}, False),
    ("a > 1 AND b > 1", {"b": 2}, U),
    ("a > 1 OR b > 1", {"b": 2}, True),
    ("a > 1 OR b > 1", {"b": 0}, U),
    ("NOT a > 1", {}, U),
    ("a IN (1, NULL)", {"a": 1}, True),
    ("a IN (1, NULL)", {"a": 2}, U),
    ("a NOT IN (1, NULL)", {"a": 2}, U),
    ("a = NULL", {"a": 1}, U),
    ("a IS DISTINCT FROM b", {"a": 1}, True),
    ("a IS DISTINCT FROM b", {}, False),
    ("ended_at IS NULL OR ended_at >= started_at", {"started_at": moment(1)}, True),
    (
        "ended_at IS NULL OR ended_at >= started_at",
        {"started_at": moment(2), "ended_at": moment(1)},
        False,
    ),
    ("small BETWEEN 0 AND 100", {"small": 100}, True),
    ("small BETWEEN 0 AND 100", {"small": 101}, False),
    ("small BETWEEN 0 AND 100", {}, U),
    ("a / 2 = -1", {"a": -3}, True),  # towards zero
    ("a % 2 = -1", {"a": -3}, True),  # the dividend's sign
    ("price = 1.5", {"price": Decimal("1.50")}, True),
    ("amount::int = 3", {"amount": Decimal("2.5")}, True),  # away from zero
    ("ratio::int = 2", {"ratio": 2.5}, True),  # to even
    ("amount > 1e30", {"amount": NAN}, True),
    ("amount = amount", {"amount": NAN}, True),
    ("ratio > 'Infinity'", {"ratio": float("nan")}, True),
    ("speed = 0.1", {"speed": 0.1}, False),  # a real is not the double of that name
    ("speed = 0.1::real", {"speed": 0.1}, True),
    ("code = 'a'", {"code": "a  "}, True),
    ("length(code) = 1", {"code": "a  "}, True),
    ("note = 'a'", {"note": "a "}, False),
    ("note = 'a'", {"note": "A"}, False),
    ("note LIKE 'a_c'", {"note": "a\nc"}, True),
    ("note ~ '^a$'", {"note": "a\n"}, False),
    ("note ~ 'a.b'", {"note": "a\nb"}, True),
    ("mood < 'DONE'", {"mood": "BUSY"}, True),  # the order of declaration
    ("flag > false", {"flag": True}, True),
    ("born + interval '1 month' = '2024-02-29'", {"born": date(2024, 1, 31)}, True),
    ("(doc -> 'k') IS NULL", {"doc": {"k": None}}, False),  # JSON's null is a value
    ("(doc ->> 'k') IS NULL", {"doc": {"k": None}}, True),
    ("doc = '{\"k\": 1}'", {"doc": {"k": 1.0}}, True),
    ("doc = '{\"k\": 1}'", {"doc": {"k": True}}, False),
    ("num_nonnulls(a, b, name) = 2", {"a": 1, "name": ""}, True),
    ("greatest(a, b) = 1", {"a": 1}, True),
    ("false AND a / 0 > 1", {}, False),
    ("a / a = 1 AND 1 = 2 IS NOT FALSE", {"a": 0}, False),  # no row makes the second part true
]


@pytest.mark.parametrize(("sql", "row", "expected"), TABLE)
def test_value(sql: str, row: dict[str, Any], expected: bool | None) -> None:
    rule = compile_rule(sql, TYPES)
    assert rule.opaque is None
    assert rule.evaluate(row) is expected
    assert rule.holds(row) is (expected is not False)
    assert rule.breaks(row) is (expected is False)
    assert rule.selects(row) is (expected is True)


@pytest.mark.parametrize(
    ("sql", "row", "sqlstate"),
    [
        ("1 / a > 0", {"a": 0}, "22012"),
        ("price % a = 0", {"a": 0, "price": Decimal(1)}, "22012"),
        ("a + 1 > 0", {"a": 2**31 - 1}, "22003"),
        ("small * small > 0", {"small": 32767}, "22003"),
        ("a::smallint > 0", {"a": 40000}, "22003"),
        ("speed * 10 > ratio * 1e300", {"speed": 1.0, "ratio": 1e300}, "22003"),
        ("jsonb_array_length(doc) > 0", {"doc": {}}, "22023"),
        ("lower(note) = 'é'", {"note": "É"}, None),
        ("note ~* 'a'", {"note": "é"}, None),
        ("born + a > born", {"born": date(9999, 12, 31), "a": 1}, None),
        ("upper_inf(days)", {"days": Range(date(9999, 12, 31), None, bounds="()")}, None),
        ("int4range(a, b) @> 1", {"a": 2, "b": 1}, "22000"),
        ("int4range(a, b, '[]') @> 1", {"a": 1, "b": 2**31 - 1}, "22003"),
    ],
)
def test_no_value(sql: str, row: dict[str, Any], sqlstate: str | None) -> None:
    """An error on the server, or an answer that only the server has: neither holds nor breaks."""
    rule = compile_rule(sql, TYPES)
    with pytest.raises(EvaluationError) as caught:
        rule.evaluate(row)
    assert caught.value.sqlstate == sqlstate
    assert not rule.holds(row)
    assert not rule.breaks(row)
    assert not rule.selects(row)


def test_ends_of_numeric_ranges_are_numerics() -> None:
    assert compile_rule("lower(rates) = 0.1", TYPES).evaluate({"rates": Range(0.1, 2)}) is True


def test_earlier_parts_decide() -> None:
    rule = compile_rule("a <> 0 AND 10 / a > 1", TYPES)
    assert rule.evaluate({"a": 0}) is False


def test_columns_are_in_the_order_of_the_table() -> None:
    assert compile_rule("name = 'x' OR b > a", TYPES).columns == ("a", "b", "name")


def test_opaque_rule() -> None:
    rule = compile_rule("frobnicate(name, \"note\") > 'a b'", TYPES)
    assert rule.opaque == "function frobnicate"
    assert rule.columns == ("name", "note")
    with pytest.raises(OpaqueRuleError, match="frobnicate"):
        rule.evaluate({})


def test_names_are_folded_unless_quoted() -> None:
    types = {"mixed": TYPES["a"], "Mixed": TYPES["name"], "user": TYPES["a"]}
    assert compile_rule("MIXED > 1", types).columns == ("mixed",)
    assert compile_rule("\"Mixed\" = 'a'", types).columns == ("Mixed",)
    assert compile_rule('t."user" = 1', types).columns == ("user",)
