"""Prediction and observation of a reproduction, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.oracle.judge import Verdict
from ormthesis.reporting.values import show, show_mutation, show_operation

if TYPE_CHECKING:
    from ormthesis.engine.reproductions import Reproduction
    from ormthesis.oracle.judge import Difference
    from ormthesis.oracle.outcome import Rejection


def operation_text(reproduction: Reproduction) -> str:
    """What is done, with the change to one row where there is one."""
    case = reproduction.case
    if case.mutation is None:
        return show_operation(case.operation)
    return f"{case.operation}, {show_mutation(case.mutation)}"


def predicted_text(reproduction: Reproduction) -> str:
    """`accepted`, `refused by a or b`, or the values that were predicted."""
    if reproduction.breach is not None:
        return f"accepted, and {reproduction.invariant} holds"
    if reproduction.rules:
        return f"refused by {' or '.join(reproduction.rules)}"
    if reproduction.verdict is Verdict.WRONG_STATE:
        facts = "; ".join(_fact(item, predicted=True) for item in reproduction.differences)
        return f"accepted, then {facts}"
    return "accepted"


def observed_text(reproduction: Reproduction) -> str:
    """`accepted`, `refused: 23505 ...`, or the values that were found."""
    if reproduction.breach is not None:
        return f"accepted, and {reproduction.invariant} {reproduction.breach.what}"
    if reproduction.rejection is not None:
        return f"refused: {rejection_text(reproduction.rejection)}"
    if reproduction.verdict is Verdict.WRONG_STATE:
        facts = "; ".join(_fact(item, predicted=False) for item in reproduction.differences)
        return f"accepted, then {facts}"
    return "accepted"


def rejection_text(rejection: Rejection) -> str:
    """`23505 uq_projects_path: duplicate key value ...`, in one line."""
    names = " ".join(name for name in (rejection.sqlstate, rejection.constraint) if name)
    lines = rejection.message.splitlines()
    return f"{names or rejection.kind.value}: {lines[0] if lines else ''}"


def _fact(difference: Difference, *, predicted: bool) -> str:
    value = difference.expected if predicted else difference.actual
    view = "" if difference.view == "database" else f" in the {difference.view}"
    if difference.ref is None:
        return f"{difference.column}{view} {_links(difference, predicted=predicted)}"
    if difference.column is None:
        return f"{difference.ref}{view} {'is not there' if value is None else 'is there'}"
    return f"{difference.ref}.{difference.column}{view} is {show(value)}"


def _links(difference: Difference, *, predicted: bool) -> str:
    """Pairs that are predicted and missing, and those that are there and not predicted."""
    leads, does_not = difference.expected, difference.actual
    if not predicted:
        leads, does_not = does_not, leads
    facts = [f"leads from {one} to {other}" for one, other in leads]
    facts += [f"does not lead from {one} to {other}" for one, other in does_not]
    return " and ".join(facts)
