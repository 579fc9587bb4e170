"""Draws that Hypothesis's filters reject: of every hundred that a table's companies need."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from hypothesis.statistics import collector

from benchmarks.figures import Figure
from benchmarks.place import open_place
from ormthesis.engine.company import Company, companies
from ormthesis.engine.property import run_property

GRAPHS = 200
LIMIT = 2.0
"""Per cent of a table's draws."""


def measure(url: str | None) -> list[Figure]:
    """One figure for each table of the demo. Nothing is written: drawing is what is measured."""
    rejected: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    with open_place(url) as place, place.world() as world:
        for units in companies(place.units(world)):
            for status in _statuses(Company(world, units, seed=1)):
                drawn[units[0].table.key] += 1
                rejected[units[0].table.key] += status == "invalid"
    return [
        Figure(
            name=f"draws of {table} rejected",
            value=100 * rejected[table] / count,
            unit="%",
            limit=LIMIT,
            peer=f"{rejected[table]} of {count}",
        )
        for table, count in drawn.items()
    ]


def _statuses(company: Company) -> list[str]:
    noted: list[dict[str, Any]] = []
    with collector.with_value(cast("None", noted.append)):  # typed as always None
        run_property(company.random_trials(), lambda _: None, seed=1, max_examples=GRAPHS)
    return [case["status"] for each in noted for case in each["generate-phase"]["test-cases"]]
