"""Which of the known names do the names of an option mean."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def select(names: Iterable[str], known: Collection[str], what: str) -> set[str]:
    """The known names that match one of `names`, each an exact name or a shell glob.

    `what` is the noun for messages, such as "check" or "model". Raises OptionError for a name that
    matches nothing.
    """
    return {match for name in names for match in _matches(name, known, what)}


def _matches(name: str, known: Collection[str], what: str) -> list[str]:
    found = [name] if name in known else [word for word in known if fnmatchcase(word, name)]
    if not found:
        raise OptionError(f"There is no {what} {name!r}.", hint=suggestion(name, known))
    return found
