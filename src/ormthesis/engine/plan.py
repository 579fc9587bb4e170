"""The plan: one unit per (model, invariant), in a stable order, chosen by the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ormthesis.config.selection import select
from ormthesis.config.settings import Config, Mode
from ormthesis.core.errors import OptionError
from ormthesis.invariants.base import Context, Invariant
from ormthesis.invariants.registry import builtin
from ormthesis.invariants.user import user_invariants
from ormthesis.schema.claims import BoundClaim
from ormthesis.schema.constraints import ForeignKey
from ormthesis.schema.model import Table


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One (model, invariant). Units share nothing, so each can run alone and anywhere."""

    invariant: Invariant
    table: Table
    model: str
    subjects: frozenset[str]
    """What can be tested."""
    reasons: Mapping[str, str]
    """What is declared and cannot be tested, and why."""
    implied: frozenset[str] = frozenset()
    """What no row can break alone, of these."""

    @property
    def id(self) -> str:
        return f"{self.model}::{self.invariant.id}"


def plan(context: Context, config: Config, claims: Iterable[BoundClaim] = ()) -> tuple[Unit, ...]:
    """Units of the selected models and invariants, in the schema's order; users' own come last.

    Raises OptionError for a name that matches nothing, or where nothing is left.
    """
    invariants = _invariants(config, {**builtin(), **user_invariants(claims)})
    tables = _tables(context, config)
    if not invariants or not tables:
        raise OptionError(
            "The options leave nothing to test.",
            hint="Remove some of the options that choose checks, models and the mode.",
        )
    return tuple(
        _unit(context, table, invariant) for table in tables for invariant in invariants.values()
    )


def _invariants(config: Config, known: Mapping[str, Invariant]) -> dict[str, Invariant]:
    wanted = select(config.checks, known, "check") if config.checks else set(known)
    wanted -= select(config.exclude_checks, known, "check")
    return {
        name: invariant
        for name, invariant in known.items()
        if name in wanted and _in_mode(invariant, config.mode)
    }


def _in_mode(invariant: Invariant, mode: Mode) -> bool:
    return mode is Mode.ALL or invariant.mode in (mode, Mode.ALL)


def _tables(context: Context, config: Config) -> list[Table]:
    names = {context.schema.name_of(table.key): table for table in context.schema.tables}
    wanted = select(config.include_models, names, "model") if config.include_models else set(names)
    wanted -= select(config.exclude_models, names, "model")
    return [table for name, table in names.items() if name in wanted]


def _unit(context: Context, table: Table, invariant: Invariant) -> Unit:
    found = [
        replace(subject, reason=subject.reason or _untestable(context, table, subject.id))
        for subject in invariant.subjects(context, table)
    ]
    return Unit(
        invariant=invariant,
        table=table,
        model=context.schema.name_of(table.key),
        subjects=frozenset(subject.id for subject in found if not subject.reason),
        reasons={subject.id: subject.reason for subject in found if subject.reason},
        implied=frozenset(subject.id for subject in found if subject.implied),
    )


def _untestable(context: Context, table: Table, subject: str) -> str:
    """Why there are no rows to test the subject with; empty where there are."""
    schema = context.schema
    tables = [table.key]
    rule = schema.constraints.get(subject)
    if isinstance(rule, ForeignKey):
        tables.append(rule.referred_table)
    model = context.model(table)
    tables += [
        schema.model(relationship.target).table
        for relationship in (model.relationships if model else ())
        if relationship.id == subject
    ]
    return next((schema.untestable[key] for key in tables if key in schema.untestable), "")
