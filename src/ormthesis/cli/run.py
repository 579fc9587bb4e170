"""`ormthesis run`: test a target and report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ormthesis.cli.guard import closed_after
from ormthesis.cli.options import (
    OUTPUT,
    GroupedCommand,
    make_console,
    option,
    output_options,
    server_options,
)
from ormthesis.config import Mode, Phase, load_config, nearest_pyproject
from ormthesis.config.settings import DEFAULT_MAX_EXAMPLES
from ormthesis.core.errors import InternalError
from ormthesis.engine.events import RunFinished
from ormthesis.engine.run import run
from ormthesis.engine.setup import open_target
from ormthesis.invariants.registry import builtin
from ormthesis.reporting.console import ConsoleReporter
from ormthesis.reporting.json_report import check_writable, result_document, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from ormthesis.config import Config
    from ormthesis.engine.results import RunResult
    from ormthesis.schema import Models

EPILOG = """\b
Example:
  ormthesis run app.models:Base --factories tests.factories --exclude-checks defaults

\b
Exit code: 0 when everything holds or is known, 1 when something is broken,
2 when something could not be tested, 130 after Ctrl-C.

Every setting can also stand in [tool.ormthesis] of pyproject.toml, under the option's name
without the dashes in front."""

_GENERATION = "What is generated"
_SELECTION = "What is tested (repeat an option or use commas; shell globs match)"


@click.command("run", cls=GroupedCommand, epilog=EPILOG)
@click.argument("target", required=False)
@option(
    _GENERATION,
    "--factories",
    metavar="MODULE",
    help="Module with factory_boy factories: sources of values for the models that they make.",
)
@option(
    _GENERATION,
    "--hooks",
    metavar="MODULE",
    help="Module to import for what it registers: invariants of your own, types.",
)
@option(
    _GENERATION,
    "--max-examples",
    metavar="N",
    help=f"Graphs drawn for each model and check. Default: {DEFAULT_MAX_EXAMPLES}.",
)
@option(_GENERATION, "--seed", metavar="N", help="Repeat the run that reported this seed.")
@option(
    _GENERATION,
    "--phases",
    metavar="NAMES",
    multiple=True,
    help=f"Some of {', '.join(phase.value for phase in Phase)}. Default: all.",
)
@option(
    _GENERATION,
    "-m",
    "--mode",
    metavar="|".join(mode.value for mode in Mode),
    help="Cases that keep every rule, that break one, or both. Default: all.",
)
@option(
    _SELECTION,
    "--checks",
    metavar="NAMES",
    multiple=True,
    help=f"Only these. There are {', '.join(builtin())}, and invariants of your own.",
)
@option(_SELECTION, "--exclude-checks", metavar="NAMES", multiple=True, help="All but these.")
@option(_SELECTION, "--include-model", metavar="NAMES", multiple=True, help="Only these.")
@option(_SELECTION, "--exclude-model", metavar="NAMES", multiple=True, help="All but these.")
@server_options
@option(
    OUTPUT,
    "--baseline",
    metavar="FILE",
    help="Findings that are known and accepted; they do not fail the run.",
)
@option(
    OUTPUT,
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the whole result there.",
)
@output_options
@click.pass_context
def run_command(
    ctx: click.Context, /, json_file: Path | None, no_color: bool, quiet: bool, **values: Any
) -> None:
    """Test the database that TARGET's models describe.

    TARGET is package.module:attribute and names a declarative base, a registry, a MetaData, a
    Table or a Flask-SQLAlchemy extension; or package.module with one of them in it; or
    postgresql://host/name, a live database whose catalog is read. It may come from pyproject.toml.
    """
    settings = {name.replace("_", "-"): value for name, value in values.items()}
    config = load_config(settings, nearest_pyproject())
    if json_file:
        check_writable(json_file)
    models = open_target(config)
    result = _run(config, models, make_console(no_color=no_color), quiet=quiet)
    if json_file:
        write_json(json_file, result_document(result, models, config))
    ctx.exit(result.status.exit_code)


def _run(config: Config, models: Models, console: Console, *, quiet: bool) -> RunResult:
    """Show the run's events as they come in."""
    finished = None
    with (
        ConsoleReporter(console, models, config, quiet=quiet) as reporter,
        closed_after(run(config, models)) as events,
    ):
        for event in events:
            reporter.handle(event)
            if isinstance(event, RunFinished):
                finished = event.result
    if finished is None:
        raise InternalError("The run ended without a result.")
    return finished
