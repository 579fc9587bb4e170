"""Leaves of the search: comparisons, memberships, patterns and NULL tests as branches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from itertools import product as combinations
from typing import TYPE_CHECKING

from ormthesis.rules.branch import EVERYTHING, Branch, of_domain, of_residual
from ormthesis.rules.combine import LIMIT, Branches, TooMany, product, union
from ormthesis.rules.comparison import PLAIN
from ormthesis.rules.counting import COUNTS, counted
from ormthesis.rules.domain import NOT_NULL, NULL, Domain, Nullness
from ormthesis.rules.linear import Unsolved, compared_domain
from ormthesis.rules.pairs import compared_branches
from ormthesis.rules.patterns import Matcher
from ormthesis.rules.rule import rule_of
from ormthesis.rules.tree import (
    COMPARISONS,
    MIRRORED,
    NEGATED,
    Call,
    ColumnRef,
    Literal,
    Node,
    Truths,
    is_null,
    negation,
    truth,
)
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Arm = tuple[Branches, Node]
"""Where a conditional chooses a value, and the value."""


class AtomSolver(ABC):
    """Solves what has no boolean parts, or asks `reach` for those that it has."""

    def __init__(self, order: tuple[str, ...]) -> None:
        self.order = order
        """The rule's columns, in the order of the table."""

    @abstractmethod
    def reach(self, node: Node, wanted: Truths) -> Branches:
        """All rows for which the boolean has a wanted value."""

    def residual(self, node: Node) -> Branch:
        """Rows for which the two-valued expression is true, found by evaluating it."""
        return of_residual(rule_of(node, self.order))

    def null(self, node: Node) -> Branches:
        """Rows for which the value is NULL."""
        if isinstance(node, ColumnRef):
            return (of_domain(node.name, NULL),)
        if isinstance(node, Literal):
            return (EVERYTHING,) if node.value is None else ()
        if node.name in _NEVER_NULL:
            return ()
        if node.name in _LOGICAL:
            return self.reach(node, frozenset({None}))
        if node.name == "in":
            return self.null(node.args[0])
        if node.name in ("case", "coalesce"):
            return union(*(product(guard, self.null(value)) for guard, value in self.arms(node)))
        if node.strict:
            return union(*(self.null(arg) for arg in node.args))
        return (self.residual(is_null(node)),)

    def not_null(self, node: Node) -> Branches:
        """Rows for which there is a value."""
        if isinstance(node, ColumnRef):
            return (of_domain(node.name, NOT_NULL),)
        if isinstance(node, Literal):
            return (EVERYTHING,) if node.value is not None else ()
        if node.name in _NEVER_NULL:
            return (EVERYTHING,)
        if node.name in _LOGICAL:
            return self.reach(node, frozenset({True, False}))
        if node.name == "in":
            return self.not_null(node.args[0])
        if node.name in ("case", "coalesce"):
            return union(
                *(product(guard, self.not_null(value)) for guard, value in self.arms(node))
            )
        if node.strict:
            return product(*(self.not_null(arg) for arg in node.args))
        return (self.residual(negation(is_null(node))),)

    def arms(self, node: Call) -> Iterator[Arm]:
        """The choices of a CASE or coalesce, each with the rows that make it."""
        before: Branches = (EVERYTHING,)
        if node.name == "coalesce":
            for arg in node.args[:-1]:
                yield product(before, self.not_null(arg)), arg
                before = product(before, self.null(arg))
        else:
            pairs = zip(node.args[0:-1:2], node.args[1:-1:2], strict=True)
            for condition, value in pairs:
                yield product(before, self.reach(condition, frozenset({True}))), value
                before = product(before, self.reach(condition, frozenset({False, None})))
        yield before, node.args[-1]

    def atom(self, node: Call, wanted: bool) -> Branches:
        """Rows for which an expression that is neither AND, OR, NOT nor CASE is true, or false."""
        try:
            found = self._solved(node, wanted)
        except (Unsolved, TooMany):
            found = None
        return self._unsolved(node, wanted) if found is None else found

    def _solved(self, node: Call, wanted: bool) -> Branches | None:
        if node.name == "is_null":
            return self.null(node.args[0]) if wanted else self.not_null(node.args[0])
        if node.name == "distinct":
            return self._distinct(node, wanted)
        if node.name == "in":
            return self._in(node, wanted)
        if node.name == "match":
            return _match(node) if wanted else None
        return self._comparison(node, wanted) if node.name in COMPARISONS else None

    def _unsolved(self, node: Call, wanted: bool) -> Branches:
        """A residual rule, beside the columns that cannot be NULL where it is true or false."""
        domains = dict.fromkeys(_strict_columns(node), NOT_NULL)
        rule = rule_of(truth(node, frozenset({wanted})), self.order)
        return (Branch(domains=domains, residual=(rule,)),)

    def _comparison(self, node: Call, wanted: bool) -> Branches | None:
        if isinstance(node.args[0], Literal):
            node = mirrored(node)
        if not wanted:
            node = negated(node)
        left, right = node.args
        if isinstance(right, Literal) and right.value is None:
            return ()
        if left.type.kind is TypeKind.BOOLEAN:
            return self._booleans(node)
        for index, operand in enumerate(node.args):
            if isinstance(operand, Call) and operand.name in ("case", "coalesce"):
                return self._by_arms(node, index, operand)
        conditions = counted(left)
        if conditions is not None and isinstance(right, Literal):
            return self._count(conditions[0], conditions[1], node)
        return compared_branches(node)

    def _by_arms(self, node: Call, index: int, operand: Call) -> Branches:
        found = []
        for guard, value in self.arms(operand):
            args = tuple(value if at == index else arg for at, arg in enumerate(node.args))
            if any(isinstance(arg, Literal) and arg.value is None for arg in args):
                continue
            found.append(product(guard, self._case_of(replace(node, args=args))))
        return union(*found)

    def _case_of(self, node: Call) -> Branches:
        if all(isinstance(arg, Literal) for arg in node.args) and node.function is not None:
            left, right = (arg.value for arg in node.args if isinstance(arg, Literal))
            return (EVERYTHING,) if node.function(left, right) else ()
        return self.atom(node, True)

    def _booleans(self, node: Call) -> Branches:
        """`(a IS NULL) = (b IS NULL)`: both true or both false."""
        if node.name not in ("=", "<>"):
            raise Unsolved
        left, right = node.args
        same = node.name == "="
        return union(
            *(
                product(
                    self.reach(left, frozenset({value})),
                    self.reach(right, frozenset({value is same})),
                )
                for value in (True, False)
            )
        )

    def _distinct(self, node: Call, wanted: bool) -> Branches:
        left, right = node.args
        equal = replace(node, name="=")
        if not wanted:
            return union(product(self.null(left), self.null(right)), self.atom(equal, True))
        return union(
            product(self.null(left), self.not_null(right)),
            product(self.not_null(left), self.null(right)),
            self.atom(equal, False),
        )

    def _in(self, node: Call, wanted: bool) -> Branches | None:
        value, items = node.args[0], node.args[1:]
        if isinstance(value, Call) and value.name in ("case", "coalesce"):
            arms = self.arms(value)
            return union(*(product(g, self._in_arm(node, v, wanted)) for g, v in arms))
        if not isinstance(value, ColumnRef):
            return None
        op = "=" if wanted else "<>"
        found = [
            compared_domain(value.type, op, item.value, PLAIN[op])
            for item in items
            if isinstance(item, Literal)
        ]
        domain = _either(found) if wanted else _all_of(found)
        return () if domain is None else (of_domain(value.name, domain),)

    def _in_arm(self, node: Call, value: Node, wanted: bool) -> Branches:
        if isinstance(value, Literal):
            if value.value is None:
                return ()
            members = [arg.value for arg in node.args[1:] if isinstance(arg, Literal)]
            return (EVERYTHING,) if (value.value in members) is wanted else ()
        return self.atom(replace(node, args=(value, *node.args[1:])), wanted)

    def _count(self, conditions: Sequence[Node], base: int, node: Call) -> Branches:
        """How many of the conditions are true, compared with a constant; fewest first."""
        limit = node.args[1]
        if 2 ** len(conditions) > LIMIT or not isinstance(limit, Literal) or node.function is None:
            raise Unsolved
        choices = sorted(combinations((False, True), repeat=len(conditions)), key=sum)
        reached = [c for c in choices if node.function(base + sum(c), limit.value)]
        return union(
            *(
                product(
                    *(
                        self.reach(condition, frozenset({value}))
                        for condition, value in zip(conditions, choice, strict=True)
                    )
                )
                for choice in reached
            )
        )


_LOGICAL = frozenset({"and", "or", "not"})
_NEVER_NULL = COUNTS | {"truth", "is_null", "distinct"}
_NOT_STRICT = _LOGICAL | _NEVER_NULL
_STRICT_FORMS = frozenset({"in"})


def mirrored(node: Call) -> Call:
    """The comparison with its operands exchanged."""
    function = node.function
    assert function is not None
    left, right = node.args
    exchanged = lambda a, b: function(b, a)  # noqa: E731
    return replace(node, name=MIRRORED[node.name], args=(right, left), function=exchanged)


def negated(node: Call) -> Call:
    """The comparison that is true where this one is false."""
    function = node.function
    assert function is not None
    return replace(node, name=NEGATED[node.name], function=lambda a, b: not function(a, b))


def _strict_columns(node: Node) -> Iterator[str]:
    """Columns whose NULL makes the expression NULL."""
    if isinstance(node, ColumnRef):
        yield node.name
    elif isinstance(node, Call) and node.name in _STRICT_FORMS:
        yield from _strict_columns(node.args[0])
    elif isinstance(node, Call) and node.strict and node.name not in _NOT_STRICT:
        for arg in node.args:
            yield from _strict_columns(arg)


def _match(node: Call) -> Branches | None:
    (text,) = node.args
    if not isinstance(text, ColumnRef) or not isinstance(node.function, Matcher):
        return None
    domain = Domain(
        null=Nullness.MUST_NOT, patterns=(node.function.witness,), max_length=text.type.length
    )
    return (of_domain(text.name, domain),)


def _either(domains: Sequence[Domain | None]) -> Domain | None:
    members = [m for domain in domains if domain is not None for m in domain.members or ()]
    kept = tuple(m for at, m in enumerate(members) if m not in members[:at])
    return Domain(null=Nullness.MUST_NOT, members=kept) if kept else None


def _all_of(domains: Sequence[Domain | None]) -> Domain | None:
    result: Domain | None = NOT_NULL
    for domain in domains:
        result = None if result is None or domain is None else result.intersect(domain)
    return result
