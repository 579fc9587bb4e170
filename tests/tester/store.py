"""A small store whose tables hold one rule of every kind: the declarations of our own tests.

Nothing here is special: the rules are what any application declares, so that a database that
lacks one of them is what a forgotten migration leaves behind.
"""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "live"
    GONE = "gone"


class Base(DeclarativeBase):
    pass


class Supplier(Base):
    """Keys of every kind."""

    __tablename__ = "suppliers"
    __table_args__ = (
        UniqueConstraint("code", name="uq_suppliers_code"),
        UniqueConstraint("nickname", name="uq_suppliers_nickname"),
        Index("uq_suppliers_register", "country", "register", unique=True),
        Index("uq_suppliers_email", "email", unique=True, postgresql_where=text("active")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    nickname: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    register: Mapped[int]
    email: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    products: Mapped[list[Product]] = relationship(
        back_populates="supplier", cascade="all, delete-orphan"
    )


class Product(Base):
    """Types with limits, checks, a default and a reference to itself."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("stock BETWEEN 0 AND 10", name="stock_range"),
        CheckConstraint("length(label) >= 2", name="label_length"),
        CheckConstraint("lowest <= highest", name="lowest_first"),
        CheckConstraint("(weight IS NULL) = (unit IS NULL)", name="weight_has_unit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(
        ForeignKey("suppliers.id", ondelete="CASCADE", name="fk_products_supplier")
    )
    replaced_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("products.id", ondelete="SET NULL", name="fk_products_replaced_by")
    )
    label: Mapped[str] = mapped_column(String(12))
    status: Mapped[Status] = mapped_column(Enum(Status, name="status"))
    stock: Mapped[int]
    rank: Mapped[int | None] = mapped_column(SmallInteger)
    lowest: Mapped[int]
    highest: Mapped[int]
    price: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    weight: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text, server_default=text("'none'"))
    listed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    supplier: Mapped[Supplier] = relationship(back_populates="products")
    replaced_by: Mapped[Product | None] = relationship(remote_side="Product.id", post_update=True)


class Shelf(Base):
    """Rows that others refer to, with every ON DELETE action."""

    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)


class Label(Base):
    """Goes with its shelf."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(
        ForeignKey("shelves.id", ondelete="CASCADE", name="fk_labels_shelf")
    )


class Box(Base):
    """Stays when its shelf goes."""

    __tablename__ = "boxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(
        ForeignKey("shelves.id", ondelete="SET NULL", name="fk_boxes_shelf")
    )


class Lock(Base):
    """Holds its shelf."""

    __tablename__ = "locks"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(
        ForeignKey("shelves.id", ondelete="RESTRICT", name="fk_locks_shelf")
    )


class Count(Base):
    """Holds its shelf until the end of the statement. Its key has two columns."""

    __tablename__ = "counts"
    __table_args__ = (ForeignKeyConstraint(["shelf_id"], ["shelves.id"], name="fk_counts_shelf"),)

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    shelf_id: Mapped[int | None]
