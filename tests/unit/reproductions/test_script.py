"""Printed scripts, run as a user would: in a process of their own, on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ormthesis.engine.reproductions import Reproduction
from ormthesis.reporting.reproduction import script_for
from tests.unit.reproductions.failures import FAILURES, HEADSPACE, LIBRARY, event_bug, plant_of

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Run

ROOT = Path(__file__).parents[3]
TARGET = "tests.unit.reproductions.library:Base"
REPAIRED_HEADSPACE = "tests.unit.reproductions.repaired_headspace:Base"


class Running:
    """A script that was started; `wait` tells what it printed and how it ended."""

    def __init__(self, script: str, folder: Path, *, url: str | None, plant: str = "") -> None:
        path = folder / f"reproduce_{plant}.py"
        path.write_text(script, encoding="utf-8")
        environment = {**os.environ, "PLANTED": plant, "PYTHONIOENCODING": "utf-8"}
        environment.pop("DATABASE_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", str(path), *([url] if url else [])],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def wait(self) -> Ran:
        with self._process:
            output, error = self._process.communicate(timeout=120)
        return Ran(code=self._process.returncode, lines=output.splitlines(), error=error)


@dataclass(frozen=True, kw_only=True)
class Ran:
    code: int
    lines: list[str]
    error: str


def ran(script: str, folder: Path, *, url: str | None, plant: str = "") -> Ran:
    return Running(script, folder, url=url, plant=plant).wait()


@pytest.fixture(scope="session")
def url(run: Run) -> str:
    return run.server_url.render_as_string(hide_password=False)


# What the scripts say of the planted database, and the beginning of what happened there.
SAID = {
    "no_unique": ("refused by shelves.unique(name)", "accepted"),
    "short_names": ("accepted", "refused: 23514 short_names: new row for relation"),
    "first_only": ("refused by shelves.unique(name)", "refused: 23514 first_only: new row"),
    "cascade": ("accepted, then book#0 is there", "accepted; book#0 is gone"),
    "following": ("refused by books.shelf_id->shelves", "accepted"),
    "clinging_take": ("accepted, then book#0.shelf_id is NULL", "accepted; book#0.shelf_id is "),
    "shouting": (
        "accepted, then book#0.title is 'quiet'",
        "accepted; book#0.title is 'QUIET', predicted 'quiet'",
    ),
    "any_code": ("refused by lenders.code", "accepted"),
}


# Those that differ from others only in the kind of mutation are left to the tests of the SQL.
IN_SCRIPTS = [name for name in FAILURES if name not in ("wide_code", "shouting_mutant")]


@pytest.mark.parametrize("name", IN_SCRIPTS)
def test_a_planted_failure_is_reproduced_and_its_repaired_twin_is_not(
    name: str, url: str, tmp_path: Path
) -> None:
    failure = FAILURES[name]
    script = script_for(failure, LIBRARY, target=TARGET)
    running = Running(script, tmp_path, url=url, plant=plant_of(name))
    repaired = ran(script, tmp_path, url=url)
    planted = running.wait()
    assert (planted.code, planted.error) == (1, "")
    assert (repaired.code, repaired.error) == (0, "")
    assert planted.lines[2:] == [f"REPRODUCED: {failure.title}"]
    assert repaired.lines[2:] == [f"NOT REPRODUCED: {failure.title}"]
    predicted, observed = SAID.get(name, ("", ""))
    assert planted.lines[0].startswith(f"predicted: {predicted}")
    assert planted.lines[1].startswith(f"observed:  {observed}")
    assert planted.lines[1] != repaired.lines[1]


def test_the_bug_of_the_reference_domain(url: str, tmp_path: Path) -> None:
    script = script_for(event_bug(), HEADSPACE)
    running = Running(script, tmp_path, url=url, plant="nothing")
    repaired = script_for(event_bug(), HEADSPACE, target=REPAIRED_HEADSPACE)
    assert ran(repaired, tmp_path, url=url).code == 0
    found = running.wait()
    if found.code == 0:  # OIDs went from one length to the next, which happens once
        found = ran(script, tmp_path, url=url)
    assert (found.code, found.error) == (1, "")
    assert found.lines[1].startswith("observed:  refused: 23503 fk_events_")


@pytest.mark.parametrize("name", ["no_unique", "cascade_through_orm", "forgetting"])
def test_a_reproduction_prints_the_same_script_as_its_failure(name: str) -> None:
    failure: Failure = FAILURES[name]
    kept = Reproduction.of(failure, target=TARGET)
    assert script_for(kept, LIBRARY) == script_for(failure, LIBRARY, target=TARGET)


def test_without_a_target_the_base_of_the_models_is_imported(url: str, tmp_path: Path) -> None:
    unnamed = replace(LIBRARY, name="Base")
    script = script_for(FAILURES["no_unique"], unnamed)
    assert "from tests.unit.reproductions.library import Base\n" in script
    assert ran(script, tmp_path, url=url, plant="no_unique").code == 1


def test_the_scratch_database_is_gone_afterwards(url: str, tmp_path: Path) -> None:
    script = script_for(FAILURES["cascade"], LIBRARY, target=TARGET)
    name = "gone_afterwards_"
    assert "reproduction_{" in script
    script = script.replace("reproduction_{", name + "{")
    assert ran(script, tmp_path, url=url, plant="cascade").code == 1
    broken = script.replace('insert(connection, "shelves", {', 'insert(connection, "racks", {')
    assert broken != script
    failed = ran(broken, tmp_path, url=url)
    assert failed.code == 2
    assert "KeyError: 'racks'" in failed.error
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as admin:
        query = sa.text("SELECT datname FROM pg_database WHERE datname LIKE :name")
        assert list(admin.scalars(query, {"name": f"{name}%"})) == []
    engine.dispose()


def test_what_cannot_be_run_ends_with_2(url: str, tmp_path: Path) -> None:
    script = script_for(FAILURES["cascade"], LIBRARY, target=TARGET)
    without_url = ran(script, tmp_path, url=None)
    assert without_url.code == 2
    assert "Usage: python" in without_url.error
    moved = script.replace("tests.unit.reproductions.library", "tests.unit.nowhere")
    assert ran(moved, tmp_path, url=url).code == 2
    nobody = sa.make_url(url).set(database="no_such_database")
    unreachable = ran(script, tmp_path, url=nobody.render_as_string(hide_password=False))
    assert unreachable.code == 2
    assert "no_such_database" in unreachable.error


def test_scripts_import_nothing_of_ormthesis() -> None:
    for name, failure in FAILURES.items():
        script = script_for(failure, LIBRARY, target=TARGET)
        imports = [line.strip() for line in script.splitlines() if "import " in line]
        assert not [line for line in imports if "ormthesis" in line], name
