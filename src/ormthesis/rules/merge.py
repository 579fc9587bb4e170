"""The conjunction of two branches, or that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.rules.branch import Branch, Relation
from ormthesis.rules.differences import Contradiction, tightened
from ormthesis.rules.domain import NOT_NULL, Domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ormthesis.rules.rule import Rule


def merge(left: Branch, right: Branch) -> Branch | None:
    """What lies in both; None only if no row does."""
    domains = dict(left.domains)
    for name, domain in right.domains.items():
        both = domains[name].intersect(domain) if name in domains else domain
        if both is None:
            return None
        domains[name] = both
    relations = _distinct(left.relations + right.relations)
    if relations:
        found = _related(domains, relations)
        if found is None:
            return None
        domains = found
    rules = _distinct_rules(left.residual + right.residual)
    return Branch(domains=domains, relations=relations, residual=rules)


def _distinct(relations: Iterable[Relation]) -> tuple[Relation, ...]:
    found: dict[tuple[object, ...], Relation] = {}
    for relation in relations:
        found.setdefault(relation.key(), relation)
    return tuple(found.values())


def _distinct_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple({rule.canonical: rule for rule in rules}.values())


def _related(
    domains: Mapping[str, Domain], relations: tuple[Relation, ...]
) -> dict[str, Domain] | None:
    """The domains after what the relations imply; None if they contradict."""
    result = dict(domains)
    for relation in relations:
        for side in (relation.left, relation.right):
            known = result.get(side, NOT_NULL).intersect(NOT_NULL)
            if known is None:
                return None
            result[side] = known
        if relation.op == "=" and relation.offset is None:
            both = result[relation.left].intersect(result[relation.right])
            if both is None:
                return None
            result[relation.left] = result[relation.right] = both
    try:
        return tightened(result, relations)
    except Contradiction:
        return None
