"""Tests that test_isolation.py runs in a pytest of its own; their file name keeps them out of
every other run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from ormthesis.demo.headspace import Project
from tests.integration.factories import ProjectFactory

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from ormthesis.persistence.provisioning.run import Database


def test_hold(database: Database, session: Session) -> None:
    """Keep a run alive, with an open transaction, until a line comes in."""
    ProjectFactory()
    print(f"\nHOLDS {database.name}", flush=True)
    assert sys.stdin.readline() == "end\n"


def test_record(database: Database, engine: Engine, session: Session) -> None:
    """Use the same unique values in each database, committed, and note the database's name."""
    with engine.begin() as connection:
        connection.execute(Project.__table__.insert().values(name="p", slug="p", path="/p"))
    assert session.scalars(select(Project.path)).all() == ["/p"]
    (Path(os.environ["RECORDS"]) / database.name).touch()
