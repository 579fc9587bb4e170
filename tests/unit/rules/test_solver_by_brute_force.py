"""Branches against all rows of a grid: each row within one reaches the goal, and none is missed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject, settings

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import Rule, compile_rule
from ormthesis.rules.solve import Goal, branches, conjoin
from tests.unit.rules.columns import TYPES
from tests.unit.rules.expressions import conditions
from tests.unit.rules.sampler import grid, rows_within
from tests.unit.rules.texts import READABLE

SETTINGS = settings(max_examples=100, deadline=None)


def value(rule: Rule, row: dict[str, Any]) -> object:
    """The truth value, or the error, which is no goal."""
    try:
        return rule.evaluate(row)
    except EvaluationError as error:
        return error


def check_sound_and_complete(rule: Rule, goal: Goal) -> None:
    found = branches(rule, goal)
    assert len(found) <= 64
    for branch in found:
        for row in rows_within(branch, rule.columns):
            assert value(rule, row) in goal.truths, (rule.sql, goal, row, branch)
    for row in grid(rule.columns):
        if value(rule, row) in goal.truths:
            assert any(branch.admits(row) for branch in found), (rule.sql, goal, row)


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("sql", READABLE)
def test_hand_written_rules(sql: str, goal: Goal) -> None:
    check_sound_and_complete(compile_rule(sql, TYPES), goal)


@SETTINGS
@given(sql=conditions)
def test_generated_rules(sql: str) -> None:
    rule = compile_rule(sql, TYPES)
    if rule.opaque is not None:
        reject()
    for goal in (Goal.HOLDS, Goal.BREAKS):
        check_sound_and_complete(rule, goal)


@SETTINGS
@given(first=conditions, second=conditions)
def test_conjoined_rules(first: str, second: str) -> None:
    """A row that breaks the first and keeps the second lies in some branch of the conjunction."""
    rules = [compile_rule(sql, TYPES) for sql in (first, second)]
    if any(rule.opaque is not None for rule in rules):
        reject()
    broken, kept = rules
    found = conjoin([branches(broken, Goal.BREAKS), branches(kept, Goal.HOLDS)])
    columns = sorted({*broken.columns, *kept.columns})
    for branch in found:
        for row in rows_within(branch, columns, 50):
            assert broken.breaks(row), (first, row)
            assert kept.holds(row), (second, row)
    if not found:
        assert not any(broken.breaks(row) and kept.holds(row) for row in grid(columns))


@SETTINGS
@given(sql=conditions)
def test_branches_are_deterministic(sql: str) -> None:
    once, again = (compile_rule(sql, TYPES) for _ in range(2))
    if once.opaque is not None:
        reject()
    keys = [[b.key() for b in branches(rule, Goal.HOLDS)] for rule in (once, again)]
    assert keys[0] == keys[1]
