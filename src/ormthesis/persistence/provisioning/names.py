"""Names of runs and of their databases."""

from __future__ import annotations

import secrets

from ormthesis.core.errors import OptionError

NAME_BYTES = 63
"""PostgreSQL cuts longer names silently."""

DEFAULT_BASE = "ormthesis"


def new_run_id() -> str:
    """Eight hexadecimal digits: short in a name, and the 32 bits of the run's lock."""
    return secrets.token_hex(4)


def database_name(base: str, run: str, worker: str) -> str:
    """`<base>_<run>_<worker>` in at most 63 bytes; only the base is ever cut.

    >>> database_name("shop_test", "1a2b3c4d", "gw0")
    'shop_test_1a2b3c4d_gw0'
    """
    tail = f"_{run}_{worker}"
    room = NAME_BYTES - len(tail.encode())
    if room < 1 or "\0" in worker:
        raise OptionError(
            f"The worker name {worker!r} does not fit into a database name of {NAME_BYTES} bytes.",
            hint="Use a short name, such as gw0.",
        )
    return base.encode()[:room].decode(errors="ignore") + tail
