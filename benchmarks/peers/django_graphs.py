"""Graphs of five rows from Hypothesis's `from_model`, which saves each row as it draws it."""

from __future__ import annotations

import unittest
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase, from_model

from benchmarks.peers.strategies import PAYLOADS, TIMES, TOOL_INPUTS


def strategy(models: dict[str, Any]) -> st.SearchStrategy[Any]:
    """An event with its turn, command, agent and project."""
    project = from_model(models["Project"], created_at=TIMES)
    agent = from_model(models["Agent"], project=project)
    command = from_model(models["Command"], agent=agent)
    turn = from_model(models["Turn"], command=command, tool_input=st.none() | TOOL_INPUTS)
    return from_model(models["Event"], turn=turn, payload=st.none() | PAYLOADS)


def run(graphs: st.SearchStrategy[Any], *, number: int, examples: int) -> None:
    """Draw and save, reload every row, roll back: the test case that Hypothesis provides."""

    class Graphs(TestCase):
        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(graphs)
        def test_reload(self, event: Any) -> None:
            turn = event.turn
            rows = [event, turn, turn.command, turn.command.agent, turn.command.agent.project]
            for row in rows:
                type(row).objects.get(pk=row.pk)

    result = unittest.TestResult()
    Graphs("test_reload").run(result)
    if not result.wasSuccessful():
        raise RuntimeError([text for _, text in (*result.errors, *result.failures)])
