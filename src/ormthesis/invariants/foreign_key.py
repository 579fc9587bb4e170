"""Foreign keys refuse references to rows that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ormthesis.config.settings import Mode
from ormthesis.core.equality import hashable
from ormthesis.generation.case import Case, MutationKind
from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.graph import EntityDraft
from ormthesis.generation.skeleton import Shape, shape_for
from ormthesis.generation.values import simplest_value
from ormthesis.invariants.aim import Aim, Changes, sharing
from ormthesis.invariants.base import Context, Drawing, Invariant, Subject
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.implied import implying_key
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
        for key in table.foreign_keys:
            other = implying_key(context.schema, key)
            reason = f"implied by {other.id}" if other else ""
            yield Subject(id=key.id, reason=reason, implied=other is not None)

    def shape(self, context: Context, table: Table) -> Shape:
        return shape_for(context.schema, table.key, parents=2)

    def cases(self, drawing: Drawing) -> Iterator[Case]:
        aim = Aim(drawing)
        for key in drawing.table.foreign_keys:
            if key.id in drawing.subjects:
                for draft in drawing.targets():
                    yield from _cases(aim, key, draft)


def _cases(aim: Aim, key: ForeignKey, draft: EntityDraft) -> Iterator[Case]:
    table = aim.drawing.table
    parents = [*aim.parents(key)]
    dangling = _dangling(aim, key, draft, parents)
    yield from aim.breaking(draft, MutationKind.DANGLING, key.id, dangling)
    if len(key.columns) > 1 and parents:
        for name in key.columns:
            mixed = _mixed(aim, key, name, parents)
            yield from aim.breaking(draft, MutationKind.DANGLING, key.id, mixed)
            if key.match_full and table.by_name[name].nullable:
                partly = ({**parent, name: None} for parent in parents)
                yield from aim.breaking(draft, MutationKind.DANGLING, key.id, partly)
    for changes in _nulls(table, key):
        yield from aim.keeping(draft, key.id, [changes])
    clear = sharing(table, key.columns, but=key)
    for parent in parents:
        yield from aim.keeping(draft, key.id, [parent, {**parent, **clear}])


def _nulls(table: Table, key: ForeignKey) -> Iterator[Changes]:
    nullable = [name for name in key.columns if table.by_name[name].nullable]
    if key.match_full:
        yield dict.fromkeys(key.columns)
    else:
        yield from ({name: None} for name in nullable)


def _dangling(
    aim: Aim, key: ForeignKey, draft: EntityDraft, parents: list[Changes]
) -> Iterator[Changes]:
    """Values that no parent has: in the key's own columns alone, in all of them, with the keys
    that share columns NULL, and taken from the rows that those refer to."""
    table = aim.drawing.table
    fresh = _fresh(aim.drawing, key, parents)
    others = [k for k in table.foreign_keys if k is not key and set(k.columns) & set(key.columns)]
    own = [name for name in key.columns if not any(name in other.columns for other in others)]
    if others:
        row = aim.rows[draft.ref]
        current = {name: row.get(name) for name in key.columns}
        for start in (current, *parents):
            if own and None not in start.values():
                yield {**start, **{name: fresh[name] for name in own}}
    yield fresh
    if others:
        yield {**fresh, **sharing(table, key.columns, but=key)}
        for other in others:
            for changes in aim.parents(other):
                yield changes
                yield {**fresh, **changes}


def _mixed(aim: Aim, key: ForeignKey, name: str, parents: list[Changes]) -> Iterator[Changes]:
    """A parent's values but for one column, which is another row's: each is there, not the two."""
    keys = [other for other in aim.drawing.table.foreign_keys if name in other.columns]
    values = [changes[name] for other in keys for changes in aim.parents(other)]
    clear = sharing(aim.drawing.table, key.columns, but=key)
    for parent in parents:
        for value in values:
            if value is not None and value != parent[name]:
                yield {**parent, name: value}
                if clear:
                    yield {**parent, name: value, **clear}


def _fresh(drawing: Drawing, key: ForeignKey, parents: list[Changes]) -> dict[str, Any]:
    """Values for the key that no parent has in any column."""
    referred = drawing.context.schema.by_key[key.referred_table]
    values: dict[str, Any] = {}
    for name, target in zip(key.columns, key.referred_columns, strict=True):
        data_type = referred.by_name[target].type
        taken = {hashable(data_type.stored(parent[name])) for parent in parents}
        if data_type.kind is TypeKind.INTEGER:
            free = drawing.context.schema.occupied.offset(referred.key)
            values[name] = drawing.draw(_FOREIGN_NUMBERS) + free
        else:
            # A key may refer to columns that can be NULL.
            found = (parent[name] for parent in parents if parent[name] is not None)
            start = next(found, None) or simplest_value(data_type)
            values[name] = distinct_value(data_type, start, taken)
    return values
