"""Hand-written graphs of nine rows: one project and two of each table below it, parents shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from benchmarks.peers.strategies import AGENTS, COMMANDS, EVENTS, PROJECTS, TURNS

Row = dict[str, Any]
ROWS = 9


def _pairs(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[tuple[Row, Row]]:
    return st.tuples(rows, rows)


_ONE_OF_TWO = st.integers(0, 1)
_NONE_OR_ONE = st.integers(0, 1)
_NONE_OR_TWO = st.integers(0, 2)
_PARENTS = st.tuples(
    st.tuples(_NONE_OR_TWO, _NONE_OR_TWO),  # agents: predecessor
    st.tuples(_ONE_OF_TWO, _ONE_OF_TWO),  # commands: agent
    st.tuples(_ONE_OF_TWO, _NONE_OR_TWO, _ONE_OF_TWO, _NONE_OR_TWO),  # turns: command, answer
    st.tuples(
        *[st.tuples(_NONE_OR_ONE, _NONE_OR_TWO, _NONE_OR_TWO, _NONE_OR_TWO) for _ in range(2)]
    ),  # events: project, agent, command, turn
)


def _graph(
    project: Row,
    agents: Sequence[Row],
    commands: Sequence[Row],
    turns: Sequence[Row],
    events: Sequence[Row],
    parents: Any,
) -> list[tuple[str, Row]]:
    """Rows with keys, in the order of writing; 0 stands for no parent."""
    predecessors, owners, talks, logged = parents
    rows: list[tuple[str, Row]] = [("projects", {"id": 1, **project})]
    for index, row in enumerate(_distinct(agents, "session_uuid", "claude_session_id")):
        keys = {"id": index + 1, "project_id": 1, "previous_agent_id": predecessors[index] or None}
        rows.append(("agents", {**keys, **row}))
    for index, row in enumerate(commands):
        rows.append(("commands", {"id": index + 1, "agent_id": owners[index] + 1, **row}))
    for index, row in enumerate(_distinct(turns, "jsonl_entry_hash")):
        command, answer = talks[2 * index : 2 * index + 2]
        keys = {"id": index + 1, "command_id": command + 1, "answered_by_turn_id": answer or None}
        rows.append(("turns", {**keys, **row}))
    names = ("project_id", "agent_id", "command_id", "turn_id")
    for index, row in enumerate(events):
        keys = {name: key or None for name, key in zip(names, logged[index], strict=True)}
        rows.append(("events", {"id": index + 1, **keys, **row}))
    return rows


def _distinct(rows: Sequence[Row], *columns: str) -> Sequence[Row]:
    """The second row without the values that it must not share with the first."""
    first, second = rows
    shared = {
        column: _other(first[column])
        for column in columns
        if first[column] is not None and first[column] == second[column]
    }
    return first, {**second, **shared}


def _other(value: UUID | str) -> UUID | str:
    return UUID(int=value.int ^ 1) if isinstance(value, UUID) else value + "0"


GRAPHS = st.builds(
    _graph,
    project=PROJECTS,
    agents=_pairs(AGENTS),
    commands=_pairs(COMMANDS),
    turns=_pairs(TURNS),
    events=_pairs(EVENTS),
    parents=_PARENTS,
)
