"""What one column may be: a set of values given by bounds, members, lengths and patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from ormthesis.rules.comparison import WITH_NAN


class Nullness(str, Enum):
    """Whether the column is NULL."""

    ANY = "any"  # NULL, or a value of the domain
    MUST = "must"  # NULL
    MUST_NOT = "must-not"  # a value of the domain


_SCANNED = 1000
"""How many excluded values at a bound are skipped, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """All facets apply together to a value that is not NULL; a facet's default allows everything.

    Bounds are values of the column's type; for types with a step they are inclusive. Lengths count
    characters of text, or bytes of a bytea. `patterns` are regular expressions in Python's syntax,
    each of which `re.search` must find. NaN is above all other numbers.
    """

    null: Nullness = Nullness.ANY
    minimum: Any = None
    minimum_inclusive: bool = True
    maximum: Any = None
    maximum_inclusive: bool = True
    members: tuple[Any, ...] | None = None
    excluded: frozenset[Any] = frozenset()
    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()

    def key(self) -> tuple[str, ...]:
        """Equal for equal domains, whatever the order of a set and even if members do not hash."""
        plain = (self.minimum, self.minimum_inclusive, self.maximum, self.maximum_inclusive)
        shape = (self.min_length, self.max_length, self.patterns)
        values = (self.members, sorted(map(repr, self.excluded)))
        return tuple(map(repr, (self.null, *plain, *shape, *values)))

    def admits(self, value: object) -> bool:
        """Whether the value, or None for NULL, lies in the domain."""
        if value is None:
            return self.null is not Nullness.MUST_NOT
        return self.null is not Nullness.MUST and self.allows(value)

    def allows(self, value: Any) -> bool:
        """`admits` for a value that is not NULL, whatever `null` says."""
        if self.members is not None and not _among(value, self.members):
            return False
        if self.excluded and value in self.excluded:
            return False
        return self._within_bounds(value) and self._has_shape(value)

    def _within_bounds(self, value: Any) -> bool:
        if self.minimum is not None:
            op = ">=" if self.minimum_inclusive else ">"
            if not WITH_NAN[op](value, self.minimum):
                return False
        if self.maximum is not None:
            op = "<=" if self.maximum_inclusive else "<"
            return WITH_NAN[op](value, self.maximum)
        return True

    def _has_shape(self, value: Any) -> bool:
        if self.min_length or self.max_length is not None:
            size = len(value)
            if size < self.min_length or (self.max_length is not None and size > self.max_length):
                return False
        return all(re.search(pattern, value) for pattern in self.patterns)

    def intersect(self, other: Domain) -> Domain | None:
        """What lies in both; None where nothing does, NULL included."""
        null = _both_null(self.null, other.null)
        if null is None or null is Nullness.MUST:
            return None if null is None else NULL
        result = replace(
            self,
            null=null,
            excluded=self.excluded | other.excluded,
            min_length=max(self.min_length, other.min_length),
            max_length=_least(self.max_length, other.max_length),
            patterns=tuple(dict.fromkeys(self.patterns + other.patterns)),
            members=_common_members(self.members, other.members),
        )
        return result._bounded_by(other)._normal()

    def _bounded_by(self, other: Domain) -> Domain:
        result = self
        if other.minimum is not None and (
            self.minimum is None
            or _stronger(other.minimum, other.minimum_inclusive, self.minimum, ">")
        ):
            result = replace(
                result, minimum=other.minimum, minimum_inclusive=other.minimum_inclusive
            )
        if other.maximum is not None and (
            self.maximum is None
            or _stronger(other.maximum, other.maximum_inclusive, self.maximum, "<")
        ):
            result = replace(
                result, maximum=other.maximum, maximum_inclusive=other.maximum_inclusive
            )
        return result

    def _normal(self) -> Domain | None:
        """With members filtered and bounds moved off excluded values; NULL or None where empty."""
        result = self
        if self.members is not None:
            kept = tuple(value for value in self.members if self.allows(value))
            result = Domain(null=self.null, members=kept)
        elif self.excluded:
            result = _off_excluded(self)
        if not result._is_empty():
            return result
        return NULL if self.null is Nullness.ANY else None

    def _is_empty(self) -> bool:
        if self.members is not None:
            return not self.members
        if self.max_length is not None and self.min_length > self.max_length:
            return True
        if self.minimum is None or self.maximum is None:
            return False
        strict = not (self.minimum_inclusive and self.maximum_inclusive)
        return WITH_NAN[">=" if strict else ">"](self.minimum, self.maximum)


NULL = Domain(null=Nullness.MUST)
NOT_NULL = Domain(null=Nullness.MUST_NOT)


def exactly(value: Any) -> Domain:
    """Of one value, as stored."""
    return NULL if value is None else Domain(null=Nullness.MUST_NOT, members=(value,))


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(WITH_NAN["="](value, other) for other in values)


def _both_null(left: Nullness, right: Nullness) -> Nullness | None:
    if left is right or right is Nullness.ANY:
        return left
    return right if left is Nullness.ANY else None


def _least(left: int | None, right: int | None) -> int | None:
    known = [length for length in (left, right) if length is not None]
    return min(known) if known else None


def _common_members(
    left: tuple[Any, ...] | None, right: tuple[Any, ...] | None
) -> tuple[Any, ...] | None:
    if left is None or right is None:
        return left if right is None else right
    return tuple(value for value in left if _among(value, right))


def _stronger(bound: Any, inclusive: bool, than: Any, op: str) -> bool:
    return WITH_NAN[op](bound, than) or (not inclusive and bool(bound == than))


def _off_excluded(domain: Domain) -> Domain:
    """Excluded values at an inclusive bound of a stepped type move the bound."""
    low, high = domain.minimum, domain.maximum
    for _ in range(_SCANNED):
        if low is None or not domain.minimum_inclusive or low not in domain.excluded:
            break
        low = _neighbour(low, 1)
    for _ in range(_SCANNED):
        if high is None or not domain.maximum_inclusive or high not in domain.excluded:
            break
        high = _neighbour(high, -1)
    if _neighbour(low, 1) is None and _neighbour(high, 1) is None:
        return domain
    return replace(domain, minimum=low, maximum=high)


def _neighbour(value: Any, direction: int) -> Any:
    """The next integer or date; None for types that have no such step."""
    if isinstance(value, int):
        return value + direction
    if isinstance(value, date) and not isinstance(value, datetime):
        return value + timedelta(days=direction)
    return None
