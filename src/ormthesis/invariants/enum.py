"""Enumerations: every label of the model is accepted, every other refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.case import MutationKind
from ormthesis.generation.edges import foreign_labels
from ormthesis.invariants.base import Drawing
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.limits import LimitInvariant
from ormthesis.schema.constraints import Enumeration
from ormthesis.schema.model import Column


@dataclass(frozen=True, kw_only=True)
class EnumFailure(Failure):
    invariant = "enum"
    broken = "does not hold exactly the labels of the model"


class EnumInvariant(LimitInvariant):
    """The database takes every label that the model can send and no other.

    A label that only the database knows is tried too: a row with it cannot be loaded by the model.
    A label that only the model knows breaks the first time that it is used.
    """

    id = "enum"
    title = "Enumerations hold exactly the model's labels"
    rule_type = Enumeration
    beyond_kind = MutationKind.LABEL
    failure = EnumFailure

    def edges(self, column: Column, rule: Enumeration) -> Sequence[Any]:
        return column.type.beneath.limited.members

    def beyond(self, drawing: Drawing, column: Column, rule: Enumeration) -> Iterable[Any]:
        extra = [
            label
            for label in drawing.context.known_labels.get(rule.id, ())
            if label not in rule.labels
        ]
        return [*extra, drawing.draw(_foreign(rule.labels))]


@cache
def _foreign(labels: tuple[str, ...]) -> st.SearchStrategy[str]:
    return foreign_labels(labels)
