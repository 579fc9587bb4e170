"""Targets that are live databases, and their names without a password."""

from __future__ import annotations

import re

_DATABASE = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)


def is_database(target: str) -> bool:
    """Whether the text is a URL of PostgreSQL and no Python name."""
    return _DATABASE.match(target) is not None


def without_password(url: str) -> str:
    """The URL as messages and files may show it; the driver then looks for a password elsewhere.

    >>> without_password("postgresql://me:secret@host/shop?password=x&sslmode=require")
    'postgresql://me@host/shop?sslmode=require'
    """
    url = re.sub(r"(://[^:/@?]*):(?!\d+(?:[/?]|$)).*@", r"\1@", url, flags=re.DOTALL)
    url = re.sub(r"(?<=[?&])password=[^&]*&?", "", url)
    return url.rstrip("?&")
