"""20,000 cases in one run: the last thousand against the first, and memory."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import median

import sqlalchemy as sa

from benchmarks.figures import Figure
from benchmarks.memory import private, processor_time
from benchmarks.place import open_place
from ormthesis.engine.company import Company, Trials
from ormthesis.engine.plan import Unit
from ormthesis.engine.results import Evidence
from ormthesis.engine.session import open_world
from ormthesis.generation.layouts import Pin
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
    """What is noted after every hundred cases: seconds that they took, megabytes held.

    The first and the last thousand cannot run in turn. So what counts is processor time, of this
    process and of the server's; time on the wall is for information.
    """

    pids: list[int]
    cases: int = 0
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)
    used: float = 0.0

    def __post_init__(self) -> None:
        self.used = self._processor_time()

    def note(self, cases: int) -> None:
        self.cases += cases
        if self.cases < (len(self.seconds) + 1) * BLOCK:
            return
        self.seconds.append(time.perf_counter() - self.started)
        self.client.append(private(os.getpid()) or 0.0)
        self.server.append(sum(private(pid) or 0.0 for pid in self.pids))
        used = self._processor_time()
        self.processor.append(used - self.used)
        self.used = used
        self.started = time.perf_counter()

    def _processor_time(self) -> float:
        return time.process_time() + sum(map(processor_time, self.pids))


def measure(url: str | None) -> list[Figure]:
    engine_log = _in_a_new_process(url, _Noting)
    floor_log = _in_a_new_process(url, _Floor)
    figures = [
        _cost(
            "last thousand cases, against the first", engine_log.processor, 1.2, "processor time"
        ),
        _cost("the same on the wall", engine_log.seconds, None, "wall time"),
        _growth("client memory grew by", engine_log.client, FLAT_MEGABYTES),
        _growth("of which Hypothesis alone, drawing the same", floor_log.client, None),
    ]
    if any(engine_log.server):
        figures.append(_growth("server memory grew by", engine_log.server, FLAT_MEGABYTES))
    return figures


def _cost(name: str, seconds: list[float], limit: float | None, what: str) -> Figure:
    first, last = (sum(edge) / EDGE / BLOCK * 1000 for edge in (seconds[:EDGE], seconds[-EDGE:]))
    peer = f"{last:.2f} ms against {first:.2f} ms a case, {what}"
    return Figure(name=name, value=last / first, unit="x", limit=limit, peer=peer)


def _growth(name: str, megabytes: list[float], limit: float | None) -> Figure:
    first, last = median(megabytes[:EDGE]), median(megabytes[-EDGE:])
    peer = f"{last:.0f} MB after {CASES:,} cases, {first:.0f} MB after the first thousand"
    return Figure(name=name, value=last - first, unit="MB", limit=limit, peer=peer)


class _Noting(Company):
    """The engine's search, with a note after every block of cases."""

    log: Log
    judges = True

    def start(self, trials: Trials, pin: Pin | None) -> Callable[[], list[tuple[str, Evidence]]]:
        wait = super().start(trials, pin) if self.judges else list

        def finish() -> list[tuple[str, Evidence]]:
            found = wait()
            self.log.note(sum(len(trial.cases) for trial in trials))
            return found

        return finish


class _Floor(_Noting):
    """Draws, and leaves it at that."""

    judges = False


def _in_a_new_process(url: str | None, kind: type[_Noting]) -> Log:
    """Memory that an earlier run gave back to the allocator would hide what this one takes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_log, url, kind).result()


def _log(url: str | None, kind: type[_Noting]) -> Log:
    with open_place(url) as place:
        database = place.database()
        with open_world(place.models, place.context, database) as world:
            company = kind(world, (_unit(place.units(world)),), seed=1)
            company.log = Log(pids=_backends(database))
            company.random(CASES)
    return company.log


def _unit(units: tuple[Unit, ...]) -> Unit:
    return next(unit for unit in units if (unit.model, unit.invariant.id) == UNIT)


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
