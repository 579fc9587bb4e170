"""Unions and products of branches, bounded in number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ormthesis.rules.branch import EVERYTHING, Branch
from ormthesis.rules.domain import NULL, Nullness
from ormthesis.rules.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterable

Branches = tuple[Branch, ...]

LIMIT = 64
"""The greatest number of branches that a rule, or several together, are given."""


class TooMany(Exception):  # noqa: N818  # a signal: this part stays residual
    """More than LIMIT branches, even after those that differ in a NULL alone were joined."""


def unique(branches: Iterable[Branch]) -> Branches:
    """Without repetitions, in order."""
    found: dict[tuple[object, ...], Branch] = {}
    for branch in branches:
        found.setdefault(branch.key(), branch)
    return tuple(found.values())


def union(*sets: Branches) -> Branches:
    """Everything that is in some set.

    Raises:
        TooMany
    """
    return _bounded(unique(branch for branches in sets for branch in branches))


def product(*sets: Branches) -> Branches:
    """Everything that is in all sets.

    Raises:
        TooMany
    """
    result: Branches = (EVERYTHING,)
    for branches in sets:
        if len(result) * len(branches) > LIMIT:
            result, branches = joined(result), joined(branches)
        result = _bounded(_pairs(result, branches))
    return result


def _pairs(left: Branches, right: Branches) -> Branches:
    if len(left) * len(right) > LIMIT * LIMIT:
        raise TooMany
    found = (merge(a, b) for a in left for b in right)
    return unique(branch for branch in found if branch is not None)


def _bounded(branches: Branches) -> Branches:
    if len(branches) > LIMIT:
        branches = joined(branches)
    if len(branches) > LIMIT:
        raise TooMany
    return branches


def joined(branches: Branches) -> Branches:
    """Pairs `c IS NULL` and `c within D`, otherwise equal, as one `c is NULL or within D`."""
    result = list(branches)
    index = 0
    while index < len(result):
        partner = _partner(result, index)
        if partner is None:
            index += 1
        else:
            at, branch = partner
            result[index] = branch
            del result[at]
    return tuple(result)


def _partner(branches: list[Branch], index: int) -> tuple[int, Branch] | None:
    one = branches[index]
    for at in range(index + 1, len(branches)):
        both = _join(one, branches[at]) or _join(branches[at], one)
        if both is not None:
            return at, both
    return None


def _join(null: Branch, other: Branch) -> Branch | None:
    if null.relations != other.relations or null.residual != other.residual:
        return None
    if null.domains.keys() != other.domains.keys():
        return None
    different = [name for name, domain in null.domains.items() if domain != other.domains[name]]
    if len(different) != 1:
        return None
    (name,) = different
    value = other.domains[name]
    used = any(name in (r.left, r.right) for r in other.relations)
    if null.domains[name] != NULL or value.null is not Nullness.MUST_NOT or used:
        return None
    return replace(other, domains={**other.domains, name: replace(value, null=Nullness.ANY)})


def simplest_first(branches: Branches) -> Branches:
    """Few residual rules, few relations, few columns that need a value."""
    return tuple(sorted(branches, key=_cost))


def _cost(branch: Branch) -> tuple[int, int, int]:
    valued = sum(domain.null is not Nullness.MUST for domain in branch.domains.values())
    return len(branch.residual), len(branch.relations), valued
