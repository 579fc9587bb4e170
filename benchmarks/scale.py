"""How a run grows: with the number of tables, and a graph with the number of its rows."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.figures import Figure
from benchmarks.memory import MEGABYTE
from ormthesis.config.settings import Config
from ormthesis.engine.events import RunFinished
from ormthesis.engine.property import run_property
from ormthesis.engine.run import run
from ormthesis.engine.session import private_world, read_declarations
from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityGraph
from ormthesis.generation.skeleton import Shape
from ormthesis.schema import load_models

TABLES = (7, 50, 100, 300)
ROWS = (4, 16, 64)
GRAPHS = 40
# A shape's cost settles at this size; the smallest schema is all start-up.
BASE = 50


@dataclass(frozen=True, slots=True)
class Size:
    """What one run of so many tables took."""

    tables: int
    constraints: int
    proved: int
    reading: float
    seconds: float
    megabytes: float


def metadata(tables: int) -> sa.MetaData:
    """A tree of tables, three below each, every second with a further optional parent."""
    made = sa.MetaData()
    for number in range(tables):
        parts: list[sa.schema.SchemaItem] = [
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("code", sa.String(20), nullable=False, unique=True),
            sa.Column("amount", sa.Integer, nullable=False),
            sa.Column("started", sa.DateTime(timezone=True), nullable=False),
            sa.Column("ended", sa.DateTime(timezone=True)),
            sa.CheckConstraint("amount >= 0", name=f"ck_{number}_amount"),
            sa.CheckConstraint("ended IS NULL OR ended >= started", name=f"ck_{number}_ended"),
        ]
        if number:
            parent = sa.ForeignKey(f"t{(number - 1) // 3}.id", ondelete="CASCADE")
            parts.append(sa.Column("parent_id", parent, nullable=False))
        if number > 1 and number % 2:
            other = sa.ForeignKey(f"t{number // 2}.id", ondelete="SET NULL")
            parts.append(sa.Column("other_id", other))
        sa.Table(f"t{number}", made, *parts)
    return made


def measure(url: str | None, plot: Path | None = None) -> list[Figure]:
    """The figures; `plot` is a file to draw them to."""
    sizes = {tables: _in_a_new_process(url, tables) for tables in TABLES}
    base = sizes[BASE]
    figures = [_growth(base, size) for size in sizes.values()]
    found = list(sizes.values())
    largest = sizes[TABLES[-1]]
    figures += [
        Figure(
            name=f"reading {largest.tables} tables",
            value=largest.reading,
            unit="s",
            limit=2,
            peer="declarations read, rules compiled, strategies prepared",
        ),
        Figure(
            name=f"memory at {largest.tables} tables",
            value=largest.megabytes,
            unit="MB",
            limit=1000,
        ),
        Figure(
            name="constraints proved both ways",
            value=100 * sum(s.proved for s in found) / sum(s.constraints for s in found),
            unit="%",
            limit=100,
            at_least=True,
        ),
    ]
    costs = _rows(url)
    if plot is not None:
        draw(plot, found, costs)
    return [*figures, *map(partial(_row_cost, costs), costs)]


def _growth(base: Size, size: Size) -> Figure:
    each, usual = (1000 * s.seconds / s.constraints for s in (size, base))
    return Figure(
        name=f"time for each constraint, {size.tables} tables",
        value=each / usual,
        unit="x",
        limit=1.5 if size.tables >= base.tables else None,
        peer=f"{each:.0f} ms of {size.seconds:.0f} s, {size.constraints} constraints;"
        f" {usual:.0f} ms with {base.tables} tables",
    )


def _in_a_new_process(url: str | None, tables: int) -> Size:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_size, url, tables).result()


def _size(url: str | None, tables: int) -> Size:
    declared = metadata(tables)
    started = time.perf_counter()
    nowhere = Path(tempfile.gettempdir()) / "no-reproductions"
    config = Config(target="scale", url=url, seed=1, max_examples=5, reproductions=nowhere)
    models = load_models(declared)
    read_declarations(config, models)
    reading = time.perf_counter() - started
    started = time.perf_counter()
    *_, last = run(config, models)
    assert isinstance(last, RunFinished)
    assert not last.result.failures
    verdicts = [constraint.verdict.value for constraint in last.result.constraints]
    return Size(
        tables=tables,
        constraints=len(verdicts),
        proved=verdicts.count("proved"),
        reading=reading,
        seconds=time.perf_counter() - started,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE,
    )


def _rows(url: str | None) -> dict[int, float]:
    """Milliseconds for each row of a graph of so many: one table and its parent, drawn, written
    raw and rolled back."""
    config = Config(target="scale", url=url)
    models, context = read_declarations(config, load_models(metadata(2)))
    costs: dict[int, float] = {}
    with private_world(config, models, context) as (world, _):

        def observe(graph: EntityGraph) -> None:
            world.sandbox.observe(graph, [Case(graph=graph)])

        for rows in ROWS:
            shape = Shape(counts={"t0": (1, 1), "t1": (rows - 1, rows - 1)})
            graphs = context.strategies.graphs(shape)
            run_property(graphs, observe, seed=0, max_examples=5)
            started = time.process_time()
            run_property(graphs, observe, seed=1, max_examples=GRAPHS)
            costs[rows] = (time.process_time() - started) / GRAPHS / rows * 1000
    return costs


def _row_cost(costs: dict[int, float], rows: int) -> Figure:
    least = costs[ROWS[0]]
    return Figure(
        name=f"a row's cost in a graph of {rows}",
        value=costs[rows] / least,
        unit="x",
        limit=1.2,
        peer=f"{costs[rows]:.2f} ms against {least:.2f} ms in a graph of {ROWS[0]}",
    )


def draw(plot: Path, sizes: list[Size], costs: dict[int, float]) -> None:
    """Two panels: seconds of a run by constraints, and of a graph by rows."""
    from matplotlib.figure import Figure as Plot

    figure = Plot(figsize=(8, 3.2), layout="constrained")
    runs, graphs = figure.subplots(1, 2)
    _panel(runs, "constraints", "seconds of a run", {s.constraints: s.seconds for s in sizes})
    _panel(graphs, "rows", "milliseconds of a graph", {n: n * each for n, each in costs.items()})
    figure.savefig(plot, metadata={"Date": None})


def _panel(axes: Any, across: str, up: str, points: dict[int, float]) -> None:
    """The points, and the line from nought to the last of them."""
    last, value = list(points.items())[-1]
    axes.plot([0, last], [0, value], linestyle=":", color="grey", label="linear growth")
    axes.plot([*points], [*points.values()], marker="o", label="measured")
    axes.set(xlabel=across, ylabel=up, xlim=(0, None), ylim=(0, None))
    axes.legend()
