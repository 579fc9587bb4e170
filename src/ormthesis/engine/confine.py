"""What cannot be tested in a database where nothing may be committed."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ormthesis.engine.plan import Unit
from ormthesis.engine.world import World
from ormthesis.invariants.failure import Isolation
from ormthesis.invariants.objects import ObjectInvariant

NOT_CONFIRMED = (
    "not confirmed: deletes and key updates are judged on committed rows, and nothing is committed "
    "in a database without Ormthesis's mark"
)


def confined(world: World, unit: Unit) -> Unit:
    """The unit, with a reason in the place of each subject that cannot be tested in this world."""
    reason = "" if world.committed else _reason(world, unit)
    if not reason:
        return unit
    reasons = {**unit.reasons, **dict.fromkeys(unit.subjects, reason)}
    return replace(unit, subjects=frozenset(), reasons=reasons)


def _reason(world: World, unit: Unit) -> str:
    if unit.invariant.isolation is Isolation.COMMITTED:
        return NOT_CONFIRMED
    if isinstance(unit.invariant, ObjectInvariant):
        tables = unit.invariant.shape(world.context, unit.table).counts
        numbered = sorted(key for key in tables if _numbers_always(world.models.tables[key]))
        if numbered:
            return (
                f"through the ORM only a sequence can number the rows of {', '.join(numbered)}, "
                "and sequences are not rolled back"
            )
    return ""


def _numbers_always(table: sa.Table) -> bool:
    return any(column.identity is not None and column.identity.always for column in table.columns)
