"""Time per drawn graph: persisting it, and drawing it, each against its floor."""

from __future__ import annotations

from typing import Any

from benchmarks.figures import Figure
from benchmarks.peers.graphs import GRAPHS, ROWS
from benchmarks.place import open_place
from benchmarks.timing import Work, interleaved
from ormthesis.engine.property import run_property
from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityGraph
from ormthesis.generation.skeleton import Shape, shape_for

ROUNDS = 9
GRAPHS_PER_ROUND = 200
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
    ]


def _work(strategy: Any, body: Any) -> Work:
    def run(number: int) -> float:
        run_property(strategy, body, seed=number, max_examples=GRAPHS_PER_ROUND)
        return GRAPHS_PER_ROUND

    return run


def _nothing(graph: Any) -> None:
    """The floor: the graph is drawn, and that is all."""
