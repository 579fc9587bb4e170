"""Print the URL of a PostgreSQL in one of the usual places where the tests can make databases.

Tried with the current user and no password; nothing is printed where there is none.
"""

from __future__ import annotations

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect, require_rights
from ormthesis.persistence.provisioning.urls import parse_server_url

PLACES = (
    "postgresql://127.0.0.1:5432/postgres",
    "postgresql:///postgres?host=/var/run/postgresql",
    "postgresql:///postgres?host=/tmp",
)


def is_usable(text: str) -> bool:
    """Whether a server listens there, lets us in and lets us make databases."""
    try:
        url = parse_server_url(text)
        with connect(url) as connection:
            require_rights(connection, url)
    except ServerError:
        return False
    return True


if __name__ == "__main__":
    print(next(filter(is_usable, PLACES), ""))
