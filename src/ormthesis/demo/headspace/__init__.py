"""Headspace: the seven tables of an application that tracks coding agents.

A project has agents, an agent works through commands, a command is a conversation of turns,
events log what happened, and an objective keeps its history. Ordinary SQLAlchemy models: this
package imports nothing from the rest of Ormthesis.
"""

from ormthesis.demo.headspace.agents import Agent
from ormthesis.demo.headspace.base import Base
from ormthesis.demo.headspace.commands import Command
from ormthesis.demo.headspace.enums import CommandState, TurnActor, TurnIntent
from ormthesis.demo.headspace.events import Event
from ormthesis.demo.headspace.objectives import Objective, ObjectiveHistory
from ormthesis.demo.headspace.projects import Project
from ormthesis.demo.headspace.turns import Turn

__all__ = [
    "Agent",
    "Base",
    "Command",
    "CommandState",
    "Event",
    "Objective",
    "ObjectiveHistory",
    "Project",
    "Turn",
    "TurnActor",
    "TurnIntent",
]
