"""Rows that must not overlap, where neither NULL nor an empty range keeps them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE, TSTZRANGE, ExcludeConstraint

from ormthesis.oracle.outcome import Rejected
from tests.tester.weakening import replaced
from tests.tester.worlds import make_target, passes, search, sweep, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

CHECKS = ("accepted", "primary-key", "foreign-key", "exclusion", "check")
METADATA = sa.MetaData()
sa.Table("rooms", METADATA, sa.Column("id", sa.Integer, primary_key=True))


def table(name: str, check: str, *parts: Any, **options: Any) -> None:
    """One with a key of its own and an exclusion constraint."""
    *columns, elements = parts
    code = sa.Column("code", sa.String(8), primary_key=True)
    rules = (
        sa.CheckConstraint(check),
        ExcludeConstraint(*elements, name=f"{name}_apart", **options),
    )
    sa.Table(name, METADATA, code, *columns, *rules)


def room() -> sa.Column[Any]:
    return sa.Column("room_id", sa.ForeignKey("rooms.id"), nullable=False)


SPAN, DURING = ("span", "&&"), ("during", "&&")
table("alone", "NOT isempty(span)", sa.Column("span", TSTZRANGE, nullable=False), [SPAN])
table(
    "bounded",
    "NOT isempty(span) AND span <@ int4range(10, 100)",
    sa.Column("span", INT4RANGE, nullable=False),
    [SPAN],
)
table(
    "bookings",
    "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)",
    room(),
    sa.Column("during", TSTZRANGE, nullable=False),
    [("room_id", "="), DURING],
    deferrable=True,
    initially="DEFERRED",
)
table(
    "stays",
    "upper(during) - lower(during) BETWEEN 2 AND 28",
    room(),
    sa.Column("during", DATERANGE, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    [("room_id", "="), DURING],
    where=sa.text("NOT cancelled"),
)
table("maybe", "NOT isempty(span)", sa.Column("span", INT4RANGE), [SPAN])
table(
    "shifts",
    "starts < ends",
    room(),
    sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
    [("room_id", "="), (sa.text("tstzrange(starts, ends)"), "&&")],
)
TABLES = ("alone", "bounded", "bookings", "stays", "maybe", "shifts")
ROOM = "room_id WITH ="
CHANGES = {
    "alone": ("(span WITH =)",),
    "bounded": ("(int4range(lower(span), upper(span) + 1) WITH &&)",),
    "bookings": (
        f"({ROOM}, tstzrange(lower(during), upper(during), '[]') WITH &&)",
        f"({ROOM}, during WITH =)",
        "(during WITH &&)",
    ),
    "stays": (
        f"({ROOM}, during WITH &&)",
        f"(code WITH =, {ROOM}, during WITH &&) WHERE (NOT cancelled)",
    ),
    "maybe": ("(int4range(lower(span), upper(span) - 1) WITH &&)",),
    "shifts": (f"({ROOM}, tstzrange(starts, ends, '[]') WITH &&)",),
}


@pytest.fixture(scope="module")
def target(tester_database: Database) -> Target:
    return make_target(tester_database, METADATA)


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_is_proved_both_ways(target: Target, name: str) -> None:
    with target.world() as world:
        for unit in units(target, name, *CHECKS):
            found = search(world, unit, max_examples=15)
            assert found.found == {}
            assert not found.total.rejected_graphs
            assert not unit.reasons
            for subject in unit.subjects if unit.invariant.id != "accepted" else ():
                seen = found.total.evidence[subject]
                assert seen.accepted, subject
                assert seen.refused, subject


@pytest.mark.parametrize("name", TABLES)
def test_a_key_that_is_gone_is_reported(target: Target, name: str) -> None:
    """Rows with the same key lie apart, so that nothing else refuses them."""
    with target.world(f"ALTER TABLE {name} DROP CONSTRAINT {name}_pkey") as world:
        failures = sweep(world, units(target, name, "primary-key", "exclusion"))
    assert {failure.subject for failure in failures} == {f"{name}.primary_key(code)"}
    with target.world() as world:
        assert passes(world, failures)


@pytest.mark.parametrize(
    ("name", "definition"), [(n, d) for n, found in CHANGES.items() for d in (None, *found)]
)
def test_a_changed_exclusion_is_reported(target: Target, name: str, definition: str | None) -> None:
    """Dropped; or one that takes other ranges, touching ones among them, for conflicts."""
    dropped, added = replaced(name, f"{name}_apart", f"EXCLUDE USING gist {definition}")
    with target.world(dropped, *([added] if definition else [])) as world:
        failures = sweep(world, units(target, name, "exclusion"))
    named = {failure.subject for failure in failures} | {
        f"{name}.exclude({failure.outcome.rejection.constraint})"
        for failure in failures
        if isinstance(failure.outcome, Rejected)
    }
    assert f"{name}.exclude({name}_apart)" in named
    with target.world() as world:
        assert passes(world, failures)
