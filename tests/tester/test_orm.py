"""Defects of the models themselves: the database is as declared, the ORM does something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ormthesis.engine.company import Company
from ormthesis.oracle.outcome import Rejected
from tests.tester.worlds import SEED, make_target, search, shrunk, sweep, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from ormthesis.persistence.provisioning.run import Database
    from tests.tester.weakening import Finding

    Find = Callable[[object, str], set[Finding]]


def keep(base: type[DeclarativeBase], *models: type) -> type[DeclarativeBase]:
    """The base, holding on to its models: SQLAlchemy itself refers to classes weakly."""
    base.kept = models  # type: ignore[attr-defined]
    return base


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
            passive_deletes="all",
        )

    class Match(Base):
        __tablename__ = "matches"
        id: Mapped[int] = mapped_column(primary_key=True)
        home_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
        away_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
        home: Mapped[Team] = relationship(back_populates="home_matches", foreign_keys=[home_id])

    return keep(Base, Team, Match)


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

    return keep(Base, Album, Song)


def steps(*, post_update: bool) -> type[DeclarativeBase]:
    """Rows that can refer to themselves and to one another in a circle."""

    class Base(DeclarativeBase):
        pass

    class Step(Base):
        __tablename__ = "steps"
        id: Mapped[int] = mapped_column(primary_key=True)
        next_id: Mapped[int | None] = mapped_column(ForeignKey("steps.id", ondelete="SET NULL"))
        next: Mapped[Step | None] = relationship(
            back_populates="previous", remote_side="Step.id", post_update=post_update
        )
        previous: Mapped[list[Step]] = relationship(back_populates="next", post_update=post_update)

    return keep(Base, Step)


@pytest.fixture
def find(tester_database: Database) -> Find:
    """What the units of one table report, on the schema as declared."""

    def found(base: object, table: str) -> set[Finding]:
        target = make_target(tester_database, base)
        with target.world() as world:
            failures = sweep(world, units(target, table), max_examples=12)
        return {(failure.invariant, failure.subject) for failure in failures}

    return found


def test_relationship_with_the_wrong_join(find: Find) -> None:
    wrong = matches(wrong=True)
    assert find(wrong, "teams") == {
        ("relationships", "Team.home_matches"),
        ("relationship-changes", "Team.home_matches"),
    }
    # The other side writes through it, into the wrong column.
    assert find(wrong, "matches") == {("round-trip", "Match")}
    right = matches(wrong=False)
    assert find(right, "teams") == find(right, "matches") == set()


REMOVAL = ("removal-agreement", "Album.songs")


@pytest.mark.parametrize("on_delete", [None, "RESTRICT", "SET NULL"])
def test_cascade_of_the_orm_alone(find: Find, on_delete: str | None) -> None:
    base = albums(on_delete=on_delete, cascade="all, delete-orphan")
    assert find(base, "albums") == {("delete-agreement", "albums"), REMOVAL}


@pytest.mark.parametrize("on_delete", [None, "CASCADE"])
def test_action_of_the_database_alone(find: Find, on_delete: str | None) -> None:
    """The unit of work sets references to NULL where no cascade is declared."""
    base = albums(on_delete=on_delete, cascade="save-update, merge")
    assert find(base, "albums") == {("delete-agreement", "albums")}


@pytest.mark.parametrize(
    ("on_delete", "cascade", "passive"),
    [
        ("CASCADE", "all, delete-orphan", False),
        ("CASCADE", "all, delete-orphan", True),
        ("CASCADE", "save-update, merge", "all"),
        ("SET NULL", "save-update, merge", False),
        ("SET NULL", "save-update, merge", True),
        ("RESTRICT", "save-update, merge", "all"),
    ],
)
def test_orm_and_database_agree(
    find: Find,
    on_delete: str,
    cascade: str,
    passive: bool | str,
) -> None:
    base = albums(on_delete=on_delete, cascade=cascade, passive_deletes=passive)
    # A song without an album is an orphan to the ORM, and none to the database.
    assert find(base, "albums") == ({REMOVAL} if "delete-orphan" in cascade else set())


def test_circle_without_post_update(find: Find) -> None:
    assert find(steps(post_update=True), "steps") == set()
    # A step that leads to itself and from others cannot be written either.
    written = {("round-trip", "Step"), ("relationships", "Step.next")}
    written |= {
        ("relationships", "Step.previous"),
        ("relationship-changes", "Step.next"),
        ("relationship-changes", "Step.previous"),
    }
    found = find(steps(post_update=False), "steps")
    assert {("delete-orm", "steps")} <= found <= {("delete-orm", "steps")} | written


def test_a_circle_is_the_finding_of_its_own_relationships(tester_database: Database) -> None:
    """A task that comes after itself cannot be written; that it is on a list has no part in it."""

    class Base(DeclarativeBase):
        pass

    class Listing(Base):
        __tablename__ = "listings"
        id: Mapped[int] = mapped_column(primary_key=True)
        tasks: Mapped[list[Task]] = relationship(back_populates="listing")

    class Task(Base):
        __tablename__ = "tasks"
        id: Mapped[int] = mapped_column(primary_key=True)
        listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
        after_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
        listing: Mapped[Listing | None] = relationship(back_populates="tasks")
        after: Mapped[Task | None] = relationship(remote_side="Task.id")

    target = make_target(tester_database, keep(Base, Listing, Task))
    with target.world() as world:
        found = [
            failure.subject
            for table in ("listings", "tasks")
            for failure in sweep(
                world, units(target, table, "relationship-changes"), max_examples=60
            )
        ]
    assert found == ["Task.after"]


def test_circle_raises_in_the_unit_of_work(tester_database: Database) -> None:
    target = make_target(tester_database, steps(post_update=False))
    with target.world() as world:
        (unit,) = units(target, "steps", "delete-orm")
        (failure,) = shrunk(world, unit)
    assert isinstance(failure.outcome, Rejected)
    assert failure.outcome.rejection.message.startswith("CircularDependencyError")
    (step,) = failure.case.graph.drafts
    assert step.references == {"steps.next_id->steps": step.ref}


def test_a_reference_that_comes_later_updates_the_row(find: Find) -> None:
    """What `onupdate` supplies with it is no difference."""

    class Base(DeclarativeBase):
        pass

    class Draft(Base):
        __tablename__ = "drafts"
        id: Mapped[int] = mapped_column(primary_key=True)
        changed: Mapped[int] = mapped_column(default=1, onupdate=2)
        source_id: Mapped[int | None] = mapped_column(ForeignKey("drafts.id"))

    assert find(keep(Base, Draft), "drafts") == set()


def test_rows_of_references_alone(tester_database: Database) -> None:
    """Two that are equal could not be told apart: a delete of one takes both."""
    metadata = MetaData()
    for name in ("tags", "texts"):
        Table(name, metadata, Column("id", Integer, primary_key=True))
    keys = (Column(f"{name}_id", ForeignKey(f"{name}.id")) for name in ("tags", "texts"))
    Table("tagged", metadata, *keys)
    target = make_target(tester_database, metadata)
    with target.world() as world:
        (unit,) = units(target, "tagged", "delete-sql")
        assert search(world, unit, max_examples=60).found == {}


def test_a_default_in_a_table_without_a_primary_key(tester_database: Database) -> None:
    """A row is known by what it holds, also by what the ORM left to a default."""

    class Base(DeclarativeBase):
        pass

    class Entry(Base):
        __table__ = Table(
            "entries",
            Base.metadata,
            Column("number", Integer, nullable=False),
            Column("activity", Integer, server_default="7"),
        )
        __mapper_args__: ClassVar = {"primary_key": [__table__.c.number]}

    target = make_target(tester_database, keep(Base, Entry))
    with target.world() as world:
        (unit,) = units(target, "entries", "round-trip")
        alone = [f for f, _ in search(world, unit).found.values() if len(f.case.graph) == 1]
    assert alone == []


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize("key", [("number",), ("chapter_id", "name")], ids=",".join)
def test_a_mapped_key_that_is_none(
    tester_database: Database, key: tuple[str, ...], *, unique: bool
) -> None:
    """Rows that a session takes for one object are among the enumerated ones of each company."""

    class Base(DeclarativeBase):
        pass

    class Chapter(Base):
        __tablename__ = "chapters"
        id: Mapped[int] = mapped_column(primary_key=True)

    lines = Table(
        "lines",
        Base.metadata,
        Column("number", Integer, nullable=False),
        Column("chapter_id", ForeignKey("chapters.id"), nullable=False),
        Column("name", Text, nullable=False),
        Column("text", Text),
        *([UniqueConstraint(*key)] if unique else []),
    )

    class Line(Base):
        __table__ = lines
        __mapper_args__: ClassVar = {"primary_key": [lines.c[name] for name in key]}

    target = make_target(tester_database, keep(Base, Chapter, Line))
    found = set()
    with target.world() as world:
        for members in (("round-trip", "relationships"), ("delete-sql", "delete-orm")):
            company = Company(world, units(target, "lines", *members), seed=SEED)
            company.boundary()
            found |= {f.invariant for s in company.searches for f, _ in s.found.values()}
    assert found == (set() if unique else {"round-trip", "delete-orm"})


def test_a_row_that_needs_two_who_share_nothing(tester_database: Database) -> None:
    """Most drawn graphs share a desk, which no two objects can show."""

    class Base(DeclarativeBase):
        pass

    class Desk(Base):
        __tablename__ = "desks"
        id: Mapped[int] = mapped_column(primary_key=True)
        clerk: Mapped[Clerk | None] = relationship(back_populates="desk")

    class Clerk(Base):
        __tablename__ = "clerks"
        id: Mapped[int] = mapped_column(primary_key=True)
        desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id"))
        desk: Mapped[Desk] = relationship(back_populates="clerk")

    class Call(Base):
        __tablename__ = "calls"
        caller_id: Mapped[int] = mapped_column(ForeignKey("clerks.id"), primary_key=True)
        called_id: Mapped[int] = mapped_column(ForeignKey("clerks.id"), primary_key=True)

    target = make_target(tester_database, keep(Base, Desk, Clerk, Call))
    with target.world() as world:
        company = Company(world, units(target, "calls", "round-trip"), seed=SEED)
        company.boundary()
    (alone,) = company.searches
    assert alone.found == {}
    assert alone.total.evidence["Call"].accepted


CLINGING = (
    "CREATE FUNCTION cling() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN NEW.album_id := OLD.album_id; RETURN NEW; END $$",
    "CREATE TRIGGER cling BEFORE UPDATE ON songs FOR EACH ROW EXECUTE FUNCTION cling()",
)
SWEEPING = (
    "CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN DELETE FROM songs WHERE id = NEW.id; RETURN NULL; END $$",
    "CREATE TRIGGER sweep AFTER UPDATE ON songs FOR EACH ROW WHEN (NEW.album_id IS NULL) "
    "EXECUTE FUNCTION sweep()",
)


def changes_found(database: Database, base: object, *ddl: str) -> set[Finding]:
    target = make_target(database, base)
    checks = ("relationship-changes", "removal-agreement")
    with target.world(*ddl) as world:
        failures = sweep(world, units(target, "albums", *checks))
    return {(failure.invariant, failure.subject) for failure in failures}


def test_a_trigger_that_keeps_a_reference(tester_database: Database) -> None:
    base = albums(on_delete="SET NULL", cascade="save-update, merge")
    changes = ("relationship-changes", "Album.songs")
    assert changes_found(tester_database, base, *CLINGING) == {changes}
    assert changes_found(tester_database, base) == set()


def test_a_trigger_that_deletes_orphans_makes_both_ways_agree(tester_database: Database) -> None:
    base = albums(on_delete="CASCADE", cascade="all, delete-orphan")
    assert changes_found(tester_database, base) == {REMOVAL}
    assert changes_found(tester_database, base, *SWEEPING) == set()
