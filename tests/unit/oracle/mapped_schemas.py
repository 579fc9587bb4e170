"""Mapped classes drawn by Hypothesis: parents and children related in every way that cascades,
keys and reverse relationships allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, UniqueConstraint
from sqlalchemy.orm import registry, relationship

CASCADES = ("save-update, merge", "all", "all, delete-orphan", "save-update, merge, delete")
ACTIONS = (None, "CASCADE", "SET NULL", "RESTRICT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A foreign key from one class to another, or to itself, and what is related over it."""

    child: int
    parent: int
    required: bool
    action: str | None
    collection: str | None
    """The cascade of the parent's side; None where the parent has none."""
    scalar: bool
    """Whether the parent's side leads to one object."""
    upward: bool
    """Whether the child's side is related, too; the two know of each other."""
    post_update: bool = False
    passive: bool | str = False

    def __str__(self) -> str:
        words = [
            f"C{self.child}->C{self.parent}",
            "NOT NULL" if self.required else "",
            self.action or "",
            f"[{self.collection}]" if self.collection else "",
            "scalar" if self.scalar else "",
            "upward" if self.upward else "",
            "post_update" if self.post_update else "",
            f"passive_deletes={self.passive}" if self.passive else "",
        ]
        return " ".join(filter(None, words))


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPlan:
    classes: int
    links: tuple[Link, ...]

    def __str__(self) -> str:
        return f"{self.classes} classes: " + "; ".join(map(str, self.links))

    def registry(self) -> registry:
        """Classes `C0`, `C1`, ... with the relationships of every link."""
        owner = registry(metadata=MetaData())
        tables = [
            Table(f"c{number}", owner.metadata, Column("id", Integer, primary_key=True))
            for number in range(self.classes)
        ]
        classes = [type(f"C{number}", (), {}) for number in range(self.classes)]
        properties: list[dict[str, Any]] = [{} for _ in classes]
        for number, link in enumerate(self.links):
            self._add(number, link, tables, classes, properties)
        for made, table, found in zip(classes, tables, properties, strict=True):
            owner.map_imperatively(made, table, properties=found)
        return owner

    def _add(
        self,
        number: int,
        link: Link,
        tables: list[Table],
        classes: list[type],
        properties: list[dict[str, Any]],
    ) -> None:
        child, parent = tables[link.child], tables[link.parent]
        key = ForeignKey(parent.c.id, ondelete=link.action, use_alter=link.parent > link.child)
        child.append_column(Column(f"k{number}", Integer, key, nullable=not link.required))
        column = child.c[f"k{number}"]
        if link.scalar:
            child.append_constraint(UniqueConstraint(column, name=f"uq_{number}"))
        down, up = f"down{number}", f"up{number}"
        both = link.upward and link.collection is not None
        if link.collection is not None:
            properties[link.parent][down] = relationship(
                classes[link.child],
                foreign_keys=[column],
                primaryjoin=column == parent.c.id,
                remote_side=[column],
                uselist=not link.scalar,
                cascade=link.collection,
                back_populates=up if both else None,
                # Alone it forgets to clear the reference of what is taken out.
                post_update=link.post_update and both,
                passive_deletes=link.passive,
                single_parent="delete-orphan" in link.collection,
            )
        if link.upward:
            properties[link.child][up] = relationship(
                classes[link.parent],
                foreign_keys=[column],
                primaryjoin=column == parent.c.id,
                remote_side=[parent.c.id],
                back_populates=down if both else None,
                post_update=link.post_update,
            )


@st.composite
def links(draw: st.DrawFn, classes: int) -> Link:
    child = draw(st.integers(0, classes - 1))
    parent = draw(st.integers(0, child))
    required = parent < child and draw(st.booleans())
    actions = [action for action in ACTIONS if not (required and action == "SET NULL")]
    collection = draw(st.sampled_from((*CASCADES, None)))
    passive = draw(st.sampled_from((False, False, True, "all")))
    post_update = parent == child or draw(st.integers(0, 3)) == 3
    if passive == "all" and (post_update or collection not in (None, CASCADES[0])):
        passive = True  # SQLAlchemy refuses the one, and has a KeyError of its own for the other
    return Link(
        child=child,
        parent=parent,
        required=required,
        action=draw(st.sampled_from(actions)),
        collection=collection,
        scalar=draw(st.integers(0, 3)) == 3,
        upward=draw(st.booleans()) or collection is None,
        post_update=post_update,
        passive=passive if collection is not None else False,
    )


@st.composite
def mapped_plans(draw: st.DrawFn) -> MappedPlan:
    """One to three classes, one to four links."""
    classes = draw(st.integers(1, 3))
    found = draw(st.lists(links(classes), min_size=1, max_size=4))
    return MappedPlan(classes=classes, links=tuple(found))
