"""Which class the rows of a skeleton belong to.

The database knows nothing of classes: it takes a row with any discriminator. The ORM cannot load
such rows, so in a valid graph every row of a hierarchy has the discriminator of one class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.graph import EntityRef
from ormthesis.generation.objects import Classes
from ormthesis.generation.wiring import Cell, Skeleton, Slot
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Schema

Draw = Callable[[Any], Any]
Feasible = Callable[[Model], bool]
"""Whether rows of a class can keep all that is asked of its tables."""


class Inheritance:
    """Gives the rows of skeletons their classes. Schemas without inheritance are left alone."""

    def __init__(self, schema: Schema, feasible: Feasible) -> None:
        self.classes = Classes(schema)
        self._feasible = feasible
        self._indexes: dict[int, st.SearchStrategy[int]] = {}

    def classified(self, draw: Draw, skeleton: Skeleton) -> Skeleton:
        """The skeleton with the class of every object drawn, unless a slot names it."""
        if self.classes.plain:
            return skeleton
        owners = self._owners(skeleton)
        rows: dict[EntityRef, dict[str, Slot]] = {}
        for slot in skeleton.slots:
            rows.setdefault(owners[slot.ref], {})[slot.table] = slot
        models = {owner: self._drawn(draw, found) for owner, found in rows.items()}
        slots = (
            self._of_class(slot, rows[owners[slot.ref]], models[owners[slot.ref]])
            for slot in skeleton.slots
        )
        return Skeleton(slots=tuple(slots))

    def _owners(self, skeleton: Skeleton) -> dict[EntityRef, EntityRef]:
        """Row to the first row of the object that it is a part of."""
        found: dict[EntityRef, EntityRef] = {}
        for slot in skeleton.slots:
            key = self.classes.schema.inheritance_keys.get(slot.table)
            parent = slot.references.get(key.id) if key is not None else None
            found[slot.ref] = slot.ref if parent is None else found.get(parent, parent)
        return found

    def _drawn(self, draw: Draw, rows: Mapping[str, Slot]) -> Model | None:
        """The class of one object; None where no class has such rows."""
        asked = {slot.model for slot in rows.values()} - {None}
        found = [
            model
            for model in self.classes.over(frozenset(rows))
            if self._feasible(model) and (not asked or model.name in asked)
        ]
        if len(found) < 2:
            return next(iter(found), None)
        return found[draw(self._indexes.setdefault(len(found), st.integers(0, len(found) - 1)))]

    def _of_class(self, slot: Slot, rows: Mapping[str, Slot], model: Model | None) -> Slot:
        if model is None:
            return replace(slot, model=None)
        return replace(
            slot, model=model.name, shared={**self._twins(slot, rows, model), **slot.shared}
        )

    def _twins(self, slot: Slot, rows: Mapping[str, Slot], model: Model) -> dict[str, Cell]:
        """Columns that have one attribute with a column of a base class's table: they are written
        with the same value."""
        found: dict[str, Cell] = {}
        own, table = model.part(slot.table), self.classes.schema.by_key[slot.table]
        for part in model.parts:
            if own is None or part is own:
                return found
            names = {attribute: column for column, attribute in part.attributes.items()}
            for column, attribute in own.attributes.items():
                if attribute in names and is_drawn(table, table.by_name[column]):
                    found[column] = (rows[part.table].ref, names[attribute])
        return found
