"""Every rule of every table is enforced, by name, and would be missed if it were not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import CheckConstraint, Enum, ForeignKeyConstraint, String, inspect, text

from ormthesis.demo.headspace import Base
from tests.integration.factories import ALL_FACTORIES, options_of, traits_of
from tests.integration.probes import Refusal, refusal_of_sql, weakened
from tests.integration.rules import CHECK_LIMITS, CHECK_VIOLATIONS, NO_SUCH_KEY, Rule, all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

RULES = all_rules()
TABLES = Base.metadata.sorted_tables
FACTORIES = {options_of(factory).model.__tablename__: factory for factory in ALL_FACTORIES}
CHECKS = {
    str(constraint.name): table.name
    for table in TABLES
    for constraint in table.constraints
    if isinstance(constraint, CheckConstraint)
}
FOREIGN_KEYS = [
    key
    for table in TABLES
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
]


def full_row(table: str) -> int:
    """The key of a new row in which no column is NULL."""
    factory = FACTORIES[table]
    return factory(**dict.fromkeys(traits_of(factory), True)).id


def update(session: Session, table: str, row: int, assignments: str) -> Refusal | None:
    return refusal_of_sql(session, f"UPDATE {table} SET {assignments} WHERE id = {row}")


def accepted_assignments() -> Iterator[tuple[str, str]]:
    """(table, assignments) just within each limit: CHECKs, labels, lengths."""
    for check, limits in CHECK_LIMITS.items():
        yield from ((CHECKS[check], assignments) for assignments in limits)
    for table in TABLES:
        for column in table.columns:
            match column.type:
                case Enum(enums=labels):
                    yield from ((table.name, f"{column.name} = '{label}'") for label in labels)
                case String(length=int(length)):
                    yield table.name, f"{column.name} = '{'x' * length}'"


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_rule_is_enforced(session: Session, rule: Rule) -> None:
    """The database refuses by this rule, and accepts the same statement without the rule."""
    other, row = full_row(rule.table), full_row(rule.table)
    assignments = rule.assignments.replace(":other", str(other))

    refusal = update(session, rule.table, row, assignments)

    assert refusal is not None
    assert refusal.sqlstate == rule.sqlstate
    if rule.constraint is not None:
        assert (refusal.table, refusal.constraint) == (rule.table, rule.constraint)
    if rule.column is not None:
        assert (refusal.table, refusal.column) == (rule.table, rule.column)
    with weakened(session, *rule.weaken):
        assert update(session, rule.table, row, assignments) is None


@pytest.mark.parametrize(("table", "assignments"), list(accepted_assignments()))
def test_limit_is_accepted(session: Session, table: str, assignments: str) -> None:
    assert update(session, table, full_row(table), assignments) is None


@pytest.mark.parametrize("key", FOREIGN_KEYS, ids=lambda key: str(key.name))
def test_delete_action(session: Session, key: ForeignKeyConstraint) -> None:
    """Deleting the parent removes the child, or only empties its key, as the key declares."""
    table, column, parents = key.parent.name, key.column_keys[0], key.referred_table.name
    # Only this key of a nullable one is set, since PostgreSQL judges rows that were inserted in
    # the deleting transaction more strictly than committed ones (see test_known_bug.py).
    factory = FACTORIES[table]
    fills = [name for name in traits_of(factory) if name == f"with_{column.removesuffix('_id')}"]
    fills += ["with_answer"] if column == "answered_by_turn_id" else []
    child = factory(**dict.fromkeys(fills, True))
    row, parent = child.id, getattr(child, column)
    session.expunge_all()

    def child_after_delete() -> tuple[int | None, ...] | None:
        savepoint = session.begin_nested()
        session.execute(text(f"DELETE FROM {parents} WHERE id = {parent}"))
        found = session.execute(text(f"SELECT {column} FROM {table} WHERE id = {row}")).first()
        savepoint.rollback()
        return None if found is None else tuple(found)

    assert parent is not None
    assert child_after_delete() == {"CASCADE": None, "SET NULL": (None,)}[str(key.ondelete)]
    with weakened(session, f"ALTER TABLE {table} DROP CONSTRAINT {key.name}"):
        assert child_after_delete() == (parent,)


def test_all_rules_are_covered(session: Session) -> None:
    """The rules known here are the ones in the database's catalog, no fewer."""
    in_catalog = set(
        session.scalars(
            text(
                "SELECT conname FROM pg_constraint WHERE contype <> 'n'"
                " AND connamespace = 'public'::regnamespace"
                " UNION SELECT indexrelid::regclass::text FROM pg_index"
                " WHERE indisunique AND indrelid::regclass::text = ANY(:tables)"
            ),
            {"tables": [table.name for table in TABLES]},
        )
    )
    columns_not_null = {
        str(column) for table in TABLES for column in table.columns if not column.nullable
    }

    assert {rule.constraint for rule in RULES if rule.constraint} == in_catalog
    assert {rule.target for rule in RULES if rule.kind == "not-null"} == columns_not_null
    assert set(CHECK_LIMITS) == set(CHECK_VIOLATIONS) == set(CHECKS)


def test_every_index_exists(session: Session) -> None:
    """Each index is in the database with its columns, uniqueness and nothing more."""
    inspector = inspect(session.connection())
    for table in TABLES:
        declared = {
            (index.name, tuple(column.name for column in index.columns), bool(index.unique))
            for index in table.indexes
        }
        found = {
            (index["name"], tuple(index["column_names"]), index["unique"])
            for index in inspector.get_indexes(table.name)
            if "duplicates_constraint" not in index
        }
        assert found == declared


def test_no_row_has_the_missing_key(session: Session) -> None:
    """The key by which foreign keys are broken belongs to no row."""
    for table in TABLES:
        assert (
            session.execute(text(f"SELECT 1 FROM {table.name} WHERE id = {NO_SUCH_KEY}")).first()
            is None
        )
