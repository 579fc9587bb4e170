"""Foreign keys refuse references to rows that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ormthesis.config.settings import Mode
from ormthesis.core.equality import hashable
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.graph import Row
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Table
from ormthesis.schema.types import TypeKind

# Above every key of a graph, within a smallint.
_FOREIGN_NUMBERS = st.integers(20_000, 32_000)


@dataclass(frozen=True, kw_only=True)
class ForeignKeyFailure(Failure):
    invariant = "foreign-key"
    broken = "does not refuse references to rows that do not exist"


class ForeignKeyInvariant(Invariant):
    """A foreign key takes references to existing rows and NULL, and refuses all else.

    Without it rows outlive their parents unseen, and joins lose rows.
    """

    id = "foreign-key"
    title = "Foreign keys refuse dangling references"
    mode = Mode.NEGATIVE
    company = "rows"
    failure = ForeignKeyFailure

    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        return [Subject(id=key.id) for key in table.foreign_keys]

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, parents=2)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        rows = drawing.rows()
        for key in drawing.table.foreign_keys:
            if key.id not in drawing.subjects:
                continue
            parents = [rows[parent.ref] for parent in drawing.graph.of_table(key.referred_table)]
            for draft in drawing.targets():
                for kind, changes in (
                    (MutationKind.DANGLING, _dangling(drawing, key, parents)),
                    *((MutationKind.EDGE, near) for near in _neighbours(drawing, key, parents)),
                ):
                    yield drawing.mutation(draft, rows[draft.ref], kind, key.id, changes)


def _dangling(drawing: Drawing, key: ForeignKey, parents: list[Row]) -> dict[str, Any]:
    """Values for the key that no parent has."""
    referred = drawing.context.schema.by_key[key.referred_table]
    values: dict[str, Any] = {}
    for name, target in zip(key.columns, key.referred_columns, strict=True):
        data_type = referred.by_name[target].type
        taken = {hashable(data_type.stored(parent[target])) for parent in parents}
        if data_type.kind is TypeKind.INTEGER:
            free = drawing.context.schema.occupied.offset(referred.key)
            values[name] = drawing.draw(_FOREIGN_NUMBERS) + free
        else:
            start = parents[0][target] if parents else None
            values[name] = distinct_value(data_type, start, taken)
    return values


def _neighbours(
    drawing: Drawing, key: ForeignKey, parents: list[Row]
) -> Iterator[Mapping[str, Any]]:
    """NULL where it is allowed; each parent; columns of two parents mixed."""
    nullable = [name for name in key.columns if drawing.table.by_name[name].nullable]
    for name in nullable:
        yield {name: None}
    references = [
        {
            name: parent[target]
            for name, target in zip(key.columns, key.referred_columns, strict=True)
        }
        for parent in parents
    ]
    yield from references
    if len(references) > 1 and len(key.columns) > 1:
        for name in key.columns:
            yield {**references[0], name: references[1][name]}
