"""Columns that would have their values from one another, in a circle of required foreign keys.

A team's key is part of its reference to a leader, and every member refers to the team: `team.id`
holds what `member.team_id` holds, and that holds what `team.id` holds. One column of each circle
has a value of its own, and the others get it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ormthesis.schema.model import Table

Place = tuple[str, str]
"""A table's key and a column."""


def with_circles(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with the columns of circles that have a value of their own."""
    sources = {place: targets for table in tables for place, targets in _sources(table)}
    circular: set[Place] = set()
    while (first := _first_without_value(sources, circular)) is not None:
        circular.add(first)
    owners = {key for key, _ in circular}
    return tuple(
        replace(t, circular=frozenset(n for key, n in circular if key == t.key))
        if t.key in owners
        else t
        for t in tables
    )


def _sources(table: Table) -> Iterator[tuple[Place, list[Place]]]:
    """The columns that required keys supply, and the columns that they have their values from."""
    required = [key for key in table.foreign_keys if table.is_required(key)]
    for name in dict.fromkeys(name for key in required for name in key.columns):
        keys = [key for key in required if name in key.columns]
        referred = [(k.referred_table, k.referred_columns[k.columns.index(name)]) for k in keys]
        yield (table.key, name), referred


def _first_without_value(sources: Mapping[Place, list[Place]], own: set[Place]) -> Place | None:
    """A column that no chain of references leads from to a value."""
    waiting = {place: targets for place, targets in sources.items() if place not in own}
    while True:
        found = [
            place
            for place, targets in waiting.items()
            if any(target not in waiting for target in targets)
        ]
        if not found:
            return next(iter(waiting), None)
        for place in found:
            del waiting[place]
