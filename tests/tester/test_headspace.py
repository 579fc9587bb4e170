"""The same on the reference domain: every rule of every kind dropped, and some changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ormthesis.schema.constraints import (
    Check,
    Constraint,
    Enumeration,
    ForeignKey,
    Length,
    NotNull,
    PrimaryKey,
    Range,
    Unique,
)
from tests.tester.dropped import drop, droppable
from tests.tester.weakening import Weakening, other, reindexed, replaced, weaker
from tests.tester.worlds import passes, sweep, units

if TYPE_CHECKING:
    from ormthesis.engine.world import World
    from tests.tester.worlds import Target

# Deletes and key updates have tests of their own; defaults do not depend on these rules.
LEFT_OUT = ("delete-*", "update-key", "defaults")

RULES = (
    (NotNull, 26),
    (PrimaryKey, 2),
    (Unique, 5),
    (ForeignKey, 10),
    (Check, 4),
    (Enumeration, 3),
    (Length, 8),
    (Range, 7),
)
REFUSED_AGENTS = {("accepted", "agents"), ("round-trip", "Agent")}
PRIORITY = "ck_agents_priority_complete"

CHANGED = (
    weaker(
        "partial key without its predicate",
        "agents",
        "unique",
        "agents.unique(claude_session_id) where claude_session_id IS NOT NULL",
        *reindexed("ix_agents_claude_session_id", "agents (claude_session_id, project_id)"),
    ),
    other(
        "composite key narrowed",
        "turns",
        {
            (
                "unique",
                "turns.unique(command_id,jsonl_entry_hash) where jsonl_entry_hash IS NOT NULL",
            )
        },
        *reindexed(
            "ix_turns_command_id_jsonl_entry_hash",
            "turns (jsonl_entry_hash) WHERE jsonl_entry_hash IS NOT NULL",
        ),
        allows={("accepted", "turns"), ("round-trip", "Turn")},
    ),
    weaker(
        "one of three columns forgotten",
        "agents",
        "check",
        f"agents.check({PRIORITY})",
        *replaced(
            "agents", PRIORITY, "CHECK ((priority_score IS NULL) = (priority_reason IS NULL))"
        ),
    ),
    other(
        "end must lie after the start",
        "agents",
        {("check", "agents.check(ck_agents_ended_after_start)")},
        *replaced("agents", "ck_agents_ended_after_start", "CHECK (ended_at > started_at)"),
        allows=REFUSED_AGENTS,
    ),
    weaker(
        "one percent too many",
        "agents",
        "check",
        "agents.check(ck_agents_context_percent)",
        *replaced(
            "agents", "ck_agents_context_percent", "CHECK (context_percent_used BETWEEN 0 AND 101)"
        ),
    ),
    weaker(
        "state that the model does not know",
        "commands",
        "enum",
        "commands.state.enum(commandstate)",
        "ALTER TYPE commandstate ADD VALUE 'STUCK'",
    ),
    weaker(
        "server default dropped",
        "objectives",
        "defaults",
        "objectives.priority_enabled",
        "ALTER TABLE objectives ALTER priority_enabled DROP DEFAULT",
    ),
    other(
        "times without a zone",
        "objectives",
        {("accepted", "objectives"), ("round-trip", "Objective")},
        "ALTER TABLE objectives ALTER set_at TYPE timestamp",
        allows={("defaults", "objectives.set_at")},
    ),
)


@pytest.mark.parametrize(("kind", "count"), RULES, ids=[kind.__name__ for kind, _ in RULES])
def test_every_rule_of_a_kind_is_missed(
    headspace: Target, intact_headspace: World, kind: type[Constraint], count: int
) -> None:
    """Dropped all at once, so that each has to be told apart from the others."""
    schema = headspace.context.schema
    rules = list(droppable(schema, kind))
    with headspace.world(*map(drop, rules)) as world:
        failures = [
            failure
            for table in schema.tables
            for failure in sweep(world, units(headspace, table.key, but=LEFT_OUT), max_examples=1)
        ]
    assert len(rules) == count
    assert {(failure.invariant, failure.subject) for failure in failures} == {
        (kind.kind.value, rule.id) for rule in rules
    }
    assert passes(intact_headspace, failures)


@pytest.mark.parametrize("weakening", CHANGED, ids=str)
def test_changed_rule_is_reported_by_name(
    headspace: Target, intact_headspace: World, weakening: Weakening
) -> None:
    with headspace.world(*weakening.ddl) as world:
        chosen = units(headspace, weakening.table, but=("delete-*",))
        failures = sweep(world, chosen, max_examples=6)
    found = {(failure.invariant, failure.subject) for failure in failures}
    assert weakening.finds <= found <= weakening.finds | weakening.allows
    assert passes(intact_headspace, failures)
