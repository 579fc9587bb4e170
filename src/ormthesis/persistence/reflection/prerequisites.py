"""What a database's tables need before they can be made: schemas, extensions, sequences, functions.

They are DDL events of the MetaData, so that `create_all` makes them wherever it is called.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

_SCHEMAS = sa.text("""
SELECT format('CREATE SCHEMA IF NOT EXISTS %I', nspname) FROM pg_namespace
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' ORDER BY 1
""")

_EXTENSIONS = sa.text("""
SELECT format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', e.extname, n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql' ORDER BY e.oid
""")

# Sequences that no column owns, and those of columns that are no serial primary key: SQLAlchemy
# makes neither.
_SEQUENCES = sa.text("""
SELECT format('CREATE SEQUENCE IF NOT EXISTS %I.%I AS %s', n.nspname, c.relname,
              format_type(s.seqtypid, NULL))
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (
    SELECT 1 FROM pg_depend d
    LEFT JOIN pg_constraint k ON k.conrelid = d.refobjid AND k.contype = 'p'
         AND d.refobjsubid = ANY (k.conkey)
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND (d.deptype IN ('i', 'e') OR d.deptype = 'a' AND k.oid IS NOT NULL))
ORDER BY 1
""")

_FUNCTIONS = sa.text("""
SELECT DISTINCT p.oid, pg_get_functiondef(p.oid)
FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid AND d.refclassid = 'pg_proc'::regclass
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid IN ('pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_class'::regclass)
  AND p.prokind = 'f' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass
                  AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY p.oid
""")


# SQLAlchemy takes a domain that it has read for one that exists.
_DOMAINS = sa.text("""
SELECT format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname,
              format_type(t.typbasetype, t.typtypmod))
       || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL'
       ELSE '' END || coalesce((SELECT string_agg(format(' CONSTRAINT %I ', k.conname)
                                || pg_get_constraintdef(k.oid), '' ORDER BY k.oid)
                                FROM pg_constraint k WHERE k.contypid = t.oid
                                AND k.contype = 'c'), '')
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_type'::regclass
                  AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY t.oid
""")


def add_prerequisites(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Let `metadata.create_all` begin with them, before its types."""
    for statement in reversed(list(_statements(connection))):
        # As it stands: a percent sign is one.
        ddl = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # as in 2.x
        sa.event.listen(metadata, "before_create", ddl, insert=True)


def _statements(connection: sa.Connection) -> Iterator[str]:
    for query in (_SCHEMAS, _EXTENSIONS, _SEQUENCES):
        yield from connection.scalars(query)
    functions = [body for _, body in connection.execute(_FUNCTIONS)]
    if functions:
        # A body may use tables that do not exist yet.
        yield "SET LOCAL check_function_bodies = off"
        yield from functions
    yield from connection.scalars(_DOMAINS)
