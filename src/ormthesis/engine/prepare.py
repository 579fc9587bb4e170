"""Rows that the models expect to exist: SQL and Python that fill a database made for the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa

from ormthesis.config.settings import Config
from ormthesis.core.errors import OptionError, SchemaError
from ormthesis.core.text import shorten
from ormthesis.schema import import_target

Prepare = Callable[[sa.Connection], object]
"""Called once, after the tables are made, in their transaction."""


def preparations(config: Config, given: Prepare | None = None) -> tuple[Prepare, ...]:
    """The file's statements, then the function; `given` takes the place of a configured one.

    Raises OptionError for a file that cannot be read or a function that is none, TargetError for a
    module that cannot be imported.
    """
    function = given or (_imported(config.prepare) if config.prepare else None)
    script = _script(config.seed_sql) if config.seed_sql else None
    return tuple(step for step in (script, function and _guarded(function)) if step is not None)


def _script(path: Path) -> Prepare:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise OptionError(
            f"The file of seed-sql cannot be read: {error}", hint="Name a file with SQL in UTF-8."
        ) from error

    def run(connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        try:
            driver.execute(text.encode())  # several statements go as one message
        except psycopg.Error as error:
            raise SchemaError(
                f"The statements of {path} are refused: {shorten(str(error), 300)}",
                hint="They run after the tables are made, as one script without psql's commands.",
            ) from error

    return run


def _imported(spec: str) -> Prepare:
    found = import_target(spec)
    if not callable(found):
        raise OptionError(
            f"prepare names {spec!r}, which is of type {type(found).__name__} and no function.",
            hint="Name a function that takes a SQLAlchemy connection, as in `tests.rows:prepare`.",
        )
    return found


def _guarded(function: Prepare) -> Prepare:
    def run(connection: sa.Connection) -> None:
        try:
            function(connection)
        except Exception as error:  # it is the user's, and may raise anything
            name = getattr(function, "__name__", repr(function))
            raise SchemaError(
                f"{name}, which prepares the database, raised {type(error).__name__}: "
                f"{shorten(str(error), 300)}",
                hint="Repair the function that `prepare` names, then run again.",
            ) from error

    return run
