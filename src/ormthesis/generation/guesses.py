"""Rows to ask the server about, where a rule cannot be read: half of them keep what can be read.

Values are the type's own, constants from the rule's text and their neighbours, and texts of forms
that rules often ask for. The same rows in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.numbered import numbering
from ormthesis.generation.pools import holds
from ormthesis.generation.rows import RowPlan
from ormthesis.generation.samples import samples_of
from ormthesis.generation.values import value_strategy
from ormthesis.rules.inverse_values import as_type
from ormthesis.rules.proposals import beside
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from ormthesis.rules.rule import Rule
    from ormthesis.schema.model import Column, Schema, Table

GUESSES = 200
_VALUES = 60
_CONSTANT = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(\d+(?:\.\d+)?)(?![\w.])")
FORMS = (
    "a",
    "A",
    "Abc",
    "abc def",
    "1",
    "10",
    "2024-02-29",
    "12:30",
    "a@example.com",
    "https://example.com/a",
    "/a/b.txt",
    "example.com",
    "192.0.2.1",
    "+15550100",
    "00000000-0000-4000-8000-000000000000",
    "{}",
    '{"a": 1}',
    "[1]",
    "#a0b1c2",
    "en",
    "USD",
    "US",
)


def can_be_guessed(schema: Schema, table: Table, rule: Rule) -> bool:
    """Whether the rule reads columns, and only such as are drawn or known by number."""
    known = numbering(schema, table)
    columns = [table.by_name[name] for name in rule.columns if name not in known]
    return bool(rule.columns) and all(
        is_drawn(table, column) and column.json_schema is None for column in columns
    )


def guessed_rows(
    plan: RowPlan, rules: Sequence[Rule], known: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Python values for all columns that the rules read, by name; the simplest row first.

    `known` are values of columns that are not drawn. More rows are made where rules read these.
    """
    random = Random(0)
    names = {name for rule in rules for name in rule.columns}
    columns = [column for column in plan.columns if column.name in names]
    values = {c.name: [*_guesses(c, rules), *([None] if c.nullable else [])] for c in columns}
    numbers = {
        name: [*known[name], *([None] if plan.table.by_name[name].nullable else [])]
        for name in known
        if name in names
    }
    found: dict[str, dict[str, Any]] = {}
    for number in range(GUESSES * (1 + 2 * len(numbers))):
        kept = plan.draw(_Chooser(random), {})
        row = {name: kept[name] for name in values}
        row |= {name: random.choice(choices) for name, choices in numbers.items()}
        for name, choices in values.items():
            if choices and (number % 2 == 0 or random.random() < 0.2):
                row[name] = random.choice(choices)
        found.setdefault(repr(row), row)
    return sorted(found.values(), key=lambda row: len(repr(row)))


class _Chooser:
    """Draws without Hypothesis: one of a strategy's samples."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def __call__(self, strategy: Any) -> Any:
        return self._random.choice(samples_of(strategy))


def _guesses(column: Column, rules: Sequence[Rule]) -> list[Any]:
    try:
        drawn = samples_of(value_strategy(column.type), _VALUES)
    except UnsupportedTypeError:
        return []
    constants = [v for rule in rules if column.name in rule.columns for v in _constants(rule.sql)]
    if column.type.kind is TypeKind.TEXT:
        constants += FORMS
    named = [value for constant in constants for value in _near(constant, column.type)]
    return list({repr(value): value for value in (*drawn, *named)}.values())


def _constants(sql: str) -> Iterator[str]:
    for text, number in _CONSTANT.findall(sql):
        yield number or text.replace("''", "'")


def _near(constant: str, data_type: DataType) -> Iterator[Any]:
    """The constant as a value of the type, and its neighbours."""
    if data_type.kind is TypeKind.ENUM or data_type.kind is TypeKind.JSON:
        return
    for value in as_type(constant, data_type):
        near: Mapping[str, Any] = {repr(v): v for op in ("=", "<", ">") for v in beside(op, value)}
        yield from (each for each in near.values() if holds(data_type, each))
