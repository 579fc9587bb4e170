"""What the database holds of a graph while an ORM session is at work, read below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ormthesis.generation.graph import EntityGraph, EntityRef, Row
from ormthesis.oracle.outcome import State
from ormthesis.persistence.object_connection import ObjectConnection
from ormthesis.persistence.reader import Reader


class Below:
    """Reads on the session's own connection, so that what it has flushed is seen."""

    def __init__(
        self, reader: Reader, connection: ObjectConnection, judging: Sequence[str]
    ) -> None:
        """`judging` are statements that make deferred rules speak first."""
        self._reader = reader
        self._connection = connection
        self._judging = judging

    def state(self, graph: EntityGraph, rows: Mapping[EntityRef, Row]) -> State:
        """Every row of the graph's tables."""
        tables = list(dict.fromkeys(draft.table for draft in graph.drafts))
        selects = [
            self._reader.select(table, (rows[draft.ref] for draft in graph.of_table(table)))
            for table in tables
        ]
        results = self._connection.select(selects, first=self._judging)
        owners = {draft.ref: draft.table for draft in graph.drafts}
        return self._reader.state(tables, results, dict(rows), owners)


def without_strangers(graph: EntityGraph, state: State) -> State:
    """The rows of the graph alone: others are what the models' own listeners wrote."""
    links = {
        name: frozenset(pair for pair in pairs if graph.by_ref.keys() >= set(pair))
        for name, pairs in state.links.items()
    }
    rows = {ref: row for ref, row in state.rows.items() if ref in graph.by_ref}
    return State(rows=rows, links=links)
