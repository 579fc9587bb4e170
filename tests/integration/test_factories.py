"""Each factory makes valid rows, and some trait of it fills each optional column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from sqlalchemy import String, inspect

from ormthesis.demo.headspace import Base, CommandState, Event, Turn
from tests.integration.factories import (
    ALL_FACTORIES,
    AgentFactory,
    CommandFactory,
    EventFactory,
    HeadspaceFactory,
    ProjectFactory,
    TurnFactory,
    options_of,
    traits_of,
)
from tests.integration.probes import refusal_of, weakened
from tests.integration.rules import UNIQUE_VIOLATION

if TYPE_CHECKING:
    from sqlalchemy import Column
    from sqlalchemy.orm import Session

each_factory = pytest.mark.parametrize(
    "factory", ALL_FACTORIES, ids=lambda factory: factory.__name__
)


def columns_of(factory: type[HeadspaceFactory]) -> list[Column[Any]]:
    return list(options_of(factory).model.__table__.columns)


def all_traits(factory: type[HeadspaceFactory]) -> dict[str, bool]:
    return dict.fromkeys(traits_of(factory), True)


def stored_row(session: Session, instance: Base) -> dict[str, Any]:
    """The instance's row as a new SELECT returns it."""
    table = type(instance).__table__
    return dict(session.execute(table.select().where(table.c.id == instance.id)).mappings().one())


def test_one_factory_per_model() -> None:
    models = {mapper.class_ for mapper in Base.registry.mappers}
    assert len(ALL_FACTORIES) == len(models)
    assert {options_of(factory).model for factory in ALL_FACTORIES} == models


@each_factory
def test_makes_persistable_instance(session: Session, factory: type[HeadspaceFactory]) -> None:
    instance = factory()
    assert inspect(instance).persistent
    assert stored_row(session, instance)["id"] == instance.id


@each_factory
def test_optional_columns_are_empty_by_default(
    session: Session, factory: type[HeadspaceFactory]
) -> None:
    """Only a default of the model itself fills an optional column."""
    row = stored_row(session, factory())
    for column in columns_of(factory):
        if column.nullable and column.default is None:
            assert row[column.name] is None, column


@each_factory
def test_some_trait_populates_each_optional_column(
    session: Session, factory: type[HeadspaceFactory]
) -> None:
    optional = {column.name for column in columns_of(factory) if column.nullable}
    populated = {
        name
        for trait in traits_of(factory)
        for name, value in stored_row(session, factory(**{trait: True})).items()
        if value is not None
    }
    assert optional <= populated


@each_factory
def test_all_traits_together_leave_nothing_empty(
    session: Session, factory: type[HeadspaceFactory]
) -> None:
    assert None not in stored_row(session, factory(**all_traits(factory))).values()


@each_factory
def test_every_trait_keeps_the_constraints_of_the_columns(
    session: Session, factory: type[HeadspaceFactory]
) -> None:
    """Required columns are filled and no text is cut: VARCHAR(n) drops trailing blanks silently."""
    for trait in (None, *traits_of(factory)):
        instance = factory(**({trait: True} if trait else {}))
        row = stored_row(session, instance)
        for column in columns_of(factory):
            value = row[column.name]
            assert value == getattr(instance, column.key), column
            assert column.nullable or value is not None, column
            if isinstance(column.type, String) and column.type.length and isinstance(value, str):
                assert len(value) <= column.type.length, column


@each_factory
def test_two_full_instances_do_not_collide(
    session: Session, factory: type[HeadspaceFactory]
) -> None:
    """Also not where their parents are the same: a unique key must differ by itself."""
    first = factory(**all_traits(factory))
    parents = {
        key: getattr(first, key)
        for key, relationship in inspect(type(first)).relationships.items()
        if not relationship.uselist and getattr(first, key) is not None
    }
    second = factory(**all_traits(factory) | parents)
    assert first.id != second.id


def test_collision_would_be_noticed(session: Session) -> None:
    """The check of uniqueness above can fail: a factory that repeats a path is refused."""
    first = ProjectFactory()
    refusal = refusal_of(session, lambda: ProjectFactory(path=first.path))
    assert refusal is not None
    assert refusal.sqlstate == UNIQUE_VIOLATION
    with weakened(session, "ALTER TABLE projects DROP CONSTRAINT uq_projects_path"):
        assert refusal_of(session, lambda: ProjectFactory(path=first.path)) is None


@pytest.mark.parametrize(
    ("document", "column"),
    [
        (lambda: EventFactory(with_payload=True).payload, Event.__table__.c.payload),
        (lambda: TurnFactory(calling_tool=True).tool_input, Turn.__table__.c.tool_input),
    ],
    ids=["events.payload", "turns.tool_input"],
)
def test_documents_keep_their_json_schema(session: Session, document: Any, column: Any) -> None:
    schema = column.info["json_schema"]
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    assert validator(schema).is_valid(document())
    assert not validator(schema).is_valid(document() | {"unknown": 1})
    assert not validator(schema).is_valid({})


def test_names_and_paths_are_unique(session: Session) -> None:
    projects = ProjectFactory.create_batch(20)
    for attribute in ("name", "slug", "path"):
        assert len({getattr(project, attribute) for project in projects}) == len(projects)


def test_commands_are_idle_by_default(session: Session) -> None:
    assert CommandFactory().state is CommandState.IDLE


def test_parents_are_made_and_can_be_given(session: Session) -> None:
    project = ProjectFactory()
    agent = AgentFactory(project=project)
    turn = TurnFactory(command__agent=agent)
    assert turn.command.agent.project is project
    assert AgentFactory().project is not project


def test_previous_agent_and_answer_share_the_parent(session: Session) -> None:
    agent = AgentFactory(with_previous_agent=True)
    question = TurnFactory(with_answer=True)
    answer = session.get_one(Turn, question.answered_by_turn_id)
    assert agent.previous_agent.project is agent.project
    assert answer.command is question.command
