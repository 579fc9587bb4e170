"""Create, mark, find and drop our databases on one server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeAlias

import psycopg
from psycopg import sql

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect
from ormthesis.persistence.provisioning.ledger import Entry
from ormthesis.persistence.provisioning.locks import live_runs
from ormthesis.persistence.provisioning.marks import (
    DatabaseEntry,
    Mark,
    list_databases,
    system_identifier,
    write_mark,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.connect import Connection
    from ormthesis.persistence.provisioning.ledger import Ledger

HAS_OID_AND_STRATEGY = 150000
"""From PostgreSQL 15 on CREATE DATABASE takes an OID and a way of copying."""

OID_RANGE = (1_000_000_000, 2_000_000_000)
"""OIDs to choose from: beyond those that a server hands out soon, and positive as an int4."""

Outcomes: TypeAlias = "Mapping[str, str | None]"
"""Names of databases to drop: None for one that is gone, else why the server refused."""

USER_TABLES = """
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'f', 'm', 'v', 'S')
      AND nspname <> 'information_schema' AND nspname !~ '^pg_'"""


class DatabaseServer:
    """What we do to databases through one connection.

    `ledger` is None on a server that is ours as a whole, where nothing needs to be told apart.
    """

    def __init__(self, url: URL, connection: Connection, ledger: Ledger | None) -> None:
        self.url = url
        self.connection = connection
        self.system = system_identifier(connection)
        self._ledger = ledger

    def create(self, name: str, run: str, template: str | None = None) -> None:
        """Create a database, empty or a copy of `template`, and mark it.

        Raises ServerError when the server refuses; then there is nothing to clean up.
        """
        chosen = self.connection.info.server_version >= HAS_OID_AND_STRATEGY
        oid = _random_oid() if chosen else None
        if self._ledger:
            self._ledger.add(Entry(system=self.system, name=name, oid=oid, run=run))
        try:
            self.connection.execute(_create_statement(name, oid, template))
        except psycopg.Error as error:
            self._forget(name)
            raise ServerError(
                f"The database {name!r} cannot be created: {error}",
                hint="The run needs it; the server's message says what is in its way.",
            ) from error
        self._mark(name, run)

    def seal(self, name: str) -> None:
        """Let nobody connect any more: a database with connections cannot be copied."""
        self.connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
        )
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user",
            (name,),
        )

    def drop(self, name: str) -> None:
        """Drop a database if it is still there and still ours, whoever is connected to it.

        Raises ServerError when the server refuses.
        """
        for entry, _ in self._ours():
            if entry.name == name:
                try:
                    self._drop(entry)
                except psycopg.Error as error:
                    raise ServerError(
                        f"The database {name!r} cannot be dropped: {error}",
                        hint="Drop it yourself, or leave it to the next run.",
                    ) from error

    def drop_run(self, run: str) -> Outcomes:
        """Drop all databases of one run, those of its workers and of workers that died included."""
        return self._drop_all(entry for entry, maker in self._ours() if maker == run)

    def drop_left_overs(self) -> Outcomes:
        """Drop the databases of all runs that are over."""
        # In this order: a run holds its lock before it notes or creates a database, and until the
        # server has finished its last statement. So a run whose database or entry was seen, and
        # whose lock is free afterwards, is over.
        noted = self._noted()
        ours = self._ours()
        live = live_runs(self.connection)
        outcomes = self._drop_all(entry for entry, maker in ours if maker not in live)
        present = {entry.name for entry in list_databases(self.connection)}
        for name in noted.keys() - present:  # dropped by somebody else, or never made
            if noted[name].run not in live:
                self._forget(name)
        return outcomes

    def _ours(self) -> list[tuple[DatabaseEntry, str]]:
        """Our databases, each with the id of the run that made it."""
        noted = self._noted()
        ours = []
        for entry in list_databases(self.connection):
            mark = entry.mark(self.system)
            announced = noted.get(entry.name)
            if mark is not None:
                ours.append((entry, mark.run))
            elif announced is not None and self._is_as_noted(entry, announced):
                ours.append((entry, announced.run))
        return ours

    def _noted(self) -> dict[str, Entry]:
        entries = self._ledger.entries(self.system) if self._ledger else ()
        return {entry.name: entry for entry in entries}

    def _is_as_noted(self, entry: DatabaseEntry, noted: Entry) -> bool:
        """True for the unmarked database that an entry of the ledger announced.

        An OID that we chose proves it, tables or not (a copy has those of its template). Without,
        it must be empty: then nothing is lost even if the name is somebody else's by now.
        """
        if entry.comment is not None:
            return False
        if noted.oid is not None:
            return noted.oid == entry.oid
        try:
            with connect(self.url.set(database=entry.name)) as connection:
                return connection.execute(USER_TABLES).fetchall()[0][0] == 0
        except ServerError:
            return False  # we cannot look into it, so it stays

    def _drop_all(self, entries: Iterable[DatabaseEntry]) -> Outcomes:
        outcomes: dict[str, str | None] = {}
        for entry in entries:
            try:
                self._drop(entry)
                outcomes[entry.name] = None
            except psycopg.Error as error:
                if self.connection.closed:
                    raise
                outcomes[entry.name] = str(error)
        return outcomes

    def _drop(self, entry: DatabaseEntry) -> None:
        self.connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(entry.name))
        )
        self._forget(entry.name)

    def _mark(self, name: str, run: str) -> None:
        oid = next(e.oid for e in list_databases(self.connection) if e.name == name)
        write_mark(self.connection, Mark(system=self.system, oid=oid, name=name, run=run))

    def _forget(self, name: str) -> None:
        if self._ledger:
            self._ledger.remove(self.system, name)


def _random_oid() -> int:
    low, high = OID_RANGE
    return low + secrets.randbelow(high - low)


def _create_statement(name: str, oid: int | None, template: str | None) -> sql.Composed:
    parts = [sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))]
    if template is not None:
        parts.append(sql.SQL("TEMPLATE {}").format(sql.Identifier(template)))
    if oid is not None:
        parts.append(sql.SQL("OID {} STRATEGY file_copy").format(sql.Literal(oid)))
    return sql.SQL(" ").join(parts)
