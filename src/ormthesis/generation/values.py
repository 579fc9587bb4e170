"""Strategies of values that are not NULL, for every type.

Values come back from PostgreSQL through psycopg as they were written. Strategies are built once
for each type and domain: building one within a draw costs as much as drawing.
"""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.documents import json_values
from ormthesis.generation.type_registry import DEFAULT_TYPES, TypeStrategies, unsupported
from ormthesis.generation.values_choices import choices
from ormthesis.generation.values_facets import Facets, read_facets
from ormthesis.generation.values_numbered import numbered
from ormthesis.generation.values_simplest import simplest_of
from ormthesis.generation.values_steps import steps_of
from ormthesis.generation.values_text import byte_strings, texts
from ormthesis.rules.domain import Domain
from ormthesis.schema.types import DataType, TypeKind

__all__ = ["json_values", "shaped", "simplest_value", "value_strategy"]

LONGEST_ARRAY = 4
"""Items, at most."""


def value_strategy(
    data_type: DataType,
    domain: Domain | None = None,
    *,
    indexed: bool = False,
    types: TypeStrategies = DEFAULT_TYPES,
) -> st.SearchStrategy[Any]:
    """Python values of a column: an enum's members, Decimals, date-times in UTC, never None.

    They lie within the domain, whose facets speak of stored values; what it says of NULL is the
    caller's business. `indexed` keeps text within the size of an index entry. Strategies that
    `types` holds for the SQLAlchemy type go before the built-in ones. Empty (`is_empty`) where the
    type and the domain have no value in common.

    Raises UnsupportedTypeError for a type that is neither known nor registered.
    """
    registered = types.find(data_type.source)
    if registered is not None:
        return _within(registered, data_type, domain)
    if data_type.kind is TypeKind.UNKNOWN:
        raise unsupported(data_type)
    facets = read_facets(data_type)
    if data_type.item is not None:
        arrays = _arrays(value_strategy(data_type.item, types=types), facets)
        return _within(arrays, data_type, domain)
    return _built(data_type, facets, domain, indexed)


def simplest_value(
    data_type: DataType, domain: Domain | None = None, *, types: TypeStrategies = DEFAULT_TYPES
) -> Any:
    """What `value_strategy` shrinks to: 0, "", False, the first label, 2000-01-01.

    None where the type and the domain have no value in common. Raises UnsupportedTypeError as
    `value_strategy` does.
    """
    strategy = value_strategy(data_type, domain, types=types)
    return None if strategy.is_empty else _simplest(strategy, data_type, domain, types)


def _simplest(
    strategy: st.SearchStrategy[Any],
    data_type: DataType,
    domain: Domain | None,
    types: TypeStrategies,
) -> Any:
    if domain is None and types.find(data_type.source) is None:
        steps = steps_of(data_type, read_facets(data_type))
        if steps is not None:
            return steps.value(steps.simplest)
    return deepcopy(simplest_of(strategy))


@lru_cache(maxsize=4096)
def _built(
    data_type: DataType, facets: Facets, domain: Domain | None, indexed: bool
) -> st.SearchStrategy[Any]:
    listed = choices(data_type, facets, domain)
    if data_type.kind is TypeKind.BOOLEAN and listed == (False, True):
        return st.booleans()
    if listed is not None:
        return st.sampled_from(listed) if listed else st.nothing()
    if data_type.kind is TypeKind.TEXT:
        return texts(data_type, domain, indexed=indexed)
    if data_type.kind is TypeKind.BYTES:
        return byte_strings(data_type, domain)
    found = numbered(data_type, facets, domain)
    return _within(json_values(), data_type, domain) if found is None else found


@lru_cache(maxsize=256)
def _arrays(items: st.SearchStrategy[Any], facets: Facets) -> st.SearchStrategy[Any]:
    arrays = st.lists(items, max_size=LONGEST_ARRAY)
    if not facets.as_tuple and facets.dimensions == 1:
        return arrays
    return arrays.map(lambda row: shaped(row, facets))


def shaped(row: list[Any], facets: Facets) -> Any:
    """A row of items as the model holds an array; in further dimensions one row of each."""
    sequence = tuple if facets.as_tuple else list
    array: Any = sequence(row)
    for _ in range(facets.dimensions - 1 if row else 0):
        array = sequence([array])
    return array


@lru_cache(maxsize=1024)
def _within(
    strategy: st.SearchStrategy[Any], data_type: DataType, domain: Domain | None
) -> st.SearchStrategy[Any]:
    """Values of a strategy that knows nothing of domains."""
    if domain is None or domain == Domain(null=domain.null):
        return strategy
    return strategy.filter(lambda value: domain.allows(data_type.stored(value)))
