"""Users' own invariants as they are declared. Internally each is a *claim*.

Models may declare some beside their classes, so this is imported in production, too: it imports
nothing but the standard library.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ormthesis.core.errors import OptionError

if TYPE_CHECKING:
    from sqlalchemy import Executable, Table
    from sqlalchemy.orm import Session

T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")


class ClaimKind(str, Enum):
    """What the function of a claim takes, and what it must do."""

    OBJECT = "object"  # takes an object; true of every one of the classes
    SESSION = "session"  # takes a session; true of all rows together
    QUERY = "query"  # takes nothing; gives a query that must return no row


_DECORATORS = {
    ClaimKind.OBJECT: "invariant",
    ClaimKind.SESSION: "session_invariant",
    ClaimKind.QUERY: "query_invariant",
}
_ARGUMENTS = {
    ClaimKind.OBJECT: ("the object",),
    ClaimKind.SESSION: ("the session",),
    ClaimKind.QUERY: (),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """One function of a user and what it is about: classes, tables, or names of tables."""

    kind: ClaimKind
    name: str
    function: Callable[..., Any]
    about: tuple[Any, ...]

    @property
    def module(self) -> str:
        return self.function.__module__

    @property
    def line(self) -> int:
        """Where the function begins; 0 where it is not written in Python."""
        code = getattr(self.function, "__code__", None)
        return code.co_firstlineno if code is not None else 0

    @property
    def says(self) -> str:
        """The first paragraph of the function's docstring, in one line."""
        text = inspect.getdoc(self.function) or ""
        return " ".join(text.partition("\n\n")[0].split())


@dataclass(slots=True)
class Claims:
    """Claims in the order of their declaration. A module that is loaded anew declares the same."""

    _found: list[Claim] = field(default_factory=list)

    def __iter__(self) -> Iterator[Claim]:
        return iter(tuple(self._found))

    def declare(self, claim: Claim) -> None:
        """Raises OptionError for a name, a function or subjects that cannot be used."""
        _check_about(claim)
        _check_name(claim)
        _check_function(claim)
        self._found = [other for other in self._found if not _is_same(other, claim)]
        self._found.append(claim)


CLAIMS = Claims()
"""What the decorators declare. Which target a claim belongs to follows from what it is about."""


def invariant(
    *models: type[T], name: str | None = None
) -> Callable[[Callable[[T], bool | None]], Callable[[T], bool | None]]:
    """Declare what holds for every object of these mapped classes, or of subclasses of them.

    The function is called with each object, loaded anew from the database. It does not hold where
    that returns False or raises; True and None mean that it does. `name` is the function's unless
    given, and can be chosen by `--checks`. The function itself is returned unchanged.

    Raises OptionError for what is no class, for a function that takes no single argument, and for a
    name that cannot be chosen on a command line.
    """
    return _declaring(ClaimKind.OBJECT, models, name)


def session_invariant(
    *models: type | Table | str, name: str | None = None
) -> Callable[[Callable[[Session], bool | None]], Callable[[Session], bool | None]]:
    """Declare what holds for all rows together: the function gets a session and asks what it likes.

    `models` are the classes or tables whose rows can break it; a text is the name of a table. The
    rest is as for `invariant`.
    """
    return _declaring(ClaimKind.SESSION, models, name)


def query_invariant(
    *models: type | Table | str, name: str | None = None
) -> Callable[[Callable[[], Executable | str]], Callable[[], Executable | str]]:
    """Declare a query that must return no row: the function makes it, as a `select` or as SQL.

    `models` are the classes or tables whose rows can break it; a text is the name of a table. The
    rest is as for `invariant`.
    """
    return _declaring(ClaimKind.QUERY, models, name)


def _declaring(kind: ClaimKind, about: tuple[Any, ...], name: str | None) -> Callable[[Any], Any]:
    def declare(function: Any) -> Any:
        found = name if name is not None else getattr(function, "__name__", "")
        CLAIMS.declare(Claim(kind=kind, name=found, function=function, about=about))
        return function

    # Without parentheses the function itself comes as the first class: that is said at once.
    _check_about(Claim(kind=kind, name=name or "", function=declare, about=about))
    return declare


def _is_same(one: Claim, other: Claim) -> bool:
    """Whether the same lines declare the same of the same classes."""
    return (one.kind, one.name, one.module, one.line) == (
        other.kind,
        other.name,
        other.module,
        other.line,
    ) and list(map(id, one.about)) == list(map(id, other.about))


def _check_about(claim: Claim) -> None:
    decorator = f"ormthesis.{_DECORATORS[claim.kind]}"
    if not claim.about:
        raise OptionError(
            f"{decorator} is not told which classes it is about.",
            hint=f"Name the classes whose rows can break it, as in `@{decorator}(Order)`.",
        )
    for item in claim.about:
        is_table = isinstance(item, str) or hasattr(item, "metadata")
        if not isinstance(item, type) and (claim.kind is ClaimKind.OBJECT or not is_table):
            what = getattr(item, "__name__", repr(item))
            raise OptionError(
                f"{decorator} is told that it is about {what}, which is of type "
                f"{type(item).__name__} and no class.",
                hint=f"Name mapped classes in parentheses, as in `@{decorator}(Order)`.",
            )


def _check_name(claim: Claim) -> None:
    if not isinstance(claim.name, str) or not _NAME.fullmatch(claim.name):
        raise OptionError(
            f"{claim.name!r} is no name for an invariant: it has to begin with a letter and hold "
            "letters, digits, `_`, `-` and `.` only.",
            hint="Give it one, as in `name='totals_agree'`.",
        )


def _check_function(claim: Claim) -> None:
    function, arguments = claim.function, _ARGUMENTS[claim.kind]
    wanted = f"a function of {arguments[0]}" if arguments else "a function without arguments"
    if not callable(function) or isinstance(function, type):
        raise _unusable(claim, f"is of type {type(function).__name__}", wanted)
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise _unusable(claim, "is asynchronous", f"{wanted} that gives its answer at once")
    if inspect.isgeneratorfunction(function):
        raise _unusable(claim, "yields", f"{wanted} that returns its answer")
    try:
        signature = inspect.signature(function)
        signature = signature.replace(return_annotation=inspect.Signature.empty)
        signature.bind(*arguments)
    except ValueError:
        return  # a function of C that does not say what it takes
    except TypeError:
        raise _unusable(claim, f"takes {signature}", wanted) from None


def _unusable(claim: Claim, what: str, wanted: str) -> OptionError:
    return OptionError(
        f"The invariant {claim.name} {what}, and ormthesis.{_DECORATORS[claim.kind]} wants "
        f"{wanted}.",
        hint="`ormthesis.invariant` is about each object, `session_invariant` about all rows, "
        "`query_invariant` about a query that returns no row.",
    )
