"""Schemas and their mutants: the original is declared, a mutant exists. Is each one found out?

Needs a folder with a schema in each subfolder: `schema.sql`, `mutants/N.sql` (the same schema with
one rule changed) and `mutants/index.csv` (number, operator, type, description; tab-separated). Only
mutants of type NORMAL count. One is killed when a default run fails and names the changed table.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.pool import NullPool

from benchmarks.figures import Figure
from ormthesis.config.settings import Config
from ormthesis.engine.company import Company, companies
from ormthesis.engine.plan import Unit, plan
from ormthesis.engine.session import open_server, open_world
from ormthesis.engine.setup import build_context
from ormthesis.engine.world import World
from ormthesis.invariants.base import Context
from ormthesis.invariants.failure import Failure
from ormthesis.persistence.provisioning.run import Database, Run
from ormthesis.persistence.reflection import reflect
from ormthesis.schema import Models, load_models

UNCHANGED_SEEDS = 20
"""Runs on each unchanged schema, none of which may report a failure."""
LEAST_SCORE = 99
"""Per cent of the killable mutants, over all schemas and seeds."""
UNKILLABLE: Mapping[str, frozenset[int]] = {"Products": frozenset({0, 5, 7})}
"""Mutants that change nothing: the check that they lack is implied by the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    schema: str
    killed: int
    killable: int
    alive: tuple[int, ...]
    """Numbers of the mutants that were not found out, once for each seed."""
    alarms: int
    """Failures on the unchanged schema, over all seeds: there must be none."""
    seconds: float
    """For one seed: all mutants."""


def measure(folder: Path, url: str | None, *, seeds: int, names: Sequence[str]) -> list[Figure]:
    """Raises FileNotFoundError where the folder holds no schemas."""
    found = [place for place in sorted(folder.iterdir()) if (place / "schema.sql").exists()]
    if not found:
        raise FileNotFoundError(f"{folder} holds no folders with a schema.sql")
    figures: list[Figure] = []
    scores: list[Score] = []
    with open_server(Config(target="", url=url)) as run:
        for place in found:
            if not names or place.name in names:
                scores.append(_score(run, place, seeds))
                figures.extend(_figures(scores[-1], seeds))
                print(_line(scores[-1]), flush=True)
    killed, killable = (sum(getattr(s, name) for s in scores) for name in ("killed", "killable"))
    total = Figure(
        name="mutants killed, all schemas",
        value=100 * killed / killable,
        unit="%",
        limit=LEAST_SCORE,
        at_least=True,
        peer=f"{killed} of {killable} in {seeds} seeds",
    )
    return [*figures, total]


def _line(score: Score) -> str:
    alive = ", ".join(f"#{number}" for number in sorted(set(score.alive))) or "none"
    return (
        f"  {score.schema}: {score.killed} of {score.killable} killed in {score.seconds:.1f} s "
        f"for a seed; alive: {alive}; false alarms: {score.alarms}"
    )


def _figures(score: Score, seeds: int) -> Iterator[Figure]:
    yield Figure(
        name=f"{score.schema}: mutants killed",
        value=100 * score.killed / score.killable,
        unit="%",
        peer=f"{score.killed} of {score.killable} in {seeds} seeds, {score.seconds:.1f} s a seed",
    )
    yield Figure(name=f"{score.schema}: false alarms", value=score.alarms, limit=0)


def _score(run: Run, folder: Path, seeds: int) -> Score:
    database = run.create_database(f"mutants_{folder.name.lower()}"[:40])
    try:
        tester = _Tester(database, folder)
        alarms = sum(len(tester.alarms(seed)) for seed in range(UNCHANGED_SEEDS))
        started = time.perf_counter()
        alive = [n for seed in range(seeds) for n in tester.survivors(seed)]
        seconds = (time.perf_counter() - started) / seeds
    finally:
        database.drop()
    killable = len(tester.mutants) * seeds
    return Score(
        schema=folder.name,
        killed=killable - len(alive),
        killable=killable,
        alive=tuple(alive),
        alarms=alarms,
        seconds=seconds,
    )


class _Tester:
    """Knows the original's rules; one database takes one mutant after the other."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._original = (folder / "schema.sql").read_text()
        self._load(self._original)
        url = database.url.render_as_string(hide_password=False)
        self._models: Models = load_models(reflect(url), name=folder.name)
        self._context: Context = build_context(self._models, {})
        self._config = Config(target=folder.name)
        self._units = plan(self._context, self._config)
        self.mutants = tuple(_normal(folder))

    def alarms(self, seed: int) -> list[Failure]:
        """What fails on the unchanged schema."""
        self._load(self._original)
        with open_world(self._models, self._context, self._database) as world:
            return list(self._failures(world, self._units, seed))

    def survivors(self, seed: int) -> Iterator[int]:
        for number in self.mutants:
            if not self._is_killed(number, seed):
                yield number

    def _is_killed(self, number: int, seed: int) -> bool:
        """The changed tables' units come first: units share nothing, so their order is free."""
        mutant = (self._folder / "mutants" / f"{number}.sql").read_text()
        changed = _changed_tables(self._original, mutant)
        self._load(mutant)
        units = sorted(self._units, key=lambda unit: unit.table.name not in changed)
        with open_world(self._models, self._context, self._database) as world:
            return any(_names(failure, changed) for failure in self._failures(world, units, seed))

    def _failures(self, world: World, units: Sequence[Unit], seed: int) -> Iterator[Failure]:
        """As a default run finds them, not shrunk."""
        for company in companies(units):
            search = Company(world, company, seed=seed)
            for phase in (search.boundary, lambda: search.random(self._config.max_examples)):  # noqa: B023
                phase()
                for each in search.searches:
                    yield from (failure for failure, _ in each.found.values())

    def _load(self, script: str) -> None:
        engine = self._database.engine(poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
            connection.exec_driver_sql(script)
        engine.dispose()


def _normal(folder: Path) -> Iterator[int]:
    with (folder / "mutants" / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            number = int(row["n"])
            if row["type"] == "NORMAL" and number not in UNKILLABLE.get(folder.name, ()):
                yield number


def _tables(script: str) -> dict[str, str]:
    """Table name to its CREATE TABLE."""
    found = re.findall(r'(CREATE TABLE "([^"]+)".*?;)', script, re.DOTALL)
    return {name: text for text, name in found}


def _changed_tables(original: str, mutant: str) -> frozenset[str]:
    before, after = _tables(original), _tables(mutant)
    return frozenset(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _names(failure: Failure, tables: frozenset[str]) -> bool:
    return failure.table in tables
