"""How a command ends: one message and an exit code, whatever was raised."""

from __future__ import annotations

import re
import signal
import threading
import traceback
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import click

from ormthesis.core.errors import OrmthesisError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from types import FrameType

T = TypeVar("T")

EXIT_ERROR = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM

_PASSWORDS = (
    re.compile(r"(://[^\s/:@]*:)\S*(?=@)"),
    re.compile(r"(\bpassword=)[^\s&'\"]+", re.IGNORECASE),
)


class GuardedGroup(click.Group):
    """A group whose commands print errors as one message on stderr, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _termination_as_exit():
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, SystemExit):
            raise
        except OrmthesisError as error:
            return _fail(ctx, str(error), error)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            return ctx.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:  # the reader of our output went away; click ends quietly
            raise
        except Exception as error:  # a defect of ours, reported as such and never swallowed
            return _fail(ctx, _defect(error), error)


def _fail(ctx: click.Context, message: str, error: Exception) -> NoReturn:
    click.echo(hide_passwords(f"error: {message}"), err=True)
    if ctx.meta.get(TRACEBACK):
        click.echo(hide_passwords("".join(traceback.format_exception(error))), err=True)
    ctx.exit(EXIT_ERROR)


TRACEBACK = "ormthesis.traceback"
"""Key in the context's `meta`: whether `--traceback` was given."""


def hide_passwords(text: str) -> str:
    """The text with the passwords of URLs and of libpq settings replaced by `***`."""
    for pattern in _PASSWORDS:
        text = pattern.sub(r"\1***", text)
    return text


def _defect(error: Exception) -> str:
    return (
        f"a defect of Ormthesis: {type(error).__name__}: {error}\n"
        "Please report it, with the output of the same command and --traceback."
    )


def closed_after(events: Iterator[T]) -> closing[Generator[T, None, None]]:
    """The engine's streams are generators: closing one early, whatever the reason, cleans up."""
    return closing(cast("Generator[T, None, None]", events))


@contextmanager
def _termination_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the stack, as Ctrl-C does, so that everything is cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(EXIT_TERMINATED)
