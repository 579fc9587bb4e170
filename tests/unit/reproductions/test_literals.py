"""SQL with literal values means the same to PostgreSQL as what the driver binds."""

from __future__ import annotations

import datetime as dt
import enum
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from ormthesis.persistence.literal_values import literal, quote
from ormthesis.persistence.literals import DriverRefused, Literals
from ormthesis.schema import load_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ormthesis.persistence.provisioning.run import Run


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Mood(enum.StrEnum):
    """Its values equal texts that are no labels."""

    GOOD = "good"


class Reversed(sa.types.TypeDecorator[str]):
    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value == "refused":
            raise ValueError("no")
        return value and value[::-1]

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value[::-1]


metadata = sa.MetaData()
TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "boolean": sa.Boolean(),
    "small": sa.SmallInteger(),
    "big": sa.BigInteger(),
    "amount": sa.Numeric(12, 4),
    "number": sa.Numeric(),
    "real": sa.REAL(),
    "double": sa.Double(),
    "text": sa.Text(),
    "chars": sa.CHAR(4),
    "bytes": sa.LargeBinary(),
    "date": sa.Date(),
    "time": sa.Time(),
    "time_zone": sa.Time(timezone=True),
    "moment": sa.DateTime(timezone=True),
    "naive": sa.DateTime(),
    "interval": sa.Interval(),
    "uuid": sa.Uuid(),
    "hex": sa.Uuid(native_uuid=False),
    "size": sa.Enum(Size, values_callable=lambda sizes: [size.value for size in sizes]),
    "word": sa.Enum("up", "down", name="word"),
    "json": sa.JSON(),
    "jsonb": postgresql.JSONB(),
    "numbers": postgresql.ARRAY(sa.Integer),
    "words": postgresql.ARRAY(sa.Text),
    "sizes": postgresql.ARRAY(sa.Enum(Size, name="member")),
    "span": postgresql.INT4RANGE(),
    "address": postgresql.INET(),
    "reversed": Reversed(),
}
things = sa.Table(
    'odd "name" %s',
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    *(sa.Column(f"{name} %", sa_type, key=name) for name, sa_type in TYPES.items()),
)
moods = sa.Table(
    "moods", metadata, sa.Column("id", sa.Integer), sa.Column("mood", sa.Enum(Mood, name="mood"))
)
MODELS = load_models(metadata, name="odd")
LITERALS = Literals(MODELS)
KEY = things.key

VALUES: list[tuple[str, Any]] = [
    ("boolean", True),
    ("small", -32768),
    ("big", 2**63 - 1),
    ("amount", Decimal("-12345678.9012")),
    ("number", Decimal("NaN")),
    ("number", Decimal("1E+30")),
    ("real", 1.5),
    ("double", 5e-324),
    ("double", -0.0),
    ("double", math.inf),
    ("double", math.nan),
    ("double", 1e308),
    ("text", ""),
    ("text", "it's \\ \"%s\" :name; -- /* $$ E'"),
    ("text", "é\u2028\U0010ffff\x01\n\r"),
    ("chars", "ab"),
    ("bytes", bytes(range(256))),
    ("bytes", b""),
    ("date", dt.date(1, 1, 1)),
    ("date", dt.date(9999, 12, 31)),
    ("time", dt.time(23, 59, 59, 999999)),
    ("time_zone", dt.time(1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30)))),
    ("moment", dt.datetime(2000, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=5)))),
    ("moment", dt.datetime(1, 1, 2, tzinfo=dt.UTC)),
    ("naive", dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ("interval", dt.timedelta(days=-1, seconds=5, microseconds=7)),
    ("interval", dt.timedelta(0)),
    ("uuid", UUID(int=2**128 - 1)),
    ("hex", UUID(int=1)),
    ("size", Size.LARGE),
    ("word", "down"),
    ("json", {"b": 1, "a": [None, "'\\\"é", 1.5]}),
    ("jsonb", []),
    ("jsonb", "text"),
    ("numbers", []),
    ("numbers", [1, None, -3]),
    ("numbers", [[1, 2], [3, 4]]),
    ("words", ["", "NULL", "a\"b\\c'", "{,}", " ", None]),
    ("sizes", [Size.SMALL, Size.LARGE]),
    ("span", sa.dialects.postgresql.Range(1, 5)),
    ("reversed", "abc"),
    ("text", None),
]


@pytest.fixture(scope="module")
def engine(run: Run) -> Iterator[sa.Engine]:
    database = run.create_database(f"literals{uuid4().hex[:6]}")
    engine = database.engine()
    metadata.create_all(engine)
    yield engine
    engine.dispose()
    database.drop()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Its transaction is rolled back at the end."""
    with engine.connect() as connection:
        yield connection


def driver_of(connection: sa.Connection) -> psycopg.Connection[Any]:
    """The driver's connection, in the transaction of SQLAlchemy's."""
    connection.execute(sa.text("SELECT 1"))
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


@pytest.mark.parametrize(("name", "value"), VALUES, ids=lambda value: repr(value)[:30])
def test_a_literal_is_stored_as_the_bound_value_is(
    name: str, value: Any, connection: sa.Connection
) -> None:
    driver = driver_of(connection)
    for key, setting in enumerate(("on", "off"), start=101):
        driver.execute(f"SET standard_conforming_strings = {setting}")
        driver.execute(LITERALS.insert(KEY, {"id": key, f"{name} %": value}))
    connection.execute(sa.insert(things).values({name: sa.null() if value is None else value}))
    column = things.c[name]
    texts = sa.select(sa.type_coerce(sa.cast(column, sa.Text), sa.Text)).order_by(things.c.id)
    bound, *literals = connection.scalars(texts)
    assert literals == [bound, bound]
    stored = connection.scalars(sa.select(column)).all()
    assert repr(stored[0]) == repr(stored[2])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
@example("\\'")
@example("';--")
def test_any_text_comes_back(connection: sa.Connection, text: str) -> None:
    driver = driver_of(connection)
    for setting in ("on", "off"):
        driver.execute(f"SET standard_conforming_strings = {setting}")
        assert driver.execute(f"SELECT {quote(text)}").fetchone() == (text,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "a\0"),
        ("text", "\ud800"),
        ("word", "\0"),
        ("words", ["\0"]),
        ("text", object()),
        ("jsonb", {"a": object()}),
        ("reversed", "refused"),
    ],
)
def test_what_the_driver_refuses(name: str, value: Any) -> None:
    with pytest.raises(DriverRefused):
        LITERALS.insert(KEY, {f"{name} %": value})


@pytest.mark.parametrize(
    ("name", "value", "sqlstate"),
    [
        ("size %", "LARGE", "22P02"),
        ("word %", "Up", "22P02"),
        ("small %", 32768, "22003"),
        ("big %", 2**63, "22003"),
        ("amount %", Decimal("100000000"), "22003"),
        ("chars %", "abcde", "22001"),
        ("jsonb %", "\0", "22P05"),
    ],
)
def test_values_of_a_wrong_kind_reach_the_server(
    name: str, value: Any, sqlstate: str, connection: sa.Connection
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        driver_of(connection).execute(LITERALS.insert(KEY, {name: value}))
    assert caught.value.sqlstate == sqlstate


def test_a_text_that_equals_a_member_is_no_label() -> None:
    assert LITERALS.literal("moods", "mood", Mood.GOOD) == "'GOOD'"
    assert LITERALS.literal("moods", "mood", "good") == "'good'"


def test_statements() -> None:
    table = '"odd ""name"" %s"'
    key = {"id": 1}
    assert LITERALS.insert(KEY, {}) == f"INSERT INTO {table} DEFAULT VALUES"
    assert LITERALS.insert(KEY, {"id": 1}) == (
        f"INSERT INTO {table} (id) OVERRIDING SYSTEM VALUE VALUES (1)"
    )
    assert LITERALS.update(KEY, {"text %": "a", "big %": None}, key) == (
        f'UPDATE {table} SET "text %" = \'a\', "big %" = NULL WHERE id = 1'
    )
    assert LITERALS.delete(KEY, {"id": 1, "text %": None}) == (
        f'DELETE FROM {table} WHERE id = 1 AND "text %" IS NULL'
    )


def test_numbers_need_no_quotes() -> None:
    assert [literal(value) for value in (1, True, Decimal("1.50"), None)] == [
        "1",
        "true",
        "1.50",
        "NULL",
    ]
