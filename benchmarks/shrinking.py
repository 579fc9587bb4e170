"""Defects planted in the database: the time to shrink each to its minimal rows."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.place import Place, open_place
from ormthesis.engine.company import Company
from ormthesis.engine.plan import Unit
from ormthesis.engine.world import World
from ormthesis.invariants.failure import Failure

SEED = 1
EXAMPLES = 40
LIMIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """What is done to the database after the tables are made, and what must come of it.

    `rows` are those of the minimal graph of each failure, which the unit of this model and
    invariant reports.
    """

    name: str
    model: str
    invariant: str
    rows: int
    ddl: tuple[str, ...] = ()


_UPPER = (
    "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END$$",
    "CREATE TRIGGER shout BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION shout()",
)
DEFECTS = (
    Defect(
        name="NOT NULL dropped",
        model="Command",
        invariant="not-null",
        rows=3,
        ddl=("ALTER TABLE commands ALTER started_at DROP NOT NULL",),
    ),
    Defect(
        name="unique constraint dropped",
        model="Project",
        invariant="unique",
        rows=2,
        ddl=("ALTER TABLE projects DROP CONSTRAINT uq_projects_path",),
    ),
    Defect(
        name="unique index dropped",
        model="Agent",
        invariant="unique",
        rows=3,
        ddl=("DROP INDEX ix_agents_session_uuid",),
    ),
    Defect(
        name="unique key widened",
        model="Turn",
        invariant="unique",
        rows=5,
        ddl=(
            "DROP INDEX ix_turns_command_id_jsonl_entry_hash",
            "CREATE UNIQUE INDEX ON turns (command_id, jsonl_entry_hash, text)",
        ),
    ),
    Defect(
        name="primary key dropped",
        model="ObjectiveHistory",
        invariant="primary-key",
        rows=3,
        ddl=("ALTER TABLE objective_histories DROP CONSTRAINT pk_objective_histories",),
    ),
    Defect(
        name="foreign key dropped",
        model="Command",
        invariant="foreign-key",
        rows=3,
        ddl=("ALTER TABLE commands DROP CONSTRAINT fk_commands_agent_id_agents",),
    ),
    Defect(
        name="CASCADE lost",
        model="Agent",
        invariant="delete-sql",
        rows=3,
        ddl=(
            "ALTER TABLE commands DROP CONSTRAINT fk_commands_agent_id_agents",
            "ALTER TABLE commands ADD FOREIGN KEY (agent_id) REFERENCES agents",
        ),
    ),
    Defect(
        name="foreign key with CASCADE dropped",
        model="Objective",
        invariant="delete-sql",
        rows=2,
        ddl=(
            "ALTER TABLE objective_histories"
            " DROP CONSTRAINT fk_objective_histories_objective_id_objectives",
        ),
    ),
    Defect(
        name="SET NULL made CASCADE",
        model="Turn",
        invariant="delete-sql",
        rows=5,
        ddl=(
            "ALTER TABLE events DROP CONSTRAINT fk_events_turn_id_turns",
            "ALTER TABLE events ADD FOREIGN KEY (turn_id) REFERENCES turns ON DELETE CASCADE",
        ),
    ),
    Defect(
        name="CHECK dropped",
        model="Agent",
        invariant="check",
        rows=2,
        ddl=("ALTER TABLE agents DROP CONSTRAINT ck_agents_priority_complete",),
    ),
    Defect(
        name="CHECK's bound moved by one",
        model="Agent",
        invariant="check",
        rows=2,
        ddl=(
            "ALTER TABLE agents DROP CONSTRAINT ck_agents_context_percent",
            "ALTER TABLE agents ADD CHECK (context_percent_used BETWEEN 0 AND 101)",
        ),
    ),
    Defect(
        name="enum label added",
        model="Turn",
        invariant="enum",
        rows=4,
        ddl=("ALTER TYPE turnintent ADD VALUE 'SMALL_TALK'",),
    ),
    Defect(
        name="VARCHAR one longer",
        model="Agent",
        invariant="length",
        rows=2,
        ddl=("ALTER TABLE agents ALTER tmux_session TYPE varchar(129)",),
    ),
    Defect(
        name="SMALLINT made INTEGER",
        model="Agent",
        invariant="range",
        rows=2,
        ddl=(
            "ALTER TABLE agents DROP CONSTRAINT ck_agents_context_percent",
            "ALTER TABLE agents ALTER context_percent_used TYPE integer",
        ),
    ),
    Defect(
        name="server default dropped",
        model="Project",
        invariant="defaults",
        rows=1,
        ddl=("ALTER TABLE projects ALTER inference_paused DROP DEFAULT",),
    ),
    Defect(
        name="date-times cut to seconds",
        model="Command",
        invariant="round-trip",
        rows=3,
        ddl=("ALTER TABLE commands ALTER completed_at TYPE timestamptz(0)",),
    ),
    Defect(
        name="trigger that changes a value",
        model="Project",
        invariant="round-trip",
        rows=1,
        ddl=_UPPER,
    ),
    Defect(
        name="CHECK that no model declares",
        model="Turn",
        invariant="accepted",
        rows=4,
        ddl=("ALTER TABLE turns ADD CHECK (length(jsonl_entry_hash) < 5)",),
    ),
    Defect(
        name="none: the order of referential actions",
        model="Project",
        invariant="delete-sql",
        rows=5,
    ),
)


def measure(url: str | None) -> list[Figure]:
    with open_place(url) as place:
        return [figure for defect in DEFECTS for figure in _figures(place, defect)]


def _figures(place: Place, defect: Defect) -> list[Figure]:
    """The slowest failure of the defect, and its largest minimal graph where that is too large."""
    with place.world(*defect.ddl) as world:
        shrunk = _shrink(world, _unit(place, world, defect))
    slowest = max((seconds for seconds, _ in shrunk), default=float("inf"))
    sizes = sorted(len(failure.case.graph) for _, failure in shrunk)
    return [
        Figure(
            name=defect.name,
            value=slowest,
            unit="s",
            limit=LIMIT_SECONDS,
            peer=f"{defect.model}::{defect.invariant}: rows {', '.join(map(str, sizes))}",
        ),
        Figure(name="  rows, at most", value=max(sizes, default=0), limit=defect.rows),
    ]


def _unit(place: Place, world: World, defect: Defect) -> Unit:
    return next(
        unit
        for unit in place.units(world)
        if (unit.model, unit.invariant.id) == (defect.model, defect.invariant)
    )


def _shrink(world: World, unit: Unit) -> list[tuple[float, Failure]]:
    """Every failure that the unit's search finds, with the seconds that its shrinking took."""
    company = Company(world, (unit,), seed=SEED)
    company.boundary()
    company.random(EXAMPLES)
    (search,) = company.searches
    found: list[tuple[float, Failure]] = []
    failures = search.shrunk()
    while True:
        started = time.perf_counter()
        failure = next(failures, None)
        if failure is None:
            return found
        found.append((time.perf_counter() - started, failure))
