"""What cannot be drawn: columns that are left NULL or to their default, and tables without rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.carriers import choose_carrier
from ormthesis.generation.drawn import is_drawn, is_left_out, type_problem
from ormthesis.schema.model import DefaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.schema.model import Column, Schema, Table


def with_untestable(schema: Schema) -> Schema:
    """The schema that knows which of its tables cannot have rows, and why.

    Those with a column that has to have a value and whose type has no strategy, and those whose
    rows need rows of them.
    """
    found: dict[str, str] = {}
    for table in schema.tables:
        for column, problem in _problems(table):
            if not _can_be_omitted(column):
                found.setdefault(table.key, f"{column}: {problem}")
    while more := dict(_dependent(schema, found)):
        found |= more
    return replace(schema, untestable=found)


def type_warnings(schema: Schema) -> tuple[str, ...]:
    """One for each column that is not tested, and for each type that is narrowed."""
    found: list[str] = []
    for table in schema.tables:
        for column, problem in _problems(table):
            if _can_be_omitted(column):
                what = "left to its default" if is_left_out(table, column) else "always the same"
                what = "always NULL" if column.nullable else what
                found.append(f"{column} is {what}. {problem}")
        found.extend(_narrowed(table))
    return tuple(dict.fromkeys(found))


def _problems(table: Table) -> Iterator[tuple[Column, UnsupportedTypeError]]:
    for column in table.columns:
        if is_drawn(table, column) and (problem := type_problem(column)) is not None:
            yield column, problem


def _can_be_omitted(column: Column) -> bool:
    default = column.default
    return (
        column.nullable
        or column.server_default is not None
        or (default is not None and default.kind is DefaultKind.SCALAR)
    )


def _dependent(schema: Schema, found: dict[str, str]) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        for key in table.foreign_keys:
            if table.key not in found and key.referred_table in found and table.is_required(key):
                yield (
                    table.key,
                    f"it needs a row of {key.referred_table}: {found[key.referred_table]}",
                )


def _narrowed(table: Table) -> Iterator[str]:
    for column in table.columns:
        if column.type.decorates is None or not is_drawn(table, column) or type_problem(column):
            continue
        choice = choose_carrier(column.type)
        if choice.carrier is not None and choice.refused is not None:
            name = type(column.type.source).__name__
            yield (
                f"Columns of {name} get {choice.carrier.name} only where {name} gives back what "
                f"was written: {choice.refused!r} is refused or changed."
            )
