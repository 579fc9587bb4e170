"""PostgreSQL judges rules and the rows that are made for them: in both spellings, in one table."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ormthesis.generation.pools import BranchValues
from ormthesis.generation.telling import EdgeValues
from ormthesis.rules.branch import EVERYTHING
from ormthesis.rules.rule import Rule, compile_rule
from ormthesis.rules.solve import Goal, branches
from ormthesis.rules.witness import witnesses
from tests.unit.rules.columns import TYPES
from tests.unit.rules.shapes import SHAPES
from tests.unit.rules.test_against_postgresql import ours, some_rows

if TYPE_CHECKING:
    from tests.unit.rules.judge import Judge

_BRANCHES, _ROWS = 2, 4
_USUAL = BranchValues(TYPES, EVERYTHING)


def made(rule: Rule, goal: Goal) -> list[dict[str, Any]]:
    """Rows that reach the goal, some of each of its first branches."""
    types = {name: TYPES[name] for name in rule.columns}
    return [
        dict(row)
        for branch in branches(rule, goal)[:_BRANCHES]
        for row in witnesses(branch, types, EdgeValues(types, branch, _USUAL))[:_ROWS]
    ]


def _numeric_ends(row: dict[str, Any]) -> list[Any]:
    """Drivers ask for one type of both ends."""
    found = row.get("rates")
    ends = (found.lower, found.upper) if found is not None else ()
    return [end for end in ends if end is not None]


@pytest.mark.parametrize("sql", SHAPES)
def test_rows_are_made_and_judged_alike(judge: Judge, sql: str) -> None:
    rule = compile_rule(sql, TYPES)
    assert rule.opaque is None
    definition = judge.printed(sql).removeprefix("CHECK ").removesuffix(" NOT VALID")
    kept, broken = made(rule, Goal.HOLDS)[:_ROWS], made(rule, Goal.BREAKS)[:_ROWS]
    assert kept
    assert broken
    assert all(type(end) is Decimal for row in (*kept, *broken) for end in _numeric_ends(row))
    rows = [*kept, *broken, *some_rows(rule)[::3]]
    expected = [ours(rule, row) for row in rows]
    for spelling in (sql, definition):
        verdicts = judge.verdicts(spelling, rows)
        assert [v for v in verdicts[: len(kept)] if v.sqlstate or v.value is False] == []
        assert [
            v for v in verdicts[len(kept) : len(kept) + len(broken)] if v.value is not False
        ] == []
        assert [m or v for m, v in zip(expected, verdicts, strict=True)] == verdicts
    assert compile_rule(definition, TYPES).canonical == rule.canonical
