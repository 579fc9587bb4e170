"""Failures built by hand, as the engine would find them in the planted databases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ormthesis.demo.headspace import Base as Headspace
from ormthesis.demo.headspace import CommandState, TurnActor, TurnIntent
from ormthesis.generation.actions import Action, ActionKind
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
from ormthesis.generation.graph import EntityDraft, EntityGraph, EntityRef, graph_keys, resolve
from ormthesis.invariants.failure import Failure, Isolation
from ormthesis.oracle.judge import Difference, Mismatch, Verdict
from ormthesis.oracle.outcome import Accepted, Refusal, Rejected, Rejection, RejectionKind, State
from ormthesis.schema import Models, load_models
from ormthesis.schema.types import TypeKind
from tests.unit.reproductions.library import Base, Color

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARY = load_models(Base, name="tests.unit.reproductions.library:Base")
HEADSPACE = load_models(Headspace, name="ormthesis.demo.headspace:Base")

SHELF, OTHER, BOOK, SEQUEL, LENDER = map(
    EntityRef.parse, ("shelf#0", "shelf#1", "book#0", "book#1", "lender#0")
)
SHELF_KEY, SEQUEL_KEY, LENDER_KEY = (
    "books.shelf_id->shelves",
    "books.sequel_id->books",
    "books.lender_id->lenders",
)
MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING = Accepted(state=State(rows={}))


@dataclass(frozen=True, kw_only=True)
class SampleFailure(Failure):
    invariant = "sample"


def key(models: Models, ref: EntityRef) -> int:
    """The key that the engine gives a row."""
    return graph_keys(models.schema)(ref)


def shelf(ref: EntityRef = SHELF, **values: Any) -> EntityDraft:
    plain = {"name": f"s{ref.index}", "code": None, "color": Color.RED}
    return EntityDraft(ref=ref, table="shelves", values={**plain, **values}, references={})


def book(
    ref: EntityRef = BOOK, references: Mapping[str, EntityRef | None] | None = None, **values: Any
) -> EntityDraft:
    plain = {"title": "a", "price": None, "notes": None, "cover": None, "tags": None}
    return EntityDraft(
        ref=ref, table="books", values={**plain, **values}, references=references or {}
    )


def lender(**values: Any) -> EntityDraft:
    return EntityDraft(ref=LENDER, table="lenders", values={"code": "A", **values}, references={})


def graph(*drafts: EntityDraft) -> EntityGraph:
    return EntityGraph(drafts=drafts)


def mutated(
    kind: MutationKind, constraint: str, drafts: EntityGraph, ref: EntityRef, **new: Any
) -> Case:
    row = resolve(LIBRARY.schema, drafts, graph_keys(LIBRARY.schema))[ref]
    changes = tuple(Change(column=name, old=row[name], new=value) for name, value in new.items())
    mutation = Mutation(kind=kind, constraint=constraint, ref=ref, changes=changes)
    return Case(graph=drafts, mutation=mutation, subject=constraint)


def accepted(case: Case) -> Failure:
    """The declarations refuse it, the database took it."""
    return SampleFailure(
        model="Shelf",
        table="shelves",
        subject=case.subject,
        case=case,
        prediction=Refusal(rules=frozenset({case.subject})),
        outcome=NOTHING,
        mismatch=Mismatch(verdict=Verdict.ACCEPTED),
    )


def refused(
    case: Case, rejection: Rejection, verdict: Verdict = Verdict.REJECTED, **options: Any
) -> Failure:
    wrong_rule = verdict is Verdict.WRONG_RULE
    return SampleFailure(
        **{"model": "Shelf", "table": "shelves", "subject": case.subject, **options},
        case=case,
        prediction=Refusal(rules=frozenset({case.subject})) if wrong_rule else NOTHING,
        outcome=Rejected(rejection=rejection),
        mismatch=Mismatch(verdict=verdict),
    )


def wrong_state(case: Case, *differences: Difference, **options: Any) -> Failure:
    return SampleFailure(
        **{"model": "Book", "table": "books", "subject": case.subject, **options},
        case=case,
        prediction=NOTHING,
        outcome=NOTHING,
        mismatch=Mismatch(verdict=Verdict.WRONG_STATE, differences=differences),
    )


def check_violation(name: str) -> Rejection:
    return Rejection(
        kind=RejectionKind.CHECK_VIOLATION,
        message=f'new row violates check constraint "{name}"',
        sqlstate="23514",
        constraint=name,
        table="shelves",
    )


def delete(ref: EntityRef, *, objects: bool = False, loaded: bool = False) -> Operation:
    kind = OperationKind.DELETE_OBJECT if objects else OperationKind.DELETE_ROW
    return Operation(kind=kind, ref=ref, loaded=loaded)


_TWO = graph(shelf(SHELF, name="it's", code="first"), shelf(OTHER, name="b\\", code="second"))
_SHELVED = graph(
    shelf(SHELF),
    book(BOOK, {SHELF_KEY: SHELF, SEQUEL_KEY: SEQUEL}, notes={"a": ["'\\", None]}, tags=['"', ""]),
    book(SEQUEL, {SHELF_KEY: SHELF}, cover=b"\0'"),
)
_WRITTEN = graph(
    shelf(SHELF),
    lender(),
    book(BOOK, {SHELF_KEY: SHELF, SEQUEL_KEY: SEQUEL, LENDER_KEY: LENDER}, title="quiet"),
    book(SEQUEL, {SHELF_KEY: SHELF, SEQUEL_KEY: SEQUEL}),
)
_COMMITTED = {"isolation": Isolation.COMMITTED, "model": "Shelf", "table": "shelves"}


def _key_difference(actual: Any, view: str = "database") -> Difference:
    expected = key(LIBRARY, SHELF)
    return Difference(ref=BOOK, column="shelf_id", expected=expected, actual=actual, view=view)


def _cascaded(operation: Operation) -> Failure:
    case = Case(graph=_SHELVED, operation=operation, subject="shelves")
    gone = Difference(ref=BOOK, column=None, expected={"id": key(LIBRARY, BOOK)}, actual=None)
    return wrong_state(case, gone, **_COMMITTED)


def _shouted(case: Case, *views: str) -> Failure:
    return wrong_state(
        case,
        *(
            Difference(ref=BOOK, column="title", expected="quiet", actual="QUIET", view=view)
            for view in views
        ),
    )


def _forgotten() -> Failure:
    case = Case(graph=_WRITTEN, operation=INSERT_OBJECTS, subject="Shelf.books")
    pairs = [(SHELF, BOOK), (SHELF, SEQUEL)]
    views = ("session", "reload")
    links = (
        Difference(ref=None, column="Shelf.books", expected=pairs, actual=[], view=view)
        for view in views
    )
    return wrong_state(case, _key_difference(None), _key_difference(None, "reload"), *links)


def _validated() -> Failure:
    case = mutated(MutationKind.DOCUMENT, "lenders.code", graph(lender()), LENDER, code="a")
    operation = Operation(kind=OperationKind.VALIDATE)
    return accepted(
        Case(graph=case.graph, operation=operation, mutation=case.mutation, subject=case.subject)
    )


def _forgotten_by_composite() -> Failure:
    case = Case(graph=graph(shelf(code="a")), operation=INSERT_OBJECTS, subject="Shelf")
    differences = [
        Difference(ref=SHELF, column="code", expected="a", actual=None, view=view)
        for view in ("session", "reload")
    ]
    return wrong_state(case, *differences)


def _followed() -> Failure:
    """A key that is updated, though a book refers to it."""
    drafts = graph(shelf(), book(BOOK, {SHELF_KEY: SHELF}))
    action = Action(kind=ActionKind.UPDATE_ROW, ref=SHELF, values={"id": 77})
    operation = Operation(kind=OperationKind.CHANGE, action=action)
    case = Case(graph=drafts, operation=operation, subject=SHELF_KEY)
    return replace(accepted(case), isolation=Isolation.COMMITTED)


def _clung(kind: ActionKind) -> Failure:
    """A book that stays on its shelf whatever becomes of the relationship."""
    drafts = graph(shelf(SHELF), shelf(OTHER), book(BOOK, {SHELF_KEY: SHELF}))
    owner, other, predicted = {
        ActionKind.TAKE_OUT: (SHELF, BOOK, None),
        ActionKind.PUT_IN: (OTHER, BOOK, key(LIBRARY, OTHER)),
        ActionKind.POINT: (BOOK, OTHER, key(LIBRARY, OTHER)),
    }[kind]
    name = "Book.shelf" if kind is ActionKind.POINT else "Shelf.books"
    action = Action(kind=kind, ref=owner, relationship=name, other=other)
    operation = Operation(kind=OperationKind.CHANGE, action=action)
    stays = Difference(ref=BOOK, column="shelf_id", expected=predicted, actual=key(LIBRARY, SHELF))
    case = Case(graph=drafts, operation=operation, subject=name)
    return wrong_state(case, stays, isolation=Isolation.COMMITTED)


# What is planted, to the failure that it causes.
FAILURES: Mapping[str, Failure] = {
    "no_unique": accepted(
        mutated(MutationKind.DUPLICATE, "shelves.unique(name)", _TWO, OTHER, name="it's")
    ),
    "no_not_null": accepted(
        mutated(MutationKind.NULL, "shelves.name.not_null", graph(shelf()), SHELF, name=None)
    ),
    "any_color": accepted(
        mutated(MutationKind.LABEL, "shelves.color.enum(color)", graph(shelf()), SHELF, color="red")
    ),
    "wide_code": accepted(
        mutated(MutationKind.TOO_LONG, "shelves.code.length(8)", _TWO, OTHER, code="x" * 30)
    ),
    "short_names": refused(
        Case(graph=_TWO, operation=INSERT_ROWS, subject="Shelf"), check_violation("short_names")
    ),
    "first_only": refused(
        mutated(MutationKind.DUPLICATE, "shelves.unique(name)", _TWO, OTHER, name="it's"),
        check_violation("first_only"),
        Verdict.WRONG_RULE,
    ),
    "cascade": _cascaded(delete(SHELF)),
    "cascade_through_orm": _cascaded(delete(SHELF, objects=True)),
    "shouting": _shouted(Case(graph=_WRITTEN, operation=INSERT_ROWS, subject="Book"), "database"),
    "shouting_through_orm": _shouted(
        Case(graph=_WRITTEN, operation=INSERT_OBJECTS, subject="Book"), "database", "reload"
    ),
    "shouting_mutant": _shouted(
        mutated(MutationKind.EDGE, "books.title", graph(shelf(), book()), BOOK, title="quiet"),
        "database",
    ),
    "following": _followed(),
    "clinging_take": _clung(ActionKind.TAKE_OUT),
    "clinging_put": _clung(ActionKind.PUT_IN),
    "clinging_point": _clung(ActionKind.POINT),
    "forgetting": _forgotten(),
    "any_code": _validated(),
    "forgetful": _forgotten_by_composite(),
}


def plant_of(name: str) -> str:
    """The plant that causes a failure: some cause it in more than one way."""
    for suffix in ("_through_orm", "_mutant", "_take", "_put", "_point"):
        name = name.removesuffix(suffix)
    return name


def event_bug() -> Failure:
    """Deleting a project that an event refers to, with an agent and a turn of it."""
    project, agent, command, turn = (
        EntityRef(name, 0) for name in ("project", "agent", "command", "turn")
    )
    event = {
        "events.project_id->projects": project,
        "events.agent_id->agents": agent,
        "events.turn_id->turns": turn,
        "events.command_id->commands": None,
    }
    drafts = graph(
        _headspace("project", created_at=MOMENT, inference_paused=False),
        _headspace(
            "agent",
            {"agents.project_id->projects": project},
            session_uuid=UUID(int=0),
            started_at=MOMENT,
            last_seen_at=MOMENT,
        ),
        _headspace(
            "command",
            {"commands.agent_id->agents": agent},
            state=CommandState.IDLE,
            started_at=MOMENT,
        ),
        _headspace(
            "turn",
            {"turns.command_id->commands": command},
            actor=TurnActor.USER,
            intent=TurnIntent.COMMAND,
            timestamp=MOMENT,
            is_internal=False,
        ),
        _headspace("event", event, timestamp=MOMENT),
    )
    rejection = Rejection(
        kind=RejectionKind.FOREIGN_KEY_VIOLATION,
        message='update or delete violates foreign key constraint "fk_events_turn_id_turns"',
        sqlstate="23503",
        constraint="fk_events_turn_id_turns",
        table="events",
        rule="events.turn_id->turns",
    )
    return refused(
        Case(graph=drafts, operation=delete(project), subject="projects"),
        rejection,
        Verdict.ACTION_ORDER,
        model="Project",
        table="projects",
        isolation=Isolation.COMMITTED,
    )


def _headspace(
    label: str, references: Mapping[str, EntityRef | None] | None = None, **values: Any
) -> EntityDraft:
    """A row of the reference domain; required texts that are not given are empty."""
    table = HEADSPACE.schema.by_label[label]
    empty = {
        column.name: ""
        for column in table.columns
        if column.type.kind is TypeKind.TEXT and not column.nullable
    }
    return EntityDraft(
        ref=EntityRef(label, 0),
        table=table.key,
        values={**empty, **values},
        references=references or {},
    )
