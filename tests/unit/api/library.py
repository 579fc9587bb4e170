"""Models and factories of the tests: required and optional references, CHECKs over two columns."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

import factory
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Kind(enum.Enum):
    LOAN = "loan"
    SALE = "sale"


class Member(Base):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column("nickname", sa.String(10), unique=True)
    tags: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    sponsor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    sponsor: Mapped[Member | None] = relationship(remote_side="Member.id", post_update=True)


class Deal(Base):
    __tablename__ = "deals"
    __table_args__ = (
        sa.CheckConstraint("ended >= started", name="in_order"),
        sa.CheckConstraint("(price IS NULL) = (currency IS NULL)", name="whole_price"),
        sa.CheckConstraint("price BETWEEN 1 AND 999", name="fair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[uuid.UUID]
    kind: Mapped[Kind]
    started: Mapped[dt.date]
    ended: Mapped[dt.date | None]
    price: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    note: Mapped[str | None]
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("members.id"))
    witness_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"))
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    witness: Mapped[Member | None] = relationship(foreign_keys=[witness_id])


class MemberFactory(factory.alchemy.SQLAlchemyModelFactory):
    class Meta:
        model = Member

    nick = factory.Sequence(lambda number: f"nick{number}")


class DealFactory(factory.alchemy.SQLAlchemyModelFactory):
    class Meta:
        model = Deal

    kind = Kind.SALE
    note = factory.Faker("word")
    member = factory.SubFactory(MemberFactory)
