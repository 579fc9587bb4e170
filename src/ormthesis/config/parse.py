"""Parsers of single values: from what TOML or the command line gives to what `Config` holds.

Each takes the setting, for its name in messages, and the value; each raises OptionError.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ormthesis.config.settings import Mode, Phase, SchemaSource
from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion

if TYPE_CHECKING:
    from ormthesis.config.sources import Setting

E = TypeVar("E", bound=Enum)


def text(setting: Setting, value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise _wrong(setting, value, "a text that is not empty")


def path(setting: Setting, value: Any) -> Path:
    """Relative to the folder of the file that says it, or to the working directory."""
    found = Path(text(setting, value)) if not isinstance(value, Path) else value
    return setting.folder / found if setting.folder else found


def positive(setting: Setting, value: Any) -> int:
    return _integer(setting, value, least=1)


def natural(setting: Setting, value: Any) -> int:
    return _integer(setting, value, least=0)


def words(setting: Setting, value: Any) -> tuple[str, ...]:
    """Names given as a list, as one text with commas, or as a repeated option with commas."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise _wrong(setting, value, "names, separated by commas or as a list")
    names = [name.strip() for item in items for name in item.split(",")]
    if not all(names):
        raise _wrong(setting, value, "names without an empty one among them")
    return tuple(dict.fromkeys(names))


def phases(setting: Setting, value: Any) -> tuple[Phase, ...]:
    """In the order in which they run, whatever the order given."""
    given = {_member(Phase, setting, word, "phase") for word in words(setting, value)}
    if not given:
        raise _wrong(setting, value, "at least one phase")
    return tuple(phase for phase in Phase if phase in given)


def mode(setting: Setting, value: Any) -> Mode:
    return _member(Mode, setting, text(setting, value), "mode")


def schema(setting: Setting, value: Any) -> SchemaSource:
    return _member(SchemaSource, setting, text(setting, value), "schema")


def _member(kind: type[E], setting: Setting, word: str, what: str) -> E:
    members = {str(member.value): member for member in kind}
    if word not in members:
        raise OptionError(
            f"{setting.source}: there is no {what} {word!r}.", hint=suggestion(word, members)
        )
    return members[word]


def _integer(setting: Setting, value: Any, *, least: int) -> int:
    wanted = f"a whole number of at least {least}"
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            raise _wrong(setting, value, wanted) from None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _wrong(setting, value, wanted)
    return value


def _wrong(setting: Setting, value: Any, wanted: str) -> OptionError:
    shown = "an unusable value" if setting.key == "url" else repr(value)
    return OptionError(
        f"{setting.source} is {shown}, not {wanted}.",
        hint="`ormthesis run --help` describes every option.",
    )
