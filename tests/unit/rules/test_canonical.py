"""Texts of one meaning have one normal form, and texts of two meanings have two."""

from __future__ import annotations

import pytest

from ormthesis.rules.rule import compile_rule
from tests.unit.rules.columns import TYPES

SAME = [
    ("small BETWEEN 0 AND 100", "CHECK (((small >= 0) AND (small <= 100)))"),
    ("small BETWEEN 0 AND 100", "100 >= small AND 0 <= small"),
    ("small BETWEEN 0 AND 100", "CHECK (((small >= 0) AND (small <= 100))) NOT VALID"),
    (
        "name IN ('a', 'b')",
        "((name)::text = ANY ((ARRAY['b'::character varying, 'a'::character varying])::text[]))",
    ),
    ("name IN ('a', 'b')", "name = 'b' OR name = 'a'"),
    ("name IN ('a')", "((name)::text = 'a'::text)"),
    ("name NOT IN ('a', 'b')", "((name)::text <> ALL (ARRAY['a'::text, 'b'::text]))"),
    ("mood = 'IDLE'", "(mood = 'IDLE'::mood)"),
    ("mood IN ('IDLE', 'BUSY')", "(mood = ANY (ARRAY['BUSY'::mood, 'IDLE'::mood]))"),
    ("price > 0", "(price > (0)::numeric)"),
    ("price > 0.50", "(price > 0.5)"),
    ("a > -3", "(a > '-3'::integer)"),
    ("big > 3", "(big > (3)::bigint)"),
    ("a > 1.5", "((a)::numeric > 1.5)"),
    ("NOT (a IS NULL OR b = 1)", "a IS NOT NULL AND b <> 1"),
    ("a = b", "b = a"),
    ("a < b", "b > a"),
    ("flag", "flag = true"),
    ("NOT flag", "(flag = false)"),
    (
        "ended_at IS NULL OR ended_at >= started_at",
        "((started_at <= ended_at) OR (ended_at IS NULL))",
    ),
    (
        "started_at > '2024-01-01 01:00:00+01'",
        "started_at > '2024-01-01'::timestamp with time zone",
    ),
    ("name LIKE 'a%'", "((name)::text ~~ 'a%'::text)"),
    ("name LIKE 'a!%' ESCAPE '!'", "((name)::text ~~ like_escape('a!%'::text, '!'::text))"),
    ("name SIMILAR TO '(a|b)%'", "((name)::text ~ similar_to_escape('(a|b)%'::text))"),
    ("trim(name) <> ''", "(TRIM(BOTH FROM name) <> ''::text)"),
    ("char_length(name) > 1", "(char_length((name)::text) > 1)"),
    ("now() > started_at", "(now() > (started_at))"),
    ("a + b > 1", "b + a > 1"),
    ("a IS DISTINCT FROM NULL", "a IS NOT NULL"),
    ("date_part('year', born) = 2024", "(EXTRACT(year FROM born) = (2024)::numeric)"),
]

DIFFERENT = [
    ("a > 1", "a >= 1"),
    ("a > 1", "b > 1"),
    ("name = 'a'", "name = 'A'"),
    ("a - b > 1", "b - a > 1"),
    ("flag", "flag IS TRUE"),  # on NULL
    ("a::numeric * b::numeric > 0", "a * b > 0"),  # beyond the integers
    ("name IN ('a', 'b')", "name IN ('a')"),
    ("a = 1 AND b = 1", "a = 1 OR b = 1"),
    ("name LIKE 'a%'", "name LIKE 'a\\%'"),
    ("name ~ 'a'", "name ~* 'a'"),
    ("now() > started_at", "now() > ended_at"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert compile_rule(one, TYPES).canonical == compile_rule(other, TYPES).canonical


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    assert compile_rule(one, TYPES).canonical != compile_rule(other, TYPES).canonical


@pytest.mark.parametrize("sql", [text for pair in SAME for text in pair])
def test_a_normal_form_is_its_own(sql: str) -> None:
    once = compile_rule(sql, TYPES)
    assert compile_rule(once.canonical, TYPES).canonical == once.canonical
