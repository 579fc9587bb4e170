"""The world of one run or worker: declarations, oracle and sandbox, and the ONE judgement.

Every invariant, the shrinker and the replay go through `examine`: observe the cases of a trial,
predict each, compare, and keep the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ormthesis.config.settings import Mode
from ormthesis.engine.results import Evidence
from ormthesis.generation.case import Case, GenerationMode, OperationKind
from ormthesis.generation.graph import EntityGraph, graph_keys, up_to
from ormthesis.invariants.accepted import AcceptedFailure
from ormthesis.invariants.base import Context, Invariant, Judged, Trial
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import judge
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import Accepted, Outcome, Prediction, Refusal, Rejected
from ormthesis.persistence.observation import Observation
from ormthesis.persistence.sandbox import Sandbox
from ormthesis.schema.model import Schema, Table
from ormthesis.schema.models import Models


@dataclass(slots=True)
class Examined:
    """What one trial, or many, showed. Adds up."""

    failures: list[Failure] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    probes: int = 0
    rejected_graphs: int = 0
    """Graphs that the generator meant as valid and the oracle says are not: our defect."""

    unobserved: dict[str, None] = field(default_factory=dict)
    """Why cases could not be observed."""

    def add(self, subject: str, *, accepted: int = 0, refused: int = 0) -> None:
        seen = self.evidence.get(subject, Evidence())
        self.evidence[subject] = seen + Evidence(accepted=accepted, refused=refused)

    def leave_open(self, outcome: Outcome) -> None:
        """A refusal that says nothing: by a rule that the oracle cannot decide for these rows."""
        if isinstance(outcome, Rejected):
            who = outcome.rejection.rule or outcome.rejection.constraint or "an expression"
            reason = f"{who} refused what was drawn for it, as only the database could know"
            self.unobserved.setdefault(reason)

    def merge(self, other: Examined) -> None:
        """Add the counts of another; its failures are the caller's to keep."""
        self.probes += other.probes
        self.rejected_graphs += other.rejected_graphs
        self.unobserved.update(other.unobserved)
        for subject, evidence in other.evidence.items():
            self.evidence[subject] = self.evidence.get(subject, Evidence()) + evidence


@dataclass(frozen=True, kw_only=True)
class World:
    models: Models
    context: Context
    oracle: Oracle
    sandbox: Sandbox
    mode: Mode = Mode.ALL
    committed: bool = True
    """Whether rows may be committed: the database is ours."""

    def examine(self, invariant: Invariant, table: Table, trial: Trial) -> Examined:
        """Observe and judge every case of a trial that the mode wants."""
        return self.examine_together(table, [(invariant, trial)])[0]

    def examine_together(
        self, table: Table, trials: Sequence[tuple[Invariant, Trial]]
    ) -> list[Examined]:
        """The same for trials of several invariants, in their order; a graph that they share is
        written once."""
        return self.start(table, trials)()

    def start(
        self, table: Table, trials: Sequence[tuple[Invariant, Trial]]
    ) -> Callable[[], list[Examined]]:
        """Begin `examine_together`; what is returned waits for the database and judges.

        The next must not be started before this one was waited for.
        """
        return _Examination(self, table, trials).finish

    def recheck(self, invariant: Invariant, table: Table, case: Case) -> list[Failure]:
        """The failures that one recorded case shows now."""
        trial = Trial(graph=case.graph, cases=invariant.companions(case))
        return self.examine(invariant, table, trial).failures

    def wants(self, case: Case) -> bool:
        if self.mode is Mode.ALL:
            return True
        return (case.mode is GenerationMode.VALID) is (self.mode is Mode.POSITIVE)

    def is_refused(self, case: Case) -> bool:
        """Whether a probed row should be refused."""
        if case.mutation is None or case.operation.kind is not OperationKind.INSERT_ROWS:
            return False
        keys = graph_keys(self.context.schema)
        return isinstance(self.oracle.predict(case, keys), Refusal)

    def judge_base(
        self, examined: Examined, table: Table, graph: EntityGraph, observation: Observation
    ) -> None:
        """A refused graph that keeps every rule is a failure of its own, whoever drew it."""
        if isinstance(observation.base, Accepted) or observation.base is observation.outcome:
            return
        case = Case(graph=graph, subject=table.key)
        prediction = self.oracle.predict(case, observation.keys)
        if isinstance(prediction, Refusal):
            examined.rejected_graphs += 1
            return
        mismatch = judge(prediction, observation.base)
        if mismatch is None:
            examined.leave_open(observation.base)
            return
        judged = Judged(
            case=case, prediction=prediction, outcome=observation.base, mismatch=mismatch
        )
        examined.failures.append(
            self._failure(AcceptedFailure, Isolation.ROLLED_BACK, table, judged)
        )

    def note(self, examined: Examined, invariant: Invariant, table: Table, judged: Judged) -> None:
        if judged.mismatch is not None:
            failure = self._failure(invariant.failure, invariant.isolation, table, judged)
            examined.failures.append(failure)
        elif _is_own_defect(judged.case, judged.prediction):
            examined.rejected_graphs += 1
        elif isinstance(judged.outcome, Accepted):
            examined.add(judged.case.subject, accepted=1)
        elif self._is_decided(judged) and _is_refused_by_subject(judged):
            # The graph without the mutation was taken: no rejection is vacuous.
            examined.add(judged.case.subject, accepted=1, refused=1)
        else:
            examined.leave_open(judged.outcome)

    def _is_decided(self, judged: Judged) -> bool:
        """Whether a refusal says something: a row that exists may have caused it."""
        return isinstance(judged.prediction, Refusal) or not self.context.schema.occupied.tables

    def _failure(
        self, kind: type[Failure], isolation: Isolation, table: Table, judged: Judged
    ) -> Failure:
        assert judged.mismatch is not None
        owner, subject = table, judged.case.subject
        if kind is AcceptedFailure and isinstance(judged.outcome, Rejected):
            # Whoever drew the graph, the finding belongs to the table that refused.
            owner = self.context.schema.by_key.get(judged.outcome.rejection.table or "", table)
            subject = owner.key
        return kind(
            model=self.context.schema.name_of(owner.key),
            table=owner.key,
            subject=subject,
            case=_cut(self.context.schema, judged.case),
            prediction=judged.prediction,
            outcome=judged.outcome,
            mismatch=judged.mismatch,
            isolation=isolation,
        )


class _Examination:
    """Trials of several invariants on their way through the sandbox.

    The first graph, mostly the only one, is on its way at once.
    """

    def __init__(
        self, world: World, table: Table, trials: Sequence[tuple[Invariant, Trial]]
    ) -> None:
        self._world = world
        self._table = table
        self._trials = trials
        wanted = [[case for case in trial.cases if world.wants(case)] for _, trial in trials]
        self._results = [Examined(probes=len(cases)) for cases in wanted]
        self._observed: list[list[tuple[Case, Observation]]] = [[] for _ in trials]
        numbered = ((number, case) for number, cases in enumerate(wanted) for case in cases)
        self._groups = [*_groups(numbered)]
        self._first = self._start(*self._groups[0]) if self._groups else None

    def finish(self) -> list[Examined]:
        for index, (graph, group) in enumerate(self._groups):
            wait = self._first if index == 0 else self._start(graph, group)
            assert wait is not None
            self._keep(graph, group, wait())
        context, oracle = self._world.context, self._world.oracle
        for (invariant, _), examined, pairs in zip(
            self._trials, self._results, self._observed, strict=True
        ):
            for judged in invariant.judge(context, oracle, pairs):
                self._world.note(examined, invariant, self._table, judged)
        return self._results

    def _start(
        self, graph: EntityGraph, group: Sequence[tuple[int, Case]]
    ) -> Callable[[], list[Observation]]:
        cases = [case for _, case in group]
        refused = {index for index, case in enumerate(cases) if self._world.is_refused(case)}
        return self._world.sandbox.start(graph, cases, refused)

    def _keep(
        self,
        graph: EntityGraph,
        group: Sequence[tuple[int, Case]],
        observations: Sequence[Observation],
    ) -> None:
        """Sort what was seen by trial, and judge the graph itself once for each of them."""
        seen: set[int] = set()
        for (number, case), observation in zip(group, observations, strict=True):
            self._observed[number].append((case, observation))
            examined = self._results[number]
            if observation.reason:
                examined.unobserved[observation.reason] = None
            if number not in seen:
                seen.add(number)
                self._world.judge_base(examined, self._table, graph, observation)


def _groups(
    numbered: Iterable[tuple[int, Case]],
) -> Iterator[tuple[EntityGraph, list[tuple[int, Case]]]]:
    """Cases that can be observed together: the same graph and the same family of operations."""
    groups: dict[tuple[int, str], list[tuple[int, Case]]] = {}
    for number, case in numbered:
        family = "later" if case.operation.is_later else case.operation.kind.value
        family = f"{family}, then ask" if case.operation.asks else family
        groups.setdefault((id(case.graph), family), []).append((number, case))
    for group in groups.values():
        yield group[0][1].graph, group


def _cut(schema: Schema, case: Case) -> Case:
    """A mutation is about the rows written before it; later ones are not part of the case."""
    if case.mutation is None:
        return case
    return Case(
        graph=up_to(schema, case.graph, case.mutation.ref),
        operation=case.operation,
        mutation=case.mutation,
        subject=case.subject,
    )


def _is_own_defect(case: Case, prediction: Prediction) -> bool:
    inserts = case.operation.kind in (OperationKind.INSERT_ROWS, OperationKind.INSERT_OBJECTS)
    return inserts and case.mutation is None and isinstance(prediction, Refusal)


def _is_refused_by_subject(judged: Judged) -> bool:
    outcome = judged.outcome
    if not isinstance(outcome, Rejected):
        return False
    if judged.case.operation.is_later:
        return True  # a refused delete or update, as declared
    prediction, subject = judged.prediction, judged.case.subject
    expected = prediction.rules if isinstance(prediction, Refusal) else prediction.unless
    return outcome.rejection.rule == subject and subject in expected
