"""Deletes objects and changes their relationships, on rows that are there, through ORM sessions.

Each observation has a session of its own and is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ormthesis.core.errors import InternalError
from ormthesis.generation.actions import Action, ActionKind
from ormthesis.generation.case import Case
from ormthesis.generation.graph import EntityRef, Row
from ormthesis.generation.objects import Classes, Objects
from ormthesis.oracle.outcome import Accepted, Outcome, Rejected
from ormthesis.persistence.below import Below, without_strangers
from ormthesis.persistence.defects import observable
from ormthesis.persistence.instances import relate, unrelate
from ormthesis.persistence.object_connection import ObjectConnection
from ormthesis.persistence.object_reader import load_collections
from ormthesis.persistence.rejections import Rejections
from ormthesis.schema.models import Models

Rows = Mapping[EntityRef, Row]


class ObjectOperations:
    """Observes them one by one."""

    def __init__(
        self,
        models: Models,
        connection: ObjectConnection,
        classes: Classes,
        below: Below,
        rejections: Rejections,
    ) -> None:
        self._models = models
        self._connection = connection
        self._classes = classes
        self._below = below
        self._rejections = rejections

    def observe(self, case: Case, rows: Rows) -> Outcome | None:
        """The outcome; None where some rows make no objects. Whatever models, ORM, driver or server
        raise is a rejection."""
        objects = self._classes.objects(case.graph, case.operation.model)
        if not objects.complete:
            return None

        def body() -> Outcome:
            with self._connection.session() as session:
                _Doing(self._models, session, objects, rows).act(case)
                session.flush()
                state = self._below.state(case.graph, rows)
                alone = listens(objects)
                return Accepted(state=without_strangers(case.graph, state) if alone else state)

        try:
            return self._connection.undone(body)
        except Exception as error:  # our own defects go through `observable`
            return Rejected(rejection=self._rejections.from_exception(observable(error)))


class _Doing:
    """One operation in one session."""

    def __init__(self, models: Models, session: Session, objects: Objects, rows: Rows) -> None:
        self._models = models
        self._session = session
        self._objects = objects
        self._rows = rows

    def act(self, case: Case) -> None:
        operation = case.operation
        if operation.action is not None:
            self._change(operation.action)
        elif operation.ref is not None:
            self._session.delete(self._get(operation.ref, loaded=operation.loaded))

    def _change(self, action: Action) -> None:
        """Everything around is loaded first."""
        relationship = self._models.schema.relationship(action.relationship or "")
        owner = self._get(action.ref, loaded=True)
        other = self._get(action.other, loaded=True) if action.other is not None else None
        changes: Mapping[ActionKind, Callable[[], None]] = {
            ActionKind.POINT: lambda: setattr(owner, relationship.name, other),
            ActionKind.PUT_IN: lambda: relate(owner, relationship, other),
            ActionKind.TAKE_OUT: lambda: unrelate(owner, relationship, other),
        }
        if action.kind not in changes:
            raise InternalError(f"{action.kind.value} is nothing that objects do")
        changes[action.kind]()

    def _get(self, ref: EntityRef, *, loaded: bool) -> Any:
        owner = self._objects.owner.get(ref, ref)
        mapper = self._models.mappers[self._objects.models[owner].name]
        key = self._rows[owner]
        identity = tuple(key[column.name] for column in mapper.primary_key)
        instance = self._session.get_one(mapper.class_, identity)
        if loaded:
            load_collections(instance, self._models.schema.relationships)
        return instance


def listens(objects: Objects) -> bool:
    """Whether listeners run that may write rows of their own."""
    events: Any = Session.dispatch
    return bool(events.before_flush or events.after_flush) or any(
        model.listens for model in objects.models.values()
    )
