"""Factories of the reference domain: a valid row by default, each optional column by a trait.

Optional keys are off by default; a trait named `with_<parent>` turns one on. The session is set on
all of them by the fixture `session`.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import factory
from factory.alchemy import SQLAlchemyModelFactory, SQLAlchemyOptions

from ormthesis.demo.headspace import (
    Agent,
    Command,
    CommandState,
    Event,
    Objective,
    ObjectiveHistory,
    Project,
    Turn,
    TurnActor,
    TurnIntent,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# After every default of the models' own clock, so that an end never precedes a start.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


class HeadspaceFactory(SQLAlchemyModelFactory):
    """Base of all factories: `create` flushes, and never commits."""

    class Meta:
        abstract = True
        sqlalchemy_session_persistence = "flush"


class ProjectFactory(HeadspaceFactory):
    class Meta:
        model = Project

    name = factory.Sequence(lambda n: f"Project {n}")
    slug = factory.Sequence(lambda n: f"project-{n}")
    path = factory.Sequence(lambda n: f"/srv/projects/{n}")

    class Params:
        described = factory.Trait(description=factory.Faker("sentence"))
        with_repository = factory.Trait(
            github_repo=factory.Faker("url"), current_branch=factory.Faker("word")
        )
        paused = factory.Trait(
            inference_paused=True,
            inference_paused_at=LATER,
            inference_paused_reason=factory.Faker("sentence"),
        )


class AgentFactory(HeadspaceFactory):
    class Meta:
        model = Agent

    session_uuid = factory.LazyFunction(uuid.uuid4)
    project = factory.SubFactory(ProjectFactory)

    class Params:
        with_claude_session = factory.Trait(
            claude_session_id=factory.LazyFunction(lambda: str(uuid.uuid4()))
        )
        with_previous_agent = factory.Trait(
            previous_agent=factory.SubFactory(
                f"{__name__}.AgentFactory", project=factory.SelfAttribute("..project")
            )
        )
        in_tmux = factory.Trait(tmux_session=factory.Faker("pystr", max_chars=128))
        with_transcript = factory.Trait(transcript_path=factory.Faker("file_path", depth=3))
        ended = factory.Trait(ended_at=LATER)
        prioritised = factory.Trait(
            priority_score=factory.Faker("pyint", min_value=0, max_value=100),
            priority_reason=factory.Faker("sentence"),
            priority_updated_at=LATER,
        )
        with_context = factory.Trait(
            context_percent_used=factory.Faker("pyint", min_value=0, max_value=100),
            context_remaining_tokens=factory.Faker("numerify", text="##k"),
        )


class CommandFactory(HeadspaceFactory):
    class Meta:
        model = Command

    agent = factory.SubFactory(AgentFactory)
    state = CommandState.IDLE

    class Params:
        instructed = factory.Trait(
            state=CommandState.COMMANDED, instruction=factory.Faker("sentence")
        )
        planned = factory.Trait(plan_file_path=factory.Faker("file_path", extension="md"))
        completed = factory.Trait(
            state=CommandState.COMPLETE,
            completed_at=LATER,
            completion_summary=factory.Faker("sentence"),
        )


class TurnFactory(HeadspaceFactory):
    class Meta:
        model = Turn

    command = factory.SubFactory(CommandFactory)
    actor = TurnActor.USER
    intent = TurnIntent.COMMAND
    text = factory.Faker("sentence")

    class Params:
        answer = None
        with_source = factory.Trait(timestamp_source="jsonl")
        from_transcript = factory.Trait(
            jsonl_entry_hash=factory.Faker("sha256"), timestamp_source="jsonl"
        )
        calling_tool = factory.Trait(
            actor=TurnActor.AGENT,
            intent=TurnIntent.PROGRESS,
            tool_input={"tool": "Bash", "command": "make test", "timeout_ms": 1000},
        )
        with_answer = factory.Trait(
            actor=TurnActor.AGENT,
            intent=TurnIntent.QUESTION,
            answer=factory.SubFactory(
                f"{__name__}.TurnFactory",
                command=factory.SelfAttribute("..command"),
                intent=TurnIntent.ANSWER,
            ),
            answered_by_turn_id=factory.SelfAttribute("answer.id"),
        )


class EventFactory(HeadspaceFactory):
    """Events have keys and no relationships: a trait makes the parent and takes its id."""

    class Meta:
        model = Event

    event_type = "state_transition"

    class Params:
        project = None
        agent = None
        command = None
        turn = None
        with_payload = factory.Trait(
            payload={"source": "hook", "old_state": "idle", "new_state": "commanded", "tags": ["a"]}
        )
        with_project = factory.Trait(
            project=factory.SubFactory(ProjectFactory),
            project_id=factory.SelfAttribute("project.id"),
        )
        with_agent = factory.Trait(
            agent=factory.SubFactory(AgentFactory), agent_id=factory.SelfAttribute("agent.id")
        )
        with_command = factory.Trait(
            command=factory.SubFactory(CommandFactory),
            command_id=factory.SelfAttribute("command.id"),
        )
        with_turn = factory.Trait(
            turn=factory.SubFactory(TurnFactory), turn_id=factory.SelfAttribute("turn.id")
        )


class ObjectiveFactory(HeadspaceFactory):
    class Meta:
        model = Objective

    current_text = factory.Faker("sentence")

    class Params:
        constrained = factory.Trait(constraints=factory.Faker("sentence"))


class ObjectiveHistoryFactory(HeadspaceFactory):
    class Meta:
        model = ObjectiveHistory

    objective = factory.SubFactory(ObjectiveFactory)
    text = factory.Faker("sentence")

    class Params:
        constrained = factory.Trait(constraints=factory.Faker("sentence"))
        ended = factory.Trait(ended_at=LATER + timedelta(days=1))


ALL_FACTORIES: tuple[type[HeadspaceFactory], ...] = (
    ProjectFactory,
    AgentFactory,
    CommandFactory,
    TurnFactory,
    EventFactory,
    ObjectiveFactory,
    ObjectiveHistoryFactory,
)


def options_of(factory_class: type[HeadspaceFactory]) -> SQLAlchemyOptions:
    """The factory's `Meta`: its model, session and parameters."""
    return factory_class._meta


def traits_of(factory_class: type[HeadspaceFactory]) -> tuple[str, ...]:
    """Names of the factory's traits."""
    parameters = options_of(factory_class).parameters
    return tuple(sorted(n for n, value in parameters.items() if isinstance(value, factory.Trait)))


def bind_factories(session: Session | None) -> None:
    """Make every factory write through `session`; None unbinds them."""
    for factory_class in ALL_FACTORIES:
        options_of(factory_class).sqlalchemy_session = session
