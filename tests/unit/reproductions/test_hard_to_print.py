"""Scripts and SQL for a schema, a composite key and classes that cannot be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityDraft, EntityRef
from ormthesis.invariants.failure import Isolation
from ormthesis.oracle.outcome import Rejection, RejectionKind
from ormthesis.reporting.reproduction import script_for, sql_for
from ormthesis.schema import load_models
from tests.unit.reproductions.failures import delete, graph, refused
from tests.unit.reproductions.test_literals import MODELS as CORE_MODELS
from tests.unit.reproductions.test_script import Running, ran, url  # noqa: F401 - a fixture
from tests.unit.reproductions.warehouse import Base

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.invariants.failure import Failure

MODELS = load_models(Base, name="tests.unit.reproductions.warehouse:Base")
CRATE, ITEM = EntityRef("crate", 0), EntityRef("item", 0)


def failure(*, objects: bool) -> Failure:
    """Deleting a crate with an item in it is refused."""
    key = MODELS.schema.by_key["ware house.items"].foreign_keys[0].id
    rows = graph(
        EntityDraft(
            ref=CRATE, table="ware house.crates", values={"hall": "x", "row %": 2}, references={}
        ),
        EntityDraft(ref=ITEM, table="ware house.items", values={}, references={key: CRATE}),
    )
    rejection = Rejection(
        kind=RejectionKind.FOREIGN_KEY_VIOLATION,
        message="violates foreign key constraint",
        sqlstate="23503",
        constraint="fk_items_crate",
    )
    return refused(
        Case(graph=rows, operation=delete(CRATE, objects=objects, loaded=objects), subject="Crate"),
        rejection,
        model="Crate",
        table="ware house.crates",
        isolation=Isolation.COMMITTED,
    )


def test_the_script_reproduces_it(
    url: str,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    script = script_for(failure(objects=True), MODELS)
    assert "    Crate = next(mapper.class_ for mapper in Base.registry.mappers" in script
    running = Running(script, tmp_path, url=url, plant="no_action")
    repaired = ran(script, tmp_path, url=url)
    planted = running.wait()
    assert (planted.code, planted.error) == (1, "")
    assert "23503 fk_items_crate" in planted.lines[1]
    assert (repaired.code, repaired.error) == (0, "")


def test_the_sql_names_everything_as_it_must_be_quoted() -> None:
    lines = sql_for(failure(objects=False), MODELS).splitlines()
    assert 'INSERT INTO "ware house".crates (hall, "row %") VALUES (\'x\', 2);' in lines
    (item,) = (line for line in lines if line.startswith('INSERT INTO "ware house".items'))
    assert item.endswith("(id, hall, row) OVERRIDING SYSTEM VALUE VALUES (101, 'x', 2);")
    assert 'DELETE FROM "ware house".crates WHERE hall = \'x\' AND "row %" = 2;' in lines
    assert "SET CONSTRAINTS ALL IMMEDIATE;" in lines


def test_tables_without_classes_are_found_through_the_modules() -> None:
    ref = EntityRef("moods", 0)
    rows = graph(EntityDraft(ref=ref, table="moods", values={"id": 1}, references={}))
    found = refused(
        Case(graph=rows, operation=delete(ref)),
        Rejection(kind=RejectionKind.OTHER, message="no"),
        model="moods",
        table="moods",
    )
    script = script_for(found, CORE_MODELS)
    imported = "from tests.unit.reproductions.test_literals import metadata as metadata_"
    assert f"    {imported}\n" in script
    assert "\n    metadata = metadata_\n" in script
