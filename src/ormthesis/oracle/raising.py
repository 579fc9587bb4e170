"""Errors in place of a refusal by a rule: those that the declared expressions raise for a row.

PostgreSQL coerces the values, computes the generated columns, asks NOT NULL, then the CHECKs, then
puts the row into the indexes, and ends with what goes wrong first. So an expression is evaluated
only where no rule of an earlier step is broken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from ormthesis.oracle.outcome import DATA_EXCEPTION, StoredRow, Unspecified
from ormthesis.rules.book import RuleBook
from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.rule import Rule
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    Length,
    NotNull,
    Range,
)
from ormthesis.schema.model import Table

_OUT_OF_RANGE = "22003"
_COMPUTES = re.compile(r"[-+*/%^]|::|\bcast\b", re.IGNORECASE)
"""In an expression whose numbers may leave the range of their type."""


class _Step(IntEnum):
    COERCED = 0
    COMPUTED = 1  # or not, as the server has it
    GENERATED = 2
    NOT_NULL = 3
    CHECKED = 4
    INDEXED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """What speaks against a row: the rules that it breaks, and errors of expressions."""

    rules: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()
    """Sqlstates of errors that are raised if nothing else is."""
    possible: frozenset[str] = frozenset()
    """Sqlstates, or classes of them, of errors that may be."""

    def __bool__(self) -> bool:
        """Whether the row is refused for certain."""
        return bool(self.rules or self.certain)

    def __or__(self, other: Objections) -> Objections:
        return Objections(
            rules=self.rules | other.rules,
            certain=self.certain | other.certain,
            possible=self.possible | other.possible,
        )

    @property
    def errors(self) -> frozenset[str]:
        return self.certain | self.possible


def objections(
    book: RuleBook,
    table: Table,
    row: StoredRow,
    broken: Collection[Constraint] = (),
    changed: frozenset[str] | None = None,
) -> Objections:
    """Those to one row that breaks these rules.

    With `changed`, only expressions that read one of these columns are asked.
    """
    last = min(map(_step, broken), default=_Step.INDEXED)
    certain: set[str] = set()
    possible: set[str] = set()
    for step, rules in _steps(book, table):
        if step > last or certain:
            break
        asked = (r for r in rules if changed is None or not changed.isdisjoint(r.columns))
        for errors in (set(_errors(rule, row)) for rule in asked):
            sure = DATA_EXCEPTION not in errors and step is not _Step.COMPUTED
            (certain if sure else possible).update(errors)
    return Objections(
        rules=frozenset(rule.id for rule in broken),
        certain=frozenset(certain),
        possible=frozenset(possible),
    )


def _step(rule: Constraint) -> _Step:
    match rule:
        case Check(domain=None) | Enumeration(native=False):
            return _Step.CHECKED
        case Check() | Length() | Range() | Enumeration():
            return _Step.COERCED
        case NotNull():
            return _Step.NOT_NULL
        case _:
            return _Step.INDEXED


def _steps(book: RuleBook, table: Table) -> Iterator[tuple[_Step, Iterable[Rule]]]:
    yield _Step.COMPUTED, book.virtual.get(table.key, ())
    yield _Step.GENERATED, book.generated.get(table.key, ())
    checks = (book.uncertain.get(rule.id) for rule in table.constraints_of(Check))
    yield _Step.CHECKED, (rule for rule in checks if rule is not None)
    yield _Step.INDEXED, book.indexed.get(table.key, ())


def _errors(rule: Rule, row: StoredRow) -> Iterator[str]:
    if rule.opaque is not None or any(isinstance(row.get(n), Unspecified) for n in rule.columns):
        yield from _unknown(rule)
        return
    try:
        rule.evaluate(row)
    except EvaluationError as error:
        if error.sqlstate is None:
            yield from _unknown(rule)
        else:
            yield error.sqlstate


def _unknown(rule: Rule) -> Iterator[str]:
    """What an expression may raise of which only the server knows the value."""
    yield DATA_EXCEPTION
    if _COMPUTES.search(rule.sql):
        yield _OUT_OF_RANGE
