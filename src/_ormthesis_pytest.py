"""Entry point of the pytest plugin.

It stands beside the package so that pytest can load it in every run without importing Ormthesis:
the package is imported only when a target is collected or its API is used.
"""

from __future__ import annotations

import argparse
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ormthesis.pytest_plugin.place import Place

ROOT = "ormthesis"
"""First part of every item's id, and the marker of all items."""

PROFILES = {"dev": 20, "ci": 100, "thorough": 1000}
"""Hypothesis profiles by name, with their `max_examples`. Hypothesis has a `ci` of its own."""

_NAMED: pytest.StashKey[Sequence[str]] = pytest.StashKey()
_COLLECTS = pytest.StashKey[bool]()
PLACE: pytest.StashKey[Place] = pytest.StashKey()
"""Where the session's tests run; there once something was run."""

active: list[pytest.Config] = []
"""The running sessions; more than one where a test runs another pytest in its own process."""

running: list[pytest.Item] = []
"""The item that is being run, innermost last."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(ROOT, "Ormthesis")
    group.addoption(
        "--ormthesis",
        metavar="TARGET",
        help="Test the database that the models of package.module:Base declare: one item for each "
        "model and check. Default: `target` of [tool.ormthesis] in pyproject.toml.",
    )
    group.addoption(
        "--no-ormthesis",
        action="store_true",
        help="Collect no items for the target in pyproject.toml.",
    )
    group.addoption(
        "--ormthesis-max-examples",
        metavar="N",
        type=_positive,
        help="Graphs drawn for each model and check. Default: that of the profile named by "
        "--hypothesis-profile, then of pyproject.toml, then of the current profile.",
    )


def _positive(text: str) -> int:
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")


@pytest.hookimpl(tryfirst=True)  # before Hypothesis loads the profile that its option names
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{ROOT}: a model and a check, collected by Ormthesis.")
    if config.getoption("--hypothesis-profile", None) in PROFILES:
        register_profiles()
    named = [arg for arg in config.args if arg.partition("::")[0] == ROOT and "::" in arg]
    config.stash[_NAMED] = named
    config.args[:] = [arg for arg in config.args if arg not in named]
    config.stash[_COLLECTS] = _collects(config, named)
    active.append(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    if config in active:
        active.remove(config)
    if (place := config.stash.get(PLACE, None)) is not None:
        place.close()


def _collects(config: pytest.Config, named: list[str]) -> bool:
    """A target on the command line always counts; a configured one unless only files are named."""
    if config.getoption("no_ormthesis"):
        if config.getoption("ormthesis"):
            raise pytest.UsageError("--ormthesis and --no-ormthesis contradict each other.")
        return False
    if config.getoption("ormthesis") or named:
        return True
    folders = any((config.invocation_params.dir / arg).is_dir() for arg in config.args)
    return folders and _configured(config)


def _configured(config: pytest.Config) -> bool:
    """Whether `[tool.ormthesis]` of the root's pyproject.toml names a target."""
    path = config.rootpath / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if f"tool.{ROOT}" not in text:
        return False
    table = tomllib.loads(text).get("tool", {}).get(ROOT, {})
    return isinstance(table, dict) and "target" in table


def register_profiles() -> None:
    """Add what is missing of the profiles; those of the same name stay as they are."""
    from hypothesis import settings
    from hypothesis.errors import InvalidArgument

    for name, max_examples in PROFILES.items():
        try:
            settings.get_profile(name)
        except InvalidArgument:
            settings.register_profile(name, max_examples=max_examples, deadline=None)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    config = collector.config
    if isinstance(collector, pytest.Session) and config.stash.get(_COLLECTS, False):
        from ormthesis.pytest_plugin.collect import root_collector

        report.result = [*report.result, root_collector(collector, config.stash[_NAMED])]
    return report


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    if not config.stash.get(_COLLECTS, False):
        return []
    from ormthesis.pytest_plugin.collect import summary_lines

    return summary_lines(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    running.append(item)
    try:
        return (yield)
    finally:
        running.pop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Open the database before Hypothesis measures how long the first example takes."""
    prepare = getattr(getattr(item, "obj", None), "ormthesis_prepare", None)
    if prepare is not None:
        prepare()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under pytest-xdist: the controller opens the run and hands it to each worker."""
    if node.config.stash.get(_COLLECTS, False):
        from ormthesis.pytest_plugin.sharing import share

        share(node)
