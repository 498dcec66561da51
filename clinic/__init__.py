"""The roof: settings, addresses, Celery and commands. Imports all floors; imported by none."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
