"""Small schemas drawn by Hypothesis: tables, and foreign keys with every kind of action."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """From one table to another, both by number. A required key points back or to its own table."""

    child: int
    parent: int
    action: str
    required: bool
    on_update: str = "NO ACTION"

    def __str__(self) -> str:
        null = " NOT NULL" if self.required else ""
        return f"t{self.child}->t{self.parent} {self.action} / {self.on_update}{null}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    tables: int
    keys: tuple[Key, ...]
    unique: bool = False
    """Whether the first key of each table is unique."""
    checked: bool = False
    """Whether a row with two keys or more must have one of the first two."""

    def __str__(self) -> str:
        rules = " unique" * self.unique + " checked" * self.checked
        return f"{self.tables} tables{rules}: " + ", ".join(map(str, self.keys))

    def metadata(self) -> MetaData:
        """The tables `t0`, `t1`, ... with one column per key."""
        metadata = MetaData()
        for number in range(self.tables):
            table = Table(f"t{number}", metadata, Column("id", Integer, primary_key=True))
            own = [key for key in self.keys if key.child == number]
            for index, key in enumerate(own):
                column = Column(f"k{index}", Integer, nullable=not key.required)
                table.append_column(column)
                table.append_constraint(
                    ForeignKeyConstraint(
                        [column.name],
                        [f"t{key.parent}.id"],
                        name=f"fk_{number}_{index}",
                        ondelete=key.action,
                        onupdate=key.on_update,
                        use_alter=key.parent > number,
                    )
                )
            if self.unique and own:
                table.append_constraint(UniqueConstraint("k0", name=f"uq_{number}"))
            if self.checked and len(own) > 1:
                either = "k0 IS NOT NULL OR k1 IS NOT NULL"
                table.append_constraint(CheckConstraint(either, name=f"ck_{number}"))
        return metadata


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Two to four tables and one to six keys."""
    tables = draw(st.integers(2, 4))
    numbers = st.integers(0, tables - 1)
    pairs = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
    keys = tuple(
        Key(
            child=child,
            parent=parent,
            action=draw(st.sampled_from(ACTIONS)),
            on_update=draw(st.sampled_from(ACTIONS)),
            required=parent <= child and draw(st.booleans()),
        )
        for child, parent in pairs
    )
    unique, checked = draw(st.booleans()), draw(st.booleans())
    return Plan(tables=tables, keys=keys, unique=unique, checked=checked)
