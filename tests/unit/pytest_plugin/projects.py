"""A miniature project as text: two tables, with defects planted in the database on demand."""

from __future__ import annotations

TARGET = "shop:Base"

SHOP = """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (
        sa.CheckConstraint("age >= 18", name="adult"),
        sa.CheckConstraint("discount BETWEEN 0 AND 50", name="fair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(40), unique=True)
    age: Mapped[int | None]
    discount: Mapped[int | None]
    orders: Mapped[list["Order"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan"
    )


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"))
    total: Mapped[int]
    customer: Mapped[Customer] = relationship(back_populates="orders")


class Signature(Base):
    __tablename__ = "signatures"
    __table_args__ = (sa.CheckConstraint("length(md5('a')) = 32", name="hashed"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
"""

UNITS = (
    "Customer::not-null",
    "Customer::check",
    "Order::foreign-key",
    "Signature::not-null",
)
"""Some of the units that apply."""


def shop(*defects: str) -> str:
    """The models' module. Each defect is a statement that is run after the tables are made."""
    planted = [
        f'sa.event.listen(Base.metadata, "after_create", sa.DDL({defect!r}))\n'
        for defect in defects
    ]
    return "\n\n".join([SHOP, *planted])


def dropped(check: str) -> str:
    """The defect of a CHECK that is missing in the database."""
    return f"ALTER TABLE customers DROP CONSTRAINT {check}"


PYPROJECT = f"""
[tool.ormthesis]
target = "{TARGET}"
"""
