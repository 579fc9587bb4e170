"""Overrides by attribute name: read, and refused at once where no row can have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.holdable import refusal
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ormthesis.schema.constraints import ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What was asked of one row, by column name or foreign-key id."""

    fixed: Mapping[str, Any] = field(default_factory=dict)
    drawn: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    inferred: frozenset[str] = frozenset()
    """Columns that are drawn, never NULL and never left at their simplest value."""
    present: frozenset[str] = frozenset()
    """Foreign keys that refer to a row."""
    absent: frozenset[str] = frozenset()
    """Foreign keys that are NULL."""


def read_overrides(model: Model, table: Table, given: Mapping[str, Any]) -> Overrides:
    """Raises OptionError for an unknown attribute and for a value that the column cannot hold."""
    columns = {attribute: table.by_name[name] for name, attribute in model.attributes.items()}
    references = dict(_references(model, table))
    fixed: dict[str, Any] = {}
    drawn: dict[str, st.SearchStrategy[Any]] = {}
    inferred: set[str] = set()
    present: set[str] = set()
    absent: set[str] = set()
    for name, value in given.items():
        where = f"{model.name}.{name}"
        if name in references:
            for key in references[name]:
                (absent if _is_absent(where, table, key, value) else present).add(key.id)
        elif name not in columns:
            known = {attr for attr, column in columns.items() if is_drawn(table, column)}
            raise OptionError(
                f"{model.name} has no attribute {name!r} that can be overridden.",
                hint=suggestion(name, known | set(references)),
            )
        else:
            column = _drawn_column(where, table, columns[name])
            _keep_class(where, model, column, value)
            if isinstance(value, EllipsisType):
                inferred.add(column.name)
            elif isinstance(value, st.SearchStrategy):
                drawn[column.name] = value.map(_Holdable(where, column))
            else:
                fixed[column.name] = _Holdable(where, column)(value)
    if both := present & absent:
        raise OptionError(
            f"{model.name}: the reference {min(both)} is asked for and excluded.",
            hint="Leave one of the two overrides out.",
        )
    return Overrides(
        fixed=fixed,
        drawn=drawn,
        inferred=frozenset(inferred),
        present=frozenset(present),
        absent=frozenset(absent),
    )


def _references(model: Model, table: Table) -> Iterator[tuple[str, list[ForeignKey]]]:
    """Attributes that the graph's references supply: key columns and many-to-one relationships."""
    by_id = {key.id: key for key in table.foreign_keys}
    for relationship in model.relationships:
        if relationship.is_to_one and relationship.foreign_key in by_id:
            yield relationship.name, [by_id[relationship.foreign_key]]
    for name, attribute in model.attributes.items():
        keys = [key for key in table.foreign_keys if name in key.columns]
        if keys:
            yield attribute, keys


def _is_absent(where: str, table: Table, key: ForeignKey, value: Any) -> bool:
    if isinstance(value, EllipsisType):
        return False
    if value is not None:
        raise OptionError(
            f"{where} refers to another row, which is part of the graph; it cannot be {value!r}.",
            hint="Write `...` for a row that is there, or None for no row.",
        )
    if table.is_required(key):
        raise OptionError(
            f"{where} cannot be None: every row needs one.",
            hint="Leave it out.",
        )
    return True


def _keep_class(where: str, model: Model, column: Column, value: Any) -> None:
    """Refuse a discriminator of other classes."""
    own = model.identity
    if own is None or (own.table, own.column) != (column.table, column.name):
        return
    if isinstance(value, st.SearchStrategy) or value not in (own.value, ...):
        raise OptionError(
            f"{where} tells that a row is of {model.name}; it cannot be overridden.",
            hint="Leave it out, or name the class that is meant.",
        )


def _drawn_column(where: str, table: Table, column: Column) -> Column:
    if is_drawn(table, column):
        return column
    how = "computed" if column.computed else "numbered"
    raise OptionError(
        f"{where} is {how} by the database; it cannot be overridden.", hint="Leave it out."
    )


@dataclass(frozen=True, slots=True)
class _Holdable:
    """Gives back what the column can hold, refuses the rest."""

    where: str
    column: Column

    def __call__(self, value: Any) -> Any:
        wanted = refusal(self.column, value)
        if wanted is None:
            return value
        raise OptionError(
            f"{self.where} ({self.column.type.name}) cannot be {value!r}.",
            hint=f"It takes {wanted}.",
        )
