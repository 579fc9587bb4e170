"""Rows for a branch: every combination of a few values of each column that the branch admits."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any

from tests.unit.rules.columns import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ormthesis.rules.branch import Branch
    from ormthesis.rules.domain import Domain

Row = dict[str, Any]


def grid(columns: Sequence[str], limit: int = 400) -> list[Row]:
    """Combinations of the pools' values and NULL, evenly thinned to about `limit`."""
    return list(
        _combinations({column: [None, *VALUES.get(column, [])] for column in columns}, limit)
    )


def rows_within(branch: Branch, columns: Sequence[str], limit: int = 200) -> Iterator[Row]:
    """Rows that the branch admits, its own bounds and members among them."""
    pools = {}
    for column in columns:
        values = [*_edges(branch.domain(column)), *VALUES.get(column, []), None]
        pools[column] = [value for value in values if branch.domain(column).admits(value)]
    return (row for row in _combinations(pools, limit) if branch.admits(row))


def _edges(domain: Domain) -> Iterator[Any]:
    yield from domain.members or ()
    yield from (bound for bound in (domain.minimum, domain.maximum) if bound is not None)
    if domain.max_length is not None or domain.min_length:
        yield "x" * domain.min_length
        yield "x" * (domain.max_length or domain.min_length)


def _combinations(pools: dict[str, list[Any]], limit: int) -> Iterator[Row]:
    total = 1
    for values in pools.values():
        total *= len(values)
    step = max(1, total // limit)
    # A step that shares a factor with a pool's size would never reach some of its values.
    while step > 1 and any(
        len(values) % step == 0 or step % len(values) == 0
        for values in pools.values()
        if len(values) > 1
    ):
        step -= 1
    rows = islice(product(*pools.values()), 0, None, step)
    return (dict(zip(pools, values, strict=True)) for values in islice(rows, 4 * limit))
