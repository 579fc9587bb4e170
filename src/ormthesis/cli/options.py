"""Options in titled groups, and the ones that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from rich.console import Console

from ormthesis.cli.guard import TRACEBACK
from ormthesis.config import SchemaSource

F = TypeVar("F", bound=Callable[..., Any])


OUTPUT = "Output"
"""The group of options that belong to no other, such as --help."""


class Option(click.Option):
    """An option that belongs to a titled group of the help page."""

    def __init__(self, *args: Any, group: str = OUTPUT, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help shows its options under the titles of their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
                groups.setdefault(getattr(param, "group", OUTPUT), []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def option(group: str, *names: str, **kwargs: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, group=group, **kwargs)


def server_options(function: F) -> F:
    """--url, --binaries and what fills the databases that are made."""
    url = option(
        "Server",
        "--url",
        metavar="URL",
        help="PostgreSQL server, as postgresql://user@host/name. Ormthesis makes databases of its "
        "own there and leaves the named one alone. Default: ORMTHESIS_URL or TEST_DATABASE_URL "
        "from the environment, else an embedded server.",
    )
    binaries = option(
        "Server",
        "--binaries",
        metavar="NAME|DIR",
        help="PostgreSQL binaries for the embedded server: a package or a folder.",
    )
    seed = option(
        "Server",
        "--seed-sql",
        metavar="FILE",
        help="SQL that fills each new database after its tables are made: rows that the models "
        "expect to exist.",
    )
    prepare = option(
        "Server",
        "--prepare",
        metavar="MODULE:FUNCTION",
        help="Python function to the same end. It is called with a SQLAlchemy connection.",
    )
    schema = option(
        "Server",
        "--schema",
        metavar="|".join(source.value for source in SchemaSource),
        help="Test a private database made from the declarations, or the one that --url names, as "
        "it is: nothing is committed there. Default: create.",
    )
    return url(binaries(schema(seed(prepare(function)))))


def output_options(function: F) -> F:
    """--no-color, --quiet and --traceback."""
    color = option(OUTPUT, "--no-color", is_flag=True, help="No colours. NO_COLOR does the same.")
    quiet = option(OUTPUT, "-q", "--quiet", is_flag=True, help="Failures and the summary only.")
    trace = option(
        OUTPUT,
        "--traceback",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember_traceback,
        help="Show the traceback of an error.",
    )
    return color(quiet(trace(function)))


def _remember_traceback(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    ctx.meta[TRACEBACK] = value


def make_console(*, no_color: bool) -> Console:
    """A console on standard output, whatever its encoding can say."""
    if hasattr(sys.stdout, "reconfigure"):
        # Values under test hold any character; one that cannot be printed is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    return Console(no_color=no_color or None, emoji=False)
