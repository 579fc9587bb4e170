"""What PostgreSQL cannot create is refused with the table and the reason; the rest is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT

from ormthesis.core.errors import SchemaError
from ormthesis.schema.creatable import require_creatable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.schema import SchemaItem


def made(*items: SchemaItem) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True), *PARENT())
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), *items)
    return metadata


def PARENT() -> tuple[SchemaItem, ...]:  # noqa: N802 - read as a constant
    return (
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer, unique=True),
        sa.Column("c", sa.Integer),
        sa.Column("d", sa.Integer),
        sa.UniqueConstraint("a", "b"),
        sa.UniqueConstraint("c", deferrable=True),
        sa.Index("taken", "d", unique=True, postgresql_where=sa.text("d > 0")),
    )


REFUSED: dict[str, tuple[Callable[[], sa.MetaData], str]] = {
    "length": (
        lambda: made(sa.Column("x", sa.String(10_485_761))),
        "things: column 'x' has length 10485761, and PostgreSQL takes 1 to 10485760 characters",
    ),
    "no length": (lambda: made(sa.Column("x", sa.CHAR(0))), "things: column 'x' has length 0"),
    "digits": (
        lambda: made(sa.Column("x", sa.ARRAY(sa.Numeric(1001)))),
        "things: column 'x' has precision 1001, and PostgreSQL takes 1 to 1000 digits",
    ),
    "float": (lambda: made(sa.Column("x", sa.Float(54))), "takes 1 to 53 binary digits"),
    "bits": (lambda: made(sa.Column("x", BIT(83_886_081))), "takes 1 to 83886080 bits"),
    "enum": (
        lambda: made(sa.Column("x", sa.Enum("a", "b"))),
        "things: column 'x' is an enum without a name",
    ),
    "index twice": (
        lambda: made(sa.Column("x", sa.Integer), sa.Index("i", "x"), sa.Index("i", "id")),
        "things: an index is named 'i', as is an index of things",
    ),
    "index of another table": (
        lambda: made(sa.Column("x", sa.Integer), sa.Index("taken", "x")),
        "things: an index is named 'taken', as is an index of parents",
    ),
    "index like a table": (
        lambda: made(sa.UniqueConstraint("id", name="parents")),
        "things: a key is named 'parents', as is the table parents",
    ),
    "constraints": (
        lambda: made(
            sa.CheckConstraint("id > 0", name="same"), sa.CheckConstraint("id > 1", name="same")
        ),
        "things: two constraints are named 'same'",
    ),
    "name": (
        lambda: made(sa.Column("é" * 32, sa.Integer)),
        f"things: the name of the column '{'é' * 32}' is longer than 63 bytes",
    ),
    **{
        f"foreign key to {name}": (
            lambda name=name: made(sa.Column("x", sa.ForeignKey(f"parents.{name}"))),  # type: ignore[misc]
            rf"things: the foreign key of x refers to parents \({name}\), and no primary key",
        )
        for name in ("a", "c", "d")
    },
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_created(make: Callable[[], sa.MetaData], message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        require_creatable(make())
    assert "Repair 1 declaration" in caught.value.hint


def test_what_can_be_created() -> None:
    require_creatable(
        made(
            sa.Column("x", sa.ForeignKey("parents.b")),
            sa.Column("y", sa.String(10_485_760), index=True),
            sa.Column("z", sa.Enum("a", "b", native_enum=False)),
            sa.Column("v", sa.Numeric(1000, 3)),
            sa.Column("w", sa.Float(53)),
            sa.Column("é" * 31, sa.ARRAY(sa.Enum("a", name="e"))),
            sa.ForeignKeyConstraint(["x", "id"], ["parents.b", "parents.a"]),
            sa.CheckConstraint("id > 0", name="taken"),
        )
    )
