"""PostgreSQL judges what rules evaluate to: generated and hand-written, row by row."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, reject, settings

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import Rule, compile_rule
from tests.unit.rules.columns import TYPES, VALUES
from tests.unit.rules.expressions import bare_conditions, conditions, rows
from tests.unit.rules.judge import Judge, Verdict
from tests.unit.rules.texts import OPAQUE, READABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SETTINGS = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def ours(rule: Rule, row: Mapping[str, Any]) -> Verdict | None:
    """None where the rule says that only the server knows."""
    try:
        return Verdict(value=rule.evaluate(row))
    except EvaluationError as error:
        return Verdict(sqlstate=error.sqlstate) if error.sqlstate is not None else None


def check(judge: Judge, sql: str, given_rows: Sequence[Mapping[str, Any]]) -> int:
    """The number of rows that were compared."""
    rule = compile_rule(sql, TYPES)
    assert rule.opaque is None, (sql, rule.opaque)
    compared = 0
    for row, theirs in zip(given_rows, judge.verdicts(sql, given_rows), strict=True):
        mine = ours(rule, row)
        if mine is not None:
            read = {column: row.get(column) for column in rule.columns}
            assert mine == theirs, (sql, read, rule.canonical)
            compared += 1
    return compared


def readable(sql: str) -> str:
    """The text, unless a part such as `1 / 0` makes it an error for all rows."""
    reason = compile_rule(sql, TYPES).opaque
    if reason is not None and reason.startswith("constant: "):
        reject()
    return sql


def some_rows(rule: Rule) -> list[dict[str, Any]]:
    """Every combination of values of the rule's columns, thinned out to sixty."""
    pools = [[None, *VALUES.get(column, [])] for column in rule.columns]
    every = list(product(*pools))
    step = max(1, len(every) // 60)
    return [dict(zip(rule.columns, values, strict=True)) for values in islice(every, 0, None, step)]


UNORDERED = ("22003", "22012")
"""Errors of an operand: whether it is looked at depends on the order of evaluation."""


@pytest.mark.parametrize("sql", READABLE)
def test_hand_written_rules(judge: Judge, sql: str) -> None:
    rule = compile_rule(sql, TYPES)
    assert check(judge, sql, some_rows(rule)) > 0


@SETTINGS
@given(sql=conditions, row=rows, other=rows)
def test_generated_rules(
    judge: Judge, sql: str, row: dict[str, Any], other: dict[str, Any]
) -> None:
    check(judge, readable(sql), [row, other])


@SETTINGS
@given(sql=bare_conditions, row=rows)
def test_operators_bind_as_in_postgresql(judge: Judge, sql: str, row: dict[str, Any]) -> None:
    """Without parentheses a rule is read as PostgreSQL reads it, or is opaque."""
    rule = compile_rule(sql, TYPES)
    if rule.opaque is not None:
        reject()
    mine, theirs = ours(rule, row), judge.verdicts(sql, [row])[0]
    refused_by_grammar = theirs.sqlstate is not None and theirs.sqlstate.startswith("42")
    if mine is None or refused_by_grammar:
        return
    if theirs.sqlstate in UNORDERED and mine.sqlstate is None:
        return  # the server may look at an operand that decides nothing
    assert mine == theirs, (sql, rule.canonical)


@SETTINGS
@given(sql=conditions, row=rows)
def test_canonical_text_means_the_same(judge: Judge, sql: str, row: dict[str, Any]) -> None:
    """The normal form is SQL, and has the value that the text has."""
    canonical = compile_rule(readable(sql), TYPES).canonical
    text, normal = (judge.verdicts(each, [row])[0] for each in (sql, canonical))
    if text.sqlstate is None and normal.sqlstate is None:
        assert text == normal, canonical
    else:  # what decides first may differ once operands are sorted
        assert {text.sqlstate, normal.sqlstate} <= {None, *UNORDERED}, canonical


@SETTINGS
@given(sql=conditions)
def test_printed_text_has_the_same_canonical_text(judge: Judge, sql: str) -> None:
    printed = compile_rule(judge.printed(readable(sql)), TYPES)
    assert printed.opaque is None, (sql, printed.sql, printed.opaque)
    assert printed.canonical == compile_rule(sql, TYPES).canonical, printed.sql


@pytest.mark.parametrize("sql", READABLE)
def test_hand_written_rules_as_printed(judge: Judge, sql: str) -> None:
    written, printed = compile_rule(sql, TYPES), compile_rule(judge.printed(sql), TYPES)
    assert printed.opaque is None, printed.sql
    assert printed.canonical == written.canonical, printed.sql


@pytest.mark.parametrize("sql", OPAQUE)
def test_opaque_rules_say_why(sql: str) -> None:
    rule = compile_rule(sql, TYPES)
    assert rule.opaque is not None
    assert OPAQUE[sql] in rule.opaque
