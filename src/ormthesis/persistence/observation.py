"""What was seen of one trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ormthesis.generation.graph import EntityRef, KeySource
from ormthesis.oracle.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The outcome of one case and the keys that its rows had.

    `base` is the outcome of the graph without the mutation or before the operation; `outcome` is
    None where nothing could be observed: the base was refused, or its rows make no objects.
    """

    base: Outcome
    outcome: Outcome | None
    keys: KeySource
    reason: str = ""
    """Why nothing could be observed, where it is not the base."""


def keys_from(found: Mapping[EntityRef, int]) -> KeySource:
    """Keys that the database gave; a row that was never written has key 0."""
    return lambda ref: found.get(ref, 0)
