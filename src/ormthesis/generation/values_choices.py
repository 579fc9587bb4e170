"""Types and domains with few values: listed, not drawn from a range."""

from __future__ import annotations

from typing import Any

from ormthesis.generation.values_facets import Facets
from ormthesis.generation.values_steps import steps_of
from ormthesis.rules.domain import Domain
from ormthesis.schema.types import DataType, TypeKind

FEW = 64
"""A range with exclusions is listed up to this size."""


def choices(data_type: DataType, facets: Facets, domain: Domain | None) -> tuple[Any, ...] | None:
    """All Python values of the type within the domain, simplest first; None where too many."""
    rule = domain or Domain()
    if data_type.kind in (TypeKind.ENUM, TypeKind.WORD):
        pairs = zip(data_type.members, data_type.labels, strict=True)
        return tuple(member for member, label in pairs if rule.allows(label))
    if rule.members is not None:
        return tuple(
            value
            for value in rule.members
            if rule.allows(value) and _fits(data_type, facets, value)
        )
    steps = steps_of(data_type, facets, domain)
    inside = steps.within(domain) if steps is not None else None
    if inside is None:
        return None if steps is None else ()
    if inside.count > FEW or not (rule.excluded or data_type.kind is TypeKind.BOOLEAN):
        return None
    numbers = sorted(range(inside.low, inside.high + 1), key=lambda n: (abs(n), n < 0))
    return tuple(value for value in map(inside.value, numbers) if rule.allows(value))


def _fits(data_type: DataType, facets: Facets, value: Any) -> bool:
    """Whether the type holds the value unchanged."""
    if data_type.kind in (TypeKind.TEXT, TypeKind.BITS) and data_type.length is not None:
        fits = len(value) <= data_type.length
        return fits and not (
            data_type.kind is TypeKind.BITS and data_type.fixed and len(value) < data_type.length
        )
    steps = steps_of(data_type, facets)
    return steps is None or steps.holds(value)
