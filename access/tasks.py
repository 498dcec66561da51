"""Celery's hands: no arguments, one call each."""

from celery import shared_task
from django.utils import timezone

from access.months import keep_months_ahead
from access.sealing import seal_trail
from access.sessions import tidy_sessions
from access.telling import tell_staff


@shared_task(name="access.seal", expires=55)
def seal() -> None:
    seal_trail(now=timezone.now())


@shared_task(name="access.tidy_sessions", expires=3600)
def tidy() -> None:
    tidy_sessions(now=timezone.now())


@shared_task(name="access.tell_staff", expires=55)
def tell() -> None:
    tell_staff(now=timezone.now())


@shared_task(name="access.keep_trail_months", expires=3600)
def keep_trail_months() -> None:
    keep_months_ahead(now=timezone.now())
