"""The five tables as Django models, on a database of their own, without a Django project."""

from __future__ import annotations

import django
from django.conf import settings
from django.db import connection, models
from sqlalchemy.engine import URL

LABEL = "peers"


class _Labelled:
    """What Django wants of models outside an application."""

    app_label = LABEL


def configure(url: URL) -> None:
    """Point Django at the database. Once in a process, before the models are made."""
    query = dict(url.query)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.database,
                "USER": url.username or "",
                "PASSWORD": url.password or "",
                "HOST": url.host or query.get("host", ""),
                "PORT": str(url.port or query.get("port", "")),
            }
        },
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()


def make_models() -> dict[str, type[models.Model]]:
    """Define the models and create their tables."""

    optional = {"null": True, "blank": True}

    class Project(models.Model):
        name = models.CharField(max_length=200)
        slug = models.CharField(max_length=64, unique=True)
        path = models.CharField(max_length=200, unique=True)
        github_repo = models.CharField(max_length=200, **optional)
        current_branch = models.CharField(max_length=200, **optional)
        description = models.CharField(max_length=200, **optional)
        inference_paused = models.BooleanField()
        inference_paused_at = models.DateTimeField(**optional)
        inference_paused_reason = models.CharField(max_length=200, **optional)
        created_at = models.DateTimeField()

        class Meta(_Labelled):
            pass

    class Agent(models.Model):
        session_uuid = models.UUIDField(unique=True)
        claude_session_id = models.CharField(max_length=200, unique=True, **optional)
        project = models.ForeignKey(Project, models.CASCADE)
        tmux_session = models.CharField(max_length=128, **optional)
        transcript_path = models.CharField(max_length=1024, **optional)
        started_at = models.DateTimeField()
        last_seen_at = models.DateTimeField()
        ended_at = models.DateTimeField(**optional)
        context_percent_used = models.SmallIntegerField(**optional)
        context_remaining_tokens = models.CharField(max_length=32, **optional)

        class Meta(_Labelled):
            pass

    class Command(models.Model):
        agent = models.ForeignKey(Agent, models.CASCADE)
        state = models.CharField(max_length=20, choices=[("IDLE", "idle"), ("DONE", "done")])
        started_at = models.DateTimeField()
        completed_at = models.DateTimeField(**optional)
        instruction = models.CharField(max_length=200, **optional)
        completion_summary = models.CharField(max_length=200, **optional)
        plan_file_path = models.CharField(max_length=1024, **optional)

        class Meta(_Labelled):
            pass

    class Turn(models.Model):
        command = models.ForeignKey(Command, models.CASCADE)
        actor = models.CharField(max_length=5, choices=[("USER", "user"), ("AGENT", "agent")])
        intent = models.CharField(max_length=20, choices=[("ANSWER", "answer"), ("ASK", "ask")])
        text = models.CharField(max_length=200)
        timestamp = models.DateTimeField()
        is_internal = models.BooleanField()
        timestamp_source = models.CharField(max_length=20, **optional)
        jsonl_entry_hash = models.CharField(max_length=64, **optional)
        tool_input = models.JSONField(**optional)

        class Meta(_Labelled):
            pass

    class Event(models.Model):
        timestamp = models.DateTimeField()
        turn = models.ForeignKey(Turn, models.SET_NULL, **optional)
        event_type = models.CharField(max_length=64)
        payload = models.JSONField(**optional)

        class Meta(_Labelled):
            pass

    made = {"Project": Project, "Agent": Agent, "Command": Command, "Turn": Turn, "Event": Event}
    with connection.schema_editor() as editor:
        for model in made.values():
            editor.create_model(model)
    return made
