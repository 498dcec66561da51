"""Health checks for the machines that watch the service."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from redis import Redis, RedisError

from access.decorators import open_to_anyone
from reminders.job_health import BEAT, WORKER, is_alive


@open_to_anyone
def healthz(request: HttpRequest) -> JsonResponse:
    """Says that the web process answers. Checks nothing else."""
    return JsonResponse({"status": "live"})


@open_to_anyone
def readyz(request: HttpRequest) -> JsonResponse:
    """The state of each part that the clinic needs; 503 unless all are true."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    now = timezone.now()
    for name, job in (("worker", WORKER), ("beat", BEAT)):
        parts[name] = parts["database"] and is_alive(job, now=now)
    ready = all(parts.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    address = settings.CACHES["default"]["LOCATION"]
    try:
        if address.startswith("sentinel://"):
            return _a_master_answers()
        with Redis.from_url(address, socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _a_master_answers() -> bool:
    """Behind Sentinels, the client of the cache finds the master."""
    cache.get("is anybody there")
    return True
