"""20,000 cases in one run: the last thousand against the first, and memory."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import sqlalchemy as sa

from benchmarks.figures import Figure
from benchmarks.memory import private
from benchmarks.place import open_place
from ormthesis.engine.plan import plan
from ormthesis.engine.property import Search, run_property
from ormthesis.engine.session import open_world
from ormthesis.invariants.base import Trial
from ormthesis.persistence.provisioning.run import Database

CASES = 20_000
BLOCK = 100
EDGE = 10
"""Blocks in a thousand."""
UNIT = ("Turn", "accepted")
"""Graphs over four tables, one case on each."""
FLAT_MEGABYTES = 30.0
"""Growth from the first thousand to the last that still counts as flat: allocators and caches."""


@dataclass(slots=True)
class Log:
    """What is noted after every hundred cases: seconds that they took, megabytes held."""

    pids: list[int]
    cases: int = 0
    seconds: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def note(self, cases: int) -> None:
        self.cases += cases
        if self.cases < (len(self.seconds) + 1) * BLOCK:
            return
        self.seconds.append(time.perf_counter() - self.started)
        self.client.append(private(os.getpid()) or 0.0)
        self.server.append(sum(private(pid) or 0.0 for pid in self.pids))
        self.started = time.perf_counter()


def measure(url: str | None) -> list[Figure]:
    engine_log = _in_a_new_process(url, _examine)
    floor_log = _in_a_new_process(url, _leave)
    first, last = median(engine_log.seconds[:EDGE]), median(engine_log.seconds[-EDGE:])
    figures = [
        Figure(
            name="last thousand cases, against the first",
            value=last / first,
            unit="x",
            limit=1.2,
            peer=f"{last / BLOCK * 1000:.2f} ms against {first / BLOCK * 1000:.2f} ms a case",
        ),
        _growth("client memory grew by", engine_log.client, FLAT_MEGABYTES),
        _growth("of which Hypothesis alone, drawing the same", floor_log.client, None),
    ]
    if any(engine_log.server):
        figures.append(_growth("server memory grew by", engine_log.server, FLAT_MEGABYTES))
    return figures


def _growth(name: str, megabytes: list[float], limit: float | None) -> Figure:
    first, last = median(megabytes[:EDGE]), median(megabytes[-EDGE:])
    peer = f"{last:.0f} MB after {CASES:,} cases, {first:.0f} MB after the first thousand"
    return Figure(name=name, value=last - first, unit="MB", limit=limit, peer=peer)


def _examine(search: Search, trial: Trial) -> None:
    """Draw, persist, judge: all that a run does."""
    search.probe(trial)


def _leave(search: Search, trial: Trial) -> None:
    """Draw only: the floor."""


def _in_a_new_process(url: str | None, use: Callable[[Search, Trial], None]) -> Log:
    """Memory that an earlier run gave back to the allocator would hide what this one takes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_log, url, use).result()


def _log(url: str | None, use: Callable[[Search, Trial], None]) -> Log:
    with open_place(url) as place:
        database = place.database()
        with open_world(place.models, place.context, database) as world:
            unit = next(
                unit
                for unit in plan(world.context, place.config)
                if (unit.model, unit.invariant.id) == UNIT
            )
            search = Search(world, unit, seed=1)
            log = Log(pids=_backends(database))

            def body(trial: Any) -> None:
                use(search, trial)
                log.note(len(trial.cases))

            run_property(search.random_trials(), body, seed=1, max_examples=CASES)
    return log


def _backends(database: Database) -> list[int]:
    """Process ids of the server's processes that work in the database."""
    engine = database.engine()
    with engine.connect() as connection:
        found = connection.scalars(
            sa.text(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    engine.dispose()
    return list(found)
