"""What is said on the next page waits in the session meanwhile: it is made of no row and of nothing typed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.guards.test_architecture import ROOT

SAYING = {"success", "info", "warning", "error", "debug", "add_message"}
#: May stand in such words: counts, numbers of rows, words that our own code carries, names of staff.
HARMLESS = {
    "count",
    "succeeded",
    "left",
    "done",
    "words",
    "row.pk",
    "row.number",  # the version of a plan
    "person.name",  # of the staff page
    "problem",
    "problem.message",
    "problem.remedy",
}
FACES = [
    path
    for top in (
        "access",
        "clinic",
        "dashboard",
        "patients",
        "appointments",
        "dispensary",
        "treatments",
        "reminders",
    )
    for path in sorted((ROOT / top).rglob("*.py"))
    if "migrations" not in path.parts
]


def said_of_rows(source: str) -> Iterator[str]:
    """Calls of `messages` and `done=` words that could hold more than constants and HARMLESS."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        told = [one.value for one in node.keywords if one.arg == "done"]
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in SAYING
            and ast.unparse(node.func.value) == "messages"
        ):
            told += node.args[1:]
        for words in told:
            if not _is_harmless(words):
                yield f"{node.lineno}: {ast.unparse(words)}"


def _is_harmless(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(_is_harmless(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _is_harmless(node.value)
    if isinstance(node, ast.IfExp):
        return _is_harmless(node.body) and _is_harmless(node.orelse)
    if isinstance(node, ast.Call):  # `.strip()`, `str(…)`
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if inner is not None and node.func.attr == "strip":  # type: ignore[attr-defined]
            return _is_harmless(inner)
        return ast.unparse(node.func) == "str" and all(map(_is_harmless, node.args))
    return ast.unparse(node) in HARMLESS


@pytest.mark.parametrize("path", FACES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_words_for_the_next_page_are_made_of_a_row(path):
    assert list(said_of_rows(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        'messages.success(request, f"{patient} is registered.")',
        'messages.error(request, f"{row}: {problem}")',
        'messages.info(request, form.cleaned_data["name"])',
        'messages.info(request, "Seen: " + request.POST["x"])',
        'action_button(request, deed, done=f"{patient.family_name} was booked.", back="/")',
    ],
)
def test_the_guard_would_see_one(source):
    assert list(said_of_rows(source))


def test_nothing_said_lies_in_a_cookie(world, sign_in):
    assert settings.MESSAGE_STORAGE.endswith("SessionStorage")
    client = sign_in(world.front_desk)
    person = {
        "given_name": "Zelda",
        "family_name": "Quixworth",
        "birth_date": "1980-01-01",
        "sex": "unknown",
        "language": "en",
        "site": world.here.pk,
    }
    answer = client.post("/patients/new", person)
    assert answer.status_code == 302, answer.context["form"].errors
    assert "messages" not in answer.cookies
    assert "Quixworth" not in str(dict(client.session))
    assert "Patient registered." in client.get(answer.headers["Location"]).content.decode()
