"""The three native PostgreSQL enums. The database stores the member names, in upper case."""

import enum


class CommandState(enum.Enum):
    """Where a command stands."""

    IDLE = "idle"
    COMMANDED = "commanded"
    PROCESSING = "processing"
    AWAITING_INPUT = "awaiting_input"
    COMPLETE = "complete"


class TurnActor(enum.Enum):
    """Who speaks in a turn."""

    USER = "user"
    AGENT = "agent"


class TurnIntent(enum.Enum):
    """What a turn is for."""

    COMMAND = "command"
    ANSWER = "answer"
    QUESTION = "question"
    COMPLETION = "completion"
    PROGRESS = "progress"
    END_OF_COMMAND = "end_of_command"
