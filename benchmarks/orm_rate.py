"""Graphs per second through the ORM, against what other tools make on the same tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.figures import Figure
from benchmarks.peers import django_models, factory_boy_graphs, polyfactory_graphs
from benchmarks.place import open_place
from benchmarks.timing import Rounds, Work, interleaved
from ormthesis.engine.property import run_property
from ormthesis.generation.case import INSERT_OBJECTS, Case
from ormthesis.generation.graph import EntityGraph
from ormthesis.generation.skeleton import Shape

ROUNDS = 7
GRAPHS = 60
FIVE_ROWS = Shape(
    counts=dict.fromkeys(("projects", "agents", "commands", "turns", "events"), (1, 1))
)


def measure(url: str | None) -> list[Figure]:
    with open_place(url) as place, place.world() as world:
        engine = place.database().engine()
        django_models.configure(place.empty_database().url)
        # Hypothesis reads Django's settings when this is imported.
        from benchmarks.peers import django_graphs

        django = django_graphs.strategy(django_models.make_models())
        strategy = world.context.strategies.graphs(FIVE_ROWS)

        def observe(graph: EntityGraph) -> None:
            world.sandbox.observe(graph, [Case(graph=graph, operation=INSERT_OBJECTS)])

        def ours(number: int) -> float:
            run_property(strategy, observe, seed=number, max_examples=GRAPHS)
            return GRAPHS

        def with_django(number: int) -> float:
            django_graphs.run(django, number=number, examples=GRAPHS)
            return GRAPHS

        rounds = interleaved(
            {
                "engine": ours,
                "factory_boy, required columns": _flushed(engine, factory_boy_graphs.plain),
                "factory_boy, every column": _flushed(engine, factory_boy_graphs.full),
                "polyfactory, every column": _flushed(engine, polyfactory_graphs.graph),
                "Django from_model": with_django,
            },
            rounds=ROUNDS,
        )
        engine.dispose()
    return [
        _figure(rounds, "factory_boy, required columns", 1.0),
        _figure(rounds, "factory_boy, every column", 1.0),
        _figure(rounds, "polyfactory, every column", 1.0),
        _figure(rounds, "Django from_model", 2.0),
    ]


def _figure(rounds: Rounds, peer: str, limit: float | None) -> Figure:
    return Figure(
        name=f"graphs per second, times {peer}",
        value=rounds.ratio(peer, "engine"),
        unit="x",
        limit=limit,
        at_least=True,
        peer=f"{rounds.rate('engine'):.0f}/s against {rounds.rate(peer):.0f}/s",
    )


def _flushed(engine: sa.Engine, make: Callable[[Session], list[Any]]) -> Work:
    """Make and flush a graph, reload every row in a session that has seen none, roll back."""

    def one(connection: sa.Connection) -> None:
        transaction = connection.begin()
        with _joined(connection) as session:
            keys = [(type(row), row.id) for row in make(session)]
            with _joined(connection) as fresh:
                for model, key in keys:
                    fresh.get_one(model, key)
        transaction.rollback()

    def run(_: int) -> float:
        with engine.connect() as connection:
            for _ in range(GRAPHS):
                one(connection)
        return GRAPHS

    return run


def _joined(connection: sa.Connection) -> Session:
    return Session(
        bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    )
