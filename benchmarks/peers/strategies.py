"""Hand-written Hypothesis strategies of the demo's rows: what a careful user would write.

Values have the ranges that the engine draws from. Everything is built once; nothing is filtered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ormthesis.demo.headspace import CommandState, TurnActor, TurnIntent

Columns = dict[str, st.SearchStrategy[Any]]
Rows = st.SearchStrategy[dict[str, Any]]

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(_CHARACTERS, max_size=20)
TIMES = st.datetimes(
    datetime(1900, 1, 1),
    datetime(2100, 1, 1),
    timezones=st.just(UTC),
)
INTEGERS = st.integers(-(2**31), 2**31 - 1)
_DURATIONS = st.timedeltas(timedelta(0), timedelta(days=10_000))


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


TOOL_INPUTS = st.fixed_dictionaries(
    {"tool": st.sampled_from(["Bash", "Edit", "Read", "AskUserQuestion"])},
    optional={
        "command": st.text(_CHARACTERS, min_size=1, max_size=20),
        "file_path": st.text(_CHARACTERS, min_size=1, max_size=20),
        "timeout_ms": st.integers(0, 600_000),
        "run_in_background": st.booleans(),
        "options": st.lists(
            st.fixed_dictionaries(
                {"label": st.text(_CHARACTERS, min_size=1, max_size=20)},
                optional={"description": st.text(_CHARACTERS, min_size=1, max_size=20)},
            ),
            max_size=4,
        ),
    },
)
_STATES = st.sampled_from(["idle", "commanded", "processing", "awaiting_input", "complete"])
PAYLOADS = st.fixed_dictionaries(
    {"source": st.sampled_from(["hook", "watcher", "poller", "user"])},
    optional={
        "message": st.text(_CHARACTERS, min_size=1, max_size=20),
        "old_state": _STATES,
        "new_state": _STATES,
        "confidence_percent": st.integers(0, 100),
        "tags": st.lists(st.text(_CHARACTERS, min_size=1, max_size=20), max_size=5, unique=True),
    },
)

PROJECT: Columns = {
    "name": TEXT,
    "slug": TEXT,
    "path": TEXT,
    "github_repo": optional(TEXT),
    "current_branch": optional(TEXT),
    "description": optional(TEXT),
    "inference_paused": st.booleans(),
    "inference_paused_at": optional(TIMES),
    "inference_paused_reason": optional(TEXT),
    "created_at": TIMES,
}
AGENT: Columns = {
    "session_uuid": st.uuids(),
    "claude_session_id": optional(TEXT),
    "tmux_session": optional(TEXT),
    "transcript_path": optional(TEXT),
    "last_seen_at": TIMES,
    "context_percent_used": optional(st.integers(0, 100)),
    "context_remaining_tokens": optional(TEXT),
}
# Columns that CHECKs tie together are drawn together.
AGENT_TIMES = st.tuples(TIMES, optional(_DURATIONS))
AGENT_PRIORITY = optional(st.tuples(INTEGERS, TEXT, TIMES))
COMMAND: Columns = {
    "state": st.sampled_from(CommandState),
    "instruction": optional(TEXT),
    "completion_summary": optional(TEXT),
    "plan_file_path": optional(TEXT),
}
COMMAND_TIMES = st.tuples(TIMES, optional(_DURATIONS))
TURN: Columns = {
    "actor": st.sampled_from(TurnActor),
    "intent": st.sampled_from(TurnIntent),
    "text": TEXT,
    "timestamp": TIMES,
    "is_internal": st.booleans(),
    "timestamp_source": optional(TEXT),
    "jsonl_entry_hash": optional(TEXT),
    "tool_input": optional(TOOL_INPUTS),
}
EVENT: Columns = {"timestamp": TIMES, "event_type": TEXT, "payload": optional(PAYLOADS)}
OBJECTIVE: Columns = {
    "current_text": TEXT,
    "constraints": optional(TEXT),
    "priority_enabled": st.booleans(),
    "set_at": TIMES,
}
HISTORY: Columns = {
    "text": TEXT,
    "constraints": optional(TEXT),
    "started_at": TIMES,
    "ended_at": optional(TIMES),
}


def agent_columns(times: Any, priority: Any, **others: Any) -> dict[str, Any]:
    """The columns that CHECKs tie together, spread over the row."""
    score, reason, updated_at = priority or (None, None, None)
    return {
        **others,
        **period("ended_at", times),
        "priority_score": score,
        "priority_reason": reason,
        "priority_updated_at": updated_at,
    }


def period(end: str, times: tuple[datetime, timedelta | None]) -> dict[str, Any]:
    started_at, duration = times
    return {
        "started_at": started_at,
        end: None if duration is None else started_at + duration,
    }


def command_columns(times: Any, **others: Any) -> dict[str, Any]:
    return {**others, **period("completed_at", times)}


PROJECTS: Rows = st.builds(dict, **PROJECT)
AGENTS: Rows = st.builds(agent_columns, times=AGENT_TIMES, priority=AGENT_PRIORITY, **AGENT)
COMMANDS: Rows = st.builds(command_columns, times=COMMAND_TIMES, **COMMAND)
TURNS: Rows = st.builds(dict, **TURN)
EVENTS: Rows = st.builds(dict, **EVENT)
OBJECTIVES: Rows = st.builds(dict, **OBJECTIVE)
HISTORIES: Rows = st.builds(dict, **HISTORY)
