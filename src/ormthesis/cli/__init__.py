"""The command line: `ormthesis run` and `ormthesis replay`."""

from ormthesis.cli.main import main

__all__ = ["main"]
