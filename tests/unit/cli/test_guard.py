"""How a command ends when something is raised inside it."""

from __future__ import annotations

import os
import signal

import pytest

from ormthesis.cli.guard import hide_passwords
from ormthesis.core.errors import ServerError
from tests.unit.cli.conftest import TARGET
from tests.unit.reporting import samples


@pytest.fixture
def broken_off(engine):
    engine.events = samples.events(samples.result())[:3]
    return engine


def test_an_error_is_its_message_and_hint_on_stderr(ormthesis, broken_off):
    broken_off.error = ServerError("The server is away.", hint="Start it.")
    result = ormthesis("run", TARGET)
    assert result.exit_code == 2
    assert result.stderr == "error: The server is away.\nStart it.\n"
    assert broken_off.closed


def test_an_error_has_a_traceback_when_asked_for(ormthesis, broken_off):
    broken_off.error = ServerError("The server is away.")
    result = ormthesis("run", TARGET, "--traceback")
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr


def test_an_unexpected_exception_asks_for_a_report(ormthesis, broken_off):
    broken_off.error = ZeroDivisionError("division by zero")
    result = ormthesis("run", TARGET)
    assert result.exit_code == 2
    assert "a defect of Ormthesis: ZeroDivisionError: division by zero" in result.stderr
    assert "--traceback" in result.stderr
    assert "Traceback" not in result.stderr
    assert broken_off.closed


def test_ctrl_c_ends_with_130_after_clean_up(ormthesis, broken_off):
    broken_off.error = KeyboardInterrupt()
    result = ormthesis("run", TARGET)
    assert result.exit_code == 130
    assert result.stderr == "Interrupted.\n"
    assert broken_off.closed


def test_sigterm_ends_with_143_after_clean_up(ormthesis, broken_off):
    def events():
        yield from samples.events(samples.result())[:3]
        os.kill(os.getpid(), signal.SIGTERM)
        yield from samples.events(samples.result())[3:]

    before = signal.getsignal(signal.SIGTERM)
    broken_off.events = events()
    result = ormthesis("run", TARGET)
    assert result.exit_code == 143
    assert broken_off.closed
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_password_is_hidden_in_every_message(ormthesis, broken_off):
    broken_off.error = ServerError("Cannot reach postgresql://me:s3cr@t@server/x (password=s3cr).")
    result = ormthesis("run", TARGET, "--url", "postgresql://me:s3cr@t@server/x", "--traceback")
    assert result.exit_code == 2
    assert "s3cr" not in result.output
    assert "postgresql://me:***@server/x" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("://me:pw@host/x", "://me:***@host/x"),
        ("at post://me:p:w@host:5432/x now", "at post://me:***@host:5432/x now"),
        ("postgresql://me@host/x", "postgresql://me@host/x"),
        ("postgresql://host:5432/x", "postgresql://host:5432/x"),
        ("//host/x?user=me&password=pw&sslmode=no", "//host/x?user=me&password=***&sslmode=no"),
        ("host=here password=pw user=me", "host=here password=*** user=me"),
        ("no URL: nothing@all", "no URL: nothing@all"),
    ],
)
def test_what_is_hidden(text, shown):
    assert hide_passwords(text) == shown
