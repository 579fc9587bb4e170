"""An opaque rule that the server has evaluated for some rows, and that is readable for those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ormthesis.rules.errors import undecided
from ormthesis.rules.evaluate import Row

if TYPE_CHECKING:
    from ormthesis.rules.rule import Rule
    from ormthesis.rules.tree import Truths

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows of stored values and what the declared expression makes of them."""

    rows: tuple[Row, ...]
    values: tuple[bool | None, ...]
    """In the order of the rows."""
    failed: int = 0
    """Rows for which the expression raised an error; they are not among `rows`."""

    @property
    def accepted(self) -> int:
        return sum(value is not False for value in self.values)

    @property
    def tried(self) -> int:
        return len(self.rows) + self.failed

    def __str__(self) -> str:
        return f"opaque: sampled, accepted {self.accepted} of {self.tried}"


def sampled(rule: Rule, sample: Sample) -> Rule:
    """The rule with values for the sample's rows; for all others evaluating it fails."""
    return replace(rule, opaque=None, sample=sample, _evaluate=_Lookup(rule.columns, sample))


def reaching(rule: Rule, truths: Truths) -> Rule:
    """The rule that is true for the sample's rows whose value is one of `truths`, else false."""
    assert rule.sample is not None
    values = tuple(value in truths for value in rule.sample.values)
    sample = replace(rule.sample, values=values)
    names = ",".join(sorted(map(str, truths)))
    return replace(
        rule,
        sample=sample,
        canonical=f"{rule.canonical} IN ({names})",
        _evaluate=_Lookup(rule.columns, sample),
    )


class _Lookup:
    """Evaluates a row by finding it among those that are known."""

    def __init__(self, columns: Sequence[str], sample: Sample) -> None:
        self._columns = columns
        pairs = zip(sample.rows, sample.values, strict=True)
        self._values: Mapping[Key, bool | None] = {self._key(row): value for row, value in pairs}

    def __call__(self, row: Row) -> bool | None:
        key = self._key(row)
        if key not in self._values:
            raise undecided("an opaque rule on a row that the server was not asked about")
        return self._values[key]

    def _key(self, row: Row) -> Key:
        return tuple(repr(row.get(name)) for name in self._columns)
