"""The one comparison behind every invariant: predicted outcome against observed outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ormthesis.core.equality import equal
from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import (
    Accepted,
    Breach,
    Outcome,
    Prediction,
    Refusal,
    Rejected,
    Rejection,
    State,
    Unspecified,
)


class Verdict(str, Enum):
    """In which way prediction and observation differ."""

    ACCEPTED = "accepted"  # the declarations refuse it, the database took it
    REJECTED = "rejected"  # the declarations allow it, the database refused
    WRONG_RULE = "wrong-rule"  # refused as predicted, but by a rule that should have held
    WRONG_STATE = "wrong-state"  # accepted as predicted, but something else is stored
    INVALID_ROW = "invalid-row"  # refused as the declarations say, though a factory vouched for it
    CONTRADICTION = "contradiction"  # refused as predicted: a declared action breaks a rule
    WRITE_ORDER = "write-order"  # refused by a key that the same flush would have freed next
    ACTION_ORDER = "action-order"  # refused by a key whose own action would have cleared it
    BROKEN = "broken"  # accepted as predicted, and an invariant of the user's does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One column, or with `column` None a whole row, that is not as predicted.

    For a relationship `column` is its id and the values are the pairs missing and extra.
    """

    ref: EntityRef | None
    column: str | None
    expected: Any
    actual: Any
    view: str = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    breach: Breach | None = None
    """With BROKEN: how."""


def judge(prediction: Prediction, outcome: Outcome) -> Mismatch | None:
    """None where the observation is what was predicted."""
    if isinstance(prediction, Refusal):
        return _judge_refusal(prediction, outcome)
    if isinstance(outcome, Rejected):
        rejection = outcome.rejection
        undecided = rejection.rule in prediction.unless or _is_raised(rejection, prediction)
        return None if undecided else Mismatch(verdict=Verdict.REJECTED)
    differences = tuple(_differences(prediction, outcome))
    return Mismatch(verdict=Verdict.WRONG_STATE, differences=differences) if differences else None


def _judge_refusal(prediction: Refusal, outcome: Outcome) -> Mismatch | None:
    if isinstance(outcome, Accepted):
        return Mismatch(verdict=Verdict.ACCEPTED)
    if outcome.rejection.rule in prediction.clashing:
        return Mismatch(verdict=Verdict.CONTRADICTION)
    if outcome.rejection.rule in prediction.rules or _is_raised(outcome.rejection, prediction):
        return None
    return Mismatch(verdict=Verdict.WRONG_RULE)


def _is_raised(rejection: Rejection, prediction: Prediction) -> bool:
    """Whether a predicted error of an expression refused the case. An error of which only the class
    is known names no rule."""
    sqlstate = rejection.sqlstate or ""
    return sqlstate in prediction.errors or (
        rejection.rule is None and sqlstate[:2] in prediction.errors
    )


def _differences(prediction: Accepted, outcome: Accepted) -> Iterator[Difference]:
    """The stored rows against the prediction; every further view against the stored rows."""
    rows = {
        ref: {**row, **outcome.spoken.get(ref, {})} for ref, row in prediction.state.rows.items()
    }
    yield from compare_rows(State(rows=rows), outcome.state, "database")
    for name, view in outcome.views.items():
        yield from compare_rows(outcome.state, view, name)
        yield from compare_links(prediction.state, view, name)


def compare_rows(expected: State, actual: State, view: str) -> Iterator[Difference]:
    """Rows missing, rows extra, and the columns that differ."""
    for ref in {**expected.rows, **actual.rows}:
        before, after = expected.rows.get(ref), actual.rows.get(ref)
        if before is None or after is None:
            yield Difference(ref=ref, column=None, expected=before, actual=after, view=view)
            continue
        for column, value in before.items():
            if column in after and not same(value, after[column]):
                yield Difference(
                    ref=ref, column=column, expected=value, actual=after[column], view=view
                )


def compare_links(expected: State, actual: State, view: str) -> Iterator[Difference]:
    """Pairs that a relationship lacks, and pairs that it has too many."""
    for name, seen in actual.links.items():
        pairs = expected.links.get(name, frozenset())
        if seen != pairs:
            missing, extra = sorted(pairs - seen), sorted(seen - pairs)
            yield Difference(ref=None, column=name, expected=missing, actual=extra, view=view)


def same(expected: Any, actual: Any) -> bool:
    """Equal as stored values: types count (1 is not True), NaN equals NaN."""
    if isinstance(expected, Unspecified):
        return expected is Unspecified.ANY or actual is not None
    return equal(expected, actual)
