"""From a graph to mapped objects, in ORM sessions.

Sessions do not survive a rollback to a savepoint: each observation has its own, none outlives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ormthesis.generation.graph import (
    EntityGraph,
    EntityRef,
    KeySource,
    graph_keys,
)
from ormthesis.generation.object_steps import (
    Add,
    Copy,
    Flush,
    Make,
    ObjectSteps,
    Point,
    Relate,
    Step,
)
from ormthesis.generation.objects import Objects
from ormthesis.persistence.instances import fill, relate
from ormthesis.schema.instances import blank
from ormthesis.schema.model import Schema
from ormthesis.schema.models import Models

Instances = dict[EntityRef, Any]
"""Every row's object, also where several rows are one object's."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A graph as objects of a session."""

    graph: EntityGraph
    objects: Objects
    instances: Instances


def given_numbers(schema: Schema, *, owned: bool) -> KeySource | None:
    """Keys for objects, where the database's own sequences are not to be used: they are not rolled
    back, and rows that exist may stand in their way."""
    return None if owned and not schema.occupied.tables else graph_keys(schema)


class ObjectWriter:
    """Takes the steps that write a graph, in a session, as a user's code would."""

    def __init__(self, models: Models, *, numbers: KeySource | None = None) -> None:
        """`numbers` are keys to give to rows that the database would number itself."""
        self._mappers = models.mappers
        self._tables = models.schema.by_key
        self._steps = ObjectSteps(models.schema)
        self._numbers = numbers
        self.classes = self._steps.classes

    def write(
        self,
        session: Session,
        graph: EntityGraph,
        *,
        model: str | None = None,
        through: str | None = None,
        related: Sequence[str] = (),
    ) -> Written:
        """Add and flush the whole graph. Whatever the ORM or the database raises goes through.

        `model` is the class of rows that several unrelated classes could have, `through` the
        id of a relationship that shall write the rows of its secondary table, `related` are those
        that will be looked at. Raises UnobservableError for rows that make no objects.
        """
        objects = self.classes.objects(graph, model)
        made: Instances = {}
        for step in self._steps.steps(graph, objects, through, related):
            self._take(step, session, made)
        instances = {ref: made[owner] for ref, owner in objects.owner.items()}
        return Written(graph=graph, objects=objects, instances=instances)

    def _take(self, step: Step, session: Session, made: Instances) -> None:
        match step:
            case Make():
                instance = made[step.ref] = blank(self._mappers[step.model.name])
                for value in step.values:
                    given = sa.null() if value.null else value.value
                    fill(instance, value.attribute, given, validated=value.validated)
                if self._numbers is not None:
                    self._number(instance, step, self._numbers)
            case Point():
                setattr(made[step.ref], step.relationship.name, made[step.parent])
            case Copy():
                setattr(made[step.ref], step.attribute, getattr(made[step.parent], step.referred))
            case Relate():
                relate(made[step.ref], step.relationship, made[step.other])
            case Add():
                session.add(made[step.ref])
            case Flush():
                session.flush()

    def _number(self, instance: Any, step: Make, numbers: KeySource) -> None:
        table, *_ = step.model.parts
        for column in self._tables[table.table].columns:
            if column.surrogate and column.name in table.attributes:
                setattr(instance, table.attributes[column.name], numbers(step.ref))
