"""Rules that can be neither read nor sampled: said to be so, with no false alarm beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ormthesis.engine.unit import finished
from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

UNREAD = "function is_even"
METADATA = sa.MetaData()
sa.event.listen(
    METADATA,
    "before_create",
    sa.DDL(
        "CREATE OR REPLACE FUNCTION is_even(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS "
        "$$ SELECT mod($1, 2) = 0 $$; "
        "CREATE OR REPLACE FUNCTION is_tidy(anyelement) RETURNS boolean LANGUAGE plpgsql STABLE AS "
        "$$ BEGIN RETURN mod($1.number, 2) = 0 AND $1.name <> ''; END $$"
    ),
)


def table(name: str, *parts: Any) -> None:
    number = sa.Column("number", sa.Integer, nullable=False)
    sa.Table(name, METADATA, sa.Column("id", sa.Integer, primary_key=True), number, *parts)


table("parents", sa.Column("code", sa.Text, unique=True, nullable=False))
table(
    "children",
    sa.Column("parent", sa.ForeignKey("parents.code"), nullable=False),
    sa.CheckConstraint("is_even(length(parent) + number)", name="even"),
)
table(
    "triples",
    sa.Column("triple", sa.Integer, sa.Computed("number * 3", persisted=True)),
    sa.CheckConstraint("is_even(triple)", name="even"),
)
table(
    "partial",
    sa.Index("uq_partial", "number", unique=True, postgresql_where=sa.text("is_even(number)")),
)
table("derived", sa.Index("uq_derived", sa.text("is_even(number + 1)"), "number", unique=True))
REASONS = {
    "children": ("check", f"it cannot be read: {UNREAD}"),
    "triples": ("check", f"it cannot be read: {UNREAD}"),
    "partial": ("unique", f"its WHERE cannot be read: {UNREAD}"),
    "derived": ("unique", f"its expression cannot be read: {UNREAD}"),
}


# The database gives the numbers that these read: they are known before the rows are drawn.
KNOWN = {
    "summed": "is_even(id + number)",
    "counted": "is_even(id)",
    "joined": "is_even(parent_id + number)",
    "referring": "is_even(parent_id)",
    "whole": "is_tidy(whole)",
    "all_of": "is_tidy(all_of.*)",
    "larger": "number > id * 2",
}
for name, sql in KNOWN.items():
    parent = sa.Column("parent_id", sa.ForeignKey("parents.id"), nullable=False)
    text = sa.Column("name", sa.String(8), unique=True, nullable=False)
    table(name, text, parent, sa.CheckConstraint(sql, name=f"{name}_rule"))


@pytest.fixture(scope="module")
def target(tester_database: Database) -> Target:
    return make_target(tester_database, METADATA)


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_said_and_nothing_else_is_reported(target: Target, name: str) -> None:
    invariant, reason = REASONS[name]
    with target.world() as world:
        for unit in units(target, name, but=("delete-agreement", "relationships")):
            if unit.invariant.id == invariant:
                assert set(dict(unit.reasons).values()) == {reason}
            assert not search(world, unit).found, unit.id


@pytest.mark.parametrize("name", KNOWN)
def test_rules_of_numbers_and_of_whole_rows_are_proved(target: Target, name: str) -> None:
    """And so are all others of their tables."""
    with target.world() as world:
        for unit in units(target, name):
            found = search(world, unit, max_examples=15)
            assert found.found == {}, unit.id
            if unit.invariant.id in ("check", "primary-key", "unique", "foreign-key", "not-null"):
                assert not found.total.rejected_graphs
                for subject in unit.subjects:
                    assert found.total.evidence[subject].refused, subject


@pytest.mark.parametrize("name", KNOWN)
def test_a_rule_of_numbers_that_is_gone_is_reported(target: Target, name: str) -> None:
    (unit,) = units(target, name, "check")
    with target.world(f"ALTER TABLE {name} DROP CONSTRAINT {name}_rule") as world:
        found = {failure.subject for failure, _ in search(world, unit).found.values()}
    assert found == {f"{name}.check({name}_rule)"}


def test_the_rule_that_refused_all_rows_is_named(tester_database: Database) -> None:
    metadata = sa.MetaData()
    code = sa.Column("code", sa.Text, primary_key=True)
    sa.Table("parents", metadata, code)
    parent = sa.Column("parent", sa.ForeignKey("parents.code"), primary_key=True)
    never = sa.CheckConstraint("md5(parent) = ''", name="never")
    sa.Table("children", metadata, parent, never)
    target = make_target(tester_database, metadata)
    (unit,) = units(target, "children", "not-null")
    with target.world() as world:
        result = finished(unit, search(world, unit), (), 0.0)
    assert result.reason == (
        "children.check(never) refused what was drawn for it, as only the database could know"
    )


def test_rules_of_which_one_is_wider_are_told_apart(tester_database: Database) -> None:
    """Both are searched for; no row breaks the wider one alone."""
    metadata = sa.MetaData()
    sa.Table(
        "areas",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("width", sa.SmallInteger, nullable=False),
        sa.Column("height", sa.SmallInteger, nullable=False),
        sa.CheckConstraint("width * height::integer <= 100", name="small"),
        sa.CheckConstraint("width * height::integer <= 200", name="wide"),
    )
    target = make_target(tester_database, metadata)
    (unit,) = units(target, "areas", "check")
    assert dict(unit.reasons) == {
        "areas.check(wide)": "no row was found that breaks it and keeps the other rules"
    }
    with target.world() as world:
        found = search(world, unit)
        assert not found.found
        assert found.total.evidence["areas.check(small)"].refused
    with target.world("ALTER TABLE areas DROP CONSTRAINT small") as world:
        assert {f.subject for f, _ in search(world, unit).found.values()} == {"areas.check(small)"}
