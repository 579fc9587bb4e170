"""Which columns a draft carries a value for."""

from __future__ import annotations

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.values import value_strategy
from ormthesis.schema.model import Column, Table


def is_drawn(table: Table, column: Column) -> bool:
    """Whether a draft carries a value for the column."""
    if column.surrogate or column.numbered or column.computed:
        return False
    return column.name not in table.foreign_key_columns or column.name in table.loose_columns


def is_left_out(table: Table, column: Column) -> bool:
    """Whether a draft leaves the column to its server default, since its type has no strategy."""
    return (
        not column.nullable
        and column.server_default is not None
        and type_problem(column) is not None
    )


def type_problem(column: Column) -> UnsupportedTypeError | None:
    """Why no value of the column can be drawn; None where one can."""
    if column.json_schema is not None:
        return None
    try:
        value_strategy(column.type)
    except UnsupportedTypeError as error:
        return error
    return None
