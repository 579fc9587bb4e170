"""Where settings come from: the command line, the environment, pyproject.toml."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ormthesis.core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

URL_VARIABLES = ("ORMTHESIS_URL", "TEST_DATABASE_URL")
"""Environment variables that name the server; the first that is set and not empty counts."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value as it was given. `source` names it in messages, such as `--seed`."""

    key: str
    value: Any
    source: str
    folder: Path | None = None
    """What a relative path is relative to; None is the working directory."""


def from_command_line(values: Mapping[str, Any]) -> Iterator[Setting]:
    """Options that were given; None and empty tuples were not."""
    for key, value in values.items():
        if value is not None and value != ():
            source = "TARGET" if key == "target" else f"--{key}"
            yield Setting(key=key, value=value, source=source)


def from_environment() -> Iterator[Setting]:
    for name in URL_VARIABLES:
        if value := os.environ.get(name):
            yield Setting(key="url", value=value, source=name)
            return


def nearest_pyproject(start: Path | None = None) -> Path | None:
    """The `pyproject.toml` of the folder or of the nearest one above it that has one."""
    folder = (start or Path.cwd()).resolve()
    for place in (folder, *folder.parents):
        if (path := place / "pyproject.toml").is_file():
            return path
    return None


def from_pyproject(path: Path) -> Iterator[Setting]:
    """The entries of `[tool.ormthesis]`. Raises OptionError where the file cannot be read."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(
            f"{path} cannot be read: {error}", hint="Repair the file, then run again."
        ) from error
    tools = document.get("tool", {})
    table = tools.get("ormthesis", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise OptionError(
            f"`tool.ormthesis` in {path} is not a table.", hint="Write `[tool.ormthesis]`."
        )
    for key, value in table.items():
        source = f"`{key}` of [tool.ormthesis] in {path}"
        yield Setting(key=key.replace("_", "-"), value=value, source=source, folder=path.parent)


def with_environment(setting: Setting) -> Any:
    """The value, with each `${NAME}` of a file's strings replaced by the environment variable.

    Raises OptionError for a variable that is not set.
    """
    if setting.folder is None:
        return setting.value
    if isinstance(setting.value, list):
        return [_substituted(item, setting.source) for item in setting.value]
    return _substituted(setting.value, setting.source)


def _substituted(value: Any, source: str) -> Any:
    if not isinstance(value, str):
        return value

    def read(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise OptionError(
                f"{source} uses ${{{name}}}, and no environment variable {name!r} is set.",
                hint=f"Set {name}, or write the value itself.",
            )
        return os.environ[name]

    return _VARIABLE.sub(read, value)
