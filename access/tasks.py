"""Celery tasks of this app. They take no arguments and make one call each."""

from celery import shared_task
from django.utils import timezone

from access.audit.partitions import create_partitions_ahead
from access.auth.sessions import tidy_sessions


@shared_task(name="access.tidy_sessions", expires=3600)
def tidy() -> None:
    tidy_sessions(now=timezone.now())


@shared_task(name="access.keep_trail_months", expires=3600)
def create_audit_partitions() -> None:
    create_partitions_ahead(now=timezone.now())
