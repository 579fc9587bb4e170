"""Failing cases on disk: written when a failure is found, replayed first in the next run."""

from ormthesis.engine.reproductions.codec import (
    decode_reproduction,
    encode_failure,
    encode_reproduction,
)
from ormthesis.engine.reproductions.reproduction import FORMAT_VERSION, Reproduction
from ormthesis.engine.reproductions.store import ReproductionStore

__all__ = [
    "FORMAT_VERSION",
    "Reproduction",
    "ReproductionStore",
    "decode_reproduction",
    "encode_failure",
    "encode_reproduction",
]
