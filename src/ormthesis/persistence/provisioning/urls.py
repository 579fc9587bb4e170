"""What a database URL means: a server, and a database on it that gives the base name."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ormthesis.core.errors import DatabaseUrlError

DRIVER = "postgresql+psycopg"
SCHEMES = ("postgresql", "postgres")
MAINTENANCE_DATABASE = "postgres"
EXAMPLE = "Write it as postgresql://user:password@host:5432/database"


def parse_server_url(text: str) -> URL:
    """The URL with the driver psycopg, whatever driver it names.

    Query strings, sockets (`?host=/folder`) and percent-encoded passwords stay as they are; a
    `dbname` in the query becomes the URL's database. Raises DatabaseUrlError, without the password
    in it, for what cannot be parsed or is not PostgreSQL.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        # Not chained: SQLAlchemy's and int()'s messages may hold the password.
        raise DatabaseUrlError(
            f"{_masked(text)!r} is not a database URL.", hint=f"{EXAMPLE}."
        ) from None
    scheme = url.drivername.partition("+")[0]
    if scheme not in SCHEMES:
        raise DatabaseUrlError(
            f"{_masked(text)!r} names {scheme}, but only PostgreSQL can be tested.",
            hint=f"{EXAMPLE}.",
        )
    if "@" in (url.host or ""):
        raise DatabaseUrlError(
            f"{_masked(text)!r} has more than one @ before the host.",
            hint="Percent-encode odd characters in user and password: @ is %40, : is %3A.",
        )
    return _with_one_database(url.set(drivername=DRIVER))


def shown(url: URL) -> str:
    """The URL for a message, with no password in it."""
    if "password" in url.query:
        url = url.update_query_dict({"password": "***"})
    return url.render_as_string(hide_password=True)


def _with_one_database(url: URL) -> URL:
    named = url.query.get("dbname")
    if named is None:
        return url
    return url.set(database=named if isinstance(named, str) else named[-1]).difference_update_query(
        ["dbname"]
    )


def _masked(text: str) -> str:
    text = re.sub(r"(://[^:/@?]*):.*@", r"\1:***@", text.strip(), flags=re.DOTALL)
    return re.sub(r"(password=)[^&\s]*", r"\1***", text)
