"""One operation in two ways, by SQL and through the ORM: what they leave must be the same."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityRef
from ormthesis.invariants.base import Context, Invariant, Judged
from ormthesis.oracle.judge import Verdict, judge
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import (
    Accepted,
    Outcome,
    Prediction,
    Refusal,
    StoredRow,
    Unspecified,
)
from ormthesis.persistence.observation import Observation


class AgreementInvariant(Invariant):
    """Compares what the two leave."""

    sql_is_judged: ClassVar[bool] = True
    """Whether another invariant judges the way by SQL: then one that is not as predicted is its
    finding, and nothing is compared."""

    @abstractmethod
    def by_sql(self, case: Case) -> bool:
        """Whether the case is the way by SQL."""

    @abstractmethod
    def done(self, case: Case) -> Hashable:
        """What both ways do alike."""

    def judge(
        self, context: Context, oracle: Oracle, observed: Iterable[tuple[Case, Observation]]
    ) -> Iterator[Judged]:
        """The SQL outcome is what the ORM's is compared with, where that is as predicted."""
        by_sql: dict[Hashable, Judged] = {}
        for judged in super().judge(context, oracle, observed):
            done = self.done(judged.case)
            if self.by_sql(judged.case):
                by_sql[done] = judged
            elif judged.mismatch is None and self._is_sound(by_sql.get(done)):
                yield self.compared(by_sql[done], judged)

    def _is_sound(self, by_sql: Judged | None) -> bool:
        """Whether there is something to compare with."""
        return by_sql is not None and (by_sql.mismatch is None or not self.sql_is_judged)

    def compared(self, by_sql: Judged, by_orm: Judged) -> Judged:
        """The judgement of both ways as one about the ORM's."""
        expected = _as_prediction(by_sql.outcome, by_orm.prediction)
        mismatch = judge(expected, by_orm.outcome)
        if mismatch is not None and mismatch.verdict is Verdict.WRONG_RULE:
            mismatch = None  # both refused: the rows are the same, whatever the words
        return replace(by_orm, prediction=expected, mismatch=mismatch)


def _as_prediction(outcome: Outcome, by_orm: Prediction) -> Prediction:
    """What SQL did, as what the ORM is expected to do; open is what its own updates renew."""
    if isinstance(outcome, Accepted):
        return replace(outcome, state=replace(outcome.state, rows=_opened(outcome, by_orm)))
    rejection = outcome.rejection
    return Refusal(rules=frozenset({rejection.rule or rejection.kind.value}))


def _opened(outcome: Accepted, by_orm: Prediction) -> Mapping[EntityRef, StoredRow]:
    known = by_orm.state.rows if isinstance(by_orm, Accepted) else {}
    return {
        ref: {**row, **{k: v for k, v in known.get(ref, {}).items() if isinstance(v, Unspecified)}}
        for ref, row in outcome.state.rows.items()
    }
