"""Defects of the models themselves: the database is as declared, the ORM does something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tests.tester.worlds import make_target, sweep, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.invariants.failure import Failure
    from ormthesis.persistence.provisioning.run import Run


def matches(*, wrong: bool) -> type[DeclarativeBase]:
    """Two keys to one table; `wrong` joins a team's home matches by the other key."""

    class Base(DeclarativeBase):
        pass

    class Team(Base):
        __tablename__ = "teams"
        id: Mapped[int] = mapped_column(primary_key=True)
        home_matches: Mapped[list[Match]] = relationship(
            back_populates="home",
            foreign_keys="Match.away_id" if wrong else "Match.home_id",
            overlaps="home",
        )

    class Match(Base):
        __tablename__ = "matches"
        id: Mapped[int] = mapped_column(primary_key=True)
        home_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
        away_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
        home: Mapped[Team] = relationship(back_populates="home_matches", foreign_keys=[home_id])

    return Base


def albums(*, on_delete: str | None, cascade: str, **options: Any) -> type[DeclarativeBase]:
    """An album and its songs, deleted by the database, by the ORM, or by both."""

    class Base(DeclarativeBase):
        pass

    class Album(Base):
        __tablename__ = "albums"
        id: Mapped[int] = mapped_column(primary_key=True)
        songs: Mapped[list[Song]] = relationship(cascade=cascade, **options)

    class Song(Base):
        __tablename__ = "songs"
        id: Mapped[int] = mapped_column(primary_key=True)
        album_id: Mapped[int | None] = mapped_column(ForeignKey("albums.id", ondelete=on_delete))

    return Base


def steps(*, post_update: bool) -> type[DeclarativeBase]:
    """Rows that can refer to themselves and to one another in a circle."""

    class Base(DeclarativeBase):
        pass

    class Step(Base):
        __tablename__ = "steps"
        id: Mapped[int] = mapped_column(primary_key=True)
        next_id: Mapped[int | None] = mapped_column(ForeignKey("steps.id", ondelete="SET NULL"))
        next: Mapped[Step | None] = relationship(
            back_populates="previous", remote_side=[id], post_update=post_update
        )
        previous: Mapped[list[Step]] = relationship(
            back_populates="next", post_update=post_update
        )

    return Base


Find = "Callable[[type[DeclarativeBase], str], list[Failure]]"


@pytest.fixture
def find(run: Run, request: pytest.FixtureRequest) -> Callable[..., list[Failure]]:
    """All failures of one table's units, on the schema as declared."""

    def found(base: type[DeclarativeBase], table: str) -> list[Failure]:
        target = make_target(run, base, f"orm_{table}_{abs(hash(request.node.name)) % 10**6}")
        try:
            with target.world() as world:
                return sweep(world, units(target, table))
        finally:
            target.database.drop()

    return found


def names(failures: list[Failure]) -> set[tuple[str, str]]:
    return {(failure.invariant, failure.subject) for failure in failures}
