"""Databases in the session's run, one per purpose and worker."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Database, Run


@contextmanager
def new_database(run: Run, name: str) -> Iterator[Database]:
    """An empty database, dropped at the end."""
    database = run.create_database(f"{os.environ.get('PYTEST_XDIST_WORKER', '0')}_{name}")
    yield database
    database.drop()
