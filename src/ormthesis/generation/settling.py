"""Makes the keys of a table's rows distinct: values that are taken are moved to free ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from ormthesis.generation.distinct import distinct_value
from ormthesis.generation.entries import Key, Values, stored
from ormthesis.generation.graph import Row
from ormthesis.generation.row_rules import keeps_checks
from ormthesis.generation.rows import RowPlan
from ormthesis.generation.wiring import Slot
from ormthesis.rules.domain import Nullness
from ormthesis.schema.model import Column
from ormthesis.schema.occupied import Occupied

_TRIED = 200
"""Ways out that are tried for one row."""
_Taken = dict[Values, list[Values]]
"""A key's entries, each with what the rows that have it are compared by further."""


class Used:
    """The key entries and column values that rows of one table have taken."""

    def __init__(self, keys: Sequence[Key], occupied: Occupied) -> None:
        self._taken: dict[str, _Taken] = {key.rule.id: {} for key in keys}
        self._values: dict[str, set[Any]] = {}
        for key in keys if occupied.entries else ():
            for entry in occupied.entries.get(key.rule.id, ()):
                row = dict(zip(key.rule.columns, entry, strict=True))
                self._take(key, row)

    def settle(
        self, keys: Sequence[Key], plan: RowPlan, slot: Slot, row: Row, full: Row, *, last: bool
    ) -> bool:
        """Make the row's keys distinct and take them; unless it is the `last` one of its table, so
        that another row can follow. Predicates of partial keys are not asked: rows that differ
        anyway are no less valid."""
        own = _references_to_itself(plan, slot)
        for key in (*keys, *keys) if own else keys:
            if self._collides(key, full) and not self._settled(keys, key, plan, slot, row, full):
                return False
            full.update(
                {name: full[referred] for name, referred in own.items() if referred in full}
            )
        for key in keys:
            if key.crowded and not last:
                self._leave_room(keys, key, plan, slot, row, full)
        for key in keys:
            self._take(key, full)
        return True

    def _settled(
        self, keys: Sequence[Key], key: Key, plan: RowPlan, slot: Slot, row: Row, full: Row
    ) -> bool:
        """Change a row that collides; False where no change helps."""
        movable = [column for column in key.movable if column.name not in slot.shared]
        if any(self._move(keys, plan, row, full, column) for column in movable):
            return True
        changes = next(self._ways_out(keys, key, plan, slot, full), None)
        if changes is None:
            return False
        row.update(changes)
        full.update(changes)
        return True

    def _ways_out(
        self, keys: Sequence[Key], key: Key, plan: RowPlan, slot: Slot, full: Row
    ) -> Iterator[Row]:
        """Changes of what the key compares beside its entry that keep every rule of the row."""
        for changes in islice(key.evasions(plan, full, self._met(key, full)), _TRIED):
            after = {**full, **changes}
            if (
                slot.shared.keys().isdisjoint(changes)
                and _are_allowed(plan, changes, after)
                and self._is_free(keys, after, changes)
            ):
                yield changes

    def _leave_room(
        self, keys: Sequence[Key], key: Key, plan: RowPlan, slot: Slot, row: Row, full: Row
    ) -> None:
        """Give a row that leaves none to others something smaller, if that does."""
        if self._leaves_room(key, plan, slot, full):
            return
        for changes in self._ways_out(keys, key, plan, slot, full):
            if self._leaves_room(key, plan, slot, {**full, **changes}):
                row.update(changes)
                full.update(changes)
                return

    def _leaves_room(self, key: Key, plan: RowPlan, slot: Slot, full: Row) -> bool:
        """Whether a row like this one can stand beside it."""
        after = Used((key,), Occupied())
        after._taken[key.rule.id] = {e: [*met] for e, met in self._taken[key.rule.id].items()}
        after._take(key, full)
        ways_out = after._ways_out((key,), key, plan, slot, full)
        return not after._collides(key, full) or next(ways_out, None) is not None

    def _met(self, key: Key, full: Row) -> Sequence[Values]:
        entry = key.entry(full)
        return () if entry is None else self._taken[key.rule.id].get(entry, ())

    def _collides(self, key: Key, full: Row) -> bool:
        rest = key.rest(full) if (met := self._met(key, full)) else None
        return rest is not None and any(key.meets(rest, other) for other in met)

    def _is_free(self, keys: Sequence[Key], full: Row, changed: Iterable[str]) -> bool:
        """Whether a row collides in no key that reads one of the changed columns."""
        names = set(changed)
        return not any(
            self._collides(key, full) for key in keys if not names.isdisjoint(key.rule.columns)
        )

    def _take(self, key: Key, full: Row) -> None:
        entry, rest = key.entry(full), key.rest(full)
        if entry is not None and rest is not None:
            self._taken[key.rule.id].setdefault(entry, []).append(rest)
        for column in key.movable:
            value = stored(column, full.get(column.name))
            self._values.setdefault(column.name, set()).add(value)

    def _move(
        self, keys: Sequence[Key], plan: RowPlan, row: Row, full: Row, column: Column
    ) -> bool:
        """Move one value away from those taken; False where no branch of the CHECKs has another."""
        name, taken = column.name, self._values.get(column.name, ())

        def is_free(value: Any) -> bool:
            return self._is_free(keys, {**full, name: value}, (name,))

        for branch in () if name in plan.fixed else plan.branches:
            domain = branch.branch.domains.get(name)
            if domain is not None and domain.null is Nullness.MUST:
                continue
            value = distinct_value(column.type, row.get(name), taken, domain, accept=is_free)
            changed = {**full, name: value}
            if value is not None and keeps_checks(plan.table, plan.book, changed, name):
                row[name] = full[name] = value
                return True
        return False


def _references_to_itself(plan: RowPlan, slot: Slot) -> dict[str, str]:
    """Columns that hold what another column of the same row does, and change with it."""
    return {
        name: referred
        for key in plan.table.foreign_keys
        if slot.references.get(key.id) == slot.ref
        for name, referred in zip(key.columns, key.referred_columns, strict=True)
    }


def _are_allowed(plan: RowPlan, changes: Row, after: Row) -> bool:
    """Whether the CHECKs and what was asked of the row let it have these values."""
    return all(
        name not in plan.fixed
        and keeps_checks(plan.table, plan.book, after, name)
        and (
            value is not None
            or any(each.branch.domain(name).admits(None) for each in plan.branches)
        )
        for name, value in changes.items()
    )
