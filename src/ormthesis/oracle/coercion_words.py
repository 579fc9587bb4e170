"""Values that have many spellings and one that is given back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network
from typing import Any

from ormthesis.schema.types import DataType

_CENT = Decimal("0.01")


def money(data_type: DataType, value: Any) -> Any:
    """Two digits after the point. What the server prints, such as `-$1,234.50`, is read back."""
    if isinstance(value, str):
        digits = re.sub(r"\D", "", value)
        if not digits:
            return value
        return Decimal(int(digits) * (-1 if "-" in value or "(" in value else 1)).scaleb(-2)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.quantize(_CENT, rounding=ROUND_HALF_UP)


def network(data_type: DataType, value: Any) -> Any:
    """Text as an object; an inet that spans one host as an address."""
    try:
        if data_type.fixed:
            return ip_network(value) if isinstance(value, str) else value
        found = _inet(value) if isinstance(value, str) else value
    except ValueError:
        return value
    whole = isinstance(found, IPv4Interface | IPv6Interface)
    return found.ip if whole and found.network.prefixlen == found.max_prefixlen else found


def _inet(text: str) -> Any:
    return ip_interface(text) if "/" in text else ip_address(text)


def mac_address(data_type: DataType, value: Any) -> Any:
    """Lower case, two digits at a time."""
    if not isinstance(value, str):
        return value
    digits = re.sub(r"[^0-9a-f]", "", value.lower())
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def bits(data_type: DataType, value: Any) -> Any:
    """Plain text, whichever class of text holds it."""
    return str(value) if isinstance(value, str) else value
