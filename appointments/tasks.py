"""Celery's hands: no arguments, one call."""

from celery import shared_task
from django.utils import timezone

from appointments.upkeep import keep_calendar


@shared_task(name="appointments.keep_calendar", expires=55)
def keep() -> None:
    keep_calendar(now=timezone.now())
