"""From what was given, wherever it was given, to one frozen `Config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.config import parse
from ormthesis.config.settings import Config
from ormthesis.config.sources import (
    Setting,
    from_command_line,
    from_environment,
    from_pyproject,
    with_environment,
)
from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

# Key, as options and pyproject.toml spell it: the field of Config and the parser of its value.
KEYS: Mapping[str, tuple[str, Callable[[Setting, Any], Any]]] = {
    "target": ("target", parse.text),
    "url": ("url", parse.text),
    "binaries": ("binaries", parse.text),
    "factories": ("factories", parse.text),
    "max-examples": ("max_examples", parse.positive),
    "seed": ("seed", parse.natural),
    "phases": ("phases", parse.phases),
    "mode": ("mode", parse.mode),
    "checks": ("checks", parse.words),
    "exclude-checks": ("exclude_checks", parse.words),
    "include-model": ("include_models", parse.words),
    "exclude-model": ("exclude_models", parse.words),
    "baseline": ("baseline", parse.path),
    "reproductions": ("reproductions", parse.path),
}

_OPPOSITES = (
    ("checks", "exclude_checks", "check"),
    ("include_models", "exclude_models", "model"),
)


def load_config(
    values: Mapping[str, Any],
    pyproject: Path | None = None,
    *,
    fallback: Mapping[str, Any] | None = None,
) -> Config:
    """The settings of a run: `values`, else the environment, else the file, else the defaults.

    `values` are spelled as in `[tool.ormthesis]`: {"max-examples": 10}; None and () stand for not
    given. `fallback` fills what is given nowhere. Raises OptionError for keys and values that are
    not usable, options that contradict each other, and a missing target.
    """
    sources = (
        from_command_line(fallback or {}),
        from_pyproject(pyproject) if pyproject else (),
        from_environment(),
        from_command_line(values),
    )
    given = {setting.key: setting for source in sources for setting in _known(source)}
    fields = {
        name: parser(given[key], with_environment(given[key]))
        for key, (name, parser) in KEYS.items()
        if key in given
    }
    if not fields.get("target"):
        raise OptionError(
            "There is no TARGET: nothing says where the models are.",
            hint="Name it, as in `ormthesis run app.models:Base`, or set `target` in "
            "[tool.ormthesis] of pyproject.toml.",
        )
    _check_contradictions(fields)
    return Config(**fields)


def _known(settings: Iterable[Setting]) -> Iterable[Setting]:
    for setting in settings:
        if setting.key not in KEYS:
            raise OptionError(
                f"{setting.source} is no setting.", hint=suggestion(setting.key, KEYS)
            )
        yield setting


def _check_contradictions(fields: Mapping[str, Any]) -> None:
    for included, excluded, what in _OPPOSITES:
        both = [name for name in fields.get(included, ()) if name in fields.get(excluded, ())]
        if both:
            raise OptionError(
                f"The {what} {both[0]!r} is both included and excluded.",
                hint="Take it out of one of the two options.",
            )
