"""Operators run backwards: which value of one argument gives a wanted result, the others kept.

Proposals are guesses for the search in `witness`, which evaluates them: they need not be right, and
an operator without an inverse only makes the search slower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ormthesis.rules.errors import EvaluationError
from ormthesis.rules.inverse_documents import DOCUMENTS
from ormthesis.rules.inverse_numbers import NUMBERS
from ormthesis.rules.inverse_ranges import RANGES, constructed
from ormthesis.rules.inverse_texts import TEXTS
from ormthesis.rules.inverse_values import Inverse, Proposal, as_type
from ormthesis.rules.sql_types import RANGES as CONSTRUCTORS
from ormthesis.rules.tree import Call
from ormthesis.schema.types import TypeKind


def inverted(node: Call, target: Any, values: Sequence[Any]) -> list[Proposal]:
    """Proposals for arguments of `node`, whose arguments now have these values (None: NULL)."""
    name = "extract" if node.name.startswith("extract_") else node.name
    inverse = _INVERSES.get("date_trunc" if name.startswith("date_trunc_") else name)
    if any(arg.type.kind is TypeKind.RANGE for arg in node.args):
        inverse = RANGES.get(name)
    if inverse is None:
        return []
    found: list[Proposal] = []
    proposals = inverse(node, target, values)
    while True:
        try:
            found.append(next(proposals))
        except (StopIteration, TypeError, ValueError, ArithmeticError, EvaluationError):
            return found


def _same(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    for index in range(len(node.args)):
        yield index, target


def _first(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield 0, target


def _cast(node: Call, target: Any, values: Sequence[Any]) -> Iterator[Proposal]:
    yield from ((0, value) for value in as_type(target, node.args[0].type))


_INVERSES: dict[str, Inverse] = {
    **NUMBERS,
    **TEXTS,
    **DOCUMENTS,
    "cast": _cast,
    **dict.fromkeys(CONSTRUCTORS, constructed),
    **dict.fromkeys(("greatest", "least", "coalesce"), _same),
    **dict.fromkeys(("collate", "date_trunc"), _first),
}
