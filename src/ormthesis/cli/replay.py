"""`ormthesis replay`: run saved reproductions again and say what has become of them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from ormthesis.cli.guard import EXIT_ERROR, closed_after
from ormthesis.cli.options import (
    GroupedCommand,
    make_console,
    option,
    output_options,
    server_options,
)
from ormthesis.config import load_config, nearest_pyproject
from ormthesis.core.errors import OptionError, ReproductionError
from ormthesis.core.text import suggestion
from ormthesis.engine.replay import Replayed, ReplayStatus, replay
from ormthesis.engine.setup import open_target
from ormthesis.reporting.findings import finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from ormthesis.config import Config
    from ormthesis.schema import Models

EPILOG = """\b
Example:
  ormthesis replay 1f3a9c0d

\b
Exit code: 0 when every one is FIXED, 1 when one has FAILED again,
2 when one ended in an ERROR and says nothing, 130 after Ctrl-C."""

_UNKNOWN = "unknown"
_STYLES = {
    ReplayStatus.FIXED: "green",
    ReplayStatus.FAILED: "bold red",
    ReplayStatus.ERROR: "bold magenta",
}


@click.command("replay", cls=GroupedCommand, epilog=EPILOG)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@option(
    "What is replayed",
    "--target",
    metavar="TARGET",
    help="As for `ormthesis run`. Default: from pyproject.toml, else as saved.",
)
@option(
    "What is replayed",
    "--hooks",
    metavar="MODULE",
    help="As for `ormthesis run`, where a failure is about an invariant of your own.",
)
@server_options
@output_options
@click.pass_context
def replay_command(
    ctx: click.Context, /, ids: tuple[str, ...], no_color: bool, quiet: bool, **values: Any
) -> None:
    """Run saved reproductions again: those with these IDs, or all.

    A failure's report names its ID. The files are in .hypothesis/reproductions.
    """
    config = load_config(values, nearest_pyproject(), fallback={"target": _UNKNOWN})
    console = make_console(no_color=no_color)
    if not ids and not any(config.reproductions.glob("*.json")):
        console.print(Text(f"There is nothing to replay in {config.reproductions}."))
        return
    if config.target == _UNKNOWN:
        target = _saved_target(config.reproductions, ids)
        config = load_config({**values, "target": target}, nearest_pyproject())
    models = open_target(config)
    counts: Counter[ReplayStatus] = Counter()
    with closed_after(replay(config, ids)) as results:
        for result in results:
            _show(console, result, models, config, quiet=quiet)
            counts[result.status] += 1
    words = ", ".join(f"{counts[status]} {status.value}" for status in ReplayStatus)
    console.print(Text(words, style="bold"))
    ctx.exit(_exit_code(counts))


def _exit_code(counts: Mapping[ReplayStatus, int]) -> int:
    if counts[ReplayStatus.ERROR]:
        return EXIT_ERROR
    return 1 if counts[ReplayStatus.FAILED] else 0


def _show(
    console: Console, result: Replayed, models: Models, config: Config, *, quiet: bool
) -> None:
    line = f"{result.status.value:<6}  {result.id}  {result.title}"
    console.print(Text(line, style=_STYLES[result.status]), soft_wrap=True)
    if result.failure is not None and not quiet:
        text = finding(result.failure, models, config).text(console.width)
        console.print(Text(text), soft_wrap=True)
    elif result.message:
        console.print(Text(f"  {result.message}"))


def _saved_target(folder: Path, ids: Sequence[str]) -> str:
    """The one target that the files name, for a replay that is told none."""
    saved = {path.stem: path for path in sorted(folder.glob("*.json"))}
    for name in ids:
        if name not in saved:
            raise ReproductionError(
                f"There is no reproduction {name!r} in {folder}.", hint=suggestion(name, saved)
            )
    targets = {_target_of(saved[name]) for name in ids or saved} - {""}
    if len(targets) == 1:
        return targets.pop()
    named = f"name {', '.join(sorted(targets))}" if targets else "name no target"
    raise OptionError(
        f"The reproductions to replay from {folder} {named}.",
        hint="Say which models they are about with --target, or give the IDs of one target.",
    )


def _target_of(path: Path) -> str:
    """What the file says; nothing where it is damaged, which replaying it reports in full."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    target = document.get("target") if isinstance(document, dict) else None
    return target if isinstance(target, str) else ""
