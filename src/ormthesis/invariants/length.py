"""Length limits: n characters fit, n + 1 do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.case import MutationKind
from ormthesis.generation.edges import too_long
from ormthesis.invariants.base import Drawing
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.limits import LimitInvariant
from ormthesis.schema.constraints import Length
from ormthesis.schema.model import Column
from ormthesis.schema.types import TypeKind


@dataclass(frozen=True, kw_only=True)
class LengthFailure(Failure):
    invariant = "length"
    broken = "does not hold exactly that many characters"


class LengthInvariant(LimitInvariant):
    """A VARCHAR(n) takes n characters and refuses n + 1. A BIT(n) takes n bits alone.

    Characters, not bytes. PostgreSQL cuts trailing blanks beyond the limit without a word; that is
    its documented behaviour and no failure.
    """

    id = "length"
    title = "Length limits hold at n - 1, n and n + 1"
    rule_type = Length
    beyond_kind = MutationKind.TOO_LONG
    failure = LengthFailure

    def edges(self, column: Column, rule: Length) -> Sequence[Any]:
        if column.type.limited.kind is TypeKind.TEXT:
            return ["a" * (rule.limit - 1), "a" * rule.limit, "é" * rule.limit]
        shorter = [] if column.type.limited.fixed else ["1" * (rule.limit - 1)]
        return [*shorter, "1" * rule.limit]

    def beyond(self, drawing: Drawing, column: Column, rule: Length) -> Iterable[Any]:
        if column.type.limited.kind is TypeKind.TEXT:
            return [drawing.draw(_too_long(rule.limit))]
        shorter = ["1" * (rule.limit - 1)] if column.type.limited.fixed else []
        return [*shorter, "1" * (rule.limit + 1)]


@cache
def _too_long(limit: int) -> st.SearchStrategy[str]:
    return too_long(limit)
