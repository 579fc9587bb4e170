"""Tables with invariants of the user's: some hold of all that the tables allow, others do not."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column, relationship

import ormthesis


class Base(DeclarativeBase):
    pass


class Dated:
    """A mixin: what is claimed about it is claimed about every class with it."""

    first: Mapped[int]
    last: Mapped[int]


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    beds: Mapped[int] = mapped_column(sa.CheckConstraint("beds BETWEEN 0 AND 9", name="beds"))
    bookings: Mapped[list[Booking]] = relationship(back_populates="room")


class Booking(Dated, Base):
    __tablename__ = "bookings"
    __table_args__ = (
        sa.CheckConstraint("first <= last", name="in_order"),
        sa.CheckConstraint("guests BETWEEN 1 AND 9", name="guests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("rooms.id"))
    guests: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    room: Mapped[Room] = relationship(back_populates="bookings")


class Closing(Dated, Base):
    __tablename__ = "closings"
    __table_args__ = (sa.CheckConstraint("first <= last", name="closed_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)


# What the tables guarantee.


@ormthesis.invariant(Dated)
def in_order(dated: Dated) -> bool:
    """Nothing ends before it begins."""
    return dated.first <= dated.last


@ormthesis.session_invariant(Booking, Room)
def rooms_exist(session: Session) -> bool:
    return all(session.get(Room, each.room_id) for each in session.scalars(sa.select(Booking)))


@ormthesis.query_invariant(Booking)
def nobody_comes_alone_with_less_than_one() -> str:
    return "SELECT id FROM bookings WHERE guests < 1 AND '%' <> ':guests'"


# What they do not.


@ormthesis.invariant(Booking)
def fits(booking: Booking) -> None:
    """The guests of a booking have beds.

    More words that say why.
    """
    assert booking.guests <= booking.room.beds + 3, f"{booking.guests} in {booking.room.beds}"


@ormthesis.invariant(Room)
def shares(room: Room) -> bool:
    """It divides by zero for rooms with bookings and without beds."""
    return not room.bookings or 9 // room.beds < 10


@ormthesis.session_invariant("bookings", Room)
def few(session: Session) -> bool:
    return len(session.scalars(sa.select(Booking)).all()) < 2


@ormthesis.query_invariant(Booking, Room)
def no_overlap() -> sa.Select[tuple[int, int]]:
    """No room is booked twice for a day."""
    other = aliased(Booking)
    same = sa.and_(other.room_id == Booking.room_id, other.id > Booking.id)
    overlapping = sa.and_(other.first <= Booking.last, Booking.first <= other.last)
    return sa.select(Booking.guests, other.guests.label("others")).join(other, same & overlapping)


# What asks in ways that must not matter.


@ormthesis.session_invariant(Booking)
def a_writer(session: Session) -> None:
    session.execute(sa.delete(Booking))
    session.add(Room(beds=1))
    session.commit()
    session.rollback()
    session.execute(sa.text("DELETE FROM rooms"))
    session.commit()


@ormthesis.session_invariant(Booking)
def sees_what_was_written(session: Session) -> bool:
    return session.scalar(sa.select(sa.func.count()).select_from(Room)) != 0 or not session.scalar(
        sa.select(sa.func.count()).select_from(Booking)
    )
