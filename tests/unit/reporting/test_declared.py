"""Every kind of rule in words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ormthesis.reporting.declared import declared, describe
from ormthesis.schema import load_models
from ormthesis.schema.constraints import ConstraintKind


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)
    pets: Mapped[list[Pet]] = relationship(back_populates="owner")


class Pet(Base):
    __tablename__ = "pets"
    __table_args__ = (
        sa.CheckConstraint("age >= 0", name="age_is_real"),
        sa.UniqueConstraint("owner_id", "name", postgresql_nulls_not_distinct=True),
        sa.Index("one_lower", sa.text("lower(name)"), unique=True, postgresql_where="age > 1"),
        sa.Index("one_age", "age", unique=True, postgresql_where=sa.text("age > 1")),
        ExcludeConstraint(("age", "="), name="no_twins"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(
        sa.ForeignKey("owners.id", ondelete="CASCADE", onupdate="RESTRICT", initially="DEFERRED")
    )
    name: Mapped[str] = mapped_column(sa.String(10))
    age: Mapped[int | None] = mapped_column(sa.SmallInteger)
    kind: Mapped[str] = mapped_column(sa.Enum("cat", "dog", name="kind"))
    owner: Mapped[Owner] = relationship(back_populates="pets")


SCHEMA = load_models(Base).schema
TEXTS = {
    "pets.primary_key(id)": "pets.id is the primary key",
    "pets.name.not_null": "pets.name is NOT NULL",
    "pets.unique(owner_id,name)": "pets (owner_id, name) is unique, NULLs counting as equal",
    "pets.unique(age) where age > 1": "pets.age is unique where age > 1",
    "pets.unique(lower(name)) where age > 1": "pets (lower(name)) is unique where age > 1",
    "pets.owner_id->owners": "pets.owner_id references owners (id) ON DELETE CASCADE "
    "ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED",
    "pets.check(age_is_real)": "rows of pets satisfy CHECK (age >= 0)",
    "pets.name.length(10)": "pets.name holds at most 10 characters",
    "pets.age.range(smallint)": "pets.age holds values from -32768 to 32767",
    "pets.kind.enum(kind)": "pets.kind holds only the labels cat, dog",
}


@pytest.mark.parametrize(("rule", "text"), TEXTS.items())
def test_a_rule_in_words(rule, text):
    assert describe(SCHEMA.constraints[rule]) == text
    assert declared(rule, SCHEMA) == f"The models declare that {text}."


def test_an_exclusion_is_shown_as_sql():
    rule = SCHEMA.constraints["pets.exclude(no_twins)"]
    assert describe(rule).startswith("rows of pets satisfy ")
    assert "EXCLUDE USING gist (age WITH =)" in describe(rule)


def test_every_kind_is_described():
    assert {rule.kind for rule in SCHEMA.constraints.values()} == set(ConstraintKind)


def test_relationships_models_tables_and_what_is_none():
    assert declared("Owner.pets", SCHEMA) == (
        "The models declare that Owner.pets relates Owner to Pet (one to many), "
        "back-populating Pet.owner."
    )
    assert declared("Pet", SCHEMA) == "The model Pet declares table pets."
    assert declared("owners", SCHEMA) == (
        "The models declare that pets.owner_id references owners (id) ON DELETE CASCADE "
        "ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED."
    )
    assert declared("pets", SCHEMA) == (
        "The models declare table pets, and no key that refers to it."
    )
    assert declared("something", SCHEMA) == "This is about something."
