"""The real bug of the reference domain, found from the models alone, and nothing beside it.

Two more true findings are of its class. All three are repeated here with plain SQL on committed
rows, so that the engine is not its own witness.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import MetaData

from ormthesis.config.settings import Config
from ormthesis.demo.headspace import Base
from ormthesis.engine.unit import run_unit
from ormthesis.generation.case import Case, Operation, OperationKind
from ormthesis.generation.graph import EntityRef
from ormthesis.invariants.registry import builtin
from tests.tester.worlds import make_target, steady_world, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ormthesis.engine.world import World
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.worlds import Target

SEEDS = range(20)
KEYS = {
    parent: f"events.{parent}_id->{parent}s" for parent in ("project", "agent", "command", "turn")
}
THE_BUG = "delete-sql | Project | projects | action-order | events.turn_id->turns"
FINDINGS = {
    THE_BUG,
    "delete-sql | Project | projects | action-order | events.command_id->commands",
    "delete-sql | Agent | agents | action-order | events.turn_id->turns",
}
# Refused only where the deleting transaction has inserted the rows: (deleted, parents).
ARTEFACTS = (
    ("project", {"agent", "turn"}),
    ("agent", {"agent", "turn"}),
    ("agent", {"project", "agent", "turn"}),
    ("project", {"project", "command"}),
    ("project", {"project", "command", "turn"}),
)


def runs(
    world: World, target: Target, table: str, seeds: Iterable[int] = SEEDS
) -> list[list[Failure]]:
    """The failures of one run with default settings for each seed."""
    (unit,) = units(target, table, "delete-sql")
    return [list(run_unit(world, unit, Config(target=""), seed=seed).failures) for seed in seeds]


def parents_of_the_event(case: Case) -> dict[str, str]:
    """Which rows the only event refers to."""
    (event,) = case.graph.of_table("events")
    return {
        name: str(event.references[key]) for name, key in KEYS.items() if event.references.get(key)
    }


def test_found_by_every_seed_and_shrunk(headspace: Target, intact_headspace: World) -> None:
    of_projects = runs(intact_headspace, headspace, "projects")
    of_agents = runs(intact_headspace, headspace, "agents", range(5))
    for found in of_projects:
        (bug,) = [failure for failure in found if failure.fingerprint == THE_BUG]
        rows = [str(draft.ref) for draft in bug.case.graph.drafts]
        assert rows == ["project#0", "agent#0", "command#0", "turn#0", "event#0"]
        assert parents_of_the_event(bug.case).keys() == {"project", "agent", "turn"}
        assert str(bug.case.operation) == "delete row project#0"
    found_somewhere = chain.from_iterable((*of_projects, *of_agents))
    assert {failure.fingerprint for failure in found_somewhere} == FINDINGS
    assert all(len(found) == 2 for found in of_projects)
    assert all(len(found) == 1 for found in of_agents)


def test_the_other_two_are_shrunk_too(headspace: Target, intact_headspace: World) -> None:
    (of_projects,) = runs(intact_headspace, headspace, "projects", [0])
    ((of_agent,),) = runs(intact_headspace, headspace, "agents", [0])
    (other,) = [failure for failure in of_projects if failure.fingerprint != THE_BUG]
    # A command of another agent than the event's.
    assert parents_of_the_event(other.case).keys() == {"project", "agent", "command"}
    assert [draft.table for draft in other.case.graph.drafts] == [
        *("projects", "agents", "agents", "commands", "events")
    ]
    # A turn of another command than the event's.
    assert parents_of_the_event(of_agent.case).keys() == {"agent", "command", "turn"}
    assert [draft.table for draft in of_agent.case.graph.drafts] == [
        *("projects", "agents", "commands", "commands", "turns", "events")
    ]


def test_artefacts_are_no_failures(headspace: Target, intact_headspace: World) -> None:
    """The engine's own verdict on exactly these graphs, in the sandbox where it finds the bug."""
    world, delete_sql = intact_headspace, builtin()["delete-sql"]
    (found,) = runs(world, headspace, "projects", [0])
    (bug,) = [failure for failure in found if failure.fingerprint == THE_BUG]
    tables = headspace.context.schema.by_key
    for deleted, parents in ARTEFACTS:
        case = with_parents(bug.case, deleted, parents)
        assert world.recheck(delete_sql, tables[f"{deleted}s"], case) == []
    again = world.recheck(delete_sql, tables["projects"], bug.case)
    assert [failure.fingerprint for failure in again] == [THE_BUG]


def with_parents(case: Case, deleted: str, parents: set[str]) -> Case:
    """The same chain of rows, with the event referring to other rows of it."""
    (event,) = case.graph.of_table("events")
    for parent, key in KEYS.items():
        event = event.with_reference(key, EntityRef(parent, 0) if parent in parents else None)
    operation = Operation(kind=OperationKind.DELETE_ROW, ref=EntityRef(deleted, 0))
    return replace(
        case, graph=case.graph.replace(event), operation=operation, subject=f"{deleted}s"
    )


def test_deferred_keys_have_no_such_failure(tester_database: Database) -> None:
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        copy = table.to_metadata(metadata)
        if table.name == "events":
            for key in copy.foreign_key_constraints:
                key.deferrable, key.initially = True, "DEFERRED"
    target = make_target(tester_database, metadata)
    assert all(
        key.initially_deferred for key in target.context.schema.by_key["events"].foreign_keys
    )
    with steady_world(target) as world:
        assert runs(world, target, "projects", range(3)) == [[], [], []]
        assert runs(world, target, "agents", range(3)) == [[], [], []]


ROWS = """
INSERT INTO projects (id, name, slug, path, created_at) VALUES (1, 'p', 'p', 'p', now());
INSERT INTO agents (id, session_uuid, project_id, started_at, last_seen_at)
VALUES (1, gen_random_uuid(), 1, now(), now()), (2, gen_random_uuid(), 1, now(), now());
INSERT INTO commands (id, agent_id, state, started_at)
VALUES (1, 1, 'IDLE', now()), (2, 1, 'IDLE', now()), (3, 2, 'IDLE', now());
INSERT INTO turns (id, command_id, actor, intent, text, timestamp)
VALUES (1, 1, 'USER', 'COMMAND', 't', now()), (2, 2, 'USER', 'COMMAND', 't', now());
"""


@pytest.mark.parametrize(
    ("deleted", "parents", "refused_by"),
    [
        ("projects", {"project": 1, "agent": 1, "turn": 1}, "fk_events_turn_id_turns"),
        ("projects", {"project": 1, "agent": 1, "command": 3}, "fk_events_command_id_commands"),
        ("agents", {"agent": 1, "command": 1, "turn": 2}, "fk_events_turn_id_turns"),
        # Nearly the same, and accepted: what makes each of them true.
        ("projects", {"project": 1, "agent": 1, "command": 1, "turn": 1}, None),
        ("projects", {"project": 1, "agent": 1, "command": 1}, None),
        ("agents", {"agent": 1, "command": 1, "turn": 1}, None),
        *(
            (f"{deleted}s", dict.fromkeys(sorted(parents), 1), None)
            for deleted, parents in ARTEFACTS
        ),
    ],
)
def test_plain_sql_on_committed_rows(
    intact_headspace: World, deleted: str, parents: Mapping[str, int], refused_by: str | None
) -> None:
    names = ", ".join(f"{parent}_id" for parent in parents)
    keys = ", ".join(map(str, parents.values()))
    with committing(intact_headspace) as connection:
        connection.execute(ROWS)
        connection.execute(
            f"INSERT INTO events (timestamp, event_type, {names}) VALUES (now(), 'e', {keys})"
        )
        connection.commit()
        if refused_by is None:
            connection.execute(f"DELETE FROM {deleted} WHERE id = 1")
            return
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
            connection.execute(f"DELETE FROM {deleted} WHERE id = 1")
        assert caught.value.diag.constraint_name == refused_by


@contextmanager
def committing(world: World) -> Iterator[psycopg.Connection[Any]]:
    """A connection of our own to the world's database, which is left empty."""
    url = world.sandbox._engine.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        yield connection
        connection.rollback()
        connection.execute("DELETE FROM events; DELETE FROM projects")
