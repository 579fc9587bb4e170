"""The rules of one row: as branches to draw within, and as questions to a row that is there."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ormthesis.generation.conditions import Condition
from ormthesis.generation.drawn import is_drawn, is_left_out
from ormthesis.generation.graph import EntityRef, Row
from ormthesis.rules.book import RuleBook
from ormthesis.rules.branch import Branch, of_residual
from ormthesis.rules.domain import NOT_NULL
from ormthesis.rules.rule import Rule
from ormthesis.rules.solve import Goal, branches, conjoin
from ormthesis.schema.constraints import Check, Constraint, Enumeration, Length, Range, Unique
from ormthesis.schema.model import Column, Table


def holding_branches(
    table: Table, book: RuleBook, condition: Condition | None = None
) -> tuple[Branch, ...]:
    """The ways in which all readable CHECKs of a table hold, and the condition where it can;
    one empty branch where there are no CHECKs."""
    if condition is not None and (wanted := meeting_branches(table, book, condition)):
        return wanted
    rules = kept_rules(table, book)
    return conjoin([_keyed_defaults(table), *rules]) or conjoin(rules) or (Branch(),)


def meeting_branches(table: Table, book: RuleBook, condition: Condition) -> tuple[Branch, ...]:
    """The ways in which a condition holds beside all readable CHECKs; none where it cannot."""
    return conjoin([*condition.branch_sets(table), *kept_rules(table, book)])


def kept_rules(table: Table, book: RuleBook) -> list[tuple[Branch, ...]]:
    """The branch sets of a table's NOT NULL columns and of its readable CHECKs."""
    holding = [branches(rule, Goal.HOLDS) for rule in _checks(table, book)]
    return [_not_null(table), *holding, *((of_residual(r),) for r in book.evaluable(table.key))]


def _keyed_defaults(table: Table) -> tuple[Branch, ...]:
    """Columns of unique keys that have a default are given: where None is given instead, the ORM
    writes the default, and two rows of it collide."""
    keyed = {name for rule in table.constraints_of(Unique) for name in rule.columns}
    names = [column.name for column in table.columns if column.name in keyed and _defaults(column)]
    return (Branch(domains=dict.fromkeys(names, NOT_NULL)),)


def _defaults(column: Column) -> bool:
    return column.default is not None or column.server_default is not None


def related_rules(
    table: Table,
    book: RuleBook,
    check: str,
    *,
    without: frozenset[str] = frozenset(),
    refused: bool = False,
) -> list[tuple[Branch, ...]]:
    """The same for the rules that share columns with one check, directly or through others; with
    `refused` for a row that this check is to refuse."""
    rules = _row_rules(table, book, refused=refused)
    related = _related(check, rules)
    reach = {name for key in (check, *related) for name in rules[key].columns}
    holding = [
        branches(rules[key], Goal.HOLDS) if key in book.checks else (of_residual(rules[key]),)
        for key in related
        if key not in without
    ]
    return [_not_null(table, among=reach), *holding]


def related_checks(table: Table, book: RuleBook, check: str) -> list[str]:
    """The ids of the readable CHECKs that share columns with one, directly or through others, and
    names for the expressions that must not raise where this check is to refuse."""
    return _related(check, _row_rules(table, book, refused=True))


def _related(check: str, rules: Mapping[str, Rule]) -> list[str]:
    reach = set(rules[check].columns)
    left = [key for key in rules if key != check]
    related: list[str] = []
    while near := [key for key in left if reach & set(rules[key].columns)]:
        related += near
        left = [key for key in left if key not in near]
        reach.update(name for key in near for name in rules[key].columns)
    return related


def _row_rules(table: Table, book: RuleBook, *, refused: bool) -> dict[str, Rule]:
    """What a row's own values are asked for, as far as it can be read."""
    checks = {rule.id: book.checks[rule.id] for rule in table.constraints_of(Check)}
    evaluable = book.evaluable(table.key, refused=refused)
    return {
        **{key: rule for key, rule in checks.items() if rule.opaque is None},
        **{f"an error of {rule.sql}": rule for rule in evaluable},
    }


def _checks(table: Table, book: RuleBook) -> list[Rule]:
    rules = [book.checks[rule.id] for rule in table.constraints_of(Check)]
    return [rule for rule in rules if rule.opaque is None]


def _not_null(table: Table, among: Container[str] | None = None) -> tuple[Branch, ...]:
    names = [column.name for column in table.columns if not column.nullable]
    wanted = [name for name in names if among is None or name in among]
    return (Branch(domains=dict.fromkeys(wanted, NOT_NULL)),)


def keeps_rules(
    table: Table, book: RuleBook, row: Mapping[str, Any], references: Mapping[str, Any]
) -> bool:
    """Whether values of unknown origin make a row that no rule of its own forbids."""
    stored = {name: table.by_name[name].type.stored(value) for name, value in row.items()}
    if not all(_fits(rule, stored) for rule in table.constraints):
        return False
    supplied = {
        name
        for key in table.foreign_keys
        if references.get(key.id) is not None
        for name in key.columns
    }
    for name in table.foreign_key_columns - stored.keys():
        stored[name] = 1 if name in supplied else None
    return all(
        stored.get(column.name) is not None or column.nullable or is_left_out(table, column)
        for column in table.columns
        if is_drawn(table, column)
    ) and all(
        rule.opaque is not None or rule.holds(stored)
        for rule in (book.checks[check.id] for check in table.constraints_of(Check))
    )


def keeps_checks(table: Table, book: RuleBook, row: Row, column: str) -> bool:
    """Whether a full row keeps the readable CHECKs that read one column, and no expression of it
    raises. What is not known yet, a reference's value, stands for some value."""
    stored = {
        name: 1 if isinstance(value, EntityRef) else table.by_name[name].type.stored(value)
        for name, value in row.items()
    }
    checks = (rule for rule in _checks(table, book) if column in rule.columns)
    raising = (rule for rule in book.evaluable(table.key) if column in rule.columns)
    return not any(rule.breaks(stored) for rule in checks) and all(
        rule.selects(stored) for rule in raising
    )


def _fits(rule: Constraint, stored: Mapping[str, Any]) -> bool:
    """Whether a value fits its column's type."""
    value = stored.get(rule.columns[0]) if rule.columns else None
    if value is None:
        return True
    match rule:
        case Length():
            return len(value) <= rule.limit
        case Range():
            return bool(rule.minimum <= value <= rule.maximum)
        case Enumeration():
            return value in rule.labels
        case _:
            return True
