"""Graphs of five rows from the integration tests' factories: plain, and with every trait."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from tests.integration.factories import (
    AgentFactory,
    CommandFactory,
    EventFactory,
    ProjectFactory,
    TurnFactory,
    bind_factories,
)

from ormthesis.demo.headspace import Agent, Command, Event, Project, Turn

_PROJECT = {"described": True, "with_repository": True, "paused": True}
_AGENT = {
    "with_claude_session": True,
    "in_tmux": True,
    "with_transcript": True,
    "ended": True,
    "prioritised": True,
    "with_context": True,
}
_COMMAND = {"instructed": True, "planned": True, "completed": True}
_TURN = {"with_source": True, "from_transcript": True, "calling_tool": True}


def plain(session: Session) -> list[Any]:
    """Required columns only; optional ones stay NULL. Built and flushed row by row."""
    return _graph(session, {}, {}, {}, {}, {})


def full(session: Session) -> list[Any]:
    """Every optional column has a value."""
    return _graph(session, _PROJECT, _AGENT, _COMMAND, _TURN, {"with_payload": True})


def _graph(
    session: Session, project: Any, agent: Any, command: Any, turn: Any, event: Any
) -> list[Any]:
    bind_factories(session)
    made: list[Project | Agent | Command | Turn | Event] = [ProjectFactory(**project)]
    made.append(AgentFactory(project=made[-1], **agent))
    made.append(CommandFactory(agent=made[-1], **command))
    made.append(TurnFactory(command=made[-1], **turn))
    made.append(EventFactory(turn_id=made[-1].id, **event))
    bind_factories(None)
    return made
