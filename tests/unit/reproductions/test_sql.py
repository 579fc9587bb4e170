"""Printed SQL, run statement by statement on a real server as psql does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from ormthesis.oracle.judge import Verdict
from ormthesis.reporting.reproduction import sql_for
from tests.unit.reproductions.failures import FAILURES, HEADSPACE, LIBRARY, event_bug, plant_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ormthesis.persistence.provisioning.run import Run
    from ormthesis.schema import Models

# Only the ORM, or only the model, shows these.
THROUGH_ORM = {name for name in FAILURES if name.endswith("_through_orm")} | {"forgetting"}
IN_SQL = [name for name in FAILURES if name not in THROUGH_ORM | {"any_code", "forgetful"}]


@dataclass(frozen=True)
class Ran:
    """`error` is the SQLSTATE and constraint of the operation, `values` what was selected after."""

    error: tuple[str | None, str | None] | None
    values: list[object]
    left: dict[str, int]


def statements(sql: str) -> Iterator[str]:
    """The statements with the comments before them; a semicolon in a literal ends none."""
    held: list[str] = []
    for line in sql.splitlines():
        held.append(line)
        code = "\n".join(part for part in held if not part.startswith("--"))
        if code.endswith(";") and code.count("'") % 2 == 0:
            yield "\n".join(held)
            held.clear()
    assert not [line for line in held if line and not line.startswith("--")]


@pytest.fixture
def database(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Models, str], sa.Engine]]:
    """Makes a database with the tables of the models, one rule planted."""
    made = []

    def make(models: Models, plant: str) -> sa.Engine:
        monkeypatch.setenv("PLANTED", plant)
        database = run.create_database(f"sql{uuid4().hex[:6]}")
        engine = database.engine()
        made.append((database, engine))
        models.metadata.create_all(engine)
        return engine

    yield make
    for database, engine in made:
        engine.dispose()
        database.drop()


def execute(sql: str, engine: sa.Engine, models: Models) -> Ran:
    """As psql without ON_ERROR_STOP: an error does not end the script."""
    error, values = None, []
    with psycopg.connect(_conninfo(engine), autocommit=True) as connection:
        for statement in statements(sql):
            try:
                cursor = connection.execute(statement)
            except psycopg.errors.InFailedSqlTransaction:
                continue
            except psycopg.Error as caught:
                if error is not None or "-- predicted: " not in statement:
                    pytest.fail(f"{caught} for {statement}")
                error = (caught.sqlstate, caught.diag.constraint_name)
            else:
                values += [row[0] for row in cursor.fetchall()] if cursor.description else []
        left = {
            key: connection.execute(f"SELECT count(*) FROM {key}").fetchall()[0][0]
            for key in models.tables
        }
    return Ran(error=error, values=values, left=left)


def _conninfo(engine: sa.Engine) -> str:
    url = engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize("name", IN_SQL)
def test_a_planted_failure_shows_and_its_repaired_twin_does_not(
    name: str, database: Callable[[Models, str], sa.Engine]
) -> None:
    failure = FAILURES[name]
    sql = sql_for(failure, LIBRARY)
    planted = execute(sql, database(LIBRARY, plant_of(name)), LIBRARY)
    repaired = execute(sql, database(LIBRARY, ""), LIBRARY)
    match failure.mismatch.verdict:
        case Verdict.ACCEPTED:
            assert planted.error is None
            assert repaired.error is not None
        case Verdict.REJECTED:
            assert planted.error == ("23514", "short_names")
            assert repaired.error is None
        case Verdict.WRONG_RULE:
            assert planted.error == ("23514", "first_only")
            assert repaired.error == ("23505", "uq_shelves_name")
        case _:
            assert planted.error is repaired.error is None
            assert planted.values != repaired.values
    assert set(planted.left.values()) == set(repaired.left.values()) == {0}


@pytest.mark.parametrize("name", sorted(THROUGH_ORM))
def test_what_was_seen_through_the_orm_is_valid_sql_that_says_so(
    name: str, database: Callable[[Models, str], sa.Engine]
) -> None:
    sql = sql_for(FAILURES[name], LIBRARY)
    assert "-- The failure was seen through the ORM" in sql
    found = execute(sql, database(LIBRARY, ""), LIBRARY)
    assert found.error is None
    assert set(found.left.values()) == {0}


def test_what_only_the_model_refuses_has_no_sql() -> None:
    sql = sql_for(FAILURES["any_code"], LIBRARY)
    assert all(line.startswith("--") for line in sql.splitlines())
    assert "there is no SQL" in sql


def test_values_are_written_as_they_are(database: Callable[[Models, str], sa.Engine]) -> None:
    """Quotes, backslashes, JSON, arrays and bytes."""
    engine = database(LIBRARY, "")
    sql = sql_for(FAILURES["cascade"], LIBRARY)
    setup = sql.partition("-- operation")[0]
    with psycopg.connect(_conninfo(engine), autocommit=True) as connection:
        for statement in statements(setup):
            connection.execute(statement)
    with engine.connect() as connection:
        books = LIBRARY.tables["books"]
        rows = connection.execute(sa.select(books).order_by("id")).all()
        assert [rows[0].notes, rows[0].tags] == [{"a": ["'\\", None]}, ['"', ""]]
        assert rows[0].sequel_id == rows[1].id
        assert rows[1].cover == b"\0'"


def test_the_bug_of_the_reference_domain(database: Callable[[Models, str], sa.Engine]) -> None:
    sql = sql_for(event_bug(), HEADSPACE)
    engine = database(HEADSPACE, "")
    found = execute(sql, engine, HEADSPACE)
    assert found.error is not None
    assert found.error[0] == "23503"
    with engine.begin() as connection:
        for key in sa.inspect(connection).get_foreign_keys("events"):
            deferred = f"ALTER CONSTRAINT {key['name']} DEFERRABLE INITIALLY DEFERRED"
            connection.execute(sa.text(f"ALTER TABLE events {deferred}"))
    assert execute(sql, engine, HEADSPACE).error is None
    assert set(found.left.values()) == {0}
