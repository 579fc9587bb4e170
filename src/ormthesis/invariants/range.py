"""The least and greatest value of a number's type: the bounds fit, one step beyond does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.core.exact import stepped
from ormthesis.generation.case import MutationKind
from ormthesis.generation.edges import beyond
from ormthesis.invariants.base import Drawing
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.limits import LimitInvariant
from ormthesis.schema.constraints import Range
from ormthesis.schema.model import Column


@dataclass(frozen=True, kw_only=True)
class RangeFailure(Failure):
    invariant = "range"
    broken = "does not hold exactly the values of its type"


class RangeInvariant(LimitInvariant):
    """A SMALLINT, INTEGER, BIGINT or NUMERIC(p, s) takes its bounds and refuses what lies beyond.

    A column that is narrower in the database loses values that the models promise to keep; one
    that is wider hides a migration that never ran.
    """

    id = "range"
    title = "Number types hold exactly their range"
    rule_type = Range
    beyond_kind = MutationKind.OUT_OF_RANGE
    failure = RangeFailure

    def edges(self, column: Column, rule: Range) -> Sequence[Any]:
        low, high, step = rule.minimum, rule.maximum, rule.step
        # Half a step is rounded up: another scale in the database shows by nothing else.
        halves = [step / 2] if isinstance(step, Decimal) else []
        return [low, stepped(low, step, 1), stepped(high, step, -1), high, *halves]

    def beyond(self, drawing: Drawing, column: Column, rule: Range) -> Iterable[Any]:
        below, above = stepped(rule.minimum, rule.step, -1), stepped(rule.maximum, rule.step, 1)
        return [below, above, drawing.draw(_beyond(rule))]


@cache
def _beyond(rule: Range) -> st.SearchStrategy[Any]:
    return beyond(rule)
