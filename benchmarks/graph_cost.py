"""Time per drawn graph: persisting it, and drawing it, each against its floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.figures import Figure
from benchmarks.peers.graphs import GRAPHS, ROWS
from benchmarks.place import open_place
from benchmarks.timing import Work, interleaved
from ormthesis.engine.property import run_property
from ormthesis.generation.case import Case
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import EntityGraph
from ormthesis.generation.skeleton import Shape, shape_for

ROUNDS = 9
GRAPHS_PER_ROUND = 200
SAMPLE = 1000
LEAF = "events"
SAME_ROWS = {"projects": 1, "agents": 2, "commands": 2, "turns": 2, "events": 2}


def measure(url: str | None) -> list[Figure]:
    with open_place(url) as place, place.world() as world:
        schema, strategies = world.context.schema, world.context.strategies
        usual = strategies.graphs(shape_for(schema, LEAF))
        fixed = strategies.graphs(
            Shape(counts={key: (count, count) for key, count in SAME_ROWS.items()})
        )

        def persist(graph: EntityGraph) -> None:
            world.sandbox.observe(graph, [Case(graph=graph)])

        ours, theirs = Filling(strategies), Filling(strategies)
        run_property(fixed, ours.of_graph, seed=0, max_examples=SAMPLE)
        run_property(GRAPHS, theirs.of_rows, seed=0, max_examples=SAMPLE)
        rounds = interleaved(
            {
                "drawn": _work(usual, _nothing),
                "persisted": _work(usual, persist),
                "nine rows drawn": _work(fixed, _nothing),
                "nine rows by hand": _work(GRAPHS, _nothing),
                "nine rows persisted": _work(fixed, persist),
            },
            rounds=ROUNDS,
        )
    milliseconds = {name: rounds.cost(name) * 1000 for name in rounds.seconds}
    return [
        Figure(
            name="graph persisted raw and rolled back",
            value=rounds.ratio("persisted", "drawn"),
            unit="x",
            limit=1.6,
            peer=f"{milliseconds['persisted']:.2f} ms against {milliseconds['drawn']:.2f} ms drawn "
            "with no database",
        ),
        Figure(
            name="graph of nine rows persisted raw and rolled back",
            value=rounds.ratio("nine rows persisted", "nine rows drawn"),
            unit="x",
            limit=1.6,
            peer=f"{milliseconds['nine rows persisted']:.2f} ms against "
            f"{milliseconds['nine rows drawn']:.2f} ms drawn with no database",
        ),
        Figure(
            name=f"graph of {ROWS} rows drawn",
            value=rounds.ratio("nine rows drawn", "nine rows by hand"),
            unit="x",
            limit=1.2,
            peer=f"{milliseconds['nine rows drawn']:.2f} ms against "
            f"{milliseconds['nine rows by hand']:.2f} ms with st.builds",
        ),
        Figure(
            name="the same, for each value that is not its column's simplest",
            value=rounds.ratio("nine rows drawn", "nine rows by hand")
            * theirs.values
            / ours.values,
            unit="x",
            limit=1.2,
            peer=f"{ours.values / SAMPLE:.0f} such values in a graph against "
            f"{theirs.values / SAMPLE:.0f}",
        ),
    ]


class Filling:
    """Counts values that are not their column's simplest: sparse rows are cheaper to draw."""

    def __init__(self, strategies: GraphStrategies) -> None:
        self.values = 0
        self._simplest = {
            table: {
                planned.column.name: planned.simplest
                for planned in strategies.plan(table).branches[0].columns
            }
            for table in SAME_ROWS
        }

    def of_graph(self, graph: EntityGraph) -> None:
        for draft in graph.drafts:
            self._count(draft.table, draft.values)

    def of_rows(self, rows: list[tuple[str, dict[str, Any]]]) -> None:
        for table, row in rows:
            self._count(table, row)

    def _count(self, table: str, row: Mapping[str, Any]) -> None:
        self.values += sum(
            row[name] != simplest for name, simplest in self._simplest[table].items()
        )


def _work(strategy: Any, body: Any) -> Work:
    def run(number: int) -> float:
        run_property(strategy, body, seed=number, max_examples=GRAPHS_PER_ROUND)
        return GRAPHS_PER_ROUND

    return run


def _nothing(graph: Any) -> None:
    """The floor: the graph is drawn, and that is all."""
