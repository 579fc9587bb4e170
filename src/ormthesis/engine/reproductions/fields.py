"""Reading a JSON object key by key, so that an error says where the file is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ormthesis.core.errors import ReproductionError
from ormthesis.engine.reproductions.values import MemberGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

DAMAGED_HINT = (
    "The file is left as it is. Restore it from version control, or delete it and let a run "
    "find the failure again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """One object of the file. Every method raises ReproductionError for a wrong or missing key."""

    data: dict[str, Any]
    source: str
    """The file's name, for messages."""
    where: str = ""

    @classmethod
    def open(cls, data: Any, source: str, where: str = "") -> Fields:
        if not isinstance(data, dict):
            raise damaged(source, f"{where or 'the file'} is not an object")
        return cls(data=data, source=source, where=where)

    def get(self, key: str) -> Any:
        if key not in self.data:
            raise damaged(self.source, f"{self._path(key)} is missing")
        return self.data[key]

    def text(self, key: str) -> str:
        value = self.get(key)
        if not isinstance(value, str):
            raise damaged(self.source, f"{self._path(key)} is {value!r}, not a text")
        return value

    def optional_text(self, key: str) -> str | None:
        return None if self.get(key) is None else self.text(key)

    def choice(self, key: str, kind: type[E]) -> E:
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(repr(member.value) for member in kind)
            message = f"{self._path(key)} is {value!r}, not one of {known}"
            raise damaged(self.source, message) from None

    def read(self, key: str, reader: Callable[[Any], T]) -> T:
        """The value through a reader that raises ValueError for what it cannot take."""
        value = self.get(key)
        try:
            return reader(value)
        except MemberGoneError as error:
            raise misfit(self.source, str(error)) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise damaged(self.source, f"{self._path(key)}: {error}") from error

    def child(self, key: str) -> Fields:
        return Fields.open(self.get(key), self.source, self._path(key))

    def optional_child(self, key: str) -> Fields | None:
        return None if self.get(key) is None else self.child(key)

    def children(self, key: str) -> Iterator[Fields]:
        items = self.get(key)
        if not isinstance(items, list):
            raise damaged(self.source, f"{self._path(key)} is not a list")
        for index, item in enumerate(items):
            yield Fields.open(item, self.source, f"{self._path(key)}[{index}]")

    def _path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def texts_of(value: Any) -> tuple[str, ...]:
    """For `Fields.read`: a list of texts. Raises ValueError."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{value!r} is not a list of texts")
    return tuple(value)


def misfit(source: str, what: str) -> ReproductionError:
    """The file is sound, but the models have moved on."""
    return ReproductionError(
        f"{source} no longer fits the models, which lack {what}.",
        hint="The file is left as it is. Delete it if that change was meant.",
    )


def damaged(source: str, what: str) -> ReproductionError:
    return ReproductionError(f"{source} is damaged: {what}.", hint=DAMAGED_HINT)
