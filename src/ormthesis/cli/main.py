"""The group of commands, and what all of them share."""

from __future__ import annotations

from importlib.metadata import version

import click

from ormthesis.cli.guard import GuardedGroup
from ormthesis.cli.replay import replay_command
from ormthesis.cli.run import run_command


@click.group(cls=GuardedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("ormthesis"), prog_name="ormthesis", message="%(prog)s %(version)s")
def main() -> None:
    """Test a PostgreSQL database against its SQLAlchemy models.

    Ormthesis generates rows that keep the declared rules and rows that break exactly one, and
    checks that the database accepts the first and refuses the second.
    """


main.add_command(run_command)
main.add_command(replay_command)
