"""Many draws of one strategy, and the row that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ormthesis import EntityGraph


def draws(strategy: SearchStrategy[EntityGraph], count: int = 60) -> list[EntityGraph]:
    seen: list[EntityGraph] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(strategy)
    def collect(graph: EntityGraph) -> None:
        seen.append(graph)

    collect()
    return seen


def row(graph: EntityGraph, table: str) -> dict[str, Any]:
    """The values of the row that was asked for: the first of its table."""
    return dict(graph.of_table(table)[0].values)


def values(strategy: SearchStrategy[EntityGraph], table: str, column: str) -> list[Any]:
    return [row(graph, table)[column] for graph in draws(strategy)]
