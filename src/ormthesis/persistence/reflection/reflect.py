"""Tables, rules and types of a database, read from its catalog.

SQLAlchemy's reflection reads most of it. What it leaves out is added: exclusion constraints, which
keys are deferrable, types that it does not know, and what tables need before they can be made.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from ormthesis.core.errors import SchemaError, TargetError
from ormthesis.core.text import shorten
from ormthesis.persistence.provisioning.connect import connect
from ormthesis.persistence.provisioning.urls import parse_server_url, shown
from ormthesis.persistence.reflection.exclusions import add_exclusions
from ormthesis.persistence.reflection.prerequisites import add_prerequisites
from ormthesis.persistence.reflection.user_types import OtherType

_TABLES = sa.text("""
SELECT n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                  AND d.classid = 'pg_class'::regclass)
ORDER BY 1, 2
""")

_COLUMN_TYPES = sa.text("""
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped
""")

_DEFERRABLE = sa.text("""
SELECT n.nspname, c.relname, k.conname, k.condeferred
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.condeferrable AND k.contype IN ('p', 'u')
""")


def reflect(url: str) -> sa.MetaData:
    """The tables of a live database, in a read-only transaction; nothing there is changed.

    Tables of extensions and partitions are left out: the partitioned table stands for them. Raises
    ServerError where the server cannot be reached, TargetError where the database has no tables,
    SchemaError for a catalog that cannot be read.
    """
    parsed = parse_server_url(url)
    connect(parsed).close()  # for its plain words where there is no server
    engine = sa.create_engine(parsed, poolclass=NullPool)
    try:
        with engine.connect().execution_options(postgresql_readonly=True) as connection:
            metadata = _read(connection)
    except sa.exc.SQLAlchemyError as error:
        raise SchemaError(
            f"The catalog of {shown(parsed)} cannot be read: {shorten(str(error), 300)}",
            hint="The server's message says what is in the way.",
        ) from error
    finally:
        engine.dispose()
    if not metadata.tables:
        raise TargetError(
            f"The database {shown(parsed)} has no tables.",
            hint="Name the database that holds them, and a role that may see them.",
        )
    return metadata


def _read(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    default = str(connection.scalar(sa.text("SELECT current_schema()")))
    by_schema: dict[str, list[str]] = {}
    for schema, table in connection.execute(_TABLES):
        by_schema.setdefault(schema, []).append(table)
    with _naming_types(metadata, connection, default):
        for schema, tables in by_schema.items():
            metadata.reflect(connection, schema=None if schema == default else schema, only=tables)
    places = {(table.schema or default, table.name): table for table in metadata.tables.values()}
    _mark_deferrable(connection, places)
    add_exclusions(connection, places)
    add_prerequisites(connection, metadata)
    return metadata


@contextmanager
def _naming_types(metadata: sa.MetaData, connection: sa.Connection, default: str) -> Iterator[None]:
    """Types that SQLAlchemy does not know keep PostgreSQL's name for them."""
    names = {tuple(row[:3]): row[3] for row in connection.execute(_COLUMN_TYPES)}

    def name(inspector: object, table: sa.Table, column: Any) -> None:
        if isinstance(column["type"], sa.types.NullType):
            place = (table.schema or default, table.name, column["name"])
            column["type"] = OtherType(names[place])

    sa.event.listen(metadata, "column_reflect", name)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Did not recognize type", sa.exc.SAWarning)
            yield
    finally:
        sa.event.remove(metadata, "column_reflect", name)


def _mark_deferrable(connection: sa.Connection, places: dict[tuple[str, str], sa.Table]) -> None:
    for schema, table, name, deferred in connection.execute(_DEFERRABLE):
        for constraint in places[schema, table].constraints if (schema, table) in places else ():
            if constraint.name == name:
                constraint.deferrable = True
                constraint.initially = "DEFERRED" if deferred else None
