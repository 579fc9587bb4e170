"""Strategies for types with steps."""

from __future__ import annotations

from math import isinf
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ormthesis.generation.finished import finished
from ormthesis.generation.values_facets import Facets
from ormthesis.generation.values_steps import Steps, as_printed, steps_of
from ormthesis.rules.domain import Domain
from ormthesis.rules.number_operators import single
from ormthesis.schema.types import DataType, TypeKind


def numbered(
    data_type: DataType, facets: Facets, domain: Domain | None
) -> st.SearchStrategy[Any] | None:
    """Values within the domain's bounds; None for types without steps."""
    steps = steps_of(data_type, facets, domain)
    if steps is None:
        return None
    inside = steps.within(domain)
    if inside is None:
        return st.nothing()
    found = _strategy(data_type, facets, inside, bounded=inside.count != steps.count)
    if domain is not None and domain.excluded:
        return found.filter(domain.allows)
    return found


def _strategy(
    data_type: DataType, facets: Facets, steps: Steps, *, bounded: bool
) -> st.SearchStrategy[Any]:
    if data_type.kind is TypeKind.FLOAT and not facets.decimal:
        return _floats(data_type, steps)
    if data_type.kind is TypeKind.UUID and facets.uuid and not bounded:
        # Uniform over all 128 bits, which bounded integers are not: few draws are equal.
        return finished(st.binary(min_size=16, max_size=16), _uuid)
    if data_type.kind is TypeKind.INTEGER:
        return st.integers(steps.low, steps.high)
    # Distances from the simplest value: Hypothesis draws small integers more often.
    start, value = steps.simplest, steps.value
    distances = st.integers(steps.low - start, steps.high - start)
    return finished(distances, lambda distance: value(start + distance))


def _uuid(data: bytes) -> UUID:
    return UUID(bytes=data)


def _floats(data_type: DataType, steps: Steps) -> st.SearchStrategy[float]:
    exact = single if data_type.bits == 32 else float  # 0.1 is no single: the nearest one is meant
    low, high = exact(steps.value(steps.low)), exact(steps.value(steps.high))
    found = st.floats(
        None if isinf(low) else low,
        None if isinf(high) else high,
        allow_nan=False,
        width=32 if data_type.bits == 32 else 64,
    )
    return finished(found, as_printed) if data_type.bits == 32 else found
