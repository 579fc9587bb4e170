"""Scripts and SQL carry values of every type: a row of edges is taken by a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.generation.case import (
    INSERT_OBJECTS,
    INSERT_ROWS,
    Case,
    Change,
    Mutation,
    MutationKind,
    Operation,
)
from ormthesis.generation.edges import edge_values
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.oracle.outcome import Rejection, RejectionKind
from ormthesis.reporting.reproduction import script_for, sql_for
from ormthesis.schema import load_models
from ormthesis.schema.types import Stored
from tests.unit.oracle.every_type import Base
from tests.unit.reproductions.failures import refused
from tests.unit.reproductions.test_script import Running
from tests.unit.reproductions.test_sql import statements

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Run

MODELS = load_models(Base)
TARGET = "tests.unit.oracle.every_type:Base"
REF = EntityRef("thing", 0)
OTHER = Rejection(kind=RejectionKind.OTHER, message="no")


def failure(operation: Operation, number: int, mutation: Mutation | None = None) -> Failure:
    """One that is not there: a row with some edge of every type is said to be refused."""
    values: dict[str, Any] = {}
    for column in MODELS.schema.by_key["things"].columns:
        edges = edge_values(column.type)
        if not column.surrogate and edges:
            # Of domains the CHECK is left to others.
            values[column.name] = None if column.type.domain else edges[number % len(edges)]
    draft = EntityDraft(ref=REF, table="things", values=values, references={})
    case = Case(
        graph=EntityGraph(drafts=(draft,)),
        operation=operation,
        subject="things",
        mutation=mutation,
    )
    return refused(case, OTHER, model="Thing", table="things")


# Written around its decorator, which refuses it: no script could send it through the type.
AROUND = Mutation(
    kind=MutationKind.EDGE,
    constraint="things",
    ref=REF,
    changes=(Change(column="list_text", old=None, new=Stored("no list")),),
)


def test_a_script_carries_every_type(run: Run, tmp_path: Path) -> None:
    """By SQL and through the ORM."""
    url = run.server_url.render_as_string(hide_password=False)
    failures = [failure(INSERT_ROWS, 1, AROUND), failure(INSERT_OBJECTS, -2)]
    scripts = [script_for(each, MODELS, target=TARGET) for each in failures]
    assert "sa.literal_column(\"'no list'\")" in scripts[0]
    running = [Running(text, tmp_path, url=url, plant=str(n)) for n, text in enumerate(scripts)]
    for each in running:
        ran = each.wait()
        assert (ran.code, ran.error) == (0, "")
        assert ran.lines[1] == "observed:  accepted"


def test_sql_carries_every_type(run: Run) -> None:
    database = run.create_database("typed_sql")
    engine = database.engine()
    try:
        with engine.begin() as connection:
            for name in MODELS.schema.extensions:
                connection.exec_driver_sql(f"CREATE EXTENSION {name}")
            Base.metadata.create_all(connection)
        for number in (1, -2):
            with engine.connect() as connection:
                raw = connection.connection.driver_connection
                for statement in statements(sql_for(failure(INSERT_ROWS, number), MODELS)):
                    raw.execute(statement)
    finally:
        engine.dispose()
        database.drop()
