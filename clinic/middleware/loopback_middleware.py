"""Middleware of the demonstration: answer this machine only, whatever address it listens on."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from clinic.demo_mode import is_loopback

#: Headers of a proxy, through which other machines could come.
FORWARDED = ("X-Forwarded-For", "Forwarded")


class LoopbackOnlyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.LOOPBACK_ONLY and comes_from_elsewhere(request):
            return HttpResponse(
                "This is the demonstration. It signs in by printed passwords, so it answers only"
                " the machine that it runs on.",
                status=403,
                content_type="text/plain",
            )
        return self.get_response(request)


def comes_from_elsewhere(request: HttpRequest) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return True
    return not is_loopback(request.META.get("REMOTE_ADDR"))
