"""Types whose values are written as words: networks, key-value maps, text search, bits."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Any

from hypothesis import strategies as st

from ormthesis.generation.values_text import text
from ormthesis.schema.types import DataType, TypeKind

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BITS = 12
"""Bits drawn of a bit varying."""


@lru_cache(maxsize=8)
def networks(data_type: DataType) -> st.SearchStrategy[Any]:
    """Addresses and interfaces of both versions; networks for CIDR."""
    make = subnet if data_type.fixed else host
    version_4 = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32))
    version_6 = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128))
    return st.one_of(
        version_4.map(lambda found: make(4, *found)), version_6.map(lambda found: make(6, *found))
    )


def host(version: int, number: int, free: int) -> Any:
    """One host, as an address, where no bit is free."""
    bits = 32 if version == 4 else 128
    kind: Any = IPv4Interface if version == 4 else IPv6Interface
    found = kind((number, bits - free))
    return found.ip if free == 0 else found


def subnet(version: int, number: int, free: int) -> Any:
    bits = 32 if version == 4 else 128
    kind: Any = IPv4Network if version == 4 else IPv6Network
    return kind((number >> free << free, bits - free))


@lru_cache(maxsize=1)
def maps(_: DataType) -> st.SearchStrategy[dict[str, str | None]]:
    """Objects of text, of which a value may be None."""
    return st.dictionaries(text(), st.one_of(st.none(), text()), max_size=3)


@lru_cache(maxsize=1)
def text_vectors(_: DataType) -> st.SearchStrategy[str]:
    """Words in order, each in quotes, as PostgreSQL writes them."""
    words = st.sets(st.text(_LETTERS, min_size=1, max_size=6), max_size=4)
    return words.map(lambda found: " ".join(f"'{word}'" for word in sorted(found)))


@lru_cache(maxsize=1)
def text_queries(_: DataType) -> st.SearchStrategy[str]:
    """Words under one operator."""
    words = st.lists(st.text(_LETTERS, min_size=1, max_size=6), max_size=3)
    return st.builds(
        lambda found, operator: operator.join(f"'{word}'" for word in found),
        words,
        st.sampled_from([" & ", " | "]),
    )


@lru_cache(maxsize=64)
def bit_strings(data_type: DataType) -> st.SearchStrategy[str]:
    limit = data_type.length
    return st.text("01", max_size=_BITS if limit is None else min(limit, _BITS))


_CASELESS = st.one_of(
    st.sampled_from(string.ascii_lowercase),
    st.characters(exclude_categories=["Cs", "Lu", "Lt"], exclude_characters="\0"),
)


@lru_cache(maxsize=1)
def caseless_texts(_: DataType) -> st.SearchStrategy[str]:
    """Text without capitals, mostly of letters: two that differ do so for CITEXT, too."""
    return text(characters=_CASELESS)


def in_capitals(value: str) -> str:
    """The text with its ASCII letters in capitals: to CITEXT it is the same."""
    return value.translate(_CAPITALS)


_CAPITALS = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)

WORDS: Mapping[TypeKind, Callable[[DataType], st.SearchStrategy[Any]]] = {
    TypeKind.NETWORK: networks,
    TypeKind.HSTORE: maps,
    TypeKind.TSVECTOR: text_vectors,
    TypeKind.TSQUERY: text_queries,
    TypeKind.BITS: bit_strings,
    TypeKind.CITEXT: caseless_texts,
}
