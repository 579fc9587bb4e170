"""Models whose own code refuses values that their columns allow."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    composite,
    mapped_column,
    registry,
    relationship,
    validates,
)
from sqlmodel import Field, SQLModel

from tests.tester.mapped import keep
from tests.tester.mapped_attributes import numbers


class Span:
    def __init__(self, low: int, high: int) -> None:
        if low > high:
            raise ValueError(f"{low} > {high}")
        self.low, self.high = low, high

    def __composite_values__(self) -> tuple[int, int]:
        return self.low, self.high


class Money:
    def __init__(self, amount: int, currency: str) -> None:
        self.amount, self.currency = amount, currency.upper()

    def __composite_values__(self) -> tuple[int, str]:
        return self.amount, self.currency


def users() -> type[DeclarativeBase]:
    """Validators that refuse, that change and that do both; a refusing and a changing composite."""

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(sa.String(40), unique=True)
        code: Mapped[str] = mapped_column(sa.String(3))
        nick: Mapped[str | None]
        age: Mapped[int] = mapped_column(sa.CheckConstraint("age > 5"))
        password: Mapped[str]
        span: Mapped[Span] = composite(Span, *numbers("low", "high", nullable=False))
        amount: Mapped[int]
        currency: Mapped[str] = mapped_column(sa.String(3))
        price: Mapped[Money] = composite(Money, "amount", "currency")
        pets: Mapped[list[Pet]] = relationship(
            back_populates="user", cascade="all, delete-orphan", passive_deletes=True
        )

        @validates("email")
        def _address(self, key: str, value: str) -> str:
            if "@" not in value:
                raise ValueError("no address")
            return value

        @validates("code")
        def _upper(self, key: str, value: str) -> str:
            return value.upper()

        @validates("nick")
        def _long(self, key: str, value: str | None) -> str | None:
            if value is not None and len(value.strip()) < 3:
                raise ValueError("short")
            return value and value.strip()

        @validates("age")
        def _mortal(self, key: str, value: int) -> int:
            assert value <= 150
            return value

        @validates("password")
        def _hashed(self, key: str, value: str) -> str:
            return f"hash:{value}"

    class Pet(Base):
        __tablename__ = "pets"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
        user: Mapped[User] = relationship(back_populates="pets")

    return keep(Base, User, Pet)


def with_sign(value: str) -> str:
    assert "@" in value
    return value


def heroes() -> type[SQLModel]:
    """SQLModel's tables have rules that neither their columns nor their constructors know."""

    class Base(SQLModel, registry=registry()):
        pass

    class Hero(Base, table=True):
        __tablename__ = "heroes"
        id: int | None = Field(default=None, primary_key=True)
        age: int = Field(gt=3, lt=200)
        name: str = Field(max_length=5, min_length=2)
        address: Annotated[str, AfterValidator(with_sign)]
        extra: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)

    return keep(Base, Hero)  # type: ignore[type-var]
