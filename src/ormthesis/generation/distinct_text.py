"""Text and bytes near a given one."""

from __future__ import annotations

import string
from collections.abc import Iterator
from itertools import product

_COUNTERS = string.digits + string.ascii_lowercase + string.ascii_uppercase
_LONGEST_COUNTER = 3
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def near_texts(value: str, most: int | None) -> Iterator[str]:
    """The text with a counter after it, or in place of its last characters where it is full.

    A counter has digits and ASCII letters, up to three; then come all other characters in place of
    the last one. `most` is the greatest length in characters.
    """
    for size in range(1, _LONGEST_COUNTER + 1):
        for letters in product(_COUNTERS, repeat=size):
            counter = "".join(letters)
            if most is None or len(value) + size <= most:
                yield value + counter
            if size <= len(value):
                yield value[:-size] + counter
    for code in range(1, _LAST_CHARACTER + 1):
        if code not in _SURROGATES and (value or most != 0):
            yield value[:-1] + chr(code)


def near_bytes(value: bytes, most: int | None) -> Iterator[bytes]:
    """The bytes with one or two more after them, or in place of the last ones."""
    for size in (1, 2):
        for tail in product(range(256), repeat=size):
            if most is None or len(value) + size <= most:
                yield value + bytes(tail)
            if size <= len(value):
                yield value[:-size] + bytes(tail)
