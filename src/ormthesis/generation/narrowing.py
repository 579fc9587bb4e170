"""Values that the models' own code accepts, for graphs that are written or read through the ORM.

The database is tested by SQL with every value that a column allows. Of objects only those values
are drawn that their classes keep: what a class refuses, nobody can write through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from ormthesis.core.equality import equal
from ormthesis.core.text import shorten
from ormthesis.generation.carriers import UNUSABLE, choose_carrier
from ormthesis.generation.drawn import is_drawn
from ormthesis.generation.edges import edge_values
from ormthesis.generation.graph import EntityDraft, EntityGraph
from ormthesis.generation.guesses import FORMS
from ormthesis.generation.row_rules import keeps_rules
from ormthesis.generation.rows import BranchPlan, RowPlan
from ormthesis.generation.samples import samples_of
from ormthesis.rules.book import RuleBook
from ormthesis.schema.constraints import Exclusion, PrimaryKey, Unique
from ormthesis.schema.model import Column, Schema, Table
from ormthesis.schema.questions import Question, Values, questions_of
from ormthesis.schema.types import DataType, TypeKind

if TYPE_CHECKING:
    from ormthesis.generation.fill import GraphStrategies
    from ormthesis.schema.models import Models

Draw = Callable[[Any], Any]
_SAMPLES = 40
_BRANCHES = 4
_SMALL = 100
_TRIED = 6
"""Values of a pool that are drawn before a row is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Narrow:
    """A question with values that it accepts."""

    question: Question
    pool: st.SearchStrategy[Values]
    keyed: bool
    """Whether a key holds one of the columns: rows must differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Of a schema whose classes refuse something; without a question everything is as drawn."""

    schema: Schema
    book: RuleBook
    narrow: Mapping[str, tuple[_Narrow, ...]] = field(default_factory=dict)
    """Table to what is asked of its rows."""
    notes: tuple[str, ...] = ()
    """One for each attribute of which values are refused."""

    def graphs(
        self, source: st.SearchStrategy[EntityGraph], given: frozenset[str] = frozenset()
    ) -> st.SearchStrategy[EntityGraph]:
        """The same graphs, rows with values that their classes accept where some are known.

        `given` are columns, such as `users.email`, whose values are not to be changed.
        """
        return _narrowed(self, source, given) if self.narrow else source

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Short: Hypothesis prints strategies, and warns where that is long."""
        printer.text(f"<Narrowing of {', '.join(self.narrow) or 'nothing'}>")

    def graph(self, draw: Draw, graph: EntityGraph, given: frozenset[str]) -> EntityGraph:
        for draft in graph.drafts:
            for narrow in self.narrow.get(draft.table, ()):
                names = {f"{draft.table}.{name}" for name in narrow.question.columns}
                if not names & given:
                    graph = self._accepted(draw, graph, graph.by_ref[draft.ref], narrow)
        return graph

    def _accepted(
        self, draw: Draw, graph: EntityGraph, draft: EntityDraft, narrow: _Narrow
    ) -> EntityGraph:
        columns = narrow.question.columns
        if not draft.values.keys() >= set(columns):
            return graph
        values = tuple(draft.values[name] for name in columns)
        settled = narrow.question.settled(values)
        if settled is not None and equal(settled, values):
            return graph
        for candidate in chain([settled], (draw(narrow.pool) for _ in range(_TRIED))):
            if candidate is not None:
                changed = {**draft.values, **dict(zip(columns, candidate, strict=True))}
                found = EntityDraft(
                    ref=draft.ref, table=draft.table, values=changed, references=draft.references
                )
                if self._fits(graph, found, narrow):
                    return graph.replace(found)
        return graph

    def _fits(self, graph: EntityGraph, draft: EntityDraft, narrow: _Narrow) -> bool:
        """Whether the row keeps its rules with these values, and differs from others."""
        table = self.schema.by_key[draft.table]
        if not keeps_rules(table, self.book, draft.values, draft.references):
            return False
        if narrow.keyed and table.key in self.schema.occupied.tables:
            return False
        return not narrow.keyed or not any(
            equal(draft.values[name], other.values.get(name))
            for other in graph.of_table(draft.table)
            if other.ref != draft.ref
            for name in narrow.question.columns
        )


@st.composite
def _narrowed(
    draw: Draw,
    narrowing: Narrowing,
    source: st.SearchStrategy[EntityGraph],
    given: frozenset[str],
) -> EntityGraph:
    return narrowing.graph(draw, draw(source), given)


def read_narrowing(models: Models, strategies: GraphStrategies) -> Narrowing:
    """Ask every class about some values of its columns."""
    schema = strategies.schema
    found: dict[str, list[_Narrow]] = {}
    notes: list[str] = []
    for question in questions_of(models):
        table = schema.by_key[question.table]
        if table.key in schema.untestable or not _is_free(schema, table, question):
            continue
        narrow, note = _read(strategies.plan(table.key), question)
        notes += [note] if note else []
        if narrow is not None:
            found.setdefault(table.key, []).append(narrow)
    narrowed = {key: tuple(each) for key, each in found.items()}
    return Narrowing(schema=schema, book=strategies.book, narrow=narrowed, notes=tuple(notes))


def _is_free(schema: Schema, table: Table, question: Question) -> bool:
    """Whether no other row has to hold the same."""
    tied = table.foreign_key_columns | schema.referred_columns(table.key)
    return tied.isdisjoint(question.columns) and all(
        is_drawn(table, table.by_name[name]) for name in question.columns
    )


def _read(plan: RowPlan, question: Question) -> tuple[_Narrow | None, str]:
    """What is to be asked of rows, and a note; nothing where every value is taken as it is."""
    tried = list(_candidates(plan, question.columns, 0))
    kept = [values for values in tried if _is_kept(question, values)]
    if len(kept) == len(tried) and question.usual:
        return None, ""
    if len(kept) in (0, len(tried)):
        tried = list(_candidates(plan, question.columns, _SAMPLES))
        kept = [values for values in tried if _is_kept(question, values)]
    if len(kept) == len(tried) or (len(question.columns) > 1 and not _tells(kept, tried)):
        return None, ""
    note = _note(question, tried, known=bool(kept))
    if not kept:
        return None, note
    keyed = any(
        set(question.columns) & set(rule.columns)
        for rule in plan.table.constraints
        if isinstance(rule, (PrimaryKey, Unique, Exclusion))
    )
    pool = st.deferred(lambda: st.sampled_from(_pool(plan, question)))
    if question.usual and len(kept) > 1:
        pool = st.sampled_from(kept)  # enough: what is drawn is taken for the most part
    return _Narrow(question=question, pool=pool, keyed=keyed), note


def _pool(plan: RowPlan, question: Question) -> list[Values]:
    """Made when the first row needs one: drawing samples takes a while."""
    tried = _candidates(plan, question.columns, _SAMPLES)
    return [values for values in tried if _is_kept(question, values)]


def _is_kept(question: Question, values: Values) -> bool:
    settled = question.settled(values)
    return settled is not None and equal(settled, values)


def _tells(kept: list[Values], tried: list[Values]) -> bool:
    """Whether a composite tells values of each column apart. One that does not has lost them,
    which is no matter of what it accepts."""
    return all(
        len(set(map(repr, column))) > 1 or len(set(map(repr, all_of))) == 1
        for column, all_of in zip(zip(*kept, strict=True), zip(*tried, strict=True), strict=True)
    ) and bool(kept)


def _candidates(plan: RowPlan, names: Iterable[str], count: int) -> Iterator[Values]:
    """Values for each column, side by side, none of them NULL; the simplest of all first."""
    found = [_values(plan, plan.table.by_name[name], count) for name in names]
    if not all(found):
        return
    for index in range(max(map(len, found))):
        yield tuple(each[(index * step) % len(each)] for step, each in enumerate(found, 1))


def _values(plan: RowPlan, column: Column, count: int) -> list[Any]:
    """Those that the table's CHECKs allow: `count` drawn ones, edges, what is often asked for."""
    branches = plan.branches[:_BRANCHES]
    strategies = [
        each.strategy
        for branch in branches
        for each in branch.columns
        if each.column is column and each.strategy is not None
    ]
    drawn = [v for strategy in strategies if count for v in samples_of(strategy, count)]
    edges = edge_values(column.type) if column.json_schema is None else ()
    every = (*drawn, *edges, *_usual(column.type))
    return [
        value
        for value in {repr(value): value for value in every}.values()
        if value is not None and _is_allowed(branches, column, value)
    ]


def _usual(data_type: DataType) -> Iterator[Any]:
    """Small numbers, and texts such as an address, as far as the type takes and keeps them."""
    if data_type.kind is TypeKind.INTEGER:
        yield from range(_SMALL)
    beneath = data_type.decorates or data_type
    carrier = choose_carrier(data_type).carrier if data_type.decorates is not None else None
    if beneath.kind is not TypeKind.TEXT or (carrier is None and beneath is not data_type):
        return
    for text in FORMS:
        if beneath.length is None or len(text) <= beneath.length:
            value = text if carrier is None else carrier.model(text)
            if value is not UNUSABLE:
                yield value


def _is_allowed(branches: Iterable[BranchPlan], column: Column, value: Any) -> bool:
    stored = column.type.stored(value)
    return any(branch.branch.domain(column.name).admits(stored) for branch in branches)


def _note(question: Question, tried: Iterable[Values], *, known: bool) -> str:
    """Nothing where values are changed, and none is refused."""
    refused = ((values, question.refusal(values)) for values in tried)
    example = next((pair for pair in refused if pair[1]), None)
    if example is None:
        return ""
    values, words = example
    value = shorten(repr(values[0] if len(values) == 1 else values), 40)
    columns = "the column allows" if len(values) == 1 else "the columns allow"
    drawn = (
        "Objects get values that it accepts"
        if known
        else "None that it accepts was found: objects get others, as a load would give them"
    )
    return (
        f"{question.name}: {question.who} refuses values that {columns}, such as {value} "
        f"({words}). {drawn}. By SQL all values are tested."
    )
