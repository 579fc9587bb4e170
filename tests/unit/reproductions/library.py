"""Models of a small library whose database keeps one rule less when PLANTED says so.

A printed script imports this module in a process of its own; without PLANTED it runs on the
repaired twin, where everything that the models declare holds.
"""

import enum
import os
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    composite,
    mapped_column,
    relationship,
    validates,
)

PLANTS = {
    "no_unique": "ALTER TABLE shelves DROP CONSTRAINT uq_shelves_name",
    "no_not_null": "ALTER TABLE shelves ALTER COLUMN name DROP NOT NULL",
    "any_color": "ALTER TABLE shelves ALTER COLUMN color TYPE text",
    "wide_code": "ALTER TABLE shelves ALTER COLUMN code TYPE text",
    "short_names": "ALTER TABLE shelves ADD CONSTRAINT short_names CHECK (length(name) < 3)",
    "first_only": "ALTER TABLE shelves ADD CONSTRAINT first_only CHECK (code <> 'second')",
    "cascade": (
        "ALTER TABLE books DROP CONSTRAINT fk_books_shelf, ADD CONSTRAINT fk_books_shelf "
        "FOREIGN KEY (shelf_id) REFERENCES shelves ON DELETE CASCADE"
    ),
    "following": (
        "ALTER TABLE books DROP CONSTRAINT fk_books_shelf, ADD CONSTRAINT fk_books_shelf "
        "FOREIGN KEY (shelf_id) REFERENCES shelves ON DELETE SET NULL ON UPDATE CASCADE"
    ),
    "clinging": (
        "CREATE FUNCTION cling() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.shelf_id := OLD.shelf_id; RETURN NEW; END $$; "
        "CREATE TRIGGER cling BEFORE UPDATE ON books FOR EACH ROW EXECUTE FUNCTION cling()"
    ),
    "shouting": (
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$; "
        "CREATE TRIGGER shout BEFORE INSERT ON books FOR EACH ROW EXECUTE FUNCTION shout()"
    ),
    "forgetting": (
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.shelf_id := NULL; RETURN NEW; END $$; "
        "CREATE TRIGGER forget BEFORE INSERT ON books FOR EACH ROW EXECUTE FUNCTION forget()"
    ),
}


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Base(DeclarativeBase):
    pass


class Label:
    def __init__(self, name: str, code: str | None) -> None:
        self.name, self.code = name, code

    def __composite_values__(self) -> tuple[str, str | None]:
        return self.name, None if os.environ.get("PLANTED") == "forgetful" else self.code


class Shelf(Base):
    __tablename__ = "shelves"
    __table_args__ = (sa.UniqueConstraint("name", name="uq_shelves_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    code: Mapped[str | None] = mapped_column(sa.String(8))
    color: Mapped[Color] = mapped_column(default=Color.RED)
    label: Mapped[Label] = composite("name", "code")
    books: Mapped[list["Book"]] = relationship(back_populates="shelf", passive_deletes=True)


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(8, 2))
    notes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    cover: Mapped[bytes | None]
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    shelf_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("shelves.id", ondelete="SET NULL", name="fk_books_shelf")
    )
    sequel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("books.id", ondelete="SET NULL"))
    lender_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lenders.id"))
    shelf: Mapped[Shelf | None] = relationship(back_populates="books")
    sequel: Mapped["Book | None"] = relationship(remote_side="Book.id", post_update=True)


class Lender(Base):
    """No relationship leads here: the unit of work does not know the order."""

    __tablename__ = "lenders"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]

    @validates("code")
    def check_code(self, key: str, code: str) -> str:
        if os.environ.get("PLANTED") != "any_code" and code != code.upper():
            raise ValueError(f"{key} is {code!r}, not upper case")
        return code


@event.listens_for(Base.metadata, "after_create")
def plant(target: sa.MetaData, connection: sa.Connection, **options: Any) -> None:
    """Break the rule that PLANTED names."""
    if statement := PLANTS.get(os.environ.get("PLANTED", "")):
        connection.execute(sa.text(statement))
