"""Scripts and SQL whose rows need one another: one statement writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ormthesis.generation.case import Case, Change, Mutation, MutationKind
from ormthesis.generation.graph import EntityDraft, EntityRef
from ormthesis.invariants.failure import Isolation
from ormthesis.reporting.reproduction import script_for, sql_for
from ormthesis.schema import load_models
from tests.unit.reproductions.failures import accepted, delete, graph
from tests.unit.reproductions.pairs import Base
from tests.unit.reproductions.test_script import Running, ran, url  # noqa: F401 - a fixture
from tests.unit.reproductions.test_sql import database, execute  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import sqlalchemy as sa

    from ormthesis.schema import Models

TARGET = "tests.unit.reproductions.pairs:Base"
MODELS = load_models(Base, name=TARGET)
KEY, LOCK = EntityRef("key", 0), EntityRef("lock", 0)
IDS = {
    name: key.id
    for table in ("keys", "locks")
    for key in MODELS.schema.by_key[table].foreign_keys
    for name in key.columns
}
PAIR = graph(
    EntityDraft(
        ref=KEY,
        table="keys",
        values={"teeth": 3},
        references={IDS["lock_id"]: LOCK, IDS["spare_id"]: None},
    ),
    EntityDraft(ref=LOCK, table="locks", values={}, references={IDS["key_id"]: KEY}),
)
FAILURES = {
    "toothless": accepted(
        Case(
            graph=PAIR,
            mutation=Mutation(
                kind=MutationKind.NULL,
                constraint="keys.teeth.not_null",
                ref=KEY,
                changes=(Change(column="teeth", old=3, new=None),),
            ),
            subject="keys.teeth.not_null",
        )
    ),
    "cascade": replace(
        accepted(Case(graph=PAIR, operation=delete(KEY), subject=IDS["key_id"])),
        isolation=Isolation.COMMITTED,
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_sql(name: str, database: Callable[[Models, str], sa.Engine]) -> None:  # noqa: F811
    sql = sql_for(FAILURES[name], MODELS)
    assert sql.count("WITH w0 AS (INSERT INTO") == 1
    planted, repaired = (execute(sql, database(MODELS, p), MODELS) for p in (name, ""))
    assert planted.error is None
    assert (
        repaired.error
        == {
            "toothless": ("23502", None),
            "cascade": ("23503", "fk_locks_key"),
        }[name]
    )
    assert set(planted.left.values()) == set(repaired.left.values()) == {0}


@pytest.mark.parametrize("name", FAILURES)
def test_script(name: str, url: str, tmp_path: Path) -> None:  # noqa: F811
    script = script_for(FAILURES[name], MODELS, target=TARGET)
    assert script.count("    insert_together(\n") == 1
    running = Running(script, tmp_path, url=url, plant=name)
    repaired = ran(script, tmp_path, url=url)
    planted = running.wait()
    assert (planted.code, planted.error) == (1, "")
    assert (repaired.code, repaired.error) == (0, "")
