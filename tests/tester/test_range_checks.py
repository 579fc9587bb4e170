"""CHECKs about ranges: tested both ways, and missed where they are gone or a step beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.oracle.outcome import Rejected
from tests.tester.worlds import make_target, search, units

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

CHANGES = {
    "ends": ("NOT isempty(nights)", "NOT upper_inf(nights)"),
    "length": ("upper(nights) - lower(nights) <= 29", "upper(nights) - lower(nights) < 28"),
    "breakfast": (
        "lower(nights) <= breakfast AND breakfast <= upper(nights)",
        "lower(nights) < breakfast AND breakfast < upper(nights)",
    ),
    "closed": (
        "NOT nights && '[2024-02-02,2024-03-01)'",
        "NOT nights && '[2024-02-01,2024-03-02)'",
    ),
    "floors": ("floors <@ int4range(0, 12, '[]')", "floors <@ int4range(1, 12)"),
    "cleaning": ("NOT upper_inc(cleaning)", "lower_inc(cleaning)"),
}


@pytest.fixture(scope="module")
def hotel(tester_database: Database) -> Target:
    from tests.tester.hotel import Base

    return make_target(tester_database, Base)


def test_declared_rules_are_proved_both_ways(hotel: Target) -> None:
    (unit,) = units(hotel, "stays", "check")
    with hotel.world() as world:
        found = search(world, unit)
    assert not found.found
    assert found.total.rejected_graphs == 0
    assert not unit.reasons
    proved = {k for k, seen in found.total.evidence.items() if seen.accepted and seen.refused}
    assert proved == {f"stays.check({name})" for name in CHANGES}


@pytest.mark.parametrize(
    ("name", "changed"), [(n, sql) for n, found in CHANGES.items() for sql in ("true", *found)]
)
def test_a_changed_rule_is_reported_by_name(hotel: Target, name: str, changed: str) -> None:
    (unit,) = units(hotel, "stays", "check")
    change = f"DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({changed})"
    with hotel.world(f"ALTER TABLE stays {change}") as world:
        failures = [failure for failure, _ in search(world, unit).found.values()]
    named = {failure.subject for failure in failures} | {
        f"stays.check({failure.outcome.rejection.constraint})"
        for failure in failures
        if isinstance(failure.outcome, Rejected)
    }
    assert f"stays.check({name})" in named
