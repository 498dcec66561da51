"""Celery's hands: no arguments, one call each."""

from celery import shared_task
from django.utils import timezone

from access.months import keep_months_ahead
from access.sessions import tidy_sessions


@shared_task(name="access.tidy_sessions", expires=3600)
def tidy() -> None:
    tidy_sessions(now=timezone.now())


@shared_task(name="access.keep_trail_months", expires=3600)
def keep_trail_months() -> None:
    keep_months_ahead(now=timezone.now())
