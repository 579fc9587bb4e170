"""Every declared rule of a table, with an id that people can read and that stays the same."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from ormthesis.core.errors import SchemaError
from ormthesis.schema import load_models
from ormthesis.schema.constraints import (
    Check,
    Enumeration,
    Exclusion,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    ReferentialAction,
    Unique,
)
from ormthesis.schema.model import Default, DefaultKind, Table


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


def read(*items: Any, name: str = "t", others: tuple[sa.Table, ...] = ()) -> Table:
    """One table of these columns and constraints, with an `id`."""
    metadata = sa.MetaData()
    for other in others:
        other.to_metadata(metadata)
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *items)
    return load_models(metadata).schema.by_key[name]


def ids(table: Table, kind: type) -> list[str]:
    return [rule.id for rule in table.constraints_of(kind)]


PARENTS = sa.Table("parents", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))


def test_keys_and_nulls() -> None:
    table = read(sa.Column("a", sa.Integer, nullable=False), sa.Column("b", sa.Integer))
    assert ids(table, PrimaryKey) == ["t.primary_key(id)"]
    assert ids(table, NotNull) == ["t.id.not_null", "t.a.not_null"]
    assert table.by_name["id"].surrogate
    assert table.primary_key == ("id",)


def test_unique_constraint_and_index() -> None:
    table = read(
        sa.Column("a", sa.Integer, unique=True),
        sa.Column("b", sa.Text),
        sa.UniqueConstraint("a", "b", postgresql_nulls_not_distinct=True),
        sa.Index("ix", "b", unique=True, postgresql_where=sa.text("a > 0")),
        sa.Index("lower_b", sa.func.lower(sa.column("b")), unique=True),
        sa.Index("plain", "a"),
    )
    rules = {rule.id: rule for rule in table.constraints_of(Unique)}
    assert rules.keys() == {
        "t.unique(a)",
        "t.unique(a,b)",
        "t.unique(b) where a > 0",
        "t.unique(lower(b))",
    }
    assert not rules["t.unique(a,b)"].nulls_distinct
    assert rules["t.unique(b) where a > 0"].predicate == "a > 0"
    assert rules["t.unique(lower(b))"].expressions == ("lower(b)",)
    assert rules["t.unique(a)"].nulls_distinct


def test_foreign_keys() -> None:
    table = read(
        sa.Column("one", sa.ForeignKey("parents.id", ondelete="set null", name="fk")),
        sa.Column(
            "two",
            sa.ForeignKey("t.id", ondelete="CASCADE", onupdate="RESTRICT"),
            nullable=False,
        ),
        sa.Column("three", sa.ForeignKey("parents.id", deferrable=True, initially="deferred")),
        others=(PARENTS,),
    )
    one, two, three = table.foreign_keys
    assert (one.id, one.name, one.on_delete) == (
        "t.one->parents",
        "fk",
        ReferentialAction.SET_NULL,
    )
    assert (two.on_delete, two.on_update, two.is_self_reference) == (
        ReferentialAction.CASCADE,
        ReferentialAction.RESTRICT,
        True,
    )
    assert (three.deferrable, three.initially_deferred) == (True, True)
    assert three.on_delete is ReferentialAction.NO_ACTION
    assert [table.is_required(key) for key in table.foreign_keys] == [False, True, False]


def test_foreign_key_of_two_columns() -> None:
    places = sa.Table(
        "places",
        sa.MetaData(),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("seat", sa.Integer, primary_key=True),
    )
    table = read(
        sa.Column("r", sa.Integer),
        sa.Column("s", sa.Integer),
        sa.ForeignKeyConstraint(["r", "s"], ["places.row", "places.seat"]),
        others=(places,),
    )
    (key,) = table.foreign_keys
    assert key.id == "t.(r,s)->places"
    assert (key.columns, key.referred_columns) == (("r", "s"), ("row", "seat"))


def test_foreign_key_to_nowhere() -> None:
    with pytest.raises(SchemaError, match="'t' has a foreign key that cannot be resolved"):
        read(sa.Column("x", sa.ForeignKey("nowhere.id")))


def test_checks_know_their_columns() -> None:
    table = read(
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Text),
        sa.CheckConstraint("a > 0", name="positive"),
        sa.CheckConstraint("b <> 'a'"),
        sa.CheckConstraint(sa.column("a") < sa.literal(9)),
    )
    rules = {rule.id: rule for rule in table.constraints_of(Check)}
    assert rules.keys() == {"t.check(positive)", "t.check(b <> 'a')", "t.check(a < 9)"}
    assert rules["t.check(b <> 'a')"].columns == ("b",)
    assert rules["t.check(a < 9)"].columns == ("a",)


def test_naming_convention_gives_the_name() -> None:
    metadata = sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
    sa.Table(
        "t", metadata, sa.Column("a", sa.Integer), sa.CheckConstraint("a > 0", name="positive")
    )
    (rule,) = load_models(metadata).schema.by_key["t"].constraints_of(Check)
    assert (rule.id, rule.name) == ("t.check(ck_t_positive)", "ck_t_positive")


def test_exclusion_is_listed() -> None:
    table = read(sa.Column("a", sa.Integer), ExcludeConstraint(("a", "="), name="one"))
    assert ids(table, Exclusion) == ["t.exclude(one)"]


def test_rules_of_types() -> None:
    table = read(
        sa.Column("short", sa.String(8)),
        sa.Column("small", sa.SmallInteger),
        sa.Column("money", sa.Numeric(5, 2)),
        sa.Column("free", sa.Numeric),
        sa.Column("mood", sa.Enum(Mood, name="mood")),
        sa.Column("word", sa.Enum("a", "b", name="word", native_enum=False)),
        sa.Column(
            "kept", sa.Enum("a", "b", name="kept", native_enum=False, create_constraint=True)
        ),
    )
    assert ids(table, Length) == ["t.short.length(8)"]
    ranges = {rule.id: rule for rule in table.constraints_of(Range)}
    assert ranges.keys() == {
        "t.id.range(integer)",
        "t.small.range(smallint)",
        "t.money.range(numeric(5, 2))",
    }
    money = ranges["t.money.range(numeric(5, 2))"]
    assert (money.minimum, money.maximum, money.step) == (
        Decimal("-999.99"),
        Decimal("999.99"),
        Decimal("0.01"),
    )
    # Without a CHECK a label kept in a VARCHAR is kept by nothing.
    assert ids(table, Enumeration) == ["t.mood.enum(mood)", "t.kept.enum(kept)"]


def test_columns_of_keys_have_no_type_rules() -> None:
    """Their values are those of the rows that they refer to."""
    table = read(sa.Column("parent_id", sa.ForeignKey("parents.id")), others=(PARENTS,))
    assert ids(table, Range) == ["t.id.range(integer)"]


@pytest.mark.parametrize(
    ("column", "default", "server_default"),
    [
        ({"default": 3}, Default(kind=DefaultKind.SCALAR, value=3), None),
        ({"default": lambda: 3}, Default(kind=DefaultKind.CALLABLE), None),
        ({"default": sa.text("1 + 1")}, Default(kind=DefaultKind.SQL, sql="1 + 1"), None),
        ({"server_default": "3"}, None, Default(kind=DefaultKind.SERVER, sql="'3'")),
        ({"server_default": sa.text("3")}, None, Default(kind=DefaultKind.SERVER, sql="3")),
        ({}, None, None),
    ],
)
def test_defaults(
    column: dict[str, Any], default: Default | None, server_default: Default | None
) -> None:
    found = read(sa.Column("a", sa.Integer, **column)).by_name["a"]
    assert (found.default, found.server_default) == (default, server_default)


def test_computed_and_numbered_columns() -> None:
    table = read(
        sa.Column("a", sa.Integer, sa.Computed("1 + 1")),
        sa.Column("b", sa.Integer, sa.Identity()),
        sa.Column("c", JSONB, info={"json_schema": {"type": "object"}}),
    )
    assert table.by_name["a"].computed
    assert table.by_name["b"].numbered, "the table has another key"
    assert table.by_name["c"].json_schema == {"type": "object"}


def test_rule_declared_twice_is_one() -> None:
    table = read(sa.Column("a", sa.Integer, unique=True), sa.Index("again", "a", unique=True))
    assert ids(table, Unique) == ["t.unique(a)"]


def test_foreign_key_kind_is_not_lost() -> None:
    table = read(sa.Column("p", sa.ForeignKey("parents.id")), others=(PARENTS,))
    assert all(isinstance(key, ForeignKey) for key in table.foreign_keys)
