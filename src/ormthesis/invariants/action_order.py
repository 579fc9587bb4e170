"""Refusals that the declared actions would have made void: PostgreSQL runs them one by one, and so
does the unit of work with its statements.

A key may be checked, or SET NULL may write a new version of the row, which is checked again, before
the action of another key has cleared or removed the row. A row without another such key is refused
because the database has another action.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from ormthesis.generation.graph import EntityDraft
from ormthesis.invariants.base import Context, Judged
from ormthesis.oracle.judge import Mismatch, Verdict
from ormthesis.oracle.outcome import Rejected
from ormthesis.schema.constraints import (
    Constraint,
    ForeignKey,
    PrimaryKey,
    ReferentialAction,
    Unique,
)

_REWRITING = (ReferentialAction.SET_NULL, ReferentialAction.SET_DEFAULT)
_CLEARING = (ReferentialAction.CASCADE, *_REWRITING)

ActionOf = Callable[[ForeignKey], ReferentialAction]


def in_order(context: Context, judged: Judged, action: ActionOf) -> Mismatch | None:
    """The mismatch, as one of the class `action-order` where it is one."""
    mismatch, outcome = judged.mismatch, judged.outcome
    if mismatch is None or not isinstance(outcome, Rejected):
        return mismatch
    rule = context.schema.constraints.get(outcome.rejection.rule or "")
    drafts = judged.case.graph.drafts
    if rule is None or not any(_is_twofold(context, draft, rule, action) for draft in drafts):
        return mismatch
    if mismatch.verdict is Verdict.WRONG_RULE:
        return None  # refused as predicted, by a rule that only came first
    return Mismatch(verdict=Verdict.ACTION_ORDER)


def in_write_order(
    context: Context, judged: Judged, mismatch: Mismatch | None, written: Collection[str] = ()
) -> Mismatch | None:
    """The mismatch, as one of the class `write-order` where it is one: a rule that holds before and
    after the flush, and is broken in between.

    That is a key over the columns `written`, which two rows have for a moment; or a foreign key
    without an action, whose reference the unit of work itself removes, after the row.
    """
    outcome = judged.outcome
    if mismatch is None or not isinstance(outcome, Rejected):
        return mismatch
    fired = context.schema.constraints.get(outcome.rejection.rule or "")
    doubled = isinstance(fired, (Unique, PrimaryKey)) and {*written} & {*fired.columns}
    left = isinstance(fired, ForeignKey) and fired.on_delete not in _CLEARING
    if not doubled and not left:
        return mismatch
    if mismatch.verdict is Verdict.WRONG_RULE:
        return None  # refused as predicted, by a rule that only came first
    is_order = mismatch.verdict is Verdict.REJECTED
    return replace(mismatch, verdict=Verdict.WRITE_ORDER) if is_order else mismatch


def _is_twofold(
    context: Context, draft: EntityDraft, refused_by: Constraint, action: ActionOf
) -> bool:
    """Whether one key of a row can break the rule before another key's action has come."""
    table = context.schema.by_key[draft.table]
    if refused_by.table != table.key:
        return False
    set_keys = [key for key in table.foreign_keys if draft.references.get(key.id) is not None]
    breaking = [
        key
        for key in set_keys
        if key.id == refused_by.id
        or (not isinstance(refused_by, ForeignKey) and action(key) in _REWRITING)
    ]
    return any(
        action(key) in _CLEARING and key.id != other.id for key in set_keys for other in breaking
    )
