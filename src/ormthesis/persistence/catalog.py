"""From a constraint's name in the database to the declared rule that it is.

Names differ between databases, and unnamed rules get generated names. So a name that the server
reports is looked up in the catalog, and what the catalog says it is (kind, table, columns,
predicate) is compared with the declared signatures. This interprets an observation; it predicts
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from ormthesis.persistence.expressions import (
    Same,
    same_check,
    same_elements,
    same_meaning,
    same_predicate,
    same_words,
)
from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    Exclusion,
    ForeignKey,
    PrimaryKey,
    Unique,
)
from ormthesis.schema.model import Schema, Table

_CONSTRAINTS = """
SELECT n.nspname, r.relname, c.conname, c.contype::text,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.at),
       fn.nspname, f.relname,
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num ORDER BY k.at),
       CASE WHEN c.contype = 'c' THEN pg_get_expr(c.conbin, c.conrelid) END,
       ARRAY[]::text[]
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""

_INDEXES = """
SELECT n.nspname, r.relname, i.relname, 'i',
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY k(num, at)
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.num
             WHERE k.at <= x.indnkeyatts ORDER BY k.at),
       NULL, NULL, ARRAY[]::text[], pg_get_expr(x.indpred, x.indrelid),
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, at, true)
             FROM generate_series(1, x.indnkeyatts) at ORDER BY at)
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class r ON r.oid = x.indrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE x.indisunique AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid
                  AND c.contype IN ('p', 'u', 'x'))
"""

_PARTITIONS = """
SELECT n.nspname, c.relname, rn.nspname, r.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = pg_partition_root(c.oid)
JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relispartition AND c.relkind IN ('r', 'p')
"""
"""Errors name the partition; the declarations name the table that is partitioned."""

_KINDS: Mapping[str, tuple[type[Constraint], ...]] = {
    "p": (PrimaryKey,),
    "u": (Unique,),
    "i": (Unique,),
    "f": (ForeignKey,),
    "c": (Check, Enumeration),
    "x": (Exclusion,),
}


Place = tuple[str, str]
"""Schema and name of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One constraint or unique index as the catalog describes it."""

    schema: str
    table: str
    name: str
    kind: str
    columns: tuple[str | None, ...]
    referred_schema: str | None
    referred_table: str | None
    referred_columns: tuple[str, ...]
    expression: str | None
    definitions: tuple[str, ...]
    """The elements of an index as SQL."""


class Catalog:
    """Resolves (schema, table, constraint name) to the id of a declared rule."""

    def __init__(
        self,
        schema: Schema,
        entries: list[CatalogEntry],
        default_schema: str,
        partitions: Mapping[Place, Place] | None = None,
    ) -> None:
        self._default = default_schema
        self._tables = {
            (table.schema or default_schema, table.name): table for table in schema.tables
        }
        for partition, root in (partitions or {}).items():
            if root in self._tables:
                self._tables[partition] = self._tables[root]
        self._rules = {
            (entry.schema, entry.table, entry.name): self._declared(entry) for entry in entries
        }

    def rule(self, schema: str | None, table: str | None, name: str | None) -> str | None:
        """The declared rule's id; None where nothing of that signature is declared."""
        return self._rules.get((schema or self._default, table or "", name or ""))

    def table(self, schema: str | None, name: str | None) -> Table | None:
        return self._tables.get((schema or self._default, name or ""))

    def _declared(self, entry: CatalogEntry) -> str | None:
        table = self._tables.get((entry.schema, entry.table))
        if table is None:
            return None
        rules = [rule for rule in table.constraints if isinstance(rule, _KINDS[entry.kind])]
        for same in (same_words, same_meaning):  # most are told by their words, at no cost
            found = [rule for rule in rules if self._fits(table, rule, entry, same)]
            if found:
                named = [rule for rule in found if rule.name == entry.name]
                return (named or found)[0].id
        return None

    def _fits(self, table: Table, rule: Constraint, entry: CatalogEntry, same: Same) -> bool:
        if isinstance(rule, Check):
            return same_check(table, rule, entry.name, entry.expression, same)
        if isinstance(rule, Enumeration):
            return not rule.native and entry.columns == rule.columns
        if isinstance(rule, Unique) and not same_predicate(
            table, rule.where, entry.expression, same
        ):
            return False
        if isinstance(rule, Unique) and rule.elements:
            return same_elements(table, rule.elements, entry.columns, entry.definitions, same)
        if isinstance(rule, Exclusion) and rule.expressions:
            return rule.name == entry.name
        if isinstance(rule, ForeignKey) and not self._same_target(rule, entry):
            return False
        return entry.columns == rule.columns

    def _same_target(self, rule: ForeignKey, entry: CatalogEntry) -> bool:
        place = (entry.referred_schema or self._default, entry.referred_table or "")
        target = self._tables.get(place)
        return (
            target is not None
            and target.key == rule.referred_table
            and entry.referred_columns == rule.referred_columns
        )


def read_catalog(connection: psycopg.Connection[Any], schema: Schema) -> Catalog:
    """Read every constraint and unique index that the server knows."""
    row = connection.execute("SELECT current_schema()").fetchone()
    found = [
        *connection.execute(_CONSTRAINTS).fetchall(),
        *connection.execute(_INDEXES).fetchall(),
    ]
    partitions = {tuple(each[:2]): tuple(each[2:]) for each in connection.execute(_PARTITIONS)}
    connection.rollback()
    default = row[0] if row else "public"
    return Catalog(schema, [_entry(row) for row in found], default, partitions)


def _entry(row: tuple[Any, ...]) -> CatalogEntry:
    return CatalogEntry(
        schema=row[0],
        table=row[1],
        name=row[2],
        kind=row[3],
        columns=tuple(row[4]),
        referred_schema=row[5],
        referred_table=row[6],
        referred_columns=tuple(row[7]),
        expression=row[8],
        definitions=tuple(row[9]),
    )
