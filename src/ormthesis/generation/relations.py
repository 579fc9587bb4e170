"""Makes two columns of a drawn row stand to each other as a CHECK wants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ormthesis.rules.branch import Branch, Relation, shifted
from ormthesis.schema.types import TypeKind


def settle(relation: Relation, row: dict[str, Any], branch: Branch) -> None:
    """Change at most two values so that the relation holds within the branch's domains.

    Exchanging the two is tried first, since it keeps what was drawn; else one of them moves next to
    the other, which is also where comparisons are worth testing.
    """
    if relation.left not in row or relation.right not in row or relation.holds(row):
        return
    left, right = row[relation.left], row[relation.right]
    if left is None or right is None:
        return
    candidates = [{relation.left: right, relation.right: left}]
    candidates += [{relation.left: value} for value in _beside(relation, right)]
    candidates += [{relation.right: value} for value in _beside(relation.mirrored(), left)]
    for changes in candidates:
        if _fits(relation, {**row, **changes}, branch):
            row.update(changes)
            return


def _fits(relation: Relation, row: dict[str, Any], branch: Branch) -> bool:
    return relation.holds(row) and all(
        branch.domain(name).admits(row[name]) for name in (relation.left, relation.right)
    )


def _beside(relation: Relation, right: Any) -> list[Any]:
    """Values of the left column at the edge of the relation: equal, one step above, one below."""
    try:
        equal = shifted(right, relation.offset, relation.kind)
    except (OverflowError, ValueError):
        return []
    step = _STEPS.get(relation.kind)
    return [equal] if step is None else [equal, *step(equal)]


def _around(step: Any) -> Callable[[Any], list[Any]]:
    def values(value: Any) -> list[Any]:
        try:
            return [value + step, value - step]
        except OverflowError:
            return []

    return values


_STEPS: dict[TypeKind, Callable[[Any], list[Any]]] = {
    TypeKind.INTEGER: _around(1),
    TypeKind.NUMERIC: _around(Decimal(1)),
    TypeKind.FLOAT: _around(1.0),
    TypeKind.DATE: _around(dt.timedelta(days=1)),
    TypeKind.TIMESTAMP: _around(dt.timedelta(microseconds=1)),
    TypeKind.INTERVAL: _around(dt.timedelta(microseconds=1)),
    TypeKind.TEXT: lambda value: [value + "0"],
    TypeKind.BOOLEAN: lambda value: [not value],
}
