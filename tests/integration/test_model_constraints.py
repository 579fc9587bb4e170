"""The constraints that matter most, each written plainly.

Each test asks twice: with the rules as declared, matched on sqlstate and name, and with the one
rule dropped inside the rolled-back transaction. The second answer must differ, or the first proved
nothing. All other rules are covered from data in test_every_rule.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from ormthesis.demo.headspace import Agent, Command, Event, Project, Turn
from tests.integration.factories import (
    AgentFactory,
    CommandFactory,
    EventFactory,
    ProjectFactory,
    TurnFactory,
)
from tests.integration.probes import Refusal, refusal_of, refusal_of_sql, weakened
from tests.integration.rules import (
    CHECK_VIOLATION,
    FOREIGN_KEY_VIOLATION,
    INVALID_TEXT_REPRESENTATION,
    NOT_NULL_VIOLATION,
    UNIQUE_VIOLATION,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ormthesis.demo.headspace import Base


def constraint_refusal(sqlstate: str, table: str, constraint: str) -> Refusal:
    return Refusal(sqlstate=sqlstate, table=table, constraint=constraint, column=None)


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_project_path_is_unique(session: Session) -> None:
    project = ProjectFactory()

    def second_project() -> None:
        ProjectFactory(path=project.path)

    assert refusal_of(session, second_project) == constraint_refusal(
        UNIQUE_VIOLATION, "projects", "uq_projects_path"
    )
    with weakened(session, "ALTER TABLE projects DROP CONSTRAINT uq_projects_path"):
        assert refusal_of(session, second_project) is None


def test_project_slug_is_unique(session: Session) -> None:
    project = ProjectFactory()

    def second_project() -> None:
        ProjectFactory(slug=project.slug)

    assert refusal_of(session, second_project) == constraint_refusal(
        UNIQUE_VIOLATION, "projects", "ix_projects_slug"
    )
    with weakened(session, "DROP INDEX ix_projects_slug"):
        assert refusal_of(session, second_project) is None


def test_agent_session_uuid_is_unique(session: Session) -> None:
    agent = AgentFactory()

    def second_agent() -> None:
        AgentFactory(session_uuid=agent.session_uuid)

    assert refusal_of(session, second_agent) == constraint_refusal(
        UNIQUE_VIOLATION, "agents", "ix_agents_session_uuid"
    )
    with weakened(session, "DROP INDEX ix_agents_session_uuid"):
        assert refusal_of(session, second_agent) is None


def test_claude_session_is_unique_unless_null(session: Session) -> None:
    agent = AgentFactory(with_claude_session=True)

    def second_agent() -> None:
        AgentFactory(claude_session_id=agent.claude_session_id)

    assert refusal_of(session, second_agent) == constraint_refusal(
        UNIQUE_VIOLATION, "agents", "ix_agents_claude_session_id"
    )
    assert refusal_of(session, lambda: AgentFactory.create_batch(2)) is None
    with weakened(session, "DROP INDEX ix_agents_claude_session_id"):
        assert refusal_of(session, second_agent) is None


def test_entry_hash_is_unique_within_a_command(session: Session) -> None:
    turn = TurnFactory(from_transcript=True)
    entry = {"jsonl_entry_hash": turn.jsonl_entry_hash}

    def second_turn() -> None:
        TurnFactory(command=turn.command, **entry)

    assert refusal_of(session, second_turn) == constraint_refusal(
        UNIQUE_VIOLATION, "turns", "ix_turns_command_id_jsonl_entry_hash"
    )
    assert refusal_of(session, lambda: TurnFactory(**entry)) is None
    assert refusal_of(session, lambda: TurnFactory.create_batch(2, command=turn.command)) is None
    with weakened(session, "DROP INDEX ix_turns_command_id_jsonl_entry_hash"):
        assert refusal_of(session, second_turn) is None


def test_agent_needs_a_project(session: Session) -> None:
    def agent_without_project() -> None:
        AgentFactory(project=None)

    assert refusal_of(session, agent_without_project) == Refusal(
        sqlstate=NOT_NULL_VIOLATION, table="agents", column="project_id", constraint=None
    )
    with weakened(session, "ALTER TABLE agents ALTER COLUMN project_id DROP NOT NULL"):
        assert refusal_of(session, agent_without_project) is None


def test_event_needs_an_existing_agent(session: Session) -> None:
    agent = AgentFactory()
    missing = agent.id + 1_000_000

    def event_of_no_agent() -> None:
        EventFactory(agent_id=missing)

    assert refusal_of(session, event_of_no_agent) == constraint_refusal(
        FOREIGN_KEY_VIOLATION, "events", "fk_events_agent_id_agents"
    )
    with weakened(session, "ALTER TABLE events DROP CONSTRAINT fk_events_agent_id_agents"):
        assert refusal_of(session, event_of_no_agent) is None


@pytest.mark.parametrize("label", ["idle", "FINISHED", ""])
def test_command_state_knows_its_labels(session: Session, label: str) -> None:
    """The database stores member names: a member's value is refused like any other word."""
    command = CommandFactory()
    update = f"UPDATE commands SET state = '{label}' WHERE id = {command.id}"

    refusal = refusal_of_sql(session, update)

    assert refusal is not None
    assert refusal.sqlstate == INVALID_TEXT_REPRESENTATION
    with weakened(session, "ALTER TABLE commands ALTER COLUMN state TYPE text USING state::text"):
        assert refusal_of_sql(session, update) is None


def test_priority_is_complete_or_absent(session: Session) -> None:
    def agent_with_score_only() -> None:
        AgentFactory(priority_score=1)

    assert refusal_of(session, agent_with_score_only) == constraint_refusal(
        CHECK_VIOLATION, "agents", "ck_agents_priority_complete"
    )
    assert refusal_of(session, lambda: AgentFactory(prioritised=True)) is None
    with weakened(session, "ALTER TABLE agents DROP CONSTRAINT ck_agents_priority_complete"):
        assert refusal_of(session, agent_with_score_only) is None


def test_agent_ends_after_its_start(session: Session) -> None:
    start = AgentFactory().started_at

    def agent_ended_too_early() -> None:
        AgentFactory(started_at=start, ended_at=start - timedelta(microseconds=1))

    assert refusal_of(session, agent_ended_too_early) == constraint_refusal(
        CHECK_VIOLATION, "agents", "ck_agents_ended_after_start"
    )
    assert refusal_of(session, lambda: AgentFactory(started_at=start, ended_at=start)) is None
    with weakened(session, "ALTER TABLE agents DROP CONSTRAINT ck_agents_ended_after_start"):
        assert refusal_of(session, agent_ended_too_early) is None


def test_command_completes_after_its_start(session: Session) -> None:
    start = CommandFactory().started_at

    def command_completed_too_early() -> None:
        CommandFactory(started_at=start, completed_at=start - timedelta(microseconds=1))

    assert refusal_of(session, command_completed_too_early) == constraint_refusal(
        CHECK_VIOLATION, "commands", "ck_commands_completed_after_start"
    )
    with weakened(
        session, "ALTER TABLE commands DROP CONSTRAINT ck_commands_completed_after_start"
    ):
        assert refusal_of(session, command_completed_too_early) is None


@pytest.mark.parametrize("percent", [-1, 101])
def test_context_is_a_percentage(session: Session, percent: int) -> None:
    def agent_out_of_range() -> None:
        AgentFactory(context_percent_used=percent)

    assert refusal_of(session, agent_out_of_range) == constraint_refusal(
        CHECK_VIOLATION, "agents", "ck_agents_context_percent"
    )
    with weakened(session, "ALTER TABLE agents DROP CONSTRAINT ck_agents_context_percent"):
        assert refusal_of(session, agent_out_of_range) is None


def rows_left_by_deleting(session: Session, agent_id: int) -> tuple[int, int, int]:
    """Agents, commands and turns that are left when SQL deletes one agent; then undone."""
    savepoint = session.begin_nested()
    session.execute(text("DELETE FROM agents WHERE id = :id"), {"id": agent_id})
    counts = count(session, Agent), count(session, Command), count(session, Turn)
    savepoint.rollback()
    return counts


def test_deleting_an_agent_deletes_its_commands_and_turns(session: Session) -> None:
    """By ON DELETE CASCADE, and without touching another agent's rows."""
    turn, other = TurnFactory(), TurnFactory()
    agent_id = turn.command.agent_id
    TurnFactory(command=turn.command)
    assert agent_id != other.command.agent_id

    assert rows_left_by_deleting(session, agent_id) == (1, 1, 1)
    with weakened(session, "ALTER TABLE turns DROP CONSTRAINT fk_turns_command_id_commands"):
        assert rows_left_by_deleting(session, agent_id) == (1, 1, 3)
    with weakened(session, "ALTER TABLE commands DROP CONSTRAINT fk_commands_agent_id_agents"):
        assert rows_left_by_deleting(session, agent_id) == (1, 2, 3)


def test_deleting_an_agent_through_the_orm_deletes_its_commands_and_turns(
    session: Session,
) -> None:
    """By the relationships' cascades: it holds without the database's own."""
    turn, other = TurnFactory(), TurnFactory()
    with weakened(
        session,
        "ALTER TABLE turns DROP CONSTRAINT fk_turns_command_id_commands",
        "ALTER TABLE commands DROP CONSTRAINT fk_commands_agent_id_agents",
    ):
        session.delete(turn.command.agent)
        session.flush()
        assert session.scalars(select(Turn.id)).all() == [other.id]
        assert session.scalars(select(Command.id)).all() == [other.command_id]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_cycle_of_predecessors_can_be_deleted(session: Session, length: int) -> None:
    """An agent that precedes itself, and longer cycles: `post_update` breaks the cycle."""
    project = ProjectFactory()
    agents = AgentFactory.create_batch(length, project=project)
    for agent, predecessor in zip(agents, [*agents[1:], agents[0]], strict=True):
        agent.previous_agent = predecessor
    session.flush()

    session.delete(agents[0])
    session.flush()

    assert count(session, Agent) == length - 1
    session.delete(project)
    session.flush()
    assert (count(session, Agent), count(session, Project)) == (0, 0)


def test_removing_an_agent_from_its_project_deletes_it(session: Session) -> None:
    agent = AgentFactory()
    agent.project.agents.remove(agent)
    session.flush()
    assert count(session, Agent) == 0


def test_event_outlives_its_agent(session: Session) -> None:
    event = EventFactory(with_agent=True)
    session.execute(text("DELETE FROM agents WHERE id = :id"), {"id": event.agent_id})
    session.expire_all()
    assert session.get_one(Event, event.id).agent_id is None


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("projects", "inference_paused", False),
        ("turns", "is_internal", False),
        ("objectives", "priority_enabled", True),
    ],
)
def test_server_default(session: Session, table: str, column: str, expected: bool) -> None:
    """The database's own default is the one that the model applies in Python."""
    default = session.scalar(
        text(
            "SELECT pg_get_expr(adbin, adrelid)::boolean FROM pg_attrdef"
            " JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum"
            " WHERE adrelid = CAST(:table AS regclass) AND attname = :column"
        ),
        {"table": table, "column": column},
    )
    assert default is expected
