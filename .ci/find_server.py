"""Print the URL of a PostgreSQL where the tests can make databases; end with 1 if there is none.

`TEST_DATABASE_URL` comes first, then the usual places, with the current user and no password.
"""

from __future__ import annotations

import os
import sys

from ormthesis.core.errors import ServerError
from ormthesis.persistence.provisioning.connect import connect, require_rights
from ormthesis.persistence.provisioning.urls import parse_server_url

PLACES = (
    "postgresql://127.0.0.1:5432/postgres",
    "postgresql:///postgres?host=/var/run/postgresql",
    "postgresql:///postgres?host=/tmp",
)


def usable(text: str) -> bool:
    """Whether a server listens there, lets us in and lets us make databases."""
    try:
        url = parse_server_url(text)
        with connect(url) as connection:
            require_rights(connection, url)
    except ServerError as error:
        print(f"not used: {error.message}", file=sys.stderr)
        return False
    return True


def main() -> int:
    given = os.environ.get("TEST_DATABASE_URL")
    for place in (given,) if given else PLACES:
        if usable(place):
            print(place)
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
