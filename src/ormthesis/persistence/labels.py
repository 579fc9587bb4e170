"""The labels that the database knows for each native enumeration: candidates to try."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ormthesis.schema.constraints import Enumeration
from ormthesis.schema.model import Schema

_LABELS = sa.text("""
SELECT coalesce(n.nspname, ''), r.relname, a.attname, e.enumlabel
FROM pg_enum e
JOIN pg_type t ON e.enumtypid IN (t.oid, t.typelem, t.typbasetype)
JOIN pg_attribute a ON a.atttypid = t.oid
JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = r.relnamespace
ORDER BY e.enumsortorder
""")


def known_labels(connection: sa.Connection, schema: Schema) -> Mapping[str, tuple[str, ...]]:
    """Enumeration id to the labels of the column's type in this database."""
    default = str(connection.execute(sa.text("SELECT current_schema()")).scalar())
    found: dict[tuple[str, str, str], list[str]] = {}
    for namespace, table, column, label in connection.execute(_LABELS):
        found.setdefault((namespace, table, column), []).append(label)
    return {
        rule.id: tuple(found.get((table.schema or default, table.name, rule.columns[0]), ()))
        for table in schema.tables
        for rule in table.constraints_of(Enumeration)
    }
