"""What a failure means, one sentence or two per kind of mismatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ormthesis.core.text import plural
from ormthesis.generation.case import OperationKind
from ormthesis.oracle.judge import Verdict
from ormthesis.oracle.outcome import Accepted, Refusal, Rejected, Rejection, RejectionKind
from ormthesis.reporting.values import enumerate_words, show_change, show_operation
from ormthesis.schema.constraints import Constraint, ForeignKey, ReferentialAction

if TYPE_CHECKING:
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema.model import Schema

_EXCEPTIONS = {
    RejectionKind.MODEL: "an exception of the model or the ORM",
    RejectionKind.DRIVER: "an exception of the driver",
}
_DELETES = (OperationKind.DELETE_ROW, OperationKind.DELETE_OBJECT)


def done(failure: Failure) -> str:
    """The operation, and the change to one row where there is one."""
    mutation = failure.case.mutation
    if mutation is None:
        return show_operation(failure.case.operation)
    changes = ", ".join(map(show_change, mutation.changes))
    return f"{failure.case.operation}, {mutation.ref} with {changes}"


def predicted(failure: Failure) -> str:
    prediction = failure.prediction
    if failure.mismatch.breach is not None:
        return f"accepted, and {failure.invariant} holds"
    if isinstance(prediction, Refusal):
        errors = [f"the error {sqlstate} of an expression" for sqlstate in prediction.errors]
        return f"refused by {' or '.join([*sorted(prediction.rules), *sorted(errors)])}"
    return f"accepted{_fate(failure, prediction)}"


def _fate(failure: Failure, prediction: Accepted) -> str:
    """For a delete, the rows that go and the rows that stay."""
    if failure.case.operation.kind not in _DELETES:
        return ""
    refs = [draft.ref for draft in failure.case.graph.drafts]
    gone = [str(ref) for ref in refs if ref not in prediction.state.rows]
    kept = [str(ref) for ref in refs if ref in prediction.state.rows]
    fates = ((gone, "gone"), (kept, "kept"))
    return "".join(f", {enumerate_words(names)} {fate}" for names, fate in fates if names)


def observed(failure: Failure) -> str:
    if (breach := failure.mismatch.breach) is not None:
        return f"accepted, and {failure.invariant} {breach.what}"
    if not isinstance(failure.outcome, Rejected):
        count = len(failure.mismatch.differences)
        return f"accepted, {plural(count, 'difference')}" if count else "accepted"
    return f"refused with {rejection_name(failure.outcome.rejection)}"


def rejection_name(rejection: Rejection) -> str:
    """`23503 foreign_key_violation by events.turn_id->turns`, as far as the server tells."""
    kind = _EXCEPTIONS.get(rejection.kind, rejection.kind.value)
    name = " ".join(part for part in (rejection.sqlstate, kind) if part)
    if by := rejection.rule or rejection.constraint:
        return f"{name} by {by}"
    return f"{name} on column {rejection.column}" if rejection.column else name


def meaning(failure: Failure, schema: Schema | None) -> str:
    """What the mismatch says about models and database, and what to look at."""
    if failure.invariant in _DISAGREEMENTS:
        return _DISAGREEMENTS[failure.invariant]
    match failure.mismatch.verdict:
        case Verdict.ACCEPTED:
            return _missing_rule(failure)
        case Verdict.REJECTED:
            return _not_by_the_server(failure) or _not_insertable(failure) or _STRICTER
        case Verdict.WRONG_RULE:
            return _not_by_the_server(failure) or (
                "The case breaks no rule but the predicted one, so what refused it is stricter in "
                "the database than in the models, or the predicted rule is missing there."
            )
        case Verdict.WRONG_STATE:
            return (
                "The database took the statement but did not do what the models say: it holds, "
                "or gives back, something else."
            )
        case Verdict.INVALID_ROW:
            return (
                f"{failure.subject} made this row, and the models' own declarations refuse it: "
                "correct the factory, or the declaration if it is too strict."
            )
        case Verdict.WRITE_ORDER:
            return _write_order(failure.fired or "a key", schema)
        case Verdict.CONTRADICTION:
            return _contradiction(failure.fired or "another rule", schema)
        case Verdict.ACTION_ORDER:
            return _action_order(failure.fired or "another key", schema)
        case Verdict.BROKEN:
            return _broken(failure)


def _broken(failure: Failure) -> str:
    said = "The rows keep every rule that the models declare, and the database accepts them"
    if failure.fired:
        return f"{said}. Asked about them, it raises: does it expect such rows?"
    return (
        f"{said}: only the application's own code can make it hold. Add the constraint that is "
        "missing, or correct what is expected."
    )


_STRICTER = (
    "The case keeps every rule that the models declare, so what refused it is stricter in the "
    "database than in the models, or not declared in them at all."
)

_DISAGREEMENTS = {
    "delete-agreement": (
        "Each way does what it declares, but the declarations disagree: the relationships' "
        "cascades say one thing, the foreign keys' ON DELETE another. What remains depends on who "
        "deletes."
    ),
    "removal-agreement": (
        "Through the ORM, delete-orphan deletes what is taken out; the key may be NULL, so in the "
        "database a row without the reference stays. What remains depends on who takes it out: "
        "make the key NOT NULL, or take delete-orphan out of the cascade."
    ),
}


def _write_order(fired: str, schema: Schema | None) -> str:
    rule = schema.constraints.get(fired) if schema else None
    if isinstance(rule, ForeignKey):
        return (
            "SQLAlchemy's unit of work clears or deletes what refers to the row by itself, but "
            f"after the row, which {fired} refuses: with post_update, passive_deletes or a "
            "relationship on one side only it does not know the order. Declare ON DELETE for the "
            "key, or make it DEFERRABLE INITIALLY DEFERRED."
        )
    return (
        "SQLAlchemy's unit of work writes all new references before it clears or deletes what held "
        f"them before, and {fired} is checked with every statement: at that moment two rows have "
        "the key. Declare it as a unique constraint DEFERRABLE INITIALLY DEFERRED, or flush after "
        "the old object is taken away and before the new one is put in its place."
    )


def _contradiction(fired: str, schema: Schema | None) -> str:
    """Which action and which rule cannot both be meant, and what there is to choose from."""
    rule = schema.constraints.get(fired) if schema else None
    keys = schema.by_key[rule.table].foreign_keys if schema and rule else ()
    clearing = [key for key in keys if rule and _clears(key, rule)]
    if rule and not clearing:
        return (
            "The declarations contradict each other: where an object loses the one that it refers "
            "to, a relationship without delete-orphan has SQLAlchemy's unit of work set the "
            f"reference NULL, and {fired} refuses the NULL. Let the cascade delete the object "
            "(delete, delete-orphan), or let the rule take the NULL."
        )
    names = enumerate_words([key.id for key in clearing]) or "a foreign key"
    says = "say" if len(clearing) > 1 else "says"
    return (
        f"The declarations contradict each other: {names} {says} SET NULL, and {fired} refuses the "
        "NULL. As long as such a row is there, the row that it refers to cannot go. Declare "
        "CASCADE or RESTRICT for the key, or let the rule take the NULL."
    )


def _clears(key: ForeignKey, rule: Constraint) -> bool:
    actions = (key.on_delete, key.on_update)
    return ReferentialAction.SET_NULL in actions and bool({*key.columns} & {*rule.columns})


def _missing_rule(failure: Failure) -> str:
    if failure.case.operation.kind is OperationKind.VALIDATE:
        return "The model declares a validator for this value, and it let the broken one through."
    return "The rule is missing in the database, or it is weaker there than in the models."


def _not_insertable(failure: Failure) -> str:
    """A valid graph was refused by something that wants other rows: by what, and how to supply
    them."""
    rejection = failure.outcome.rejection if isinstance(failure.outcome, Rejected) else None
    if rejection is None or rejection.rule is not None:
        return ""
    if rejection.function:
        by = f"a function of the database, most often a trigger's: {rejection.function}"
    elif rejection.kind is RejectionKind.FOREIGN_KEY_VIOLATION:
        by = f"the foreign key {rejection.constraint}, which the models do not declare"
    else:
        return ""
    return (
        f"The graph keeps every rule that the models declare, and it was refused by {by}. Where it "
        "wants rows that the models expect to exist, supply them with --seed-sql FILE, with "
        "--prepare MODULE:FUNCTION or, in a test module, with load(prepare=...)."
    )


def _not_by_the_server(failure: Failure) -> str:
    """A sentence where the case never came to the server's rules."""
    kind = failure.outcome.rejection.kind if isinstance(failure.outcome, Rejected) else None
    if kind is RejectionKind.DRIVER:
        return "The driver refused the value before it reached the server."
    if kind is RejectionKind.MODEL:
        return "The ORM, or a validator of the model, raised before the database had its say."
    return ""


def _action_order(fired: str, schema: Schema | None) -> str:
    rule = schema.constraints.get(fired) if schema else None
    action = f"ON DELETE {rule.on_delete.value}" if isinstance(rule, ForeignKey) else "action"
    return (
        "PostgreSQL runs the referential actions of a delete one by one, those of one table in "
        "the order in which the keys were created. SET NULL writes a new version of the "
        "referencing row; when a second one comes to the same row, PostgreSQL re-checks the row's "
        f"other keys at once. At that moment {fired} still refers to a row that the same delete "
        f"has already removed, so the delete is refused, although that key's own {action} would "
        "have cleared it next. Keys declared DEFERRABLE INITIALLY DEFERRED are checked at the end "
        "of the transaction and do not fail in this way."
    )
