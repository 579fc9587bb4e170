"""What classes refuse is not drawn for objects, and is said; the database is tested with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ormthesis import from_model, load
from ormthesis.engine.notes import declaration_notes
from ormthesis.generation.narrowing import Narrowing
from tests.tester.mapped import assorted
from tests.tester.refusing import heroes, users
from tests.tester.test_mapped_attributes import results_of
from tests.tester.worlds import make_target, search, sweep, units
from tests.unit.api.draws import draws, values

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.run import Database

USERS, HEROES = users(), heroes()
USER, HERO = USERS.kept[0], HEROES.kept[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("base", [USERS, HEROES], ids=["users", "heroes"])
def test_no_false_alarm_and_all_proved(base: object, tester_database: Database) -> None:
    target = make_target(tester_database, base)
    failures, unproved = results_of(target)
    assert failures == []
    assert unproved == set()


def test_objects_hold_what_their_classes_accept() -> None:
    for graph in draws(from_model(USER), 40):
        (row,) = (draft.values for draft in graph.of_table("users"))
        assert "@" in row["email"]
        assert row["code"] == row["code"].upper()
        assert row["nick"] is None or len(row["nick"].strip()) >= 3
        assert 5 < row["age"] <= 150
        assert row["low"] <= row["high"]
        assert row["currency"] == row["currency"].upper()


def test_properties_get_them_too() -> None:
    for graph in draws(load(HEROES).graphs(HERO, rows=(2, 2)), 20):
        for draft in graph.of_table("heroes"):
            assert 3 < draft.values["age"] < 200
            assert 2 <= len(draft.values["name"]) <= 5
            assert "@" in draft.values["address"]
            assert isinstance(draft.values["extra"], dict)


def test_they_still_vary() -> None:
    assert len(set(values(from_model(USER), "users", "age"))) > 3
    assert len(set(values(from_model(HERO), "heroes", "name"))) > 3


def test_unique_values_stay_unique() -> None:
    for graph in draws(load(USERS).graphs(USER, rows=(3, 3)), 20):
        emails = [draft.values["email"] for draft in graph.of_table("users")]
        assert len(set(emails)) == 3


def test_what_is_asked_for_stays() -> None:
    assert set(values(from_model(USER, email="me"), "users", "email")) == {"me"}


def test_rows_are_written_with_all_values(tester_database: Database) -> None:
    """A CHECK that says what the validator says is news for the database's side alone."""
    target = make_target(tester_database, USERS)
    with target.world("ALTER TABLE users ADD CONSTRAINT mortal CHECK (age <= 150)") as world:
        failures = sweep(world, units(target, "users", "accepted", "round-trip"))
    assert {failure.invariant for failure in failures} == {"accepted"}


def test_without_it_the_composite_is_reported(tester_database: Database) -> None:
    target = make_target(tester_database, USERS)
    (unit,) = units(target, "users", "round-trip")
    with target.world() as world:
        assert not search(world, unit).found
        context = world.context
        none = Narrowing(schema=context.schema, book=context.book)
        blind = replace(world, context=replace(context, narrowing=none))
        assert search(blind, unit, max_examples=20).found


def noted(base: Any, database: Database) -> dict[str, str]:
    notes = declaration_notes(make_target(database, base).context)
    return {note.partition(": ")[0]: note for note in notes}


def test_each_attribute_is_named_with_an_example(tester_database: Database) -> None:
    found = noted(USERS, tester_database)
    assert found.keys() == {"User.email", "User.nick", "User.age", "User.span"}
    assert "its validator refuses values that the column allows, such as ''" in found["User.email"]
    assert "(ValueError: no address). Objects get values that it accepts." in found["User.email"]
    assert "its composite refuses values that the columns allow, such as (" in found["User.span"]
    found = noted(HEROES, tester_database)
    assert found.keys() == {"Hero.age", "Hero.name", "Hero.address", "Hero.extra"}
    assert "its field refuses" in found["Hero.age"]
    assert "(ValidationError: Input should be greater than 3)" in found["Hero.age"]


def test_nothing_to_say(headspace: Any) -> None:
    assert declaration_notes(headspace.context) == ()
    assert headspace.context.narrowing.narrow == {}


def test_listeners_are_named(tester_database: Database) -> None:
    notes = declaration_notes(make_target(tester_database, assorted()).context)
    assert any(note.startswith("Listeners run when objects are flushed, of ") for note in notes)
    (note,) = (note for note in notes if note.startswith("Listeners"))
    assert "Basket, Item." in note
    assert "rows that they add are left out" in note
