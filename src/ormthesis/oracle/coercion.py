"""What comes back for a value that was written: silent changes by type, as PostgreSQL makes them.

Sources: the PostgreSQL manual's chapter on data types (blank padding and truncation of character
types, rounding of numeric, single precision, jsonb's normal form, canonical ranges).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ormthesis.core.exact import EXACT
from ormthesis.oracle.coercion_moments import interval, moment, time_of_day
from ormthesis.oracle.coercion_words import bits, mac_address, money, network
from ormthesis.schema.ranges import multirange, single_range
from ormthesis.schema.types import DataType, TypeKind


def coerce(data_type: DataType, stored: Any) -> Any:
    """What reading gives back for a value that `DataType.stored` made.

    Applying it twice changes nothing more.
    """
    rule = _RULES.get(data_type.kind)
    return rule(data_type, stored) if rule and stored is not None else stored


def without_rounding(data_type: DataType) -> DataType:
    """The type for values that were observed: to round them would hide another scale."""
    item = data_type.item and without_rounding(data_type.item)
    digits = data_type.precision if data_type.kind is TypeKind.NUMERIC else None
    return replace(data_type, scale=None, precision=digits, fields="", item=item)


def _text(data_type: DataType, value: Any) -> Any:
    if data_type.length is None or not isinstance(value, str):
        return value
    if data_type.fixed:
        return value.rstrip(" ").ljust(data_type.length)
    excess = value[data_type.length :]
    return value[: data_type.length] if excess and not excess.strip(" ") else value


def _numeric(data_type: DataType, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if data_type.scale is None or not number.is_finite():
        return number
    return number.quantize(Decimal(1).scaleb(-data_type.scale), ROUND_HALF_UP, EXACT)


def _float(data_type: DataType, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    number = float(value)
    if data_type.bits == 32:
        return struct.unpack("f", struct.pack("f", number))[0]
    return number


def _integer(data_type: DataType, value: Any) -> Any:
    if isinstance(value, (float, Decimal)) and value == value.__round__():
        return int(value)
    return value


def _json(data_type: DataType, value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _json(data_type, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(data_type, item) for item in value]
    if isinstance(value, float) and value == 0 and data_type.binary:
        return 0.0
    return value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _array(data_type: DataType, value: Any) -> Any:
    if data_type.item is None or not isinstance(value, (list, tuple)):
        return value
    item = data_type.item
    return [
        _array(data_type, part) if _is_nested(item, part) else coerce(item, part) for part in value
    ]


def _is_nested(item: DataType, part: Any) -> bool:
    """Whether the part of an array is one of a further dimension, not a multirange."""
    return isinstance(part, (list, tuple)) and not item.multiple


def _range(data_type: DataType, value: Any) -> Any:
    return multirange(data_type, value) if data_type.multiple else single_range(data_type, value)


def _hstore(data_type: DataType, value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _bytes(data_type: DataType, value: Any) -> Any:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


_RULES: dict[TypeKind, Callable[[DataType, Any], Any]] = {
    TypeKind.TEXT: _text,
    TypeKind.NUMERIC: _numeric,
    TypeKind.FLOAT: _float,
    TypeKind.INTEGER: _integer,
    TypeKind.JSON: _json,
    TypeKind.ARRAY: _array,
    TypeKind.BYTES: _bytes,
    TypeKind.TIME: time_of_day,
    TypeKind.TIMESTAMP: moment,
    TypeKind.INTERVAL: interval,
    TypeKind.RANGE: _range,
    TypeKind.MONEY: money,
    TypeKind.NETWORK: network,
    TypeKind.MACADDR: mac_address,
    TypeKind.BITS: bits,
    TypeKind.HSTORE: _hstore,
}
