"""Relations and bounds together: contradictions are found and bounds tightened.

Relations `a <= b + k` and bounds are a system of difference constraints: a graph whose shortest
paths (Floyd and Warshall) give the tightest bounds, and whose negative cycles show that no solution
exists (Bellman 1958; as difference bound matrices: Dill 1989). The node `""` stands for the
constant zero. A strict constraint of a stepped type becomes a wide one; for others strictness is
carried along.

Example: `a >= 5`, `b >= a + 2`, `b <= 9` tightens to `5 <= a <= 7`, `7 <= b <= 9`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ormthesis.rules.domain import Domain
from ormthesis.schema.types import TypeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ormthesis.rules.branch import Relation

Bound = tuple[Fraction, bool]
"""An upper limit of a difference, and whether it is strict."""
Matrix = dict[tuple[str, str], Bound]

_ZERO = ""
_STEPPED = frozenset({TypeKind.INTEGER, TypeKind.DATE, TypeKind.TIMESTAMP, TypeKind.INTERVAL})
_MICROSECOND = timedelta(microseconds=1)


class Contradiction(Exception):  # noqa: N818  # an outcome of the search, not an error
    """No row meets all of the constraints."""


def tightened(domains: Mapping[str, Domain], relations: Sequence[Relation]) -> dict[str, Domain]:
    """The domains with the bounds that the relations imply.

    Raises:
        Contradiction: there is no solution.
    """
    # With an offset only stepped types are exact: x + 1 may be x for floats and for infinity.
    known = [r for r in relations if r.offset is None or r.kind in _STEPPED]
    kinds = {side: relation.kind for relation in known for side in (relation.left, relation.right)}
    matrix: Matrix = {}
    origins = _Origins()
    for relation in known:
        _add_relation(matrix, relation)
    for name, kind in kinds.items():
        _add_bounds(matrix, name, kind, domains.get(name, Domain()), origins)
    _close(matrix, [_ZERO, *kinds])
    _check_unequal(matrix, known)
    result = dict(domains)
    for name, kind in kinds.items():
        result[name] = _narrowed(result.get(name, Domain()), name, kind, matrix, origins)
    return result


class _Origins:
    """The bounds that numbers on the line came from, to go back without loss."""

    def __init__(self) -> None:
        self.values: dict[tuple[TypeKind, Fraction], Any] = {}
        self.zone: timezone | None = None

    def number(self, value: Any, kind: TypeKind) -> Fraction | None:
        result = to_number(value, kind)
        if result is not None:
            self.values[kind, result] = value
            if isinstance(value, datetime) and value.tzinfo is not None:
                self.zone = UTC
        return result

    def value(self, number: Fraction, kind: TypeKind) -> Any:
        """None where there is no such value in Python."""
        if (kind, number) in self.values:
            return self.values[kind, number]
        try:
            return self._computed(int(number), kind)
        except (OverflowError, ValueError):
            return None

    def _computed(self, number: int, kind: TypeKind) -> Any:
        if kind is TypeKind.INTEGER:
            return number
        if kind is TypeKind.DATE:
            return date.fromordinal(number)
        if kind is TypeKind.INTERVAL:
            return timedelta(microseconds=number)
        if kind is TypeKind.TIMESTAMP:
            epoch = _EPOCH if self.zone is None else _EPOCH_UTC
            return epoch + timedelta(microseconds=number)
        return None


def _add(matrix: Matrix, left: str, right: str, bound: Bound) -> None:
    """left - right <= bound."""
    known = matrix.get((left, right))
    if known is None or _tighter(bound, known):
        matrix[left, right] = bound


def _tighter(bound: Bound, than: Bound) -> bool:
    return bound[0] < than[0] or (bound[0] == than[0] and bound[1] and not than[1])


def _add_relation(matrix: Matrix, relation: Relation) -> None:
    gap = _amount(relation.offset)
    if relation.op in ("=", "<=", "<"):
        _add(matrix, relation.left, relation.right, _limit(gap, relation, "<"))
    if relation.op in ("=", ">=", ">"):
        _add(matrix, relation.right, relation.left, _limit(-gap, relation, ">"))


def _limit(gap: Fraction, relation: Relation, strict: str) -> Bound:
    if relation.op != strict:
        return gap, False
    return (gap - 1, False) if relation.kind in _STEPPED else (gap, True)


def _amount(offset: Any) -> Fraction:
    if offset is None:
        return Fraction(0)
    return Fraction(offset // _MICROSECOND) if isinstance(offset, timedelta) else Fraction(offset)


def _add_bounds(
    matrix: Matrix, name: str, kind: TypeKind, domain: Domain, origins: _Origins
) -> None:
    if domain.members:
        numbers = [origins.number(value, kind) for value in domain.members]
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers):
            _add(matrix, _ZERO, name, (-min(known), False))
            _add(matrix, name, _ZERO, (max(known), False))
        return
    floor = origins.number(domain.minimum, kind)
    ceiling = origins.number(domain.maximum, kind)
    if floor is not None:
        _add(matrix, _ZERO, name, (-floor, not domain.minimum_inclusive))
    if ceiling is not None:
        _add(matrix, name, _ZERO, (ceiling, not domain.maximum_inclusive))


def _close(matrix: Matrix, names: Sequence[str]) -> None:
    for middle in names:
        for left in names:
            first = matrix.get((left, middle))
            if first is None:
                continue
            for right in names:
                second = matrix.get((middle, right))
                if second is not None:
                    _add(matrix, left, right, (first[0] + second[0], first[1] or second[1]))
    for name in names:
        cycle = matrix.get((name, name))
        if cycle is not None and (cycle[0] < 0 or (cycle[0] == 0 and cycle[1])):
            raise Contradiction


def _check_unequal(matrix: Matrix, relations: Sequence[Relation]) -> None:
    """`a <> b + k` contradicts where everything else forces `a = b + k`."""
    for relation in relations:
        if relation.op != "<>":
            continue
        gap = _amount(relation.offset)
        upper = matrix.get((relation.left, relation.right))
        lower = matrix.get((relation.right, relation.left))
        if upper is not None and lower is not None and upper[0] == gap and lower[0] == -gap:
            raise Contradiction


def _narrowed(
    domain: Domain, name: str, kind: TypeKind, matrix: Matrix, origins: _Origins
) -> Domain:
    """The domain within the bounds found."""
    lower, upper = matrix.get((_ZERO, name)), matrix.get((name, _ZERO))
    limits = Domain(
        minimum=None if lower is None else origins.value(-lower[0], kind),
        minimum_inclusive=lower is None or not lower[1],
        maximum=None if upper is None else origins.value(upper[0], kind),
        maximum_inclusive=upper is None or not upper[1],
    )
    result = domain.intersect(limits)
    if result is None:
        raise Contradiction
    return result


_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)


def to_number(value: Any, kind: TypeKind) -> Fraction | None:
    """The value's place on a line; None for kinds without one, and for NaN and infinities."""
    if value is None:
        return None
    if kind is TypeKind.INTEGER:
        return Fraction(value)
    if kind in (TypeKind.NUMERIC, TypeKind.FLOAT):
        return Fraction(value) if Decimal(value).is_finite() else None
    if kind is TypeKind.INTERVAL and isinstance(value, timedelta):
        return Fraction(value // _MICROSECOND)
    if kind is TypeKind.TIMESTAMP and isinstance(value, datetime):
        epoch = _EPOCH if value.tzinfo is None else _EPOCH_UTC
        return Fraction((value - epoch) // _MICROSECOND)
    if kind is TypeKind.DATE and isinstance(value, date):
        return Fraction(value.toordinal())
    if kind is TypeKind.TIME and isinstance(value, time):
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return Fraction(seconds * 1_000_000 + value.microsecond)
    return None
