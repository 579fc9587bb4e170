"""Mappings of every kind: sound as declared, and each way to break them found by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.engine.results import UnitStatus
from ormthesis.engine.unit import finished
from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.oracle.outcome import Accepted
from tests.tester import mapped
from tests.tester.worlds import make_target, search, sweep, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.weakening import Finding

    Find = Callable[..., set[Finding]]


ORM = ("round-trip", "relationships", "delete-orm", "delete-agreement")


@pytest.fixture
def find(tester_database: Database) -> Find:
    """What all units report on the schema as declared, changed by some DDL."""

    def found(base: object, *ddl: str, tables: tuple[str, ...] = (), checks: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
        target = make_target(tester_database, base)
        names = tables or tuple(table.key for table in target.context.schema.tables)
        with target.world(*ddl) as world:
            wanted = [unit for name in names for unit in units(target, name, *checks)]
            failures = sweep(world, wanted)
        return {(failure.invariant, failure.subject) for failure in failures}

    return found


SOUND = [
    mapped.joined,
    mapped.rooted,
    mapped.awaited,
    mapped.single,
    mapped.by_expression,
    mapped.tagged,
]
SOUND += [mapped.assorted, mapped.versioned, mapped.as_dataclass, mapped.twice, mapped.concrete]


@pytest.mark.parametrize("models", SOUND)
def test_sound_mapping(models: Callable[[], object], tester_database: Database) -> None:
    target = make_target(tester_database, models())
    with target.world() as world:
        for table in target.context.schema.tables:
            for unit in units(target, table.key, "defaults", *ORM):
                seen = search(world, unit, max_examples=2)
                assert not seen.found, (unit.id, seen.found)
                result = finished(unit, seen if unit.subjects else None, (), 0.0)
                assert result.status in (UnitStatus.PASSED, UnitStatus.NOT_APPLICABLE), result
                assert not seen.total.rejected_graphs
                assert unit.subjects <= set(result.evidence), unit.id


def rewriting(table: str, change: str, condition: str = "true") -> tuple[str, str]:
    """A trigger that changes rows of a table before they are inserted."""
    return (
        f"CREATE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN {change}; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER rewrite BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION rewrite()",
    )


def test_wrong_discriminator_of_a_joined_class(find: Find) -> None:
    ddl = rewriting("parties", "NEW.kind := 'person'", "NEW.kind = 'firm'")
    found = find(mapped.joined(), *ddl, checks=ORM)
    assert ("round-trip", "Firm") in found


def test_wrong_discriminator_in_a_shared_table(find: Find) -> None:
    ddl = rewriting("animals", "NEW.species := 2", "NEW.species = 3")
    found = find(mapped.single(), *ddl, checks=("round-trip",))
    assert found == {("round-trip", "Dog")}


@pytest.mark.parametrize("related", [False, True])
def test_objects_that_refer_to_themselves(find: Find, *, related: bool) -> None:
    checks = ("round-trip", "relationships")
    assert find(mapped.rooted(related=related), checks=checks) == set()
    ddl = rewriting("places", "NEW.code := 'x'", "NEW.name = NEW.within")
    found = find(mapped.rooted(related=related), *ddl, checks=checks)
    assert found == {("round-trip", "Place")}


def test_an_object_that_may_refer_to_itself(tester_database: Database) -> None:
    """A relationship that leads back is set by its key: the unit of work would see a circle."""
    target = make_target(tester_database, mapped.rooted(related=True, optional=True))
    place, key = EntityRef("place", 0), "places.within->places"
    draft = EntityDraft(
        ref=place, table="places", values={"name": "", "code": ""}, references={key: place}
    )
    case = Case(graph=EntityGraph(drafts=(draft,)), operation=INSERT_OBJECTS)
    with target.world() as world:
        (observed,) = world.sandbox.observe(case.graph, [case])
    assert isinstance(observed.outcome, Accepted)
    assert observed.outcome.state.rows[place]["within"] == ""


def test_objects_that_need_one_another(find: Find) -> None:
    ddl = rewriting("runs", "NEW.code := 'x'")
    found = find(mapped.awaited(), *ddl, tables=("runs",), checks=("round-trip",))
    assert found == {("round-trip", "Run")}


def test_a_late_reference_by_a_decorated_key(find: Find) -> None:
    """It comes by an UPDATE, and what that leaves in the row is read."""
    assert find(mapped.decorated_keys(), checks=("accepted",)) == set()
    ddl = (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.after := NULL; RETURN NEW; END $$",
        "CREATE TRIGGER lose BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    found = find(mapped.decorated_keys(), *ddl, checks=("accepted",))
    assert found == {("accepted", "tasks")}


def test_half_an_object_stays_behind(find: Find) -> None:
    """By SQL a firm's workers lose their lowest row; the ORM deletes all of their rows."""
    found = find(mapped.joined(cascade=True), checks=ORM)
    assert found == {("delete-agreement", "firms"), ("delete-agreement", "parties")}


def test_inheritance_without_on_delete(find: Find) -> None:
    """The ORM deletes the subclass's row first, so the missing action shows in SQL alone."""
    ddl = (
        "ALTER TABLE firms DROP CONSTRAINT firms_id_fkey",
        "ALTER TABLE firms ADD CONSTRAINT firms_id_fkey FOREIGN KEY (id) REFERENCES parties (id)",
    )
    found = find(mapped.joined(), *ddl, tables=("parties", "firms"))
    assert found == {("delete-sql", "parties")}


def test_secondary_table_that_loses_rows(find: Find) -> None:
    ddl = (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON labels FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    found = find(mapped.tagged(), *ddl, tables=("articles", "tags"), checks=ORM)
    assert {("relationships", "Article.tags"), ("relationships", "Tag.articles")} <= found


def test_secondary_table_without_a_key(find: Find) -> None:
    """The same pair can be there twice, and then the ORM cannot delete it."""
    found = find(mapped.tagged(key=False), tables=("articles", "tags"), checks=ORM)
    assert found == {("delete-orm", "articles"), ("delete-orm", "tags")}


def test_only_one_side_knows_the_secondary_table(find: Find) -> None:
    assert find(mapped.tagged(both_sides=False), checks=ORM) == set()
    ddl = (
        "ALTER TABLE labels DROP CONSTRAINT labels_tag_id_fkey",
        "ALTER TABLE labels ADD FOREIGN KEY (tag_id) REFERENCES tags (id)",
    )
    found = find(mapped.tagged(both_sides=False), *ddl, checks=ORM)
    assert found == {("delete-orm", "tags")}
