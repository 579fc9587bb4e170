"""Rules that come with a type: each is proved, and each is missed by name where it is weakened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tester.databases import new_database
from tests.tester.typed import WEAKENINGS, Base
from tests.tester.worlds import make_target, search, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target

CHECKS = ("accepted", "not-null", "unique", "check", "enum", "length", "range", "round-trip")


@pytest.fixture(scope="module")
def target(run: Run) -> Iterator[Target]:
    with new_database(run, "typed") as database:
        yield make_target(database, Base)


def test_every_rule_of_a_type_is_proved_both_ways(target: Target) -> None:
    rules = {rule.id for rule in target.context.schema.by_key["typed"].constraints}
    assert set(WEAKENINGS) <= rules
    with target.world() as world:
        found = [search(world, unit) for unit in units(target, "typed", *CHECKS)]
    assert not [failure for one in found for failure in one.found]
    evidence = {rule: seen for one in found for rule, seen in one.total.evidence.items()}
    wanted = rules - {"typed.primary_key(id)"}
    assert not [rule for rule in wanted if not (evidence[rule].accepted and evidence[rule].refused)]


def test_columns_that_nobody_writes(target: Target) -> None:
    """Numbered or computed by the database; beside them a key whose DOMAIN has a CHECK."""
    checks = (*CHECKS, "primary-key", "foreign-key", "defaults", "delete-sql")
    chosen = [*units(target, "numbered", *checks), *units(target, "names", *checks)]
    reasons = {rule for unit in chosen for rule in unit.reasons}
    assert reasons == {"numbered.half.not_null", "numbered.half.range(integer)"}
    with target.world() as world:
        assert sweep(world, chosen) == []


@pytest.mark.parametrize("rule", WEAKENINGS)
def test_a_weakened_rule_is_named(target: Target, rule: str) -> None:
    declared = target.context.schema.constraints[rule]
    with target.world(*WEAKENINGS[rule].split(";")) as world:
        failures = sweep(world, units(target, "typed", declared.kind.value))
    assert rule in {failure.subject for failure in failures}
