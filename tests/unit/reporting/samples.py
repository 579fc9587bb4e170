"""A small schema and results about it, built from the real classes: what reporters are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ormthesis.config import Config
from ormthesis.engine.events import (
    Event,
    FailureFound,
    RunFinished,
    RunStarted,
    UnitFinished,
    UnitStarted,
    WarningRaised,
)
from ormthesis.engine.results import (
    ConstraintResult,
    ConstraintVerdict,
    Evidence,
    Known,
    RunResult,
    UnitResult,
    UnitStatus,
)
from ormthesis.generation.case import (
    INSERT_OBJECTS,
    INSERT_ROWS,
    Case,
    Change,
    Mutation,
    MutationKind,
    Operation,
    OperationKind,
)
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef
from ormthesis.invariants import user
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.oracle.outcome import (
    Accepted,
    Breach,
    Refusal,
    Rejected,
    Rejection,
    RejectionKind,
    State,
)
from ormthesis.schema import load_models


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(20), unique=True)


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shelves.id", ondelete="SET NULL"))
    box_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shelves.id", ondelete="SET NULL"))
    title: Mapped[str]
    pages: Mapped[int] = mapped_column(default=1)


MODELS = load_models(Base, name="library.models:Base")
CONFIG = Config(target="library.models:Base", seed=7)

SHELF_KEY = "books.shelf_id->shelves"


class UniqueFailure(Failure):
    invariant: ClassVar[str] = "unique"
    broken: ClassVar[str] = "is not enforced"


class RoundTripFailure(Failure):
    invariant: ClassVar[str] = "round-trip"
    broken: ClassVar[str] = "does not come back as written"


class DeleteFailure(Failure):
    invariant: ClassVar[str] = "delete-sql"
    broken: ClassVar[str] = "is not deleted as declared"


class AcceptedFailure(Failure):
    invariant: ClassVar[str] = "accepted"
    broken: ClassVar[str] = "refuses valid rows"


class UserFailure(user.UserFailure):
    invariant: ClassVar[str] = "no_thick_books"
    of_rows: ClassVar[str] = "Book"
    declared_in: ClassVar[str] = "library.models, line 12"
    says: ClassVar[str] = "No book has more pages than can be read."


def shelf(index: int = 0, label: str = "") -> EntityDraft:
    return EntityDraft(
        ref=EntityRef("shelf", index), table="shelves", values={"label": label}, references={}
    )


def book(title: str = "", pages: int = 1, parent: EntityRef | None = None) -> EntityDraft:
    return EntityDraft(
        ref=EntityRef("book", 0),
        table="books",
        values={"title": title, "pages": pages},
        references={SHELF_KEY: parent},
    )


def graph(*drafts: EntityDraft) -> EntityGraph:
    return EntityGraph(drafts=drafts)


def nothing_stored() -> Accepted:
    return Accepted(state=State(rows={}))


def missing_unique() -> Failure:
    """A duplicate that the database took."""
    second = EntityRef("shelf", 1)
    rule = "shelves.unique(label)"
    change = Change(column="label", old="a", new="")
    mutation = Mutation(kind=MutationKind.DUPLICATE, constraint=rule, ref=second, changes=(change,))
    return UniqueFailure(
        model="Shelf",
        table="shelves",
        subject=rule,
        case=Case(graph=graph(shelf(), shelf(1, "a")), mutation=mutation, subject=rule),
        prediction=Refusal(rules=frozenset({rule})),
        outcome=nothing_stored(),
        mismatch=Mismatch(verdict=Verdict.ACCEPTED),
    )


def wrong_rule() -> Failure:
    """The same duplicate, refused by a check that no model declares."""
    rejection = Rejection(
        kind=RejectionKind.CHECK_VIOLATION,
        message='new row for relation "shelves" violates check constraint "label_is_upper"',
        sqlstate="23514",
        constraint="label_is_upper",
        table="shelves",
    )
    return replace(
        missing_unique(),
        outcome=Rejected(rejection=rejection),
        mismatch=Mismatch(verdict=Verdict.WRONG_RULE),
    )


def refused_row() -> Failure:
    """A valid row that the database refused."""
    rejection = Rejection(
        kind=RejectionKind.NOT_NULL_VIOLATION,
        message='null value in column "isbn" of relation "books" violates not-null constraint',
        sqlstate="23502",
        table="books",
        column="isbn",
    )
    return AcceptedFailure(
        model="Book",
        table="books",
        subject="Book",
        case=Case(graph=graph(book()), operation=INSERT_ROWS, subject="Book"),
        prediction=nothing_stored(),
        outcome=Rejected(rejection=rejection),
        mismatch=Mismatch(verdict=Verdict.REJECTED),
    )


def made_by_a_factory() -> Failure:
    """A row of a factory that the declarations refuse, as the database does."""
    return replace(
        refused_row(),
        subject="BookFactory",
        prediction=Refusal(rules=frozenset({"books.title.not_null"})),
        mismatch=Mismatch(verdict=Verdict.INVALID_ROW),
    )


def cut_title() -> Failure:
    """A title that comes back shorter than it was written."""
    ref = EntityRef("book", 0)
    differences = (
        Difference(ref=ref, column="title", expected="ab" * 40, actual="ab" * 10),
        Difference(ref=ref, column="pages", expected=2, actual=None, view="session"),
    )
    return RoundTripFailure(
        model="Book",
        table="books",
        subject="Book",
        case=Case(graph=graph(book("ab" * 40, 2)), subject="Book"),
        prediction=nothing_stored(),
        outcome=nothing_stored(),
        mismatch=Mismatch(verdict=Verdict.WRONG_STATE, differences=differences),
    )


def left_behind() -> Failure:
    """A delete after which one row too many is gone."""
    ref, parent = EntityRef("book", 0), EntityRef("shelf", 0)
    row = {"id": 1, "shelf_id": None, "box_id": None, "title": "", "pages": 1}
    difference = Difference(ref=ref, column=None, expected=row, actual=None)
    return DeleteFailure(
        model="Shelf",
        table="shelves",
        subject=SHELF_KEY,
        case=Case(
            graph=graph(shelf(), book(parent=parent)),
            operation=Operation(kind=OperationKind.DELETE_ROW, ref=parent),
            subject=SHELF_KEY,
        ),
        prediction=Accepted(state=State(rows={ref: row})),
        outcome=nothing_stored(),
        mismatch=Mismatch(verdict=Verdict.WRONG_STATE, differences=(difference,)),
        isolation=Isolation.COMMITTED,
    )


def action_order() -> Failure:
    """A delete refused by a key whose own action would have cleared it."""
    rejection = Rejection(
        kind=RejectionKind.FOREIGN_KEY_VIOLATION,
        message='insert or update on table "books" violates foreign key constraint "books_fk"',
        sqlstate="23503",
        constraint="books_fk",
        table="books",
        rule=SHELF_KEY,
    )
    return replace(
        left_behind(),
        outcome=Rejected(rejection=rejection),
        mismatch=Mismatch(verdict=Verdict.ACTION_ORDER),
    )


def contradiction() -> Failure:
    """A delete refused as declared, by a rule that takes no NULL."""
    rejection = Rejection(
        kind=RejectionKind.NOT_NULL_VIOLATION,
        message='null value in column "shelf_id" of relation "books" violates not-null constraint',
        sqlstate="23502",
        table="books",
        column="shelf_id",
        rule="books.shelf_id.not_null",
    )
    return replace(
        left_behind(),
        outcome=Rejected(rejection=rejection),
        mismatch=Mismatch(verdict=Verdict.CONTRADICTION),
    )


def write_order() -> Failure:
    """The same refused by a key whose reference the flush would have cleared next."""
    return replace(action_order(), mismatch=Mismatch(verdict=Verdict.WRITE_ORDER))


def thick_book() -> Failure:
    """A query of the user's that returns a row."""
    book_0 = book(pages=1000)
    operation = replace(INSERT_OBJECTS, asks="Book::no_thick_books")
    breach = Breach(
        what="returns 1 row",
        rows=({"title": "''", "pages": "1000"},),
    )
    return UserFailure(
        model="Book",
        table="books",
        subject="Book::no_thick_books",
        case=Case(graph=graph(book_0), operation=operation, subject="Book::no_thick_books"),
        prediction=nothing_stored(),
        outcome=nothing_stored(),
        mismatch=Mismatch(verdict=Verdict.BROKEN, breach=breach),
    )


def every_failure() -> tuple[Failure, ...]:
    """One of each verdict, and both kinds of difference."""
    return (
        missing_unique(),
        wrong_rule(),
        refused_row(),
        made_by_a_factory(),
        cut_title(),
        left_behind(),
        action_order(),
        contradiction(),
        write_order(),
        thick_book(),
    )


def unit(
    model: str, invariant: str, status: UnitStatus = UnitStatus.PASSED, **rest: object
) -> UnitResult:
    table = "books" if model == "Book" else "shelves"
    return UnitResult(model=model, table=table, invariant=invariant, status=status, **rest)  # type: ignore[arg-type]


def units() -> tuple[UnitResult, ...]:
    """Every status, with and without evidence."""
    seen = {"shelves.unique(label)": Evidence(accepted=120, refused=80)}
    return (
        unit("Shelf", "accepted", examples=40, probes=40, seconds=0.5),
        unit("Shelf", "unique", UnitStatus.FAILED, evidence=seen, probes=200, seconds=1.5),
        unit("Shelf", "json-schema", UnitStatus.NOT_APPLICABLE),
        unit("Book", "accepted", examples=40, probes=41, seconds=0.25),
        unit("Book", "unique", UnitStatus.KNOWN, probes=3),
        unit("Book", "json-schema", UnitStatus.NOT_TESTED, reason="the schema is remote"),
    )


def constraint(
    rule: str, verdict: ConstraintVerdict, accepted: int, refused: int, reason: str = ""
) -> ConstraintResult:
    declared = MODELS.schema.constraints[rule]
    return ConstraintResult(
        id=rule,
        kind=declared.kind.value,
        table=declared.table,
        columns=declared.columns,
        accepted=accepted,
        refused=refused,
        verdict=verdict,
        reason=reason,
    )


def constraints() -> tuple[ConstraintResult, ...]:
    """Every verdict."""
    proved = ConstraintVerdict.PROVED
    return (
        constraint("shelves.primary_key(id)", proved, 40, 40),
        constraint("shelves.label.not_null", proved, 40, 12),
        constraint("shelves.label.length(20)", ConstraintVerdict.ACCEPTED_ONLY, 9, 0, "no case"),
        constraint("shelves.unique(label)", ConstraintVerdict.FAILED, 120, 80, "1 failure"),
        constraint("books.title.not_null", ConstraintVerdict.REFUSED_ONLY, 0, 5, "no case"),
        constraint(SHELF_KEY, ConstraintVerdict.UNTESTED, 0, 0, "not confirmed"),
        constraint("books.primary_key(id)", proved, 40, 40),
    )


def result(*failures: Failure, **rest: object) -> RunResult:
    fields: dict[str, object] = {
        "target": CONFIG.target,
        "seed": 7,
        "seconds": 2.25,
        "units": units(),
        "constraints": constraints(),
        "failures": failures,
    }
    return RunResult(**{**fields, **rest})  # type: ignore[arg-type]


def full_result() -> RunResult:
    """Something of everything that a run can report."""
    return result(
        missing_unique(),
        cut_title(),
        refused_row(),
        known=(Known(failure=action_order(), reason="PostgreSQL's own; see #12"),),
        stale_baseline=("0a1b2c3d: unique | Book | books.unique(title) | accepted",),
        warnings=("Shelf is almost empty",),
    )


def events(finished: RunResult) -> tuple[Event, ...]:
    """The stream of a run that ends with this result."""
    started = RunStarted(
        target=finished.target,
        seed=finished.seed,
        units=tuple((unit.model, unit.invariant) for unit in finished.units),
        database="PostgreSQL 18.6, embedded",
    )
    between: list[Event] = [WarningRaised(message=text) for text in finished.warnings]
    for done in finished.units:
        between.append(UnitStarted(model=done.model, invariant=done.invariant))
        between.extend(
            FailureFound(failure=failure)
            for failure in finished.failures
            if (failure.model, failure.invariant) == (done.model, done.invariant)
        )
        between.append(UnitFinished(result=done))
    return (started, *between, RunFinished(result=finished))
