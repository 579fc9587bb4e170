"""A greedy pass over rows after Hypothesis's own shrink.

Hypothesis shrinks choices; this shrinks what a person reads: fewer rows, shared parents, NULL
references, simplest values. A change is kept when the very same failure still occurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ormthesis.engine.plan import Unit
from ormthesis.engine.world import World
from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef, without
from ormthesis.invariants.base import Invariant
from ormthesis.invariants.failure import Failure
from ormthesis.invariants.registry import builtin
from ormthesis.schema.mapping import Model
from ormthesis.schema.model import Schema

MAX_EXECUTIONS = 500


def minimise(world: World, unit: Unit, failure: Failure) -> Failure:
    """The failure with the smallest case that repeated improvement finds."""
    invariant = builtin().get(failure.invariant, unit.invariant)
    left = MAX_EXECUTIONS
    improved = True
    while improved and left > 0:
        improved = False
        for case in smaller_cases(world, failure.case):
            left -= 1
            found = _same_failure(world, invariant, unit, failure, case)
            if found is not None:
                failure, improved = found, True
                break
            if left <= 0:
                break
    tidy = _tidied(world.context.schema, failure.case)
    return _same_failure(world, invariant, unit, failure, tidy) or failure


def _tidied(schema: Schema, case: Case) -> Case:
    """The rows in the order of their tables, each table's numbered from 0.

    Mutations and actions hold keys that were made of the numbers: then all stays as it is.
    """
    if case.mutation is not None or case.operation.action is not None:
        return case
    drafts = sorted(case.graph.drafts, key=lambda draft: schema.position[draft.table])
    count: Counter[str] = Counter()
    names: dict[EntityRef, EntityRef] = {}
    for draft in drafts:
        entity = draft.ref.entity
        names[draft.ref] = EntityRef(entity, count[entity])
        count[entity] += 1
    ref = case.operation.ref
    return replace(
        case,
        graph=EntityGraph(drafts=tuple(draft.renamed(names) for draft in drafts)),
        operation=replace(case.operation, ref=None if ref is None else names[ref]),
    )


def _same_failure(
    world: World, invariant: Invariant, unit: Unit, failure: Failure, case: Case
) -> Failure | None:
    table = world.context.schema.by_key[failure.table]
    for found in world.recheck(invariant, table, case):
        if found.fingerprint == failure.fingerprint:
            return found
    return None


def smaller_cases(world: World, case: Case) -> Iterator[Case]:
    """Cases that are simpler by one step, boldest first."""
    schema = world.context.schema
    kept = _kept(case)
    for draft in reversed(case.graph.drafts):
        if draft.ref not in kept:
            graph = without(schema, case.graph, draft.ref)
            if kept <= set(graph.by_ref):
                yield replace(case, graph=graph)
    for draft in case.graph.drafts:
        for simpler in _simpler_references(schema, case.graph, draft):
            yield replace(case, graph=case.graph.replace(simpler))
    objects = world.context.strategies.inheritance.classes.objects(case.graph)
    for draft in case.graph.drafts:
        model = objects.models.get(objects.owner.get(draft.ref, draft.ref))
        for simpler in _simpler_values(world, draft, model):
            yield replace(case, graph=case.graph.replace(simpler))


def _kept(case: Case) -> set[EntityRef]:
    """The rows that the case is about."""
    kept = set(case.operation.refs)
    if case.mutation is not None:
        kept.add(case.mutation.ref)
    return kept


def _simpler_references(
    schema: Schema, graph: EntityGraph, draft: EntityDraft
) -> Iterator[EntityDraft]:
    """Optional references to NULL, others to the first row of the table."""
    table = schema.by_key[draft.table]
    for key in table.foreign_keys:
        parent = draft.references.get(key.id)
        if parent is None:
            continue
        if not table.is_required(key):
            yield draft.with_reference(key.id, None)
        first = graph.of_table(key.referred_table)[0].ref
        if graph.position[first] < graph.position[parent] and first != draft.ref:
            yield draft.with_reference(key.id, first)


def _simpler_values(world: World, draft: EntityDraft, model: Model | None) -> Iterator[EntityDraft]:
    """All columns at their simplest at once, then one by one. The row stays of its class."""
    plan = world.context.strategies.plan(draft.table, model.name if model is not None else None)
    simplest = {
        column.column.name: column.simplest
        for column in plan.branches[0].columns
        if column.column.name in draft.values and not column.always
    }
    different = {
        name: value for name, value in simplest.items() if repr(draft.values[name]) != repr(value)
    }
    if len(different) > 1:
        yield replace(draft, values={**draft.values, **different})
    for name, value in different.items():
        yield draft.with_value(name, value)
