"""CHECKs that no domain says, and opaque ones: tested both ways, and missed where they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.oracle.outcome import Rejected
from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

CHANGES = {
    "total": (
        "DROP CONSTRAINT total",
        "DROP CONSTRAINT total, ADD CONSTRAINT total CHECK (debit + credit < 100)",
        "DROP CONSTRAINT total, ADD CONSTRAINT total CHECK (debit + credit <= 101)",
        "DROP CONSTRAINT total, ADD CONSTRAINT total CHECK (debit + credit <> 101)",
    ),
    "most": ("DROP CONSTRAINT most, ADD CONSTRAINT most CHECK (credit < 90)",),
    "fives": (
        "DROP CONSTRAINT fives",
        "DROP CONSTRAINT fives, ADD CONSTRAINT fives CHECK (mod(debit, 10) = 0)",
    ),
    "code": (
        "DROP CONSTRAINT code",
        "DROP CONSTRAINT code, ADD CONSTRAINT code CHECK (code ~ '^[a-z]' AND length(code) > 4)",
    ),
    "weekday": (
        "DROP CONSTRAINT weekday",
        "DROP CONSTRAINT weekday, ADD CONSTRAINT weekday CHECK (extract(dow FROM day) <> 0)",
    ),
    "tags": ("DROP CONSTRAINT tags, ADD CONSTRAINT tags CHECK (cardinality(tags) <= 4)",),
    "doc": ("DROP CONSTRAINT doc, ADD CONSTRAINT doc CHECK ((doc ->> 'n')::int >= 0)",),
    "address": (
        "DROP CONSTRAINT address",
        "DROP CONSTRAINT address, ADD CONSTRAINT address CHECK (NOT is_address(owner))",
    ),
}


@pytest.fixture(scope="module")
def ledger(tester_database: Database) -> Target:
    from tests.tester.ledger import Base

    return make_target(tester_database, Base)


def test_declared_rules_are_proved_both_ways(ledger: Target) -> None:
    (unit,) = units(ledger, "entries", "check")
    with ledger.world() as world:
        found = search(world, unit)
    assert not found.found
    assert found.total.rejected_graphs == 0
    proved = {k for k, seen in found.total.evidence.items() if seen.accepted and seen.refused}
    assert proved == {f"entries.check({name})" for name in CHANGES}
    assert dict(unit.reasons) == {
        "entries.check(needless)": "implied by entries.check(most): no row breaks it alone"
    }
    assert unit.implied == {"entries.check(needless)"}


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name, found in CHANGES.items() for change in found]
)
def test_a_changed_rule_is_reported_by_name(ledger: Target, name: str, change: str) -> None:
    (unit,) = units(ledger, "entries", "check")
    with ledger.world(
        "ALTER TABLE entries DROP CONSTRAINT needless", f"ALTER TABLE entries {change}"
    ) as world:
        failures = [failure for failure, _ in search(world, unit).found.values()]
    assert f"entries.check({name})" in {text for each in failures for text in _named(each)}


def _named(failure: Failure) -> set[str]:
    """What a failure is about, and the rule that refused valid rows, if any."""
    found = {failure.subject}
    if isinstance(failure.outcome, Rejected):
        found.add(f"entries.check({failure.outcome.rejection.constraint})")
    return found
