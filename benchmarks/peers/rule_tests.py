"""A hand-written Hypothesis suite for the demo's rules.

One test per rule: `st.builds` makes an object with its parents, one thing about it is wrong, and a
flush in a session of its own must raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from benchmarks.peers import strategies as rows
from ormthesis.demo.headspace import (
    Agent,
    Command,
    Event,
    Objective,
    ObjectiveHistory,
    Project,
    Turn,
)

NO_SUCH_KEY = 2_000_000_000
_INSTANT = timedelta(microseconds=1)
Change = Callable[[Any], dict[str, Any]]
"""From the drawn row to the columns that are wrong."""


def _made(model: type, drawn: st.SearchStrategy[Any], **parents: Any) -> st.SearchStrategy[Any]:
    return st.builds(lambda row, **others: model(**row, **others), drawn, **parents)


PROJECTS = _made(Project, rows.PROJECTS)
AGENTS = _made(Agent, rows.AGENTS, project=PROJECTS)
COMMANDS = _made(Command, rows.COMMANDS, agent=AGENTS)
OBJECTIVES = _made(Objective, rows.OBJECTIVES)
PARENTS: dict[type, tuple[str, st.SearchStrategy[Any]]] = {
    Agent: ("project", PROJECTS),
    Command: ("agent", AGENTS),
    Turn: ("command", COMMANDS),
    ObjectiveHistory: ("objective", OBJECTIVES),
}
ROWS: dict[type, st.SearchStrategy[Any]] = {
    Project: rows.PROJECTS,
    Agent: rows.AGENTS,
    Command: rows.COMMANDS,
    Turn: rows.TURNS,
    Event: rows.EVENTS,
    Objective: rows.OBJECTIVES,
    ObjectiveHistory: rows.HISTORIES,
}
NOT_NULL: dict[type, tuple[str, ...]] = {
    Project: ("id", "name", "slug", "path", "inference_paused", "created_at"),
    Agent: ("id", "session_uuid", "project_id", "started_at", "last_seen_at"),
    Command: ("id", "agent_id", "state", "started_at"),
    Turn: ("id", "command_id", "actor", "intent", "text", "timestamp", "is_internal"),
    Event: ("id", "timestamp", "event_type"),
    Objective: ("id", "current_text", "priority_enabled", "set_at"),
    ObjectiveHistory: ("id", "objective_id", "text", "started_at"),
}
LENGTHS: dict[type, dict[str, int]] = {
    Project: {"slug": 64},
    Agent: {"tmux_session": 128, "transcript_path": 1024, "context_remaining_tokens": 32},
    Command: {"plan_file_path": 1024},
    Turn: {"timestamp_source": 20, "jsonl_entry_hash": 64},
    Event: {"event_type": 64},
}
UNIQUE: dict[type, tuple[str, ...]] = {
    Project: ("slug", "path"),
    Agent: ("session_uuid", "claude_session_id"),
    Turn: ("jsonl_entry_hash",),
}
KEYS: dict[type, tuple[str, ...]] = {
    Agent: ("project_id", "previous_agent_id"),
    Command: ("agent_id",),
    Turn: ("command_id", "answered_by_turn_id"),
    Event: ("project_id", "agent_id", "command_id", "turn_id"),
    ObjectiveHistory: ("objective_id",),
}
REQUIRED_KEYS = ("project_id", "agent_id", "command_id", "objective_id")
CHECKS: dict[type, tuple[Change, ...]] = {
    Agent: (
        lambda row: {"priority_score": 1, "priority_reason": None, "priority_updated_at": None},
        lambda row: {"ended_at": row["started_at"] - _INSTANT},
        lambda row: {"context_percent_used": 101},
        lambda row: {"context_percent_used": -1},
    ),
    Command: (lambda row: {"completed_at": row["started_at"] - _INSTANT},),
}
ENUMS: dict[type, tuple[str, ...]] = {Command: ("state",), Turn: ("actor", "intent")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """`objects` draws what a flush must refuse."""

    rule: str
    objects: st.SearchStrategy[tuple[Any, ...]]

    def body(self, engine: sa.Engine) -> Callable[[tuple[Any, ...]], None]:
        def test(objects: tuple[Any, ...]) -> None:
            with Session(engine) as session:
                session.add_all(objects)
                try:
                    session.flush()
                except (IntegrityError, DataError):
                    return
                raise AssertionError(f"{self.rule} let {objects} in")

        return test


def rule_tests() -> tuple[RuleTest, ...]:
    """One test for each way to break a rule."""
    return tuple(test for model in ROWS for test in _tests_of(model))


def _tests_of(model: type) -> Iterator[RuleTest]:
    for name in NOT_NULL[model]:
        yield _wrong(model, f"{name} not null", _always(name, sa.null()))
    for name, length in LENGTHS.get(model, {}).items():
        yield _wrong(model, f"{name} length", _always(name, "x" * (length + 1)))
    for name in KEYS.get(model, ()):
        yield _wrong(model, f"{name} key", _always(name, NO_SUCH_KEY))
    for number, change in enumerate(CHECKS.get(model, ())):
        yield _wrong(model, f"check {number}", change)
    for name in ENUMS.get(model, ()):
        yield _wrong(model, f"{name} enum", _always(name, sa.literal_column("'nonsense'")))
    yield _wrong(model, "id range", _always("id", 2**31))
    yield _twins(model, "primary key", _always("id", 1))
    for name in UNIQUE.get(model, ()):
        yield _twins(model, f"{name} unique", _same(name))


def _always(name: str, value: Any) -> Change:
    return lambda row: {name: value}


def _same(name: str) -> Change:
    """The first row's value; a key with a NULL in it would not collide."""
    return lambda row: {name: row[name] or "same"}


def _wrong(model: type, what: str, change: Change) -> RuleTest:
    """One object with its parents, and the change."""

    def build(row: dict[str, Any], parent: Any) -> tuple[Any, ...]:
        wrong = change(row)
        needed = {} if set(wrong) & set(REQUIRED_KEYS) else _link(model, parent)
        return (model(**{**row, **needed, **wrong}),)

    return RuleTest(
        rule=f"{model.__name__} {what}", objects=st.builds(build, ROWS[model], _parent(model))
    )


def _twins(model: type, what: str, shared: Change) -> RuleTest:
    """Two objects under one parent that share the columns of a key."""

    def build(row: dict[str, Any], other: dict[str, Any], parent: Any) -> tuple[Any, ...]:
        same, link = shared(row), _link(model, parent)
        return model(**{**row, **link, **same}), model(**{**other, **link, **same})

    return RuleTest(
        rule=f"{model.__name__} {what}",
        objects=st.builds(build, ROWS[model], ROWS[model], _parent(model)),
    )


def _parent(model: type) -> st.SearchStrategy[Any]:
    return PARENTS[model][1] if model in PARENTS else st.none()


def _link(model: type, parent: Any) -> dict[str, Any]:
    return {PARENTS[model][0]: parent} if parent is not None else {}
