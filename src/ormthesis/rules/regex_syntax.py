"""PostgreSQL's advanced regular expressions, the subset with one meaning in Python's `re`.

Read: literals, `. ^ $ |`, groups, `(?: )`, brackets with ranges and POSIX classes, the quantifiers
`* + ? {n} {n,} {n,m}` and their lazy forms, `\\d \\w \\s`, negated too, and escaped punctuation.
Whether a match exists does not depend on greediness, so Python's first match serves as well as
POSIX's longest. Refused: back references, look-around, embedded options, word boundaries, collating
elements. Source: PostgreSQL documentation, chapter 9.7.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ormthesis.rules.errors import Unreadable


class Flavour(str, Enum):
    """What the translation lets unnamed characters be."""

    EXACT = "exact"
    ASCII = "ascii"  # `.` and negations stay within ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    source: str
    has_classes: bool
    """Whether \\d, [:alpha:] or the like occur: their meaning beyond ASCII is the locale's."""
    is_fragile: bool
    """Whether one of them is negated, so that even a match beyond ASCII is uncertain."""


Ranges = list[tuple[int, int]]

_DIGIT: Ranges = [(48, 57)]
_LOWER: Ranges = [(97, 122)]
_UPPER: Ranges = [(65, 90)]
_SPACE: Ranges = [(9, 13), (32, 32)]
_WORD: Ranges = [*_DIGIT, *_UPPER, (95, 95), *_LOWER]
_ESCAPES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_POSIX = {
    "digit": _DIGIT,
    "lower": _LOWER,
    "upper": _UPPER,
    "alpha": [*_UPPER, *_LOWER],
    "alnum": [*_DIGIT, *_UPPER, *_LOWER],
    "space": _SPACE,
    "blank": [(9, 9), (32, 32)],
    "xdigit": [*_DIGIT, (65, 70), (97, 102)],
    "word": _WORD,
}
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})\??")


def translate(pattern: str, flavour: Flavour = Flavour.EXACT) -> Translation:
    """The pattern in Python's syntax.

    Raises:
        Unreadable: outside the subset.
    """
    reader = _Reader(pattern, flavour)
    source = reader.alternatives()
    if reader.at < len(pattern):
        raise reader.refusal()
    return Translation(source=source, has_classes=reader.has_classes, is_fragile=reader.is_fragile)


class _Reader:
    """A recursive-descent reader; mutable, since it holds the position."""

    def __init__(self, pattern: str, flavour: Flavour) -> None:
        if pattern.startswith("***"):
            raise Unreadable("a regular expression with a director")
        self.pattern = pattern
        self.ascii = flavour is Flavour.ASCII
        self.at = 0
        self.has_classes = False
        self.is_fragile = False

    def refusal(self) -> Unreadable:
        return Unreadable(f"regular expression {self.pattern!r} at position {self.at + 1}")

    def alternatives(self) -> str:
        branches = [self.branch()]
        while self._take("|"):
            branches.append(self.branch())
        return "|".join(branches)

    def branch(self) -> str:
        parts = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self.quantified())
        return "".join(parts)

    def quantified(self) -> str:
        char = self.pattern[self.at]
        atom = self.atom()
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return atom
        self.at = found.end()
        if char in "^$" or _QUANTIFIER.match(self.pattern, self.at):
            raise self.refusal()
        return atom + found[0]

    def atom(self) -> str:
        char = self.pattern[self.at]
        if char in "*+?{":
            raise self.refusal()
        self.at += 1
        if char == "(":
            return self.group()
        if char == "[":
            return self.bracket()
        if char == "\\":
            return self.escape()
        if char == ".":
            return r"[\x01-\x7f]" if self.ascii else "."
        return {"^": r"\A", "$": r"\Z"}.get(char) or re.escape(char)

    def group(self) -> str:
        if self._take("?") and not self._take(":"):
            raise self.refusal()
        inside = self.alternatives()
        if not self._take(")"):
            raise self.refusal()
        return f"(?:{inside})"

    def escape(self) -> str:
        char = self._next()
        if char.lower() in _ESCAPES:
            self.has_classes = True
            ranges = _ESCAPES[char.lower()]
            if char.isupper():
                self.is_fragile = True
            return self._class(ranges, negated=char.isupper())
        return re.escape(self._plain_escape(char))

    def _plain_escape(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isalnum() or not char.isascii():
            raise self.refusal()
        return char

    def bracket(self) -> str:
        negated = self._take("^")
        ranges: Ranges = []
        first, had_classes = True, self.has_classes
        self.has_classes = False
        while first or self._peek() != "]":
            first = False
            ranges += self._item()
        self.at += 1
        self.is_fragile |= negated and self.has_classes
        self.has_classes |= had_classes
        return self._class(ranges, negated=negated)

    def _item(self) -> Ranges:
        if self.pattern.startswith("[:", self.at):
            return self._posix_class()
        char = self._next()
        if char == "\\":
            char = self._next()
            if char in _ESCAPES:
                self.has_classes = True
                return _ESCAPES[char]
            char = self._plain_escape(char)
        elif char == "[" and self._peek() in (".", "="):
            raise self.refusal()
        return self._range(char)

    def _range(self, low: str) -> Ranges:
        if self._peek() != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            return [(ord(low), ord(low))]
        self.at += 1
        high = self._next()
        if high == "\\":
            high = self._plain_escape(self._next())
        elif high == "[":
            raise self.refusal()
        if ord(high) < ord(low):
            raise self.refusal()
        return [(ord(low), ord(high))]

    def _posix_class(self) -> Ranges:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 2 : end] if end >= 0 else ""
        if name not in _POSIX:
            raise self.refusal()
        self.at = end + 2
        self.has_classes = True
        return _POSIX[name]

    def _class(self, ranges: Ranges, *, negated: bool) -> str:
        if negated and self.ascii:
            inside = [c for c in range(1, 128) if not any(low <= c <= high for low, high in ranges)]
            if not inside:
                raise self.refusal()
            ranges, negated = [(c, c) for c in inside], False
        body = "".join(
            _escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}"
            for low, high in ranges
        )
        return f"[{'^' if negated else ''}{body}]"

    def _peek(self) -> str:
        return self.pattern[self.at] if self.at < len(self.pattern) else self._end()

    def _end(self) -> str:
        raise self.refusal()

    def _next(self) -> str:
        char = self._peek()
        self.at += 1
        return char

    def _take(self, char: str) -> bool:
        if self.pattern.startswith(char, self.at):
            self.at += 1
            return True
        return False


def _escaped(code: int) -> str:
    char = chr(code)
    if char.isascii() and not char.isalnum():
        return f"\\x{code:02x}"
    return char
