"""From pytest's and Hypothesis's options to the settings of a run."""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

import _ormthesis_pytest as plugin
from ormthesis.config import load_config, nearest_pyproject
from ormthesis.config.sources import from_pyproject
from ormthesis.pytest_plugin.place import SHARED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ormthesis.config import Config

_SEED = pytest.StashKey[int]()


def read_config(values: Mapping[str, Any], *, command_line: bool) -> Config:
    """Settings of items: `values`, the environment, pyproject.toml, the current profile.

    With `command_line`, options of pytest count as well. Raises OptionError.
    """
    config = plugin.active[-1] if plugin.active else None
    given = dict(values)
    if config is not None:
        if command_line:
            given["target"] = config.getoption("ormthesis") or given.get("target")
            given["max-examples"] = config.getoption("ormthesis_max_examples")
        if given.get("max-examples") is None and config.getoption("--hypothesis-profile", None):
            given["max-examples"] = settings().max_examples
    fallback = {"max-examples": settings().max_examples}
    return load_config(given, pyproject(), fallback=fallback)


def pyproject() -> Path | None:
    """Of pytest's root folder; outside pytest the nearest."""
    if not plugin.active:
        return nearest_pyproject()
    path = plugin.active[-1].rootpath / "pyproject.toml"
    return path if path.is_file() else None


def configured_target() -> str | None:
    """`target` in `[tool.ormthesis]`, as it stands there."""
    path = pyproject()
    found = from_pyproject(path) if path else ()
    return next((str(setting.value) for setting in found if setting.key == "target"), None)


def seed_of(config: Config) -> int:
    """`--hypothesis-seed`, else the configured seed, else one for the whole session.

    A derandomized profile, such as Hypothesis's `ci`, has the same seed in every session.
    """
    session = plugin.active[-1] if plugin.active else None
    forced = session.getoption("--hypothesis-seed", None) if session else None
    if forced is not None:
        return int(forced) if str(forced).isdigit() else zlib.crc32(str(forced).encode())
    if config.seed is not None:
        return config.seed
    if settings().derandomize:
        return 0
    if session is None:
        return random.randrange(2**32)
    if _SEED not in session.stash:
        shared = getattr(session, "workerinput", {}).get(SHARED, {})
        session.stash[_SEED] = shared.get("seed", random.SystemRandom().randrange(2**32))
    return session.stash[_SEED]


def explain_phase_is_asked_for() -> bool:
    return bool(plugin.active and plugin.active[-1].getoption("--hypothesis-explain", False))
