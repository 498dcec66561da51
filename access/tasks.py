"""Celery's hands: no arguments, one call each."""

from celery import shared_task
from django.utils import timezone

from access.sealing import seal_trail


@shared_task(name="access.seal", expires=55)
def seal() -> None:
    seal_trail(now=timezone.now())
