"""Classes of values that JSON has no equal for, and their form in it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from ormthesis.generation.graph import EntityRef
from ormthesis.oracle.outcome import Unspecified


@dataclass(frozen=True, slots=True)
class Tag:
    """How one class of values is written and read."""

    name: str
    type: type
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


TAGS = (
    Tag("$decimal", Decimal, str, Decimal),
    Tag("$datetime", dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    Tag("$date", dt.date, dt.date.isoformat, dt.date.fromisoformat),
    Tag("$time", dt.time, dt.time.isoformat, dt.time.fromisoformat),
    Tag(
        "$timedelta",
        dt.timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: dt.timedelta(parts[0], parts[1], parts[2]),
    ),
    Tag("$uuid", UUID, str, UUID),
    Tag("$bytes", bytes, bytes.hex, bytes.fromhex),
    *(
        Tag(f"$ip_{kind.__name__.lower()}", kind, str, kind)
        for kind in (
            ipaddress.IPv4Address,
            ipaddress.IPv6Address,
            ipaddress.IPv4Interface,
            ipaddress.IPv6Interface,
            ipaddress.IPv4Network,
            ipaddress.IPv6Network,
        )
    ),
    Tag("$ref", EntityRef, str, EntityRef.parse),
    Tag("$unspecified", Unspecified, lambda value: value.name, lambda name: Unspecified[name]),
    # Not finite, or -0.0, which other tools rewrite.
    Tag("$float", float, repr, float),
    # Lone surrogates, which UTF-8 cannot hold.
    Tag(
        "$surrogates",
        str,
        lambda text: text.encode(errors="surrogatepass").hex(),
        lambda digits: bytes.fromhex(digits).decode(errors="surrogatepass"),
    ),
)
BY_TYPE: Mapping[type, Tag] = {tag.type: tag for tag in TAGS}
BY_NAME: Mapping[str, Tag] = {tag.name: tag for tag in TAGS}
