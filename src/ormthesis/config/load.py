"""From what was given, wherever it was given, to one frozen `Config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormthesis.config import parse
from ormthesis.config.settings import Config, SchemaSource
from ormthesis.config.sources import (
    URL_VARIABLES,
    Setting,
    from_command_line,
    from_environment,
    from_pyproject,
    with_environment,
)
from ormthesis.config.urls import is_database, without_password
from ormthesis.core.errors import OptionError
from ormthesis.core.text import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

# Key, as options and pyproject.toml spell it: the field of Config and the parser of its value.
KEYS: Mapping[str, tuple[str, Callable[[Setting, Any], Any]]] = {
    "target": ("target", parse.text),
    "url": ("url", parse.text),
    "schema": ("schema", parse.schema),
    "seed-sql": ("seed_sql", parse.path),
    "prepare": ("prepare", parse.text),
    "binaries": ("binaries", parse.text),
    "factories": ("factories", parse.text),
    "hooks": ("hooks", parse.text),
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
    if is_database(fields["target"]):
        _name_catalog(fields, asked="url" in given and given["url"].source not in URL_VARIABLES)
    _check_contradictions(fields)
    return Config(**fields)


def _name_catalog(fields: dict[str, Any], *, asked: bool) -> None:
    """The target is a live database. Unless another server is asked for, the run's own databases
    stand beside it: that server has the extensions and the version."""
    fields["catalog"] = fields["target"]
    fields["target"] = without_password(fields["target"])
    if not asked:
        fields["url"] = None if fields.get("binaries") else fields["catalog"]


def _known(settings: Iterable[Setting]) -> Iterable[Setting]:
    for setting in settings:
        if setting.key not in KEYS:
            raise OptionError(
                f"{setting.source} is no setting.", hint=suggestion(setting.key, KEYS)
            )
        yield setting


def _check_contradictions(fields: Mapping[str, Any]) -> None:
    if fields.get("schema") is SchemaSource.EXISTING:
        _check_existing(fields)
    for included, excluded, what in _OPPOSITES:
        both = [name for name in fields.get(included, ()) if name in fields.get(excluded, ())]
        if both:
            raise OptionError(
                f"The {what} {both[0]!r} is both included and excluded.",
                hint="Take it out of one of the two options.",
            )


def _check_existing(fields: Mapping[str, Any]) -> None:
    if not fields.get("url"):
        raise OptionError(
            "schema is 'existing', and nothing says which database exists.",
            hint="Name it with --url.",
        )
    for key in ("seed_sql", "prepare"):
        if fields.get(key) is not None:
            raise useless_preparation(key.replace("_", "-"))


def useless_preparation(key: str) -> OptionError:
    """What is said of rows for a database that has its own."""
    return OptionError(
        f"{key} fills a database that is made for the run, and schema is 'existing'.",
        hint="Leave one of the two out; an existing database is tested with its own rows.",
    )
