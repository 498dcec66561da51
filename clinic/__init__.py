"""Settings, URLs, Celery, system checks and commands. Imports all apps; no app imports it."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
