"""Keys in saved mutations, brought up to date.

Rows are numbered by their table's place in the schema, so a table that was added since moves the
keys of others; a copied key has to move along to still be the key of the row that it was copied
from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ormthesis.generation.graph import graph_keys, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ormthesis.generation.case import Case, Change
    from ormthesis.generation.graph import EntityRef, Row
    from ormthesis.schema.model import Schema, Table


def with_keys_of_today(case: Case, schema: Schema) -> Case:
    """The case with the mutation's key values as the engine numbers the rows now."""
    if case.mutation is None:
        return case
    rows = resolve(schema, case.graph, graph_keys(schema))
    draft = case.graph.by_ref[case.mutation.ref]
    table = schema.by_key[draft.table]
    changes = tuple(
        _moved(change, rows[draft.ref].get(change.column), _keys(case, rows, table, change.column))
        for change in case.mutation.changes
    )
    return replace(case, mutation=replace(case.mutation, changes=changes))


def _moved(change: Change, now: object, keys: set[object]) -> Change:
    """The change moved by as much as the row's own value has moved."""
    before = change.old
    if not keys or type(before) is not int or type(now) is not int or before == now:
        return change
    new = change.new
    if type(new) is int and new + now - before in keys:
        new = new + now - before
    return replace(change, old=now, new=new)


def _keys(case: Case, rows: Mapping[EntityRef, Row], table: Table, column: str) -> set[object]:
    """The keys that the engine gave to rows that this column can name; none for other columns."""
    owner, name = _numbered(table, column)
    if owner is None:
        return set()
    return {
        rows[draft.ref][name] for draft in case.graph.of_table(owner) if name in rows[draft.ref]
    }


def _numbered(table: Table, column: str) -> tuple[str | None, str]:
    """Table and column in which the values of this column are numbered by the engine."""
    for key in table.foreign_keys:
        if column in key.columns:
            return key.referred_table, key.referred_columns[key.columns.index(column)]
    return (table.key if table.by_name[column].surrogate else None), column
