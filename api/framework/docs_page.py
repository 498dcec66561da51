"""HTML page of the OpenAPI schema, for signed-in staff, without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from access.decorators import open_to_staff
from api.framework.permissions import Open

JSON = "application/json"
REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Value:
    """A parameter or field: `kind` as text, `shape` the component it is made of, if any."""

    name: str
    kind: str
    shape: str
    required: bool
    about: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    status: str
    about: str
    content: Value | None


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    about: str
    needs: str
    parameters: list[Value]
    body: Value | None
    answers: list[Answer]


@dataclass(frozen=True)
class Shape:
    name: str
    about: str
    fields: list[Value]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    title: str
    about: str
    groups: dict[str, list[Operation]]
    shapes: list[Shape]


class SchemaView(SpectacularAPIView):
    """The schema itself, as YAML or, with ?format=json, as JSON."""

    rights = {"get": Open.STAFF}


@open_to_staff
@login_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show every endpoint with its input, output and permission."""
    return render(request, "api/docs.html", {"page": described()})


@cache
def described() -> Page:
    """Return the content of the page, cached: the schema does not change while the server runs."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[Operation]] = {}
    for path, methods in found["paths"].items():
        for method, said in methods.items():
            operation = _operation(method.upper(), path, said)
            groups.setdefault(said["tags"][0], []).append(operation)
    shapes = [_shape(name, said) for name, said in found["components"]["schemas"].items()]
    info = found["info"]
    return Page(info["title"], info["description"], groups, shapes)


def _operation(method: str, path: str, said: Mapping[str, Any]) -> Operation:
    body = said.get("requestBody", {})
    return Operation(
        method=method,
        path=path,
        about=_plain(said.get("description", "")).split("\n\nNeeds:")[0],
        needs=said["x-needs"],
        parameters=[_parameter(parameter) for parameter in said.get("parameters", ())],
        body=_content(body, required=bool(body.get("required"))),
        answers=[
            Answer(status, answer.get("description", ""), _content(answer, required=True))
            for status, answer in sorted(said["responses"].items())
        ],
    )


def _parameter(said: Mapping[str, Any]) -> Value:
    about = said.get("description", "")
    return _value(said["name"], said["schema"], required=bool(said.get("required")), about=about)


def _content(said: Mapping[str, Any], *, required: bool) -> Value | None:
    schema = said.get("content", {}).get(JSON, {}).get("schema")
    return _value("", schema, required=required) if schema else None


def _shape(name: str, said: Mapping[str, Any]) -> Shape:
    required = said.get("required", ())
    fields = [
        _value(field, schema, required=field in required)
        for field, schema in said.get("properties", {}).items()
    ]
    return Shape(name, _plain(said.get("description", "")), fields, _enum(said))


def _value(name: str, schema: Mapping[str, Any], *, required: bool, about: str = "") -> Value:
    inner = schema.get("items", schema)
    shape = _reference(inner)
    kind = shape or _kind(inner)
    if inner is not schema:
        kind = f"list of {kind}"
    if schema.get("nullable"):
        kind += " or null"
    about = _plain(about or schema.get("description", ""))
    return Value(name, kind, shape, required, about, _enum(schema))


def _reference(schema: Mapping[str, Any]) -> str:
    """Return the component's name, also if it is wrapped to add a description."""
    for part in (schema, *schema.get("allOf", ()), *schema.get("oneOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).removeprefix(REFERENCE)
    return ""


def _plain(text: str) -> str:
    """Remove Markdown's backticks."""
    return text.replace("`", "")


def _kind(schema: Mapping[str, Any]) -> str:
    words = [str(schema.get("type", "anything"))]
    if "format" in schema:
        words.append(f"({schema['format']})")
    for name, text in (("maxLength", "up to {} characters"), ("maximum", "at most {}")):
        if name in schema:
            words.append(text.format(schema[name]))
    return " ".join(words)


def _enum(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(word) for word in schema.get("enum", ()) if word not in ("", None))
