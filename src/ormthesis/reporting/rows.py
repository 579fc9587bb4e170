"""The minimal graph as lines: each row with its parents and the values that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import UnsupportedTypeError
from ormthesis.generation.values import simplest_value
from ormthesis.oracle.judge import same
from ormthesis.reporting.values import show
from ormthesis.schema.model import DefaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.generation.case import Case
    from ormthesis.generation.graph import EntityDraft
    from ormthesis.oracle.outcome import Breach
    from ormthesis.schema.model import Column, Schema


def row_lines(case: Case, schema: Schema) -> tuple[str, ...]:
    """`event#0   turn_id → turn#0, text = 'a'`, in the order in which the rows are written.

    Left out are NULLs, defaults and the simplest values of their types.
    """
    graph = case.graph
    width = max((len(str(draft.ref)) for draft in graph.drafts), default=0)
    return tuple(
        f"{draft.ref!s:<{width}}  {', '.join(_parts(draft, schema))}".rstrip()
        for draft in graph.drafts
    )


def returned_lines(breach: Breach) -> tuple[str, ...]:
    """`id = 1, count = 2`, for each row that a query of the user's returned."""
    return tuple(", ".join(f"{name} = {text}" for name, text in row.items()) for row in breach.rows)


def _parts(draft: EntityDraft, schema: Schema) -> Iterator[str]:
    table = schema.by_key[draft.table]
    keys = {key.id: key for key in table.foreign_keys}
    for key, parent in draft.references.items():
        if parent is not None:
            name = ", ".join(keys[key].columns) if key in keys else key
            yield f"{name} → {parent}"
    for name, value in draft.values.items():
        column = table.by_name.get(name)
        if column is None or not _is_plain(column, value):
            yield f"{name} = {show(value)}"


def _is_plain(column: Column, value: Any) -> bool:
    """Whether the value says nothing: NULL, the scalar default, or the simplest of its type."""
    if value is None:
        return column.nullable
    default = column.default
    if default is not None and default.kind is DefaultKind.SCALAR:
        return same(default.value, value)
    try:
        return same(simplest_value(column.type), value)
    except UnsupportedTypeError:  # a user's own type: only its strategy knows what is simple
        return False
