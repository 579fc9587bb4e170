"""A database that exists: whose it is decides what may be done in it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect, require_version
from ormthesis.persistence.provisioning.databases import DatabaseServer
from ormthesis.persistence.provisioning.marks import list_databases
from ormthesis.persistence.provisioning.run import Database
from ormthesis.persistence.provisioning.urls import parse_server_url, shown

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from ormthesis.persistence.provisioning.connect import Connection


def open_existing(text: str) -> Database:
    """The database that a URL names, `owned` only where it carries our mark.

    Nothing is made or changed. Raises ServerError where it cannot be reached.
    """
    url = parse_server_url(text)
    with closing(connect(url)) as connection:
        require_version(connection, url)
        _require_writes(connection, url)
        server = DatabaseServer(url, connection, None)
        name = connection.info.dbname
        entry = next(entry for entry in list_databases(connection) if entry.name == name)
        owned = entry.mark(server.system) is not None
    return Database(url=_named(url, name), name=name, owned=owned, _server=server)


def _require_writes(connection: Connection, url: URL) -> None:
    if connection.execute("SELECT pg_is_in_recovery()").fetchall()[0][0]:
        raise ServerError(
            f"The server {shown(url)} is a standby, where no row can be inserted.",
            hint="Name its primary; every transaction there ends in ROLLBACK.",
        )


def _named(url: URL, name: str) -> URL:
    return url if url.database else url.set(database=name)
