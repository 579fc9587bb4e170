"""A branch: one conjunction of domains and relations that reaches a goal by construction."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ormthesis.rules.comparison import WITH_NAN
from ormthesis.rules.domain import NOT_NULL, Domain
from ormthesis.rules.tree import MIRRORED
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ormthesis.rules.evaluate import Row
    from ormthesis.rules.rule import Rule

_ANYTHING = Domain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """`left op right + offset` between two columns of one type, neither of which is NULL."""

    left: str
    op: str
    """One of `=`, `<>`, `<`, `<=`, `>`, `>=`."""
    right: str
    offset: Any = None
    """An integer (days, between dates), a Decimal or a timedelta; None for none."""
    kind: TypeKind
    """Of both columns."""

    def holds(self, row: Row) -> bool:
        """False where a side is NULL."""
        left, right = row.get(self.left), row.get(self.right)
        if left is None or right is None:
            return False
        try:
            return WITH_NAN[self.op](left, shifted(right, self.offset, self.kind))
        except (OverflowError, ValueError):  # beyond every date that Python has
            above = self.offset > type(self.offset)()
            return self.op in ("<", "<=", "<>") if above else self.op in (">", ">=", "<>")

    def mirrored(self) -> Relation:
        """The same relation with its columns exchanged."""
        offset = None if self.offset is None else -self.offset
        return Relation(
            left=self.right,
            op=MIRRORED[self.op],
            right=self.left,
            offset=offset,
            kind=self.kind,
        )

    def key(self) -> tuple[object, ...]:
        """Equal for a relation and its mirror."""
        this = self if self.left <= self.right else self.mirrored()
        return (this.left, this.op, this.right, this.offset)


def shifted(value: Any, offset: Any, kind: TypeKind) -> Any:
    """`value + offset` in the column's type."""
    if offset is None:
        return value
    if kind is TypeKind.DATE and isinstance(offset, int):
        return type(value).fromordinal(value.toordinal() + offset)
    return Decimal(value) + offset if kind is TypeKind.NUMERIC else value + offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Every row within the domains that meets all relations and residual rules reaches the goal.

    A residual rule must select the row (be true), never merely hold.
    """

    domains: Mapping[str, Domain] = field(default_factory=lambda: MappingProxyType({}))
    relations: tuple[Relation, ...] = ()
    residual: tuple[Rule, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All columns that the branch says something about."""
        sides = {side for relation in self.relations for side in (relation.left, relation.right)}
        read = {name for rule in self.residual for name in rule.columns}
        return frozenset(self.domains) | sides | read

    def domain(self, column: str) -> Domain:
        return self.domains.get(column, _ANYTHING)

    def admits(self, row: Row) -> bool:
        """Whether the row (a missing column is NULL) lies within the branch."""
        return (
            all(domain.admits(row.get(name)) for name, domain in self.domains.items())
            and all(relation.holds(row) for relation in self.relations)
            and all(rule.selects(row) for rule in self.residual)
        )

    def key(self) -> tuple[object, ...]:
        """Equal for branches that say the same."""
        domains = frozenset((name, domain.key()) for name, domain in self.domains.items())
        relations = frozenset(relation.key() for relation in self.relations)
        return (domains, relations, frozenset(rule.canonical for rule in self.residual))


EVERYTHING = Branch()


def of_domain(column: str, domain: Domain) -> Branch:
    return Branch(domains={column: domain})


def of_relation(relation: Relation, extra: Mapping[str, Domain] | None = None) -> Branch:
    """The relation, its columns not NULL, within `extra` where given."""
    domains = {relation.left: NOT_NULL, relation.right: NOT_NULL, **(extra or {})}
    return Branch(domains=domains, relations=(relation,))


def of_residual(rule: Rule) -> Branch:
    return Branch(residual=(rule,))
