"""Text and bytes that PostgreSQL takes and gives back unchanged."""

from __future__ import annotations

import re
import string
from typing import Any

from hypothesis import strategies as st

from ormthesis.rules.domain import Domain
from ormthesis.rules.sql_types import has_own_collation
from ormthesis.schema.types import DataType

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""Every character but NUL and surrogates, which the driver or the server refuses."""
UNLIKE = string.ascii_lowercase + string.digits
"""Characters that differ to every collation: case, accents and control characters may not count."""
SHORT = 20
"""Characters drawn beyond the least length."""
INDEXED = 500
"""Characters in a column with an index: an entry of a btree has at most 2704 bytes, and a
character up to four."""

# One class of ASCII characters, repeated, from start to end: `^[a-z0-9-]{1,40}$`. No escapes but
# those of a code point: the others mean more than ASCII.
_REPEATED_CLASS = re.compile(
    r"(?:\^|(?:\(\?s\))?\\A)"
    r"(?P<chars>\[(?:[ -Z^-~]|\\u00[0-7][0-9A-Fa-f]|\\x[0-7][0-9A-Fa-f])+\])"
    r"(?P<repeat>[*+]|\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\})"
    r"(?:\$|\\Z)"
)


def texts(
    data_type: DataType, domain: Domain | None, *, indexed: bool = False
) -> st.SearchStrategy[str]:
    """Text within the type's length and the domain; a char(n) without trailing blanks."""
    rule = domain or Domain()
    least, most = lengths(data_type, rule, indexed=indexed)
    if most is not None and least > most:
        return st.nothing()
    if rule.patterns:
        found = _matching(rule.patterns, least, most)
    else:
        characters = UNLIKE if has_own_collation(data_type) else CHARACTERS
        found = text(least, most, characters=characters)
    if data_type.fixed:
        found = found.map(lambda value: value.rstrip(" "))
    if (data_type.fixed and least) or is_filtered(rule) or rule.patterns:
        return found.filter(rule.allows)
    return found


def byte_strings(data_type: DataType, domain: Domain | None) -> st.SearchStrategy[bytes]:
    rule = domain or Domain()
    least, most = lengths(data_type, rule)
    if most is not None and least > most:
        return st.nothing()
    longest = least + SHORT if most is None else min(most, least + SHORT)
    found = st.binary(min_size=least, max_size=longest)
    return found.filter(rule.allows) if is_filtered(rule) else found


def lengths(
    data_type: DataType, domain: Domain, *, indexed: bool = False
) -> tuple[int, int | None]:
    """The least and the greatest length, None for no limit."""
    least = domain.min_length
    if domain.excluded & {"", b""}:
        least = max(least, 1)
    limits = [INDEXED] if indexed and least <= INDEXED else []
    limits += [size for size in (data_type.length, domain.max_length) if size is not None]
    return least, min(limits) if limits else None


def is_filtered(domain: Domain) -> bool:
    """Whether the domain asks for what no strategy builds in: bounds of text, excluded values."""
    excluded = domain.excluded - {"", b""}  # left to the least length
    return bool(excluded) or domain.minimum is not None or domain.maximum is not None


def text(
    least: int = 0, most: int | None = None, *, characters: Any = CHARACTERS
) -> st.SearchStrategy[str]:
    """Short text: at most `SHORT` characters more than the least number."""
    longest = least + SHORT if most is None else min(most, least + SHORT)
    return st.text(characters, min_size=least, max_size=longest)


def _matching(patterns: tuple[str, ...], least: int, most: int | None) -> st.SearchStrategy[str]:
    """Text that the first pattern describes; the others are left to a filter."""
    first = patterns[0]
    found = pattern_text(first, least, most)
    if found is None:
        found = st.from_regex(re.compile(first), fullmatch=True, alphabet=CHARACTERS).filter(
            lambda value: least <= len(value) and (most is None or len(value) <= most)
        )
    return found


def pattern_text(
    pattern: str, least: int = 0, most: int | None = None
) -> st.SearchStrategy[str] | None:
    """Text for a pattern that repeats one class of characters, None for any other pattern.

    `st.from_regex` draws each character by itself, which costs up to ten times as much.
    """
    match = _REPEATED_CLASS.fullmatch(pattern)
    if match is None:
        return None
    low, high = _repeats(match)
    low = max(low, least)
    bounds = [bound for bound in (high, most) if bound is not None]
    high = min(bounds) if bounds else None
    if high is not None and low > high:
        return st.nothing()
    return text(low, high, characters=_class_characters(match["chars"]))


def _repeats(match: re.Match[str]) -> tuple[int, int | None]:
    if match["repeat"] in "*+":
        return int(match["repeat"] == "+"), None
    low = int(match["least"])
    most = int(match["most"]) if match["most"] else None
    return low, most if match["comma"] else low


def _class_characters(char_class: str) -> Any:
    """The alphabet of a class whose text is ASCII, which decides all others alike."""
    member = re.compile(char_class)
    ascii_characters = [chr(code) for code in range(1, 128)]
    if char_class.startswith("[^"):
        refused = [char for char in ascii_characters if not member.fullmatch(char)]
        return st.characters(exclude_categories=["Cs"], exclude_characters=["\0", *refused])
    return "".join(char for char in ascii_characters if member.fullmatch(char))
