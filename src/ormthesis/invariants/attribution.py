"""Whose finding a mismatch is: a case is evidence about its own subject and nothing else.

One rule that is too strict refuses graphs drawn for every other rule. Without this, it would be
reported once per rule; so a mismatch stays only where the case's subject explains it. The rest is
found by the `accepted` invariant, which is about whole graphs, and by the other rule's own cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ormthesis.generation.case import Case, Mutation
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.oracle.outcome import Accepted, Outcome, Prediction, Refusal, Rejected
from ormthesis.schema.model import Schema


def only(mismatch: Mismatch | None, keep: Callable[[Difference], bool]) -> Mismatch | None:
    """A wrong state cut down to some differences; None where none of them is left."""
    if mismatch is None or mismatch.verdict is not Verdict.WRONG_STATE:
        return mismatch
    kept = tuple(difference for difference in mismatch.differences if keep(difference))
    return replace(mismatch, differences=kept) if kept else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One case, observed; `base` is the graph without the mutation or before the delete."""

    schema: Schema
    case: Case
    prediction: Prediction
    base: Outcome
    outcome: Outcome

    def own(self, mismatch: Mismatch) -> Mismatch | None:
        """The part of a mismatch that the case's subject explains; None for somebody else's."""
        if self.case.mutation is not None:
            return self._of_mutation(self.case.mutation, mismatch)
        if self.case.operation.is_later:
            return only(
                mismatch, lambda found: self._was_changed(found) or not self._was_there(found)
            )
        return mismatch

    def _of_mutation(self, mutation: Mutation, mismatch: Mismatch) -> Mismatch | None:
        if isinstance(self.prediction, Refusal) and self.case.subject not in self.prediction.rules:
            return None  # an edge that lies outside another rule, whose own cases try it
        accepted = mismatch.verdict is Verdict.ACCEPTED
        if not accepted and isinstance(self.base, Rejected) and not self._concerned(self.base):
            return None  # the row is refused with and without the mutation
        if mismatch.verdict is Verdict.REJECTED and self._is_others():
            return None
        columns = (None, *mutation.columns)
        return only(
            mismatch,
            lambda difference: difference.ref == mutation.ref and difference.column in columns,
        )

    def _concerned(self, rejected: Rejected) -> bool:
        """Whether the rule that fired is the subject, or has taken its place under its name."""
        rejection = rejected.rejection
        if rejection.rule is not None or rejection.constraint is None:
            return rejection.rule == self.case.subject
        declared = self.schema.constraints.get(self.case.subject)
        return declared is not None and rejection.constraint == declared.name

    def _is_others(self) -> bool:
        """Whether another declared rule refused, or one that stands under its name."""
        if not isinstance(self.outcome, Rejected) or self._concerned(self.outcome):
            return False
        rejection = self.outcome.rejection
        names = {rule.name for rule in self.schema.constraints.values()} - {None}
        return rejection.rule is not None or rejection.constraint in names

    def _was_changed(self, difference: Difference) -> bool:
        """Whether the operation itself gives the column a value."""
        action = self.case.operation.action
        return (
            action is not None
            and action.ref == difference.ref
            and difference.column in action.values
        )

    def _was_there(self, difference: Difference) -> bool:
        """Whether a value was wrong before: all else that is changed are references."""
        ref, column = difference.ref, difference.column
        if ref is None or column is None or not isinstance(self.base, Accepted):
            return False
        table = self.schema.by_key[self.case.graph.by_ref[ref].table]
        before = self.base.state.rows.get(ref, {}).get(column)
        return column not in table.foreign_key_columns and repr(before) == repr(difference.actual)
