"""Rows for what no domain says: relations and rules of a branch that are met together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from sqlalchemy.dialects.postgresql import Range

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.edges import edge_values
from ormthesis.generation.samples import samples_of
from ormthesis.generation.values import simplest_value, value_strategy
from ormthesis.generation.values_facets import read_facets
from ormthesis.generation.values_ranges import within_limits
from ormthesis.generation.values_steps import steps_of
from ormthesis.generation.values_text import pattern_text
from ormthesis.rules.array_operators import leaves
from ormthesis.rules.documents import JSON_NULL
from ormthesis.rules.domain import Domain, Nullness
from ormthesis.rules.sql_types import TEXT
from ormthesis.rules.witness import searched_columns, witnesses
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from ormthesis.rules.branch import Branch
    from ormthesis.schema.model import Column
    from ormthesis.schema.types import DataType

Draw = Callable[[Any], Any]
_ENOUGH = 4
"""Samples that show a strategy to work."""
_INDEXES = [st.integers(0, greatest) for greatest in range(64)]


class Pool:
    """The columns that a branch couples, and some ways to fill them together.

    Drawn values stay where they fit; else those columns take one of the rows, which are searched
    for once, when the first is needed. Columns whose values come from elsewhere (`given`, and those
    with a JSON Schema) are left out, unless the branch knows their value.
    """

    def __init__(self, branch: Branch, columns: Sequence[Column], given: frozenset[str]) -> None:
        self.branch = branch
        self._all, self._given = columns, given
        free = {column.name: column.type for column in columns if self._is_free(column)}
        self.shaped = frozenset(n for n, t in free.items() if _is_narrow(t, branch.domain(n)))
        """Text columns whose patterns and lengths are seldom met together by chance."""
        coupled = {*searched_columns(branch, free), *self.shaped}
        self.columns = tuple(name for name in free if name in coupled)
        self._types = {name: free[name] for name in self.columns}
        known = set(self.columns)
        self._relations = [r for r in branch.relations if {r.left, r.right} <= known]
        self._rules = [rule for rule in branch.residual if set(rule.columns) <= known]

    def _is_free(self, column: Column) -> bool:
        if column.json_schema is None and column.name not in self._given:
            return True
        domain = self.branch.domain(column.name)
        return domain.null is Nullness.MUST or len(domain.members or ()) == 1

    def within(self, branch: Branch) -> Pool:
        """The same for another branch."""
        return Pool(branch, self._all, self._given)

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """Python values of the columns, by name; the first row is the simplest."""
        candidates = BranchValues(self._types, self.branch)
        return tuple(
            {name: candidates.original(name, value) for name, value in row.items()}
            for row in witnesses(self.branch, self._types, candidates)
        )

    @property
    def is_possible(self) -> bool:
        """Whether a row is known, or no rule asks for one that has to be searched for."""
        return not (self._rules or self.shaped) or bool(self.rows)

    def strategy(self, column: str) -> st.SearchStrategy[Any]:
        """The values of one column, where that is all that the branch wants of it."""
        values = [row[column] for row in self.rows if row[column] is not None]
        return st.sampled_from(values) if values else st.nothing()

    def simplest(self, column: str) -> Any:
        return self.rows[0][column] if self.rows else None

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether the coupled columns of a row stand to each other as the branch wants."""
        if not (self._relations or self._rules):
            return True
        stored = {name: kind.stored(row.get(name)) for name, kind in self._types.items()}
        return (
            all(relation.holds(stored) for relation in self._relations)
            and all(rule.selects(stored) for rule in self._rules)
            and all(value is None or holds(self._types[n], value) for n, value in stored.items())
        )

    def settled(self, draw: Draw, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """New values for the coupled columns; none where the row fits as it is."""
        if self.fits(row) or not self.rows:
            return {}
        return self.rows[draw(_INDEXES[len(self.rows) - 1])]


class BranchValues:
    """Stored values that belong to the types and lie within the branch."""

    def __init__(self, types: Mapping[str, DataType], branch: Branch) -> None:
        self._types = types
        self._branch = branch
        self._values: dict[str, list[Any]] = {}
        self._originals: dict[tuple[str, str], Any] = {}

    def values(self, column: str) -> Sequence[Any]:
        if column not in self._values:
            data_type, found = self._types[column], []
            for value in _typical(data_type, self._branch.domain(column)):
                stored = data_type.stored(value)
                self._originals[column, repr(stored)] = value
                found.append(stored)
            self._values[column] = found
        return self._values[column]

    def holds(self, column: str, value: Any) -> bool:
        return holds(self._types[column], value)

    def matching(self, pattern: str) -> Sequence[str]:
        domain = Domain(null=Nullness.MUST_NOT, patterns=(pattern,))
        return samples_of(value_strategy(TEXT, domain))

    def original(self, column: str, stored: Any) -> Any:
        """The Python value that is stored so."""
        known = self._originals.get((column, repr(stored)))
        return self._types[column].loaded(stored) if known is None else known


def holds(data_type: DataType, value: Any) -> bool:
    """Whether a column of the type gives the stored value, which is not NULL, back unchanged."""
    if data_type.kind is TypeKind.TEXT:
        limit = data_type.length
        return (limit is None or len(value) <= limit) and not (
            "\0" in value or (data_type.fixed and value.endswith(" "))
        )
    if data_type.kind is TypeKind.RANGE:
        parts = value if data_type.multiple else [value]
        return all(within_limits(data_type, part) for part in parts if isinstance(part, Range))
    if data_type.item is not None and isinstance(value, list):
        return all(part is None or holds(data_type.item, part) for part in leaves(value))
    if value is JSON_NULL:  # as a column's value it has no Python form of its own
        return False
    if data_type.kind is TypeKind.ENUM:
        return value in data_type.labels
    if data_type.kind is TypeKind.NUMERIC and data_type.precision is None:
        return True
    steps = steps_of(data_type, read_facets(data_type))
    return steps is None or steps.holds(value)


def _is_narrow(data_type: DataType, domain: Domain) -> bool:
    """Whether a text has to match patterns and lengths that drawing one seldom meets at once."""
    if data_type.kind is not TypeKind.TEXT or not domain.patterns:
        return False
    first, *others = domain.patterns
    if others or pattern_text(first) is not None:
        return bool(others)
    if domain.min_length > 0 or domain.max_length not in (None, data_type.length):
        return True
    limited = data_type.length is not None
    return limited and len(samples_of(value_strategy(data_type, domain))) < _ENOUGH


def _typical(data_type: DataType, domain: Domain) -> list[Any]:
    """The simplest value, some drawn ones and the edges, each once; none for unknown types."""
    try:
        if domain.patterns:  # the search looks for them together
            domain = replace(domain, patterns=(), min_length=0, max_length=None)
        simplest = simplest_value(data_type, domain)
        drawn = samples_of(value_strategy(data_type, domain))
    except (UnsupportedTypeError, NoSuchExample):
        return []
    found = [simplest, *drawn, *edge_values(data_type, domain)]
    return list({repr(value): value for value in found if value is not None}.values())
