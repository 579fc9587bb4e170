"""Models that are harder to print: a schema, a composite key, classes that no module holds."""

import os
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def declare() -> tuple[type[DeclarativeBase], tuple[type, ...]]:
    """The base and its classes, which are local to this function."""

    class Base(DeclarativeBase):
        metadata = sa.MetaData(schema="ware house")

    class Crate(Base):
        __tablename__ = "crates"
        hall: Mapped[str] = mapped_column(primary_key=True)
        row: Mapped[int] = mapped_column("row %", primary_key=True, autoincrement=False)
        items: Mapped[list["Item"]] = relationship(passive_deletes="all", back_populates="crate")

    class Item(Base):
        __tablename__ = "items"
        __table_args__ = (
            sa.ForeignKeyConstraint(
                ["hall", "row"],
                [Crate.hall, Crate.row],
                name="fk_items_crate",
                ondelete="CASCADE",
                deferrable=True,
                initially="DEFERRED",
            ),
        )
        id: Mapped[int] = mapped_column(sa.Identity(always=True), primary_key=True)
        hall: Mapped[str]
        row: Mapped[int]
        crate: Mapped["Crate"] = relationship(back_populates="items")

    return Base, (Crate, Item)


Base, CLASSES = declare()


@event.listens_for(Base.metadata, "after_create")
def plant(target: sa.MetaData, connection: sa.Connection, **options: Any) -> None:
    """Let nothing happen to items when their crate goes, where PLANTED says so."""
    if os.environ.get("PLANTED") == "no_action":
        connection.execute(
            sa.text(
                'ALTER TABLE "ware house".items DROP CONSTRAINT fk_items_crate, '
                'ADD CONSTRAINT fk_items_crate FOREIGN KEY (hall, "row") '
                'REFERENCES "ware house".crates DEFERRABLE INITIALLY DEFERRED'
            )
        )
