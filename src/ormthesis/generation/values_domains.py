"""Items of arrays: those of a DOMAIN keep its CHECK, which no column's rule speaks of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ormthesis.rules.domain import Domain, Nullness
from ormthesis.rules.rule import Rule, compile_rule
from ormthesis.rules.solve import Goal, branches
from ormthesis.schema.read_type_rules import about_column
from ormthesis.schema.types import DataType

_ITEM = "item"


def item_domains(item: DataType) -> tuple[Domain | None, ...]:
    """The domains that the CHECK of the item's DOMAIN leaves: (None,) where it has none.

    Empty where the CHECK cannot be read, or holds for no value.
    """
    rule = _check(item)
    if rule is None:
        return (None,)
    if rule.opaque is not None:
        return ()
    found = (branch.domain(_ITEM) for branch in branches(rule, Goal.HOLDS))
    return tuple(domain for domain in found if domain.null is not Nullness.MUST)


def is_kept(item: DataType, value: Any) -> bool:
    """Whether the item keeps the CHECK of its DOMAIN."""
    rule = _check(item)
    return rule is None or (rule.opaque is None and rule.holds({_ITEM: item.stored(value)}))


def is_item(document: Any) -> bool:
    """A list among an array's documents would be read as another dimension."""
    return not isinstance(document, list)


@lru_cache(maxsize=256)
def _check(item: DataType) -> Rule | None:
    if item.domain is None or item.domain.check is None:
        return None
    return compile_rule(about_column(item.domain.check, _ITEM), {_ITEM: item})
