"""PostgreSQL as the judge of expressions over a row."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import make_url

from ormthesis.persistence.literal_texts import range_text
from ormthesis.persistence.server.embedded import start_embedded
from tests.unit.rules.columns import DDL_TYPES, LABELS, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COLUMNS = tuple(TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A truth value, or the sqlstate of the error raised in its place."""

    value: bool | None = None
    sqlstate: str | None = None


class Judge:
    """A connection with one temporary table; nothing outlives it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        labels = ", ".join(f"'{label}'" for label in LABELS)
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(f"CREATE TYPE pg_temp.mood AS ENUM ({labels})")
        columns = ", ".join(f'"{c}" {DDL_TYPES.get(c, TYPES[c].name)}' for c in COLUMNS)
        connection.execute(f"CREATE TEMPORARY TABLE subject (id integer, {columns})")

    def verdicts(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        """The expression's value for each row, as stored."""
        self.connection.execute("TRUNCATE subject")
        names = ", ".join(f'"{column}"' for column in COLUMNS)
        marks = ", ".join(["%s"] * (len(COLUMNS) + 1))
        values = [
            [number, *(_sent(column, row.get(column)) for column in COLUMNS)]
            for number, row in enumerate(rows)
        ]
        insert = f"INSERT INTO subject (id, {names}) VALUES ({marks})"
        self.connection.cursor().executemany(insert.encode(), values)
        try:
            found = self.connection.execute(f"SELECT ({sql}) FROM subject ORDER BY id".encode())
            return [Verdict(value=value) for (value,) in found.fetchall()]
        except psycopg.Error:  # of some row: ask one by one
            return [self._verdict(sql, number) for number in range(len(rows))]

    def _verdict(self, sql: str, number: int) -> Verdict:
        try:
            query = f"SELECT ({sql}) FROM subject WHERE id = {number}"
            found = self.connection.execute(query.encode()).fetchone()
        except psycopg.Error as error:
            return Verdict(sqlstate=error.sqlstate)
        assert found is not None
        return Verdict(value=found[0])

    def printed(self, sql: str) -> str:
        """The expression as pg_get_constraintdef prints it once it is a CHECK."""
        try:
            self.connection.execute(
                f"ALTER TABLE subject ADD CONSTRAINT printed CHECK ({sql}) NOT VALID".encode()
            )
            found = self.connection.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'printed'"
            ).fetchone()
            assert found is not None
            return str(found[0])
        finally:
            self.connection.execute("ALTER TABLE subject DROP CONSTRAINT IF EXISTS printed")


def _sent(column: str, value: Any) -> Any:
    if isinstance(value, Range):
        return range_text(value, str)
    return Jsonb(value) if column == "doc" and value is not None else value


@contextmanager
def open_judge() -> Iterator[Judge]:
    """On TEST_DATABASE_URL, else on a server of our own."""
    with open_url() as url, psycopg.connect(url, autocommit=True) as connection:
        yield Judge(connection)


@contextmanager
def open_url() -> Iterator[str]:
    text = os.environ.get("TEST_DATABASE_URL")
    if text:
        yield make_url(text).set(drivername="postgresql").render_as_string(hide_password=False)
        return
    with start_embedded() as server:
        yield server.url.set(drivername="postgresql").render_as_string(hide_password=False)
