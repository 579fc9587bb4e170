"""What rows of a table must be beyond valid, in terms of branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormthesis.generation.drawn import is_drawn
from ormthesis.rules.branch import Branch, of_domain
from ormthesis.rules.domain import NOT_NULL, NULL, exactly
from ormthesis.rules.rule import compile_rule
from ormthesis.rules.solve import Goal, branches
from ormthesis.schema.model import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What rows of a table must be beyond valid: columns not NULL, NULL or of one value, and
    predicates true."""

    not_null: frozenset[str] = frozenset()
    null: frozenset[str] = frozenset()
    equal: tuple[tuple[str, Any], ...] = ()
    """Columns with the value that they must have, as stored."""
    selected: tuple[str, ...] = ()

    @property
    def fixed(self) -> frozenset[str]:
        """Columns whose value no other source may change."""
        return self.null | {name for name, _ in self.equal}

    def __and__(self, other: Condition) -> Condition:
        return Condition(
            not_null=self.not_null | other.not_null,
            null=self.null | other.null,
            equal=(*self.equal, *other.equal),
            selected=tuple(dict.fromkeys((*self.selected, *other.selected))),
        )

    def branch_sets(self, table: Table) -> list[tuple[Branch, ...]]:
        names = [column.name for column in table.columns if column.name in self.not_null]
        sets = [(Branch(domains={name: NOT_NULL}),) for name in names if _is_value(table, name)]
        sets += [(of_domain(name, NULL),) for name in sorted(self.null) if _is_value(table, name)]
        sets += [(of_domain(name, exactly(value)),) for name, value in self.equal]
        predicates = [compile_rule(sql, table.types) for sql in self.selected]
        return sets + [branches(rule, Goal.SELECTS) for rule in predicates if rule.opaque is None]


def _is_value(table: Table, name: str) -> bool:
    return is_drawn(table, table.by_name[name])
