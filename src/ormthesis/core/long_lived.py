"""What stands when testing begins stands until it ends: the collector need not look at it again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def long_lived() -> Iterator[None]:
    """Keep all that exists now out of garbage collections.

    Testing makes many small objects, so that full collections are frequent; each would walk
    through the models, the ORM and Hypothesis, which took a fifth of the time. Inside a process
    that has done so itself nothing happens.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
