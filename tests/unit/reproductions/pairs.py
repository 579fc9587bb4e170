"""Models whose rows need one another; the database keeps one rule less when PLANTED says so."""

import os

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PLANTS = {
    "toothless": "ALTER TABLE keys ALTER COLUMN teeth DROP NOT NULL",
    "cascade": (
        "ALTER TABLE locks DROP CONSTRAINT fk_locks_key, ADD CONSTRAINT fk_locks_key "
        "FOREIGN KEY (key_id) REFERENCES keys ON DELETE CASCADE"
    ),
}


class Base(DeclarativeBase):
    pass


class Key(Base):
    __tablename__ = "keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    teeth: Mapped[int]
    lock_id: Mapped[int] = mapped_column(
        sa.ForeignKey("locks.id", name="fk_keys_lock", use_alter=True)
    )
    spare_id: Mapped[int | None] = mapped_column(sa.ForeignKey("keys.id", name="fk_keys_spare"))


class Lock(Base):
    __tablename__ = "locks"
    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(sa.ForeignKey("keys.id", name="fk_locks_key"))


@sa.event.listens_for(Base.metadata, "after_create")
def plant(target: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    found = PLANTS.get(os.environ.get("PLANTED", ""))
    if found:
        connection.execute(sa.text(found))
