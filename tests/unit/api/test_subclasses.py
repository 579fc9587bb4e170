"""A row of a class loads as this class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from ormthesis import from_model, load
from ormthesis.core.errors import OptionError
from ormthesis.engine.setup import creator
from ormthesis.persistence.persisted import ExampleSessions
from ormthesis.schema import load_models
from tests.tester import mapped
from tests.tester.databases import new_database
from tests.tester.mapped_attributes import staff
from tests.unit.api.draws import draws, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa

    from ormthesis import EntityGraph
    from ormthesis.persistence.provisioning.run import Run

JOINED, SINGLE, STAFF = mapped.joined(), mapped.single(), staff()


def model(base: Any, name: str) -> Any:
    return {kept.__name__: kept for kept in base.kept}[name]


@pytest.fixture(scope="module", params=[JOINED, SINGLE, STAFF], ids=["joined", "single", "staff"])
def place(request: pytest.FixtureRequest, run: Run) -> Iterator[tuple[Any, sa.Engine]]:
    with new_database(run, "subclasses") as database:
        engine = database.engine(poolclass=NullPool)
        creator(load_models(request.param))(engine)
        yield request.param, engine
        engine.dispose()


def loaded(base: Any, engine: sa.Engine, graphs: Sequence[EntityGraph], root: Any) -> list[Any]:
    """The classes of which the objects of a class and its subclasses are, as a new session sees."""
    sessions = ExampleSessions(load_models(base), engine)
    found = []
    for graph in graphs:
        with (
            sessions.persisted(graph) as (_, session),
            Session(session.connection()) as fresh,
        ):
            found.append(sorted(type(each).__name__ for each in fresh.query(root)))
    return found


CLASSES = {
    "joined": [("Person", "Party"), ("Worker", "Person"), ("Firm", "Party")],
    "single": [("Animal", "Animal"), ("Cat", "Animal"), ("Dog", "Animal")],
    "staff": [("Person", "Person"), ("Manager", "Person"), ("Page", "Page"), ("Cover", "Page")],
}


def test_a_row_loads_as_its_class(
    place: tuple[Any, sa.Engine], request: pytest.FixtureRequest
) -> None:
    base, engine = place
    names = next(CLASSES[name] for name in CLASSES if name in request.node.callspec.id)
    for name, root in names:
        graphs = draws(from_model(model(base, name)), 10)
        for found in loaded(base, engine, graphs, model(base, root)):
            assert found.count(name) == 1, (name, found)


def test_properties_get_objects_of_the_classes_that_they_ask_for() -> None:
    tests = load(SINGLE)
    cat, dog = model(SINGLE, "Cat"), model(SINGLE, "Dog")
    for graph in draws(tests.graphs(cat, dog, rows=(1, 2)), 20):
        species = [draft.values["species"] for draft in graph.of_table("animals")]
        assert len(species) in (2, 3, 4)
        assert {2, 3} == set(species)
    for graph in draws(tests.graphs(dog), 5):
        assert [draft.values["species"] for draft in graph.of_table("animals")] == [3]


def test_a_class_and_its_subclass() -> None:
    page, cover = model(STAFF, "Page"), model(STAFF, "Cover")
    for graph in draws(load(STAFF).graphs(page, cover), 10):
        types = {draft.values["type"] for draft in graph.of_table("pages")}
        assert types == {"page", "cover"}
        assert len(graph.of_table("covers")) == 1


def test_what_the_class_does_not_have_is_null() -> None:
    cat = model(SINGLE, "Cat")
    assert set(values(from_model(cat), "animals", "trick")) == {None}
    assert set(values(from_model(cat, lives=9), "animals", "lives")) == {9}
    assert all(1 <= each <= 9 for each in values(from_model(cat, lives=...), "animals", "lives"))


def test_checks_are_solved_with_the_class() -> None:
    with pytest.raises(OptionError, match=r"No row of animals can be as asked .lives=10"):
        from_model(model(SINGLE, "Cat"), lives=10)


def test_the_discriminator_is_the_classs_own() -> None:
    cat = model(SINGLE, "Cat")
    assert set(values(from_model(cat, species=2), "animals", "species")) == {2}
    with pytest.raises(OptionError, match=r"Cat.species tells that a row is of Cat"):
        from_model(cat, species=3)


def test_a_class_without_objects_is_refused() -> None:
    with pytest.raises(OptionError, match="Party has no objects of its own") as refused:
        from_model(model(JOINED, "Party"))
    assert "Person, Firm, Worker" in refused.value.hint
