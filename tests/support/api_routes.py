"""All addresses of the API with their methods, out of the address table itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver

from access.decorators import NEEDS, OPEN
from api import urls
from api.framework.permissions import declared_need

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    view: Any
    verb: str

    @property
    def key(self) -> str:
        return f"{self.method} {self.pattern}"

    @property
    def resource(self) -> str:
        return self.pattern.split("/")[0]

    @property
    def is_list(self) -> bool:
        return self.verb == "list"

    @property
    def is_detail(self) -> bool:
        return "<int:pk>" in self.pattern

    def path(self, pk: int) -> str:
        return self.pattern.replace("<int:pk>", str(pk))


def routes(patterns: Iterable[URLPattern | URLResolver] = urls.urlpatterns) -> Iterator[Route]:
    """One for each address and method that has code behind it."""
    for pattern in patterns:
        callback: Any = pattern.callback
        view = getattr(callback, "cls", callback)
        actions = getattr(callback, "actions", None) or {
            method: method for method in METHODS if hasattr(view, method)
        }
        if view is callback:
            actions = {"get": "get"}
        for method, verb in actions.items():
            if method in METHODS:
                yield Route(method.upper(), str(pattern.pattern), view, verb)


def undeclared(patterns: Iterable[URLPattern | URLResolver] = urls.urlpatterns) -> list[str]:
    """Keys of the routes that name no right."""
    return [route.key for route in routes(patterns) if not _is_declared(route)]


def _is_declared(route: Route) -> bool:
    if declared_need(route.view, route.verb) is not None:
        return True
    return bool(getattr(route.view, NEEDS, None) or getattr(route.view, OPEN, None))


ROUTES = [route for route in routes() if route.pattern != "^"]
RESOURCES = [route for route in ROUTES if route.resource not in {"schema", "docs"}]
