"""One nullable column of each type that SQLAlchemy has for PostgreSQL, and decorators of them."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class JsonText(sa.TypeDecorator[Any]):
    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        return json.dumps(value)  # None becomes the text null

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return {} if value is None else json.loads(value)


class ListText(sa.TypeDecorator[Any]):
    """Refuses what is no list."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is not None and not isinstance(value, list):
            raise TypeError(value)
        return json.dumps(value) if value is not None else None

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return json.loads(value) if value is not None else None


class Utc(sa.TypeDecorator[dt.datetime]):
    """Refuses naive date-times and drops microseconds."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        if value is not None and value.tzinfo is None:
            raise ValueError(value)
        return value and value.replace(microsecond=0)


class Epoch(sa.TypeDecorator[dt.datetime]):
    """A date-time in a column of whole numbers."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        return None if value is None else round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return dt.datetime.fromtimestamp(value // 1000, dt.UTC) + dt.timedelta(
            milliseconds=value % 1000
        )


class Lower(sa.TypeDecorator[str]):
    impl = sa.String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value.lower()[:20] if value is not None else None


class Sized(sa.TypeDecorator[Size]):
    """Labels of its own, as text."""

    impl = sa.String(1)
    cache_ok = True

    def process_bind_param(self, value: Size | None, dialect: sa.Dialect) -> str | None:
        return value and value.value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Size | None:
        return None if value is None else Size(value)


SIMPLE: dict[str, Any] = {
    "flag": sa.Boolean(),
    "small": sa.SmallInteger(),
    "whole": sa.Integer(),
    "big": sa.BigInteger(),
    "price": sa.Numeric(8, 2),
    "exact": sa.Numeric(),
    "digits": sa.Numeric(5),
    "hundreds": sa.Numeric(5, -2),
    "tiny": sa.Numeric(2, 4),
    "as_float": sa.Numeric(6, 2, asdecimal=False),
    "single": sa.REAL(),
    "double": sa.Double(),
    "decimal_double": sa.Float(asdecimal=True),
    "text": sa.Text(),
    "short": sa.String(4),
    "padded": sa.CHAR(4),
    "unicode": sa.Unicode(8),
    "raw": sa.LargeBinary(),
    "pickled": sa.PickleType(),
    "day": sa.Date(),
    "clock": sa.Time(),
    "zoned_clock": sa.Time(timezone=True),
    "rough_clock": pg.TIME(precision=2),
    "moment": sa.DateTime(),
    "instant": sa.DateTime(timezone=True),
    "rough_moment": pg.TIMESTAMP(precision=0),
    "rough_instant": pg.TIMESTAMP(timezone=True, precision=3),
    "span": sa.Interval(),
    "emulated_span": sa.Interval(native=False),
    "rough_span": pg.INTERVAL(precision=1),
    "days": pg.INTERVAL(fields="DAY"),
    "hours": pg.INTERVAL(fields="DAY TO HOUR"),
    "months": pg.INTERVAL(fields="YEAR TO MONTH"),
    "key": sa.Uuid(),
    "key_text": sa.Uuid(as_uuid=False),
    "key_hex": sa.Uuid(native_uuid=False),
    "size": sa.Enum(Size),
    "size_value": sa.Enum(
        Size, name="size_value", values_callable=lambda sizes: [s.value for s in sizes]
    ),
    "word": sa.Enum("up", "down", name="word"),
    "text_size": sa.Enum(Size, native_enum=False),
    "checked_size": sa.Enum(Size, native_enum=False, create_constraint=True, name="checked_size"),
    "json": sa.JSON(),
    "document": pg.JSONB(none_as_null=True),
    "variant": sa.JSON().with_variant(pg.JSONB(), "postgresql"),
    "address": pg.INET(),
    "network": pg.CIDR(),
    "mac": pg.MACADDR(),
    "mac8": pg.MACADDR8(),
    "money": pg.MONEY(),
    "bits": pg.BIT(5),
    "bit": pg.BIT(),
    "more_bits": pg.BIT(7, varying=True),
    "any_bits": pg.BIT(varying=True),
    "oid": pg.OID(),
    "relation": pg.REGCLASS(),
    "language": pg.REGCONFIG(),
    "map": pg.HSTORE(),
    "name": pg.CITEXT(),
    "lexemes": pg.TSVECTOR(),
    "query": pg.TSQUERY(),
}
RANGES: dict[str, Any] = {
    kind.__name__.lower(): kind()
    for kind in (
        pg.INT4RANGE,
        pg.INT8RANGE,
        pg.NUMRANGE,
        pg.DATERANGE,
        pg.TSRANGE,
        pg.TSTZRANGE,
        pg.INT4MULTIRANGE,
        pg.INT8MULTIRANGE,
        pg.NUMMULTIRANGE,
        pg.DATEMULTIRANGE,
        pg.TSMULTIRANGE,
        pg.TSTZMULTIRANGE,
    )
}
ARRAYS: dict[str, Any] = {
    "list": pg.ARRAY(sa.Integer),
    "tuple": pg.ARRAY(sa.Integer, as_tuple=True),
    "plane": pg.ARRAY(sa.SmallInteger, dimensions=2),
    "space": pg.ARRAY(sa.Text, dimensions=3),
    "prices": pg.ARRAY(sa.Numeric(8, 2)),
    "names": pg.ARRAY(sa.String(5)),
    "flags": pg.ARRAY(sa.Boolean),
    "sizes": pg.ARRAY(sa.Enum(Size, name="item_size")),
    "documents": pg.ARRAY(pg.JSONB),
    "keys": pg.ARRAY(sa.Uuid),
    "days_list": pg.ARRAY(sa.Date),
    "instants": pg.ARRAY(sa.DateTime(timezone=True)),
    "spans": pg.ARRAY(sa.Interval),
    "blobs": pg.ARRAY(sa.LargeBinary),
    "addresses": pg.ARRAY(pg.INET),
    "int4ranges": pg.ARRAY(pg.INT4RANGE),
    "bit_list": pg.ARRAY(pg.BIT(3)),
    "lowered": pg.ARRAY(Lower),
}
DECORATED: dict[str, Any] = {
    "json_text": JsonText(),
    "list_text": ListText(),
    "utc": Utc(),
    "epoch": Epoch(),
    "lower": Lower(),
    "sized": Sized(),
}
DOMAINS: dict[str, Any] = {
    "age": pg.DOMAIN("age", sa.Integer, check="VALUE BETWEEN 0 AND 150"),
    "slug": pg.DOMAIN("slug", sa.String(8), check="VALUE ~ '^[a-z]+$'", constraint_name="is_slug"),
    "mood": pg.DOMAIN("mood_domain", sa.Text),
    "list_domain": pg.DOMAIN("list_domain", pg.ARRAY(sa.Integer)),
}
TYPES = {**SIMPLE, **RANGES, **ARRAYS, **DECORATED, **DOMAINS}


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __table__ = sa.Table(
        "things",
        Base.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, kind) for name, kind in TYPES.items()),
    )
