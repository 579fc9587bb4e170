"""One column of each circle of required keys has a value of its own."""

from __future__ import annotations

import sqlalchemy as sa

from ormthesis.schema import load_models


def circular(*tables: tuple[str, str, str]) -> dict[str, set[str]]:
    """Tables `name` with columns `id` and `other`, of which one is a key to a column elsewhere."""
    metadata = sa.MetaData()
    for name, column, target in tables:
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("other", sa.Integer, nullable=False, unique=True),
            sa.ForeignKeyConstraint([column], [target], name=f"fk_{name}", use_alter=True),
        )
    schema = load_models(metadata).schema
    return {table.key: set(table.circular) for table in schema.tables if table.circular}


def test_rows_in_a_circle_that_share_no_column_have_values() -> None:
    assert circular(("a", "other", "b.id"), ("b", "other", "a.id")) == {}


def test_one_column_of_a_circle_has_its_own_value() -> None:
    assert circular(("a", "id", "b.id"), ("b", "id", "a.id")) == {"a": {"id"}}
    assert circular(("a", "id", "b.other"), ("b", "other", "c.id"), ("c", "id", "a.id")) == {
        "a": {"id"}
    }


def test_a_key_to_its_own_column_says_nothing_about_the_value() -> None:
    assert circular(("a", "id", "a.id")) == {"a": {"id"}}


def test_a_chain_that_ends_has_a_value_at_its_end() -> None:
    assert circular(("a", "id", "b.id"), ("b", "id", "c.other"), ("c", "id", "a.id")) == {}
