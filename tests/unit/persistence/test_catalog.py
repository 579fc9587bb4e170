"""Names differ between databases; a rule is known by what it is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ormthesis.persistence.catalog import Catalog, read_catalog
from ormthesis.schema.constraints import Check, ForeignKey, PrimaryKey, Unique
from tests.tester.weakening import reindexed, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

NAMED = (PrimaryKey, Unique, ForeignKey, Check)
RENAMES = """
SELECT format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', conrelid::regclass, conname,
              'renamed ' || row_number() OVER ())
FROM pg_constraint WHERE contype IN ('p', 'u', 'f', 'c') AND connamespace = 'public'::regnamespace
UNION ALL
SELECT format('ALTER INDEX %s RENAME TO %I', indexrelid::regclass, 'index ' || indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace AND indisunique
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
NAMES = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype IN ('p', 'u', 'f', 'c') AND connamespace = 'public'::regnamespace
UNION ALL
SELECT indrelid::regclass::text, relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace AND indisunique
"""


@contextmanager
def connect(database: Database) -> Iterator[psycopg.Connection[Any]]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        yield connection


def resolved(store: Target, connection: psycopg.Connection[Any]) -> dict[tuple[str, str], str]:
    """(table, name in the database) to the declared rule, for every name that resolves."""
    catalog = read_catalog(connection, store.context.schema)
    names = connection.execute(NAMES).fetchall()
    found = {(table, name): catalog.rule("public", table, name) for table, name in names}
    return {place: rule for place, rule in found.items() if rule is not None}


def declared(store: Target) -> set[str]:
    return {
        rule.id
        for table in store.context.schema.tables
        for kind in NAMED
        for rule in table.constraints_of(kind)
    }


@pytest.mark.usefixtures("world")
def test_every_declared_rule_is_found(store: Target) -> None:
    with connect(store.database) as connection:
        assert set(resolved(store, connection).values()) == declared(store)


@pytest.mark.usefixtures("world")
def test_renamed_rules_are_found(store: Target) -> None:
    with connect(store.database) as connection:
        before = resolved(store, connection)
        for (statement,) in connection.execute(RENAMES).fetchall():
            connection.execute(statement)
        connection.commit()
        after = resolved(store, connection)
    assert before.keys().isdisjoint(after)
    assert set(after.values()) == set(before.values()) == declared(store)


CHANGES = [
    (
        "suppliers",
        "uq_suppliers_code",
        replaced("suppliers", "uq_suppliers_code", "UNIQUE (email)"),
    ),
    (
        "suppliers",
        "uq_suppliers_register",
        reindexed("uq_suppliers_register", "suppliers (register, country)"),
    ),
    (
        "suppliers",
        "uq_suppliers_email",
        reindexed("uq_suppliers_email", "suppliers (email) WHERE NOT active"),
    ),
    ("suppliers", "uq_suppliers_email", reindexed("uq_suppliers_email", "suppliers (email)")),
    (
        "products",
        "fk_products_supplier",
        replaced("products", "fk_products_supplier", "FOREIGN KEY (supplier_id) REFERENCES boxes"),
    ),
    (
        "products",
        "stock_range",
        replaced("products", "stock_range", "CHECK (stock BETWEEN 0 AND 11)"),
    ),
]


@pytest.mark.parametrize(("table", "name", "ddl"), CHANGES)
def test_another_rule_under_the_same_name_is_not(
    store: Target, table: str, name: str, ddl: tuple[str, ...]
) -> None:
    with store.world(*ddl), connect(store.database) as connection:
        assert read_catalog(connection, store.context.schema).rule("public", table, name) is None


@pytest.mark.parametrize(
    "condition",
    [
        "stock >= 0 AND stock <= 10",
        "10 >= stock AND 0 <= stock",
        "NOT (stock < 0 OR stock > 10)",
        "(stock)::integer BETWEEN (0) AND (10)",
        "CASE WHEN stock < 0 THEN false ELSE stock < 11 END",
        "stock > -1 AND stock <> 11 AND (stock <= 10 OR stock IS NULL)",
    ],
)
def test_check_in_other_words_is_the_same(store: Target, condition: str) -> None:
    ddl = replaced("products", "stock_range", f"CHECK ({condition})")
    with store.world(*ddl), connect(store.database) as connection:
        catalog = read_catalog(connection, store.context.schema)
        assert catalog.rule("public", "products", "stock_range") == "products.check(stock_range)"


@pytest.mark.parametrize("condition", ["active IS TRUE", "CASE WHEN active THEN true END"])
def test_index_in_other_words_is_the_same(store: Target, condition: str) -> None:
    ddl = reindexed("uq_suppliers_email", f"suppliers (email) WHERE {condition}")
    with store.world(*ddl), connect(store.database) as connection:
        rule = read_catalog(connection, store.context.schema).rule
        (wanted,) = [
            each.id
            for each in store.context.schema.by_key["suppliers"].constraints
            if each.name == "uq_suppliers_email"
        ]
        assert rule("public", "suppliers", "uq_suppliers_email") == wanted


def test_unknown_names_resolve_to_nothing(store: Target) -> None:
    catalog = Catalog(store.context.schema, [], "public")
    assert catalog.rule("public", "products", "stock_range") is None
    assert catalog.rule(None, None, None) is None
    assert catalog.table(None, "products") is store.context.schema.by_key["products"]
    assert catalog.table("elsewhere", "products") is None
