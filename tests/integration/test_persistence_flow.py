"""A project, its agent, a command, a turn and an event: what is written comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, text

from ormthesis.demo.headspace import (
    Agent,
    Base,
    Command,
    Event,
    Objective,
    Project,
    Turn,
)
from tests.integration.factories import (
    AgentFactory,
    CommandFactory,
    EventFactory,
    HeadspaceFactory,
    ObjectiveFactory,
    ObjectiveHistoryFactory,
    ProjectFactory,
    TurnFactory,
    traits_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session


def full(factory: type[HeadspaceFactory], **overrides: Any) -> Any:
    """An instance with every optional column filled."""
    return factory(**dict.fromkeys(traits_of(factory), True) | overrides)


def values_of(instance: Base) -> dict[str, Any]:
    """Every column of an instance, without asking the database again."""
    keys = [attribute.key for attribute in inspect(type(instance)).column_attrs]
    return {key: instance.__dict__[key] for key in keys}


def full_chain(session: Session) -> tuple[Base, ...]:
    """Project, agent, command, turn and the event about all four."""
    project = full(ProjectFactory)
    agent = full(AgentFactory, project=project)
    command = full(CommandFactory, agent=agent)
    turn = full(TurnFactory, command=command)
    event = full(EventFactory, project=project, agent=agent, command=command, turn=turn)
    return project, agent, command, turn, event


def test_chain_comes_back_in_a_new_session(
    session: Session, new_session: Callable[[], Session]
) -> None:
    chain = full_chain(session)
    reader = new_session()
    for written in chain:
        expected = values_of(written)
        assert None not in expected.values()
        read = reader.get_one(type(written), written.id)
        assert read is not written
        assert values_of(read) == expected
        assert {k: type(v) for k, v in values_of(read).items()} == {
            k: type(v) for k, v in expected.items()
        }


def test_change_in_the_database_would_be_noticed(
    session: Session, new_session: Callable[[], Session]
) -> None:
    """The comparison above can fail: it reads the database and no cache."""
    _, _, _, turn, _ = full_chain(session)
    session.execute(text("UPDATE turns SET text = text || '!' WHERE id = :id"), {"id": turn.id})
    read = new_session().get_one(Turn, turn.id)
    assert values_of(read) != values_of(turn)


def test_relationships_come_back(session: Session, new_session: Callable[[], Session]) -> None:
    project, agent, command, turn, _ = full_chain(session)
    reader = new_session()
    read_project = reader.get_one(Project, project.id)
    read_agent = reader.get_one(Agent, agent.id)
    read_command = reader.get_one(Command, command.id)
    read_turn = reader.get_one(Turn, turn.id)

    assert read_turn.command is read_command
    assert read_command.agent is read_agent
    assert read_agent.project is read_project
    assert set(read_project.agents) == {read_agent, read_agent.previous_agent}
    assert read_agent.commands == [read_command]
    assert read_agent.previous_agent is not None
    assert read_agent.previous_agent.successors == [read_agent]
    assert {row.id for row in read_command.turns} == {turn.id, turn.answered_by_turn_id}


def test_keys_come_back(session: Session, new_session: Callable[[], Session]) -> None:
    project, agent, command, turn, event = full_chain(session)
    read = new_session().get_one(Event, event.id)
    assert (agent.project_id, command.agent_id, turn.command_id) == (
        project.id,
        agent.id,
        command.id,
    )
    assert (read.project_id, read.agent_id, read.command_id, read.turn_id) == (
        project.id,
        agent.id,
        command.id,
        turn.id,
    )


def test_objective_and_history_come_back(
    session: Session, new_session: Callable[[], Session]
) -> None:
    objective = full(ObjectiveFactory)
    entry = full(ObjectiveHistoryFactory, objective=objective)
    reader = new_session()
    read = reader.get_one(Objective, objective.id)
    assert values_of(read) == values_of(objective)
    assert [values_of(row) for row in read.history] == [values_of(entry)]


@pytest.mark.parametrize(
    ("make_parent", "make_child", "link", "children", "moment", "newest_first"),
    [
        (AgentFactory, CommandFactory, "agent", "commands", "started_at", True),
        (CommandFactory, TurnFactory, "command", "turns", "timestamp", False),
        (ObjectiveFactory, ObjectiveHistoryFactory, "objective", "history", "started_at", True),
    ],
    ids=["agent.commands", "command.turns", "objective.history"],
)
def test_collection_is_ordered_by_time(
    session: Session,
    new_session: Callable[[], Session],
    make_parent: type[HeadspaceFactory],
    make_child: type[HeadspaceFactory],
    link: str,
    children: str,
    moment: str,
    newest_first: bool,
) -> None:
    parent = make_parent()
    for day in (2, 3, 1):
        make_child(**{link: parent, moment: datetime(2020, 1, day, tzinfo=UTC)})
    read = new_session().get_one(type(parent), parent.id)
    days = [getattr(row, moment).day for row in getattr(read, children)]
    assert days == ([3, 2, 1] if newest_first else [1, 2, 3])
