"""Declarations that contradict each other: the database does as it is told, and nothing can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ormthesis.oracle.judge import Verdict
from ormthesis.reporting.explain import meaning
from tests.tester import contradictions
from tests.tester.databases import new_database
from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Database, Run
    from tests.tester.worlds import Target


@pytest.fixture(scope="module")
def target(run: Run) -> Iterator[Target]:
    with new_database(run, "contradictions") as database:
        yield make_target(database, contradictions.Base)


def found_in(target: Target, table: str, *ddl: str) -> list[Failure]:
    with target.world(*ddl) as world:
        return sweep(world, units(target, table))


def test_set_null_that_not_null_or_a_check_refuses(target: Target) -> None:
    failures = found_in(target, "authors")
    assert {(failure.invariant, failure.fired) for failure in failures} == {
        (invariant, rule)
        for invariant in ("delete-sql", "delete-orm")
        for rule in ("posts.author_id.not_null", "notes.check(one_parent)")
    }
    assert {failure.mismatch.verdict for failure in failures} == {Verdict.CONTRADICTION}


def test_the_report_says_which_two_cannot_both_be_meant(target: Target) -> None:
    (failure,) = {f.fired: f for f in found_in(target, "posts")}.values()
    text = meaning(failure, target.context.schema)
    assert "notes.author_id->authors and notes.post_id->posts say SET NULL" in text
    assert "notes.check(one_parent) refuses the NULL" in text


def test_where_the_rule_is_gone_there_is_no_contradiction(target: Target) -> None:
    """What the declarations say is refused is accepted then: another finding."""
    failures = found_in(target, "posts", "ALTER TABLE notes DROP CONSTRAINT one_parent")
    assert {failure.mismatch.verdict for failure in failures} == {Verdict.ACCEPTED}


def test_a_check_about_references_alone(target: Target) -> None:
    """A boundary at which the row stands already changes nothing, and is no case."""
    assert found_in(target, "notes") == []


def test_a_place_that_nobody_can_leave(tester_database: Database) -> None:
    """No key says SET NULL: it is the unit of work that clears the reference of who was there."""

    class Base(DeclarativeBase):
        pass

    class Desk(Base):
        __tablename__ = "desks"
        id: Mapped[int] = mapped_column(primary_key=True)
        clerk: Mapped[Clerk | None] = relationship(back_populates="desk")

    class Clerk(Base):
        __tablename__ = "clerks"
        id: Mapped[int] = mapped_column(primary_key=True)
        desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id"), unique=True)
        desk: Mapped[Desk] = relationship(back_populates="clerk")

    target = make_target(tester_database, Base)
    with target.world() as world:
        failures = sweep(world, units(target, "desks", "relationship-changes"))
    (failure,) = failures
    assert failure.mismatch.verdict is Verdict.CONTRADICTION
    text = meaning(failure, target.context.schema)
    assert "unit of work set the reference NULL" in text
    assert "clerks.desk_id.not_null refuses the NULL" in text
