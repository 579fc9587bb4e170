"""A real bug of the reference domain, pinned on committed rows.

Deleting a project by SQL is refused when an event references the project, one of its agents and
one of that agent's turns but no command, although each of these keys says ON DELETE SET NULL.
Referential actions fire in the order of their triggers' names, normally the keys' creation order;
each SET NULL writes a new version of the event, which re-checks the event's other keys, here one
whose parent is gone but whose own action has not come yet.

The tests commit rows in databases of their own: for rows that the deleting transaction has
inserted, PostgreSQL refuses five more deletes, which nobody's production sees.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from functools import partial
from itertools import chain, combinations
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ormthesis.demo.headspace import (
    Agent,
    Base,
    Command,
    Event,
    Project,
    Turn,
    TurnActor,
    TurnIntent,
)
from tests.integration.probes import Refusal, refusal_of
from tests.integration.rules import FOREIGN_KEY_VIOLATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Engine

    from ormthesis.persistence.provisioning.run import Run

    # What is deleted, and the parents that the event references.
    Deletion = tuple[str, tuple[str, ...]]

PARENTS = {"project": Project, "agent": Agent, "command": Command, "turn": Turn}
SUBSETS = tuple(chain.from_iterable(combinations(PARENTS, size) for size in (1, 2, 3, 4)))
THE_BUG = ("project", ("project", "agent", "turn"))


def refused_by(parent: str) -> Refusal:
    """A refusal by the event's key to `parent`."""
    return Refusal(
        sqlstate=FOREIGN_KEY_VIOLATION,
        constraint=f"fk_events_{parent}_id_{parent}s",
        table="events",
        column=None,
    )


def create_tables(engine: Engine) -> None:
    """Create all tables, with keys whose triggers fire in the order of creation.

    Names of triggers end in an OID and are compared as text, so the order holds only while all
    OIDs have one length. They cross from one length to the next at most once in two attempts.
    """
    for _ in range(2):
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        with engine.connect() as connection:
            lengths = connection.scalars(
                text("SELECT DISTINCT length(oid::text) FROM pg_trigger WHERE tgisinternal")
            ).all()
        if len(lengths) == 1:
            return
    raise AssertionError(f"trigger OIDs of several lengths: {lengths}")


@contextmanager
def private_engine(run: Run, name: str) -> Iterator[Engine]:
    """An engine for a database of our own with all tables, in which rows may be committed."""
    database = run.create_database(name)
    engine = database.engine()
    try:
        create_tables(engine)
        yield engine
    finally:
        engine.dispose()
        database.drop()


@pytest.fixture(scope="module")
def committing_engine(run: Run, worker: str) -> Iterator[Engine]:
    with private_engine(run, f"{worker}_bug") as engine:
        yield engine


@pytest.fixture(scope="module")
def deferred_engine(run: Run, worker: str) -> Iterator[Engine]:
    """As above, with every key of the events DEFERRABLE INITIALLY DEFERRED."""
    with private_engine(run, f"{worker}_deferred") as engine:
        with engine.begin() as connection:
            for key in Event.__table__.foreign_key_constraints:
                connection.execute(
                    text(
                        f"ALTER TABLE events ALTER CONSTRAINT {key.name}"
                        " DEFERRABLE INITIALLY DEFERRED"
                    )
                )
        yield engine


def add_chain(session: Session) -> dict[str, int]:
    """One project, agent, command and turn; their keys by name."""
    project = Project(name="p", slug="p", path="/p")
    agent = Agent(project=project, session_uuid=uuid.uuid4())
    command = Command(agent=agent)
    turn = Turn(command=command, actor=TurnActor.USER, intent=TurnIntent.COMMAND, text="t")
    session.add(turn)
    session.flush()
    return {"project": project.id, "agent": agent.id, "command": command.id, "turn": turn.id}


def add_event(session: Session, keys: Mapping[str, int], subset: tuple[str, ...]) -> Event:
    event = Event(event_type="e", **{f"{parent}_id": keys[parent] for parent in subset})
    session.add(event)
    session.flush()
    return event


def refusals(session: Session, keys: Mapping[str, int], *, orm: bool = False) -> dict[str, Refusal]:
    """Which of the four parents cannot be deleted, each tried and undone by itself."""

    def delete(parent: str) -> None:
        model = PARENTS[parent]
        if orm:
            session.delete(session.get_one(model, keys[parent]))
            session.flush()
        else:
            session.execute(
                text(f"DELETE FROM {model.__tablename__} WHERE id = :id"), {"id": keys[parent]}
            )
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    found = {parent: refusal_of(session, partial(delete, parent)) for parent in PARENTS}
    return {parent: refusal for parent, refusal in found.items() if refusal is not None}


def refused_on_committed_rows(engine: Engine, *, orm: bool = False) -> dict[Deletion, Refusal]:
    """Try all 60 combinations of a deleted parent and a subset, on rows committed before."""
    refused: dict[Deletion, Refusal] = {}
    with Session(engine) as session:
        keys = add_chain(session)
        session.commit()
        for subset in SUBSETS:
            event = add_event(session, keys, subset)
            session.commit()
            found = refusals(session, keys, orm=orm)
            refused |= {(parent, subset): refusal for parent, refusal in found.items()}
            session.rollback()
            session.delete(event)
            session.commit()
        session.delete(session.get_one(Project, keys["project"]))
        session.commit()
    return refused


def refused_on_uncommitted_rows(engine: Engine) -> dict[Deletion, Refusal]:
    """The same combinations, with every row inserted by the transaction that deletes."""
    refused: dict[Deletion, Refusal] = {}
    for subset in SUBSETS:
        with Session(engine) as session:
            keys = add_chain(session)
            add_event(session, keys, subset)
            found = refusals(session, keys)
            refused |= {(parent, subset): refusal for parent, refusal in found.items()}
            session.rollback()
    return refused


def test_exactly_one_combination_is_refused(committing_engine: Engine) -> None:
    assert len(SUBSETS) * len(PARENTS) == 60
    assert refused_on_committed_rows(committing_engine) == {THE_BUG: refused_by("turn")}


def test_uncommitted_rows_add_five_artefacts(committing_engine: Engine) -> None:
    assert refused_on_uncommitted_rows(committing_engine) == {
        THE_BUG: refused_by("turn"),
        ("project", ("agent", "turn")): refused_by("turn"),
        ("agent", ("agent", "turn")): refused_by("turn"),
        ("agent", ("project", "agent", "turn")): refused_by("turn"),
        ("project", ("project", "command")): refused_by("command"),
        ("project", ("project", "command", "turn")): refused_by("command"),
    }


def test_deleting_through_the_orm_is_never_refused(committing_engine: Engine) -> None:
    assert refused_on_committed_rows(committing_engine, orm=True) == {}


def test_deferred_keys_are_never_refused(deferred_engine: Engine) -> None:
    assert refused_on_committed_rows(deferred_engine) == {}
    assert refused_on_uncommitted_rows(deferred_engine) == {}
