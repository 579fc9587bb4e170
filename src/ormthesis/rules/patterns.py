"""LIKE, SIMILAR TO and POSIX regular expressions as Python ones.

A pattern outside the subset that both sides read alike is refused. Case folding and the classes
`\\d \\w \\s` depend on the server's locale beyond ASCII, so a `Matcher` says when its answer for a
text with other characters is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ormthesis.rules.errors import Unreadable, undecided
from ormthesis.rules.regex_syntax import Flavour, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = r"\A"
_END = r"\Z"


class Trust(str, Enum):
    """Which answers hold for text beyond ASCII."""

    ALWAYS = "always"
    MATCHES = "matches"  # a match holds; no match may be one on the server
    ASCII = "ascii"  # neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A compiled pattern. Called with a text it says whether the pattern matches.

    `witness` is a regular expression in Python's syntax (search, not fullmatch) that every matching
    ASCII text satisfies, and every text that satisfies it matches for certain.
    """

    regex: re.Pattern[str]
    witness: str
    trust: Trust
    sql: str
    """Operator and pattern, in normal form, such as `LIKE 'a%'`."""

    def __call__(self, text: str) -> bool:
        found = self.regex.search(text) is not None
        if self.trust is Trust.ALWAYS or text.isascii() or (found and self.trust is Trust.MATCHES):
            return found
        raise undecided(f"a match of {text!r}")


def like(pattern: str, *, ignore_case: bool = False, escape: str = "\\") -> Matcher:
    """`LIKE` and `ILIKE`: the whole text, `%` any characters, `_` one.

    Raises:
        Unreadable: the pattern ends with its escape character.
    """
    if ignore_case and not pattern.isascii():
        raise Unreadable("ILIKE with characters beyond ASCII")
    pieces = list(_like_pieces(pattern, escape))
    sql = f"{'ILIKE' if ignore_case else 'LIKE'} {_quoted(''.join(sql for sql, _ in pieces))}"
    sources = [source for _, source in pieces]
    exact = f"(?s){_START}{''.join(sources)}{_END}"
    if not ignore_case:
        return Matcher(regex=re.compile(exact), witness=exact, trust=Trust.ALWAYS, sql=sql)
    # Only wildcards are bare dots: literal ones come escaped.
    narrow = [_ASCII + s[1:] if s.startswith(".") else s for s in sources]
    witness = f"(?si){_START}{''.join(narrow)}{_END}"
    regex = re.compile(exact, re.IGNORECASE)
    return Matcher(regex=regex, witness=witness, trust=Trust.ASCII, sql=sql)


def _like_pieces(pattern: str, escape: str) -> Iterator[tuple[str, str]]:
    """Each character as the pattern with the default escape, and as Python's expression."""
    chars = iter(pattern)
    for char in chars:
        if escape and char == escape:
            following = next(chars, None)
            if following is None:
                raise Unreadable("a LIKE pattern that ends with its escape character")
            yield _escaped_like(following), re.escape(following)
        elif char in _WILDCARDS:
            yield char, _WILDCARDS[char]
        else:
            yield _escaped_like(char), re.escape(char)


def _escaped_like(char: str) -> str:
    return f"\\{char}" if char in "%_\\" else char


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_WILDCARDS = {"%": ".*", "_": "."}
_ASCII = r"[\x01-\x7f]"


def similar(pattern: str, escape: str = "\\") -> Matcher:
    """`SIMILAR TO`: SQL's regular expressions, over the whole text."""
    return regular(similar_to_regular(pattern, escape))


def similar_to_regular(pattern: str, escape: str = "\\") -> str:
    """The POSIX regular expression of a SIMILAR TO pattern, as `similar_to_escape` gives it."""
    parts, index, bracket = [], 0, 0
    while index < len(pattern):
        char = pattern[index]
        if escape and char == escape:
            index += 1
            if index == len(pattern) or pattern[index] == '"':
                raise Unreadable("a SIMILAR TO pattern with this escape")
            parts.append("\\" + pattern[index])
        elif bracket:
            bracket = 0 if char == "]" and bracket > 1 else bracket + 1
            parts.append("\\\\" if char == "\\" else char)
        else:
            bracket = 1 if char == "[" else 0
            parts.append(_SIMILAR.get(char, char))
        index += 1
    return "^(?:" + "".join(parts) + ")$"


_SIMILAR = {"%": ".*", "_": ".", "(": "(?:", ".": "\\.", "^": "\\^", "$": "\\$", "\\": "\\\\"}


def regular(pattern: str, *, ignore_case: bool = False) -> Matcher:
    """`~` and `~*`: PostgreSQL's advanced regular expressions, found anywhere in the text.

    Raises:
        Unreadable: something that Python's `re` does not read alike (see `regex_syntax`).
    """
    found = translate(pattern)
    flags = "(?si)" if ignore_case else "(?s)"
    if ignore_case and not pattern.isascii():
        raise Unreadable("~* with characters beyond ASCII")
    trust = Trust.ALWAYS
    if found.has_classes:
        trust = Trust.ASCII if found.is_fragile else Trust.MATCHES
    if ignore_case:
        trust = Trust.ASCII
    witness = translate(pattern, Flavour.ASCII).source if trust is Trust.ASCII else found.source
    try:
        regex = re.compile(flags + found.source)
        re.compile(flags + witness)
    except re.error as error:
        raise Unreadable(f"regular expression: {error}") from None
    sql = f"{'~*' if ignore_case else '~'} {_quoted(pattern)}"
    return Matcher(regex=regex, witness=flags + witness, trust=trust, sql=sql)


def prefix(start: str) -> Matcher:
    """`starts_with`."""
    source = f"(?s){_START}{re.escape(start)}"
    return Matcher(
        regex=re.compile(source), witness=source, trust=Trust.ALWAYS, sql=f"^@ {_quoted(start)}"
    )
