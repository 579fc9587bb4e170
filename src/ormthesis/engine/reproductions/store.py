"""The folder of reproductions: one JSON file for each failure, named by its id."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ormthesis.core.errors import ReproductionError
from ormthesis.core.text import suggestion
from ormthesis.engine.reproductions.codec import decode_reproduction, encode_failure
from ormthesis.engine.reproductions.fields import DAMAGED_HINT, damaged

if TYPE_CHECKING:
    from pathlib import Path

    from ormthesis.engine.reproductions.reproduction import Reproduction
    from ormthesis.invariants.failure import Failure
    from ormthesis.schema.model import Schema

_GIT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ReproductionStore:
    """Reads and writes the files of one folder, which is made when it is first needed."""

    folder: Path

    def path(self, reproduction_id: str) -> Path:
        return self.folder / f"{reproduction_id}.json"

    def save(self, failure: Failure, target: str) -> Path:
        """Write or replace the failure's file, whole or not at all.

        Raises ReproductionError where a value has no form in JSON or the folder takes no file.
        """
        data = encode_failure(failure, target=target)
        text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        path = self.path(failure.id)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(path, text + "\n")
        except OSError as error:
            raise ReproductionError(
                f"The reproduction cannot be written to {path}: {error.strerror or error}.",
                hint="Make the folder writable, or name another one for reproductions.",
            ) from error
        return path

    def load(self, reproduction_id: str, schema: Schema) -> Reproduction:
        """One reproduction by its id.

        Raises ReproductionError where there is no such file, where it is damaged or newer, and
        where it no longer fits the models.
        """
        known = [path.stem for path in self._files()]
        if reproduction_id not in known:
            raise ReproductionError(
                f"No reproduction {reproduction_id!r} in {self.folder}.",
                hint=suggestion(reproduction_id, known),
            )
        return self._read(self.path(reproduction_id), schema)

    def all(
        self, schema: Schema, *, target: str | None = None
    ) -> tuple[Reproduction | ReproductionError, ...]:
        """Every file, in order of the ids; those that cannot be read as the error that says why.

        With `target`, files that say they are about another one are left out.
        """
        found: list[Reproduction | ReproductionError] = []
        for path in self._files():
            try:
                data = _parse(path)
                if not _is_about_another(data, target):
                    found.append(decode_reproduction(data, schema, source=str(path)))
            except ReproductionError as error:
                found.append(error)
        return tuple(found)

    def git_warning(self) -> str | None:
        """A warning where git ignores the folder, so that reproductions will not be committed."""
        command = ["git", "check-ignore", "--quiet", str(self.path("0").absolute())]
        try:
            done = subprocess.run(
                command, cwd=_nearest(self.folder), capture_output=True, timeout=_GIT_SECONDS
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if done.returncode != 0:
            return None
        return (
            f"git ignores {self.folder}: reproductions saved there will not be committed. "
            "Hypothesis writes a .gitignore of its own into .hypothesis; un-ignore the folder "
            "there or name another one for reproductions."
        )

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def _read(self, path: Path, schema: Schema) -> Reproduction:
        return decode_reproduction(_parse(path), schema, source=str(path))


def _parse(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReproductionError(
            f"{path} cannot be read: {error.strerror or error}.", hint=DAMAGED_HINT
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(str(path), f"it is not JSON ({error})") from error


def _is_about_another(data: Any, target: str | None) -> bool:
    theirs = data.get("target") if isinstance(data, dict) else None
    return target is not None and isinstance(theirs, str) and theirs != target


def _replace(path: Path, text: str) -> None:
    """Write beside the file, then rename: a reader sees the old file or the new one."""
    temporary = path.with_name(f".{path.stem}.{uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _nearest(folder: Path) -> Path:
    """The folder, or the first one above it that exists."""
    absolute = folder.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.is_dir())
