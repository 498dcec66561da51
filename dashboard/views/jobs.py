"""State of the background jobs, for staff members."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from reminders.job_health import job_health, last_verification


@requires(Permission.SEE_JOBS)
def jobs(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {"health": job_health(now=now), "verification": last_verification(now=now)}
    return render(request, "dashboard/jobs.html", context)
