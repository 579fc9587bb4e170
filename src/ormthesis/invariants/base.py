"""What an invariant is: a named family of cases, and the reason one would hold it.

Every built-in goes through this one seam, as a third party's would. An invariant says what it is
about on a table (its subjects), which graphs it wants and which cases it makes of a graph. It does
not judge: the comparison of predicted and observed outcome is the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st

from ormthesis.config.settings import Mode
from ormthesis.core.text import plural
from ormthesis.generation.case import Case, Change, Mutation, MutationKind
from ormthesis.generation.fill import GraphStrategies
from ormthesis.generation.graph import (
    EntityDraft,
    EntityGraph,
    EntityRef,
    KeySource,
    Row,
    graph_keys,
    resolve,
)
from ormthesis.generation.layouts import Pin
from ormthesis.generation.narrowing import Narrowing
from ormthesis.generation.skeleton import Shape, joined, shape_for
from ormthesis.invariants.attribution import Attribution
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Mismatch, Verdict, judge
from ormthesis.oracle.oracle import Oracle
from ormthesis.oracle.outcome import Outcome, Prediction, Rejected
from ormthesis.persistence.observation import Observation
from ormthesis.rules.book import RuleBook
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Column, Schema, Table

Draw = Callable[[Any], Any]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What invariants know: declarations, and how to draw from them."""

    schema: Schema
    book: RuleBook
    strategies: GraphStrategies
    known_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Enumeration id to the labels that the database knows: candidates to try, no prediction."""
    factories: Mapping[str, FactoryValues] = field(default_factory=dict)
    """Table key to the factory that describes its rows."""
    narrowing: Narrowing
    """What the models' own code accepts."""

    @cached_property
    def oracle(self) -> Oracle:
        """Predicts what a change breaks, before it is tried and after."""
        return Oracle(self.schema, self.book)

    def model(self, table: Table) -> Model | None:
        return self.schema.models_by_table.get(table.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactoryValues:
    """A factory as a source of rows; `name` is for messages."""

    name: str
    values: st.SearchStrategy[Mapping[str, Any]]
    unstable: Mapping[str, str] = field(default_factory=dict)
    """Declaration to the reason why it is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What cases are about: a constraint, a relationship or the model itself.

    A subject with a `reason` is declared but cannot be tested; an `implied` one need not be, since
    other rules say as much.
    """

    id: str
    reason: str = ""
    implied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One drawn graph and the cases to probe on it."""

    graph: EntityGraph
    cases: tuple[Case, ...]

    def __repr__(self) -> str:
        """Short: Hypothesis warns of what prints as a book."""
        rows = ", ".join(str(draft.ref) for draft in self.graph.drafts)
        return f"<Trial of {len(self.cases)} cases on {rows}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Short: Hypothesis prints every draw that fails, and warns where that is long."""
        printer.text(f"Trial({plural(len(self.graph), 'row')}, {plural(len(self.cases), 'case')})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One case with what was predicted and what happened; `mismatch` is None where they agree."""

    case: Case
    prediction: Prediction
    outcome: Outcome
    mismatch: Mismatch | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One drawn graph, for an invariant to make cases of."""

    context: Context
    table: Table
    graph: EntityGraph
    subjects: frozenset[str]
    """The subjects that cases are wanted for."""
    rows: Mapping[EntityRef, Row]
    """The graph's rows with the keys that they will be written with."""
    draw: Draw
    exhaustive: bool
    """Every enumerated case, as in the boundary phase; else a drawn choice of them."""

    @property
    def drafts(self) -> tuple[EntityDraft, ...]:
        """The rows of the table under test."""
        return self.graph.of_table(self.table.key)

    def with_row(self, draft: EntityDraft) -> Drawing:
        """The same with another version of one row."""
        graph, schema = self.graph.replace(draft), self.context.schema
        return replace(self, graph=graph, rows=resolve(schema, graph, graph_keys(schema)))

    def pick(self) -> EntityDraft | None:
        """One row of the table under test; the first is the simplest."""
        drafts = self.drafts
        return drafts[self.index(len(drafts))] if drafts else None

    def targets(self) -> Sequence[EntityDraft]:
        """The rows to probe: every one, or in an exhaustive drawing one that is drawn."""
        if not self.exhaustive:
            return self.drafts
        draft = self.pick()
        return () if draft is None else (draft,)

    def index(self, count: int) -> int:
        """A drawn index below `count`."""
        return self.draw(_INDEXES[count - 1]) if count > 1 else 0

    def some(self, choices: Sequence[T]) -> Sequence[T]:
        """All of the choices in the boundary phase, else one that is drawn."""
        if self.exhaustive or len(choices) < 2:
            return choices
        return (choices[self.index(min(len(choices), len(_INDEXES)))],)

    def mutation(
        self,
        draft: EntityDraft,
        row: Mapping[str, Any],
        kind: MutationKind,
        constraint: str,
        changes: Mapping[str, Any],
    ) -> Case:
        """A case in which one row is written with some columns changed."""
        recorded = tuple(
            Change(column=name, old=row.get(name), new=value) for name, value in changes.items()
        )
        mutation = Mutation(kind=kind, constraint=constraint, ref=draft.ref, changes=recorded)
        return Case(graph=self.graph, mutation=mutation, subject=constraint)


def written_by_nobody(column: Column) -> str:
    """Why no statement can give the column a value; empty where one can."""
    return "the database computes the column" if column.computed else ""


_INDEXES = [st.integers(0, greatest) for greatest in range(64)]


class Invariant(ABC):
    """One family. Instances hold no state."""

    id: str
    title: str
    mode: ClassVar[Mode]
    failure: type[Failure]
    isolation: ClassVar[Isolation] = Isolation.ROLLED_BACK
    company: ClassVar[str] = ""
    """Invariants of one company are searched together, on the same drawn graphs: they have the
    same strategies and focus, and shapes and pins that can be joined. Empty: searched alone."""
    proves: ClassVar[bool] = True
    """Whether what is seen of a subject that is a rule says how the rule treats rows."""
    of_objects: ClassVar[bool] = False
    """Whether classes see the rows: they hold values that these accept. The same in a company."""

    @property
    def rationale(self) -> str:
        """Why one would hold it: the class's docstring."""
        return (type(self).__doc__ or "").strip()

    @abstractmethod
    def subjects(self, context: Context, table: Table) -> Iterable[Subject]:
        """What the invariant is about on this table; nothing means not applicable."""

    @abstractmethod
    def cases(self, drawing: Drawing) -> Iterator[Case]:
        """The cases of one graph, for the wanted subjects only."""

    def shape(self, context: Context, table: Table) -> Shape:
        """Which rows a random graph has."""
        return shape_for(context.schema, table.key)

    def focus(self, context: Context, table: Table) -> frozenset[str]:
        """Tables whose values vary: other rows only have to exist, and have units of their own."""
        return frozenset({table.key})

    def strategies(self, context: Context, table: Table) -> GraphStrategies:
        return context.strategies

    def pins(self, context: Context, table: Table) -> tuple[Pin | None, ...]:
        """Enumerated skeletons for the boundary phase; None stands for one of a random shape, and
        so does an empty tuple."""
        return ()

    def predict(self, oracle: Oracle, case: Case, keys: KeySource) -> Prediction:
        return oracle.predict(case, keys)

    def refine(self, context: Context, judged: Judged) -> Mismatch | None:
        """The part of a mismatch that is this invariant's business."""
        return judged.mismatch

    def judge(
        self, context: Context, oracle: Oracle, observed: Iterable[tuple[Case, Observation]]
    ) -> Iterator[Judged]:
        """Predicted against observed, for every case that could be observed."""
        for case, observation in observed:
            if observation.outcome is None:
                continue
            prediction = self.predict(oracle, case, observation.keys)
            mismatch = judge(prediction, observation.outcome)
            judged = Judged(
                case=case, prediction=prediction, outcome=observation.outcome, mismatch=mismatch
            )
            if mismatch is not None:
                judged = self._attributed(context, judged, observation)
            elif case.mutation is not None and isinstance(observation.base, Rejected):
                continue  # refused with and without the mutation: that proves nothing
            # Where what is wrong with the state is not the subject's, that is as predicted.
            agreed = mismatch is None or mismatch.verdict is Verdict.WRONG_STATE
            if judged.mismatch is not None or agreed:
                yield judged

    def _attributed(self, context: Context, judged: Judged, observation: Observation) -> Judged:
        """The judgement with what is this case's, and this invariant's, own of its mismatch."""
        assert judged.mismatch is not None
        attribution = Attribution(
            schema=context.schema,
            case=judged.case,
            prediction=judged.prediction,
            base=observation.base,
            outcome=judged.outcome,
        )
        judged = replace(judged, mismatch=attribution.own(judged.mismatch))
        if judged.mismatch is None:
            return judged
        return replace(judged, mismatch=self.refine(context, judged))

    def companions(self, case: Case) -> tuple[Case, ...]:
        """The cases that have to be observed together to judge this one."""
        return (case,)

    def trials(
        self,
        context: Context,
        table: Table,
        subjects: frozenset[str],
        *,
        pin: Pin | None = None,
        exhaustive: bool = False,
    ) -> st.SearchStrategy[Trial]:
        """Graphs with their cases, as one pure strategy."""
        members = [(self, subjects)]
        joint = joint_trials(members, context, table, pin=pin, exhaustive=exhaustive)
        return joint.map(_first)


Members = Sequence[tuple[Invariant, frozenset[str]]]
"""Invariants of one company, each with the subjects that cases are wanted for."""


def joint_trials(
    members: Members,
    context: Context,
    table: Table,
    *,
    pin: Pin | None = None,
    exhaustive: bool = False,
) -> st.SearchStrategy[tuple[Trial, ...]]:
    """A trial for each member, all on one drawn graph, as one pure strategy."""
    first = members[0][0]
    strategies, focus = first.strategies(context, table), first.focus(context, table)
    if pin is None:
        shape = joined(
            context.schema, [invariant.shape(context, table) for invariant, _ in members]
        )
        graphs = strategies.graphs(shape, focus=focus)
    else:
        if pin.condition is not None:
            strategies = strategies.where(table.key, pin.condition)
        graphs = strategies.filled(pin.skeleton, focus=focus)
    if first.of_objects:
        graphs = context.narrowing.graphs(graphs)
    return _trials(members, context, table, graphs, exhaustive)


@st.composite
def _trials(
    draw: Draw,
    members: Members,
    context: Context,
    table: Table,
    graphs: st.SearchStrategy[EntityGraph],
    exhaustive: bool,
) -> tuple[Trial, ...]:
    graph = draw(graphs)
    drawing = Drawing(
        context=context,
        table=table,
        graph=graph,
        subjects=frozenset(),
        rows=resolve(context.schema, graph, graph_keys(context.schema)),
        draw=draw,
        exhaustive=exhaustive,
    )
    return tuple(
        Trial(graph=graph, cases=tuple(invariant.cases(replace(drawing, subjects=subjects))))
        for invariant, subjects in members
    )


def _first(trials: tuple[Trial, ...]) -> Trial:
    return trials[0]
