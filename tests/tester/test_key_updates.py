"""ON UPDATE actions that differ between models and database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.config.settings import Config
from ormthesis.engine.conclude import constraint_results
from ormthesis.engine.unit import run_unit
from tests.tester import places
from tests.tester.databases import new_database
from tests.tester.weakening import replaced
from tests.tester.worlds import make_target, passes, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.engine.world import World
    from ormthesis.persistence.provisioning.run import Run
    from tests.tester.worlds import Target

CITY = "FOREIGN KEY (country, city) REFERENCES cities (country, name) ON DELETE SET NULL (city)"
COUNTRY = "FOREIGN KEY ({}) REFERENCES countries ON UPDATE {}"

CHANGES = [
    ("cities", "fk_cities_country", COUNTRY.format("country", "NO ACTION"), "countries"),
    ("houses", "fk_houses_city", f"{CITY} ON UPDATE NO ACTION", "cities"),
    ("houses", "fk_houses_city", f"{CITY} ON UPDATE SET NULL", "cities"),
    ("houses", "fk_houses_built_in", COUNTRY.format("built_in", "CASCADE"), "countries"),
    ("houses", "fk_houses_built_in", COUNTRY.format("built_in", "NO ACTION"), "countries"),
    ("houses", "fk_houses_registered_in", COUNTRY.format("registered_in", "CASCADE"), "countries"),
    ("houses", "fk_houses_registered_in", COUNTRY.format("registered_in", "SET NULL"), "countries"),
]
IDS = {
    "fk_cities_country": "cities.country->countries",
    "fk_houses_city": "houses.(country,city)->cities",
    "fk_houses_built_in": "houses.built_in->countries",
    "fk_houses_registered_in": "houses.registered_in->countries",
}


@pytest.fixture(scope="module")
def target(run: Run) -> Iterator[Target]:
    with new_database(run, "places") as database:
        yield make_target(database, places.Base)


@pytest.fixture(scope="module")
def intact(run: Run) -> Iterator[World]:
    with (
        new_database(run, "places_intact") as database,
        make_target(database, places.Base).world() as world,
    ):
        yield world


@pytest.mark.parametrize(("table", "key", "definition", "parent"), CHANGES)
def test_changed_action_is_found(
    target: Target, intact: World, table: str, key: str, definition: str, parent: str
) -> None:
    """Each finding names the key that was changed, and no other."""
    with target.world(*replaced(table, key, definition)) as world:
        failures = sweep(world, units(target, parent, "update-key"))
    assert {(failure.invariant, failure.subject) for failure in failures} == {
        ("update-key", IDS[key])
    }
    assert passes(intact, failures)


def test_columns_of_set_null(target: Target, intact: World) -> None:
    """ON DELETE SET NULL may be about some of the key's columns."""
    whole = CITY.replace(" (city)", "").replace("(country, name)", "(country, name)")
    ddl = replaced("houses", "fk_houses_city", whole.replace("NULL", "NULL (country, city)"))
    with target.world(*ddl) as world:
        failures = sweep(world, units(target, "cities", "delete-sql"))
    assert {failure.subject for failure in failures} == {"cities"}
    assert passes(intact, failures)


@pytest.mark.parametrize("table", ["countries", "cities", "houses"])
def test_intact_schema_passes(target: Target, intact: World, table: str) -> None:
    assert sweep(intact, units(target, table, "update-key", "delete-sql", "delete-orm")) == []


def test_keys_that_nobody_can_change_are_named(target: Target, intact: World) -> None:
    (unit,) = units(target, "houses", "update-key")
    result = run_unit(intact, unit, Config(target=""), seed=1)
    assert result.reason == "houses.id: GENERATED ALWAYS, so that no UPDATE changes it"


def test_it_is_no_proof_of_the_key(target: Target, intact: World) -> None:
    """What an update of the parent does says nothing of references to rows that are not there."""
    (unit,) = units(target, "countries", "update-key")
    result = run_unit(intact, unit, Config(target=""), seed=1)
    assert result.evidence["cities.country->countries"].accepted
    seen = constraint_results(target.context, [result], [])
    assert not any(found.accepted for found in seen)
