"""What a planted defect shrinks to, in a form that an equation can be written about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.tester.worlds import shrunk, units

if TYPE_CHECKING:
    from ormthesis.generation.graph import EntityDraft
    from ormthesis.invariants.failure import Failure
    from tests.tester.worlds import Target

EXAMPLES = 100

# What a row looks like when nothing is asked of it. References are named only where set.
SIMPLEST: dict[str, dict[str, Any]] = {
    "countries": {"name": None},
    "towns": {"name": "", "people": 0, "mayor": None},
    "streets": {"name": None},
    "houses": {"number": "", "floors": 1, "owner": None},
}


def minimal(target: Target, table: str, check: str, *ddl: str) -> list[Failure]:
    """The failures of one unit on a database that was changed, each with its minimal case."""
    with target.world(*ddl) as world:
        (unit,) = units(target, table, check)
        return shrunk(world, unit, max_examples=EXAMPLES)


def rows(failure: Failure) -> list[str]:
    """Each row as `house#0 street_id=street#0 floors=8`: references, then what is not simplest."""
    return [_row(draft) for draft in failure.case.graph.drafts]


def _row(draft: EntityDraft) -> str:
    references = {
        key.split("->")[0].split(".")[1]: str(parent)
        for key, parent in draft.references.items()
        if parent is not None
    }
    simplest = SIMPLEST[draft.table]
    assert draft.values.keys() == simplest.keys()
    values = {name: repr(value) for name, value in draft.values.items() if value != simplest[name]}
    return " ".join(
        [str(draft.ref), *(f"{name}={text}" for name, text in {**references, **values}.items())]
    )


def changes(failure: Failure) -> dict[str, Any]:
    """The columns that the mutation sets, with their new values."""
    assert failure.case.mutation is not None
    return {change.column: change.new for change in failure.case.mutation.changes}
