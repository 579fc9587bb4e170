"""Strategies of values that are not NULL, for every type.

Values come back from PostgreSQL through psycopg as they were written. Strategies are built once
for each type and domain: building one within a draw costs as much as drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.carriers import UNUSABLE, Carrier, choose_carrier
from ormthesis.generation.documents import json_values
from ormthesis.generation.type_registry import DEFAULT_TYPES, TypeStrategies, unsupported
from ormthesis.generation.values_choices import choices
from ormthesis.generation.values_domains import is_item, item_domains
from ormthesis.generation.values_facets import Facets, read_facets
from ormthesis.generation.values_numbered import numbered
from ormthesis.generation.values_ranges import ranges
from ormthesis.generation.values_simplest import simplest_of
from ormthesis.generation.values_steps import steps_of
from ormthesis.generation.values_text import byte_strings, texts
from ormthesis.generation.values_words import WORDS
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
    if data_type.decorates is not None:
        return _within(_carried(_carrier(data_type), domain, indexed, types), data_type, domain)
    if data_type.kind is TypeKind.UNKNOWN:
        raise unsupported(data_type)
    facets = read_facets(data_type)
    if data_type.kind is TypeKind.RANGE:
        return _within(ranges(data_type), data_type, domain)
    if data_type.item is not None:
        arrays = _arrays(items_of(data_type.item, types), facets)
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
    if domain is None and types.find(data_type.source) is None and data_type.decorates is None:
        steps = steps_of(data_type, read_facets(data_type))
        if steps is not None:
            return steps.value(steps.simplest)
    return deepcopy(simplest_of(strategy))


def _carrier(data_type: DataType) -> Carrier:
    choice = choose_carrier(data_type)
    if choice.carrier is None:
        raise unsupported(data_type)
    return choice.carrier


def _carried(
    carrier: Carrier, domain: Domain | None, indexed: bool, types: TypeStrategies
) -> st.SearchStrategy[Any]:
    inner = domain if carrier.is_beneath else None
    return _modelled(value_strategy(carrier.type, inner, indexed=indexed, types=types), carrier)


@lru_cache(maxsize=1024)
def _modelled(drawn: st.SearchStrategy[Any], carrier: Carrier) -> st.SearchStrategy[Any]:
    """The model's values; the few that do not come back are drawn anew."""
    if drawn.is_empty:
        return drawn
    return drawn.map(carrier.model).filter(lambda value: value is not UNUSABLE)


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
    if found is not None:
        return found
    return _within((WORDS.get(data_type.kind) or _documents)(data_type), data_type, domain)


def _documents(_: DataType) -> st.SearchStrategy[Any]:
    return json_values()


def items_of(item: DataType, types: TypeStrategies = DEFAULT_TYPES) -> st.SearchStrategy[Any]:
    """Values of an array's items, within the CHECK of their DOMAIN."""
    domains = item_domains(item)
    if not domains:
        raise unsupported(item)
    found = st.one_of([value_strategy(item, domain, types=types) for domain in domains])
    return found.filter(is_item) if item.kind is TypeKind.JSON else found


@lru_cache(maxsize=256)
def _arrays(items: st.SearchStrategy[Any], facets: Facets) -> st.SearchStrategy[Any]:
    arrays = st.lists(items, max_size=LONGEST_ARRAY)
    if not facets.as_tuple and facets.dimensions == 1:
        return arrays
    copies = st.lists(
        st.integers(1, 2), min_size=facets.dimensions - 1, max_size=facets.dimensions - 1
    )
    return st.builds(lambda row, counts: shaped(row, facets, counts), arrays, copies)


def shaped(row: list[Any], facets: Facets, copies: Sequence[int] = ()) -> Any:
    """A row of items as the model holds an array.

    In each further dimension that many times over, first in reverse, since arrays are rectangular.
    An array without items has no dimensions.
    """
    sequence = tuple if facets.as_tuple else list
    array: Any = sequence(row)
    for further in range(facets.dimensions - 1 if row else 0):
        count = copies[further] if further < len(copies) else 1
        array = sequence([sequence(reversed(array)), array][-count:])
    return array


@lru_cache(maxsize=1024)
def _within(
    strategy: st.SearchStrategy[Any], data_type: DataType, domain: Domain | None
) -> st.SearchStrategy[Any]:
    """Values of a strategy that knows nothing of domains."""
    if domain is None or domain == Domain(null=domain.null):
        return strategy
    return strategy.filter(lambda value: domain.allows(data_type.stored(value)))
