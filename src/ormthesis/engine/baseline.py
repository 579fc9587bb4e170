"""The baseline: findings that are known and accepted, each with a reason, in a TOML file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion
from ormthesis.engine.results import Known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from ormthesis.invariants.failure import Failure

FORMAT_VERSION = 1

_FIELDS = ("id", "fingerprint", "reason", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One accepted finding. `id` is for people; findings are matched by fingerprint."""

    id: str
    fingerprint: str
    reason: str
    date: str | None = None

    @property
    def unit(self) -> tuple[str, str]:
        """(model, invariant): the first two parts of the fingerprint, in the order of a plan."""
        invariant, model = self.fingerprint.split(" | ")[:2]
        return model, invariant


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    entries: tuple[BaselineEntry, ...] = ()

    def split(self, failures: Iterable[Failure]) -> tuple[tuple[Failure, ...], tuple[Known, ...]]:
        """The new failures, and the known ones with their reasons."""
        reasons = {entry.fingerprint: entry.reason for entry in self.entries}
        new: list[Failure] = []
        known: list[Known] = []
        for failure in failures:
            if (reason := reasons.get(failure.fingerprint)) is None:
                new.append(failure)
            else:
                known.append(Known(failure=failure, reason=reason))
        return tuple(new), tuple(known)

    def stale(
        self, seen: Iterable[Failure], tested: Collection[tuple[str, str]]
    ) -> tuple[str, ...]:
        """Entries, as text, that match none of the failures seen.

        `tested` holds the (model, invariant) units of the run: an entry about another unit was
        not looked for, so it is not stale.
        """
        found = {failure.fingerprint for failure in seen}
        return tuple(
            f"{entry.id}: {entry.fingerprint}"
            for entry in self.entries
            if entry.unit in tested and entry.fingerprint not in found
        )


def load_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises OptionError, naming the line or the entry, where the file is missing, damaged, of
    another format, or holds an entry without a reason.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(
            f"The baseline {path} cannot be read: {error.strerror or error}.",
            hint="Name a file that exists, or leave --baseline out.",
        ) from error
    except ValueError as error:
        raise _damaged(path, f"cannot be read: {error}") from error
    version = document.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise _damaged(path, f"has format_version {version!r}; this version reads {FORMAT_VERSION}")
    known = document.pop("known", [])
    if document:
        raise _damaged(path, f"has an unknown key {next(iter(document))!r}")
    if not isinstance(known, list):
        raise _damaged(path, "has a `known` that is not written as `[[known]]` entries")
    entries = tuple(_entry(path, number, item) for number, item in enumerate(known, start=1))
    _refuse_twins(path, entries)
    return Baseline(entries=entries)


def entry_text(failure: Failure, reason: str = "") -> str:
    """The entry that accepts a failure, as it stands in the file."""
    lines = (
        "[[known]]",
        f"id = {json.dumps(failure.id)}",
        f"fingerprint = {json.dumps(failure.fingerprint, ensure_ascii=False)}",
        f"reason = {json.dumps(reason, ensure_ascii=False)}",
    )
    return "\n".join(lines)


def _entry(path: Path, number: int, item: Any) -> BaselineEntry:
    where = f"entry {number}"
    if not isinstance(item, dict):
        raise _damaged(path, f"has an {where} that is no table")
    if unknown := [key for key in item if key not in _FIELDS]:
        raise _damaged(
            path, f"{where} has an unknown key {unknown[0]!r}. {suggestion(unknown[0], _FIELDS)}"
        )
    texts = {key: _text(path, where, key, item.get(key)) for key in ("id", "fingerprint", "reason")}
    if len(texts["fingerprint"].split(" | ")) < 3:
        raise _damaged(path, f"{where} has a fingerprint that is cut off: {texts['fingerprint']!r}")
    return BaselineEntry(**texts, date=_date(path, where, item.get("date")))


def _text(path: Path, where: str, key: str, value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise _damaged(path, f"{where} has no {key}" if not value else f"{where}: {key} is not a text")


def _date(path: Path, where: str, value: Any) -> str | None:
    if value is None or isinstance(value, (str, date)):
        return str(value) if value is not None else None
    raise _damaged(path, f"{where}: date is {value!r}, not a date")


def _refuse_twins(path: Path, entries: tuple[BaselineEntry, ...]) -> None:
    first: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        if entry.fingerprint in first:
            raise _damaged(
                path, f"entries {first[entry.fingerprint]} and {number} are the same finding"
            )
        first[entry.fingerprint] = number


def _damaged(path: Path, what: str) -> OptionError:
    return OptionError(
        f"The baseline {path} {what}.",
        hint="Each `[[known]]` entry needs id, fingerprint and reason, as a failure's report "
        "prints them.",
    )
