"""Which databases are ours: those whose comment says so, truthfully.

A mark is JSON in the comment on the database. A comment survives a rename, a dump with restore and
a copy of the server, so the mark repeats what it was written on; a database is ours only if every
part still matches.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from ormthesis.persistence.provisioning.connect import Connection

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the comment holds: the server's identity, the database's OID and name, the run's id."""

    system: str
    oid: int
    name: str
    run: str

    def text(self) -> str:
        """The comment."""
        return json.dumps({"ormthesis": FORMAT, **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEntry:
    """A row of the server's list of databases."""

    oid: int
    name: str
    comment: str | None

    def mark(self, system: str) -> Mark | None:
        """The mark, if it was written on this very database."""
        mark = read_mark(self.comment)
        genuine = mark is not None and (mark.system, mark.oid, mark.name) == (
            system,
            self.oid,
            self.name,
        )
        return mark if genuine else None


def read_mark(comment: str | None) -> Mark | None:
    """The mark in a comment; None for every other comment."""
    try:
        data = json.loads(comment or "")
    except ValueError:
        return None
    if not isinstance(data, dict) or data.pop("ormthesis", None) != FORMAT:
        return None
    kinds = {"system": str, "oid": int, "name": str, "run": str}
    if data.keys() != kinds.keys() or any(type(data[key]) is not kinds[key] for key in kinds):
        return None
    return Mark(**data)


def write_mark(connection: Connection, mark: Mark) -> None:
    """Comment on the database that the mark names."""
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(mark.name), sql.Literal(mark.text())
        )
    )


def list_databases(connection: Connection) -> tuple[DatabaseEntry, ...]:
    """All databases of the server."""
    rows = connection.execute(
        "SELECT oid::bigint, datname, shobj_description(oid, 'pg_database') FROM pg_database"
    )
    return tuple(
        DatabaseEntry(oid=oid, name=name, comment=comment)  # type: ignore[arg-type]  # psycopg's rows are untyped
        for oid, name, comment in rows
    )


def system_identifier(connection: Connection) -> str:
    """The number that initdb gave the cluster.

    Where a server keeps that from us (some managed ones do), the address and port as the server
    itself sees them: weaker, since it can be reused, but OID and name of a mark must match too.
    """
    try:
        rows = connection.execute("SELECT system_identifier::text FROM pg_control_system()")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction):
        rows = connection.execute(
            "SELECT coalesce(host(inet_server_addr()), 'socket') || ':' || current_setting('port')"
        )
    return str(rows.fetchall()[0][0])
