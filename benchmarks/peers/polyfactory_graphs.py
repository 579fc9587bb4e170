"""Graphs of five rows from polyfactory, which fills columns by their types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from polyfactory.factories.sqlalchemy_factory import SQLAlchemyFactory
from sqlalchemy.orm import Session

from ormthesis.demo.headspace import Agent, Command, Event, Project, Turn

LATER = datetime(2100, 1, 1, tzinfo=UTC)


class ProjectFactory(SQLAlchemyFactory[Project]):
    __set_relationships__ = False
    __set_primary_key__ = False


class AgentFactory(SQLAlchemyFactory[Agent]):
    __set_relationships__ = False
    __set_primary_key__ = False
    # What CHECKs and optional keys ask for.
    previous_agent_id = None
    started_at = datetime(2000, 1, 1, tzinfo=UTC)
    ended_at = LATER
    priority_score = 1
    priority_reason = "urgent"
    priority_updated_at = LATER
    context_percent_used = 50


class CommandFactory(SQLAlchemyFactory[Command]):
    __set_relationships__ = False
    __set_primary_key__ = False
    started_at = datetime(2000, 1, 1, tzinfo=UTC)
    completed_at = LATER


class TurnFactory(SQLAlchemyFactory[Turn]):
    __set_relationships__ = False
    __set_primary_key__ = False
    answered_by_turn_id = None
    tool_input = {"tool": "Bash"}  # noqa: RUF012 - polyfactory's way to fix a value


class EventFactory(SQLAlchemyFactory[Event]):
    __set_relationships__ = False
    __set_primary_key__ = False
    project_id = None
    agent_id = None
    command_id = None
    payload = {"source": "hook"}  # noqa: RUF012 - as above


def graph(session: Session) -> list[Any]:
    """Flushed once for the rows that have relationships, then for the event."""
    project = ProjectFactory.build()
    agent = AgentFactory.build(project=project, project_id=None)
    command = CommandFactory.build(agent=agent, agent_id=None)
    turn = TurnFactory.build(command=command, command_id=None)
    session.add_all([project, agent, command, turn])
    session.flush()
    event = EventFactory.build(turn_id=turn.id)
    session.add(event)
    session.flush()
    return [project, agent, command, turn, event]
