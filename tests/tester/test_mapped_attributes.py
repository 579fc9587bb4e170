"""All checks over attributes of every kind: nothing is reported that is sound, everything is
proved, and what breaks is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.config.settings import Config
from ormthesis.engine.company import companies
from ormthesis.engine.conclude import constraint_results
from ormthesis.engine.plan import plan
from ormthesis.engine.results import ConstraintVerdict
from ormthesis.engine.unit import run_together
from tests.tester.mapped_attributes import Flat, Half, Turned, staff, travels
from tests.tester.test_mappings import rewriting
from tests.tester.worlds import SEED, make_target, search, sweep, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

FEW = Config(target="", max_examples=3)


def results_of(target: Target) -> tuple[list[Failure], set[str]]:
    """The failures of all checks on the schema as declared, and the rules that are not proved."""
    with target.world() as world:
        results = [
            result
            for company in companies(plan(target.context, FEW))
            for result in run_together(world, company, FEW, seed=SEED)
        ]
    failures = [failure for result in results for failure in result.failures]
    rules = list(constraint_results(target.context, results, failures))
    assert len(rules) == len(target.context.schema.constraints)
    return failures, {rule.id for rule in rules if rule.verdict is not ConstraintVerdict.PROVED}


@pytest.mark.parametrize("models", [travels, staff])
def test_all_checks(models: Callable[[], object], tester_database: Database) -> None:
    failures, unproved = results_of(make_target(tester_database, models()))
    assert failures == []
    assert unproved == set()


def found(database: Database, base: object, table: str, *ddl: str) -> set[tuple[str, str, str]]:
    """What the checks of one table report that go through the ORM."""
    target = make_target(database, base)
    with target.world(*ddl) as world:
        failures = sweep(world, units(target, table, "round-trip", "relationships", "defaults"))
    return {
        (failure.invariant, failure.subject, str(difference.column))
        for failure in failures
        for difference in failure.mismatch.differences
    }


@pytest.mark.parametrize("point", [Flat, Turned, Half])
def test_a_composite_that_is_not_its_columns(tester_database: Database, point: type) -> None:
    seen = found(tester_database, travels(point), "places")
    assert {("round-trip", "Place", "y1"), ("round-trip", "Place", "y2")} & seen
    assert {(check, subject) for check, subject, _ in seen} == {("round-trip", "Place")}


@pytest.mark.parametrize(
    ("models", "table", "change", "seen"),
    [
        (travels, "tags", "NEW.body := 'x'", ("round-trip", "Tag", "body")),
        (travels, "guests", "NEW.nick := 'y'", ("defaults", "guests.nick", "nick")),
        (travels, "places", "NEW.edits := 2", ("defaults", "places.edits", "edits")),
        (staff, "people", "NEW.level := 4", ("defaults", "people.level", "level")),
        (staff, "people", "NEW.started := NULL", ("round-trip", "Manager", "started")),
        (staff, "covers", "NEW.note := 'x'", ("round-trip", "Cover", "note")),
    ],
)
def test_a_value_that_is_rewritten(
    tester_database: Database,
    models: Callable[[], object],
    table: str,
    change: str,
    seen: tuple[str, str, str],
) -> None:
    reported = found(tester_database, models(), table, *rewriting(table, change))
    assert seen in reported


def test_objects_beside_those_of_a_wrong_class(tester_database: Database) -> None:
    """Each tag needs a place, and none of these comes back as it was written."""
    target = make_target(tester_database, travels())
    with target.world(*rewriting("places", "NEW.y1 := 0.5")) as world:
        tags, places = (
            search(world, unit)
            for table in ("tags", "places")
            for unit in units(target, table, "round-trip")
        )
    assert places.found
    assert not tags.found
    assert tags.total.evidence["Tag"].accepted


def test_a_row_that_view_only_relationships_lose(tester_database: Database) -> None:
    ddl = (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON visits FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    seen = found(tester_database, travels(), "places", *ddl)
    assert {("relationships", f"Place.{name}") for name in ("guests", "visits")} <= {
        pair[:2] for pair in seen
    }
