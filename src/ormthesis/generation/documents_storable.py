"""What JSONB keeps unchanged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LARGEST_INTEGER = 2**53
"""Beyond it a reader that holds numbers as double precision loses digits."""
LARGEST_FLOAT = 1e15
"""A larger one is written by JSONB as a whole number, and comes back as another value."""

_REFUSED = re.compile("[\\x00\\ud800-\\udfff]")


def is_storable(document: Any) -> bool:
    """Whether JSONB takes the document and gives it back unchanged."""
    if isinstance(document, str):
        return not _REFUSED.search(document)
    if isinstance(document, float):
        return abs(document) <= LARGEST_FLOAT and str(document) != "-0.0"
    if isinstance(document, Mapping):
        return all(is_storable(part) for item in document.items() for part in item)
    if isinstance(document, list):
        return all(map(is_storable, document))
    return True
