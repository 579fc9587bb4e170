"""One connection for provisioning, and what to say when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.urls import shown

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

Connection = psycopg.Connection[tuple[object, ...]]

OLDEST_VERSION = 130000
"""PostgreSQL 13 is the first that can drop a database to which others are connected."""

DEFAULTS: dict[str, object] = {
    "application_name": "ormthesis",
    "connect_timeout": 10,  # seconds
    # The connection holds the run's lock and is often idle: it must not be lost on the way.
    "keepalives_idle": 60,  # seconds
}


def connect(url: URL) -> Connection:
    """A connection in autocommit mode. Raises ServerError with what to do about it."""
    arguments, options = url.get_dialect()().create_connect_args(url)
    try:
        connection = psycopg.connect(*arguments, **{**DEFAULTS, **options}, autocommit=True)
    except psycopg.Error as error:
        raise connection_error(url, error) from error
    return connection


def require_version(connection: Connection, url: URL) -> None:
    """Raises ServerError where the server is too old."""
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise ServerError(
            f"The server {shown(url)} is PostgreSQL {version // 10000}; it takes 13 or newer.",
            hint="Name a newer server, or leave the URL out to use the embedded server.",
        )


def require_rights(connection: Connection, url: URL) -> None:
    """Raises ServerError unless we can make databases on this server."""
    require_version(connection, url)
    standby, may_create, role = connection.execute(
        "SELECT pg_is_in_recovery(), rolcreatedb OR rolsuper, rolname"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchall()[0]
    if standby:
        raise ServerError(
            f"The server {shown(url)} is a standby, where no database can be created.",
            hint="Name its primary, or leave the URL out to use the embedded server.",
        )
    if not may_create:
        raise ServerError(
            f"The role {role!r} may not create databases on {shown(url)}, and every run makes its "
            "own.",
            hint=f'Let an administrator run: ALTER ROLE "{role}" CREATEDB; or leave the URL out to '
            "use the embedded server.",
        )


def connection_error(url: URL, error: psycopg.Error) -> ServerError:
    """The cause in our words.

    libpq gives no SQLSTATE for a refused connection, so the cause is read from the message, which a
    server may translate; whatever is not recognised is shown as it came.
    """
    said = _without_prefix(str(error))
    name, user = url.database or url.username, url.username
    wants_password = error.pgconn is not None and error.pgconn.needs_password
    embedded = "or leave the URL out to use the embedded server."
    if "password authentication failed" in said:
        message = f"The server refused the password of {user!r} at {shown(url)}."
        hint = "Correct the password in the URL (odd characters percent-encoded: @ is %40)."
    elif wants_password or "no password supplied" in said:
        message = f"The server asks for a password of {user!r}, and {shown(url)} has none."
        hint = "Write it into the URL: postgresql://user:password@host/database."
    elif "database" in said and "does not exist" in said:
        message = f"The server has no database {name!r}: {shown(url)}."
        hint = f'Create it (createdb "{name}"), name one that exists, {embedded}'
    elif "role" in said and "does not exist" in said:
        message = f"The server has no role {user!r}: {shown(url)}."
        hint = f"Correct the user in the URL, {embedded}"
    elif "FATAL" in said:
        message = f"The server at {shown(url)} refused the connection: {said}"
        hint = f"Correct the URL or the server's configuration, {embedded}"
    else:
        message = f"The server at {shown(url)} is not reachable: {said}"
        hint = f"Start it, correct host and port, {embedded}"
    return ServerError(message, hint=hint)


def _without_prefix(text: str) -> str:
    return text.removeprefix("connection failed: ").removeprefix("connection is bad: ").strip()
