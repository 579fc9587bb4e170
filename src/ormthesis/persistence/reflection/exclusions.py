"""Exclusion constraints, which SQLAlchemy's reflection shows as plain indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

_EXCLUSIONS = sa.text("""
SELECT n.nspname, c.relname, k.conname, am.amname, k.condeferrable, k.condeferred,
       pg_get_expr(x.indpred, x.indrelid),
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY i(num, at)
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.num
             WHERE i.at <= x.indnkeyatts ORDER BY i.at),
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, at, true)
             FROM generate_series(1, x.indnkeyatts) at ORDER BY at),
       ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY e(oid, at)
             JOIN pg_operator o ON o.oid = e.oid ORDER BY e.at)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index x ON x.indexrelid = k.conindid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am am ON am.oid = i.relam
WHERE k.contype = 'x'
""")


def add_exclusions(connection: sa.Connection, places: Mapping[tuple[str, str], sa.Table]) -> None:
    """Give each table its exclusion constraints; `places` are by schema and name."""
    for schema, name, *row in connection.execute(_EXCLUSIONS):
        table = places.get((schema, name))
        if table is not None:
            table.indexes = {index for index in table.indexes if index.name != row[0]}
            table.append_constraint(_exclusion(table, *row))


def _exclusion(
    table: sa.Table,
    name: str,
    method: str,
    deferrable: bool,
    deferred: bool,
    predicate: str | None,
    columns: list[str | None],
    definitions: list[str],
    operators: list[str],
) -> ExcludeConstraint:
    elements: list[tuple[Any, str]] = [
        (table.columns[column] if column else sa.text(definition), operator)
        for column, definition, operator in zip(columns, definitions, operators, strict=True)
    ]
    return ExcludeConstraint(
        *elements,
        name=name,
        using=method,
        where=sa.text(predicate) if predicate else None,
        deferrable=deferrable or None,
        initially="DEFERRED" if deferred else None,
    )
