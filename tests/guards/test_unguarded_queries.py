"""Faces read patients' rows through the word `visible_to`, and in no other way."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

import pytest

from patients.models import Episode
from tests.guards.test_architecture import MODELS, NOT_OF_PATIENTS, ROOT, modules

NAMES = {model.__name__ for model in MODELS} - NOT_OF_PATIENTS
THE_WORD = re.compile(r"visible_to$|^with_\w+_visible_to$")
#: Resources of the API that look rows up otherwise: one's own tokens, staff accounts, and
#: what a site has.
OF_NO_PATIENT = {"Tokens", "Staff", "Reference"}


def around_the_word(source: str) -> Iterator[str]:
    """What reads a patient's table without the word, each with its line."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and _is_a_patient_s_table(node)
            and not _is_scoped(node, parents)
        ):
            yield f"{node.lineno}: {ast.unparse(_statement(node, parents))[:90]}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name not in OF_NO_PATIENT:
            yield from _own_lookups(node)


def _is_a_patient_s_table(node: ast.Attribute) -> bool:
    return (
        node.attr in {"objects", "_default_manager", "_base_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in NAMES
    )


def _is_scoped(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    chain, top = _chain(node, parents)
    if any(THE_WORD.search(word) for word in chain):
        return True
    parent = parents[top]
    while isinstance(parent, ast.Dict | ast.DictComp):
        top, parent = parent, parents[parent]
    if isinstance(parent, ast.Call):
        return _is_look_up(parent, top)
    if not isinstance(parent, ast.Assign | ast.AnnAssign):
        return False
    target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
    if not isinstance(target, ast.Name):
        return False
    home = _home(parent, parents)
    if isinstance(home, ast.ClassDef):
        return target.id == "queryset"  # Resource.get_queryset says the word
    return _is_scoped_later(target.id, home, parents)


def _chain(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[list[str], ast.AST]:
    """The words called one after the other, and the whole of it."""
    words: list[str] = []
    while True:
        parent = parents[node]
        if isinstance(parent, ast.Attribute):
            words.append(parent.attr)
        elif not (isinstance(parent, ast.Call) and parent.func is node):
            return words, node
        node = parent


def _is_look_up(call: ast.Call, argument: ast.AST) -> bool:
    """`visible(rows, user, pk)`, and nothing else that takes rows."""
    return ast.unparse(call.func) == "visible" and bool(call.args) and call.args[0] is argument


def _is_scoped_later(name: str, home: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Rows kept under a name: every use of it says the word, or hands them to `visible`."""
    uses = [
        node
        for node in ast.walk(home)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    return bool(uses) and all(_is_scoped_use(use, parents) for use in uses)


def _is_scoped_use(use: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    chain, top = _chain(use, parents)
    if isinstance(parents[top], ast.Subscript):
        top = parents[top]
    parent = parents[top]
    said = any(THE_WORD.search(word) for word in chain) or isinstance(parent, ast.Compare)
    return said or (isinstance(parent, ast.Call) and _is_look_up(parent, top))


def _home(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    while not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
        node = parents[node]
    return node


def _statement(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return node


def _own_lookups(resource: ast.ClassDef) -> Iterator[str]:
    """A resource that overrides the look-up says the word itself, or asks its parent."""
    for method in resource.body:
        if isinstance(method, ast.FunctionDef) and method.name == "get_queryset":
            text = ast.unparse(method)
            if "visible_to(" not in text and "super().get_queryset()" not in text:
                yield f"{method.lineno}: {resource.name}.get_queryset"


@pytest.mark.parametrize(
    "path", modules("dashboard", "api"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_face_reads_around_the_word(path):
    assert list(around_the_word(path.read_text())) == []


def test_no_face_reads_why_somebody_came_or_left_around_the_word():
    """`Episode.visible_to` tells them, to whom it may; the columns themselves tell everybody."""
    columns = re.compile(rf"\.(get_)?({'|'.join(Episode.CLINICAL)})(_display)?\b")
    faces = (
        *modules("dashboard", "api"),
        *(ROOT / "dashboard/templates").rglob("*.*"),
        *ROOT.glob("*/admin*.py"),
    )
    found = [path.name for path in faces if columns.search(path.read_text())]
    assert found == []
    assert columns.search("{{ episode.get_discharge_reason_display }}")
    assert columns.search("row.discharge_reason")


@pytest.mark.parametrize(
    "planted",
    [
        "rows = Episode.objects.filter(patient=row)",
        "def page(user):\n    return Patient.objects.get(pk=1)",
        "def page(user):\n    return Patient._base_manager.get(pk=1)",
        "def page(user):\n    objects = Patient.objects\n    return objects.get(pk=1)",
        "def page(user):\n    rows = Patient.objects.all()\n    other.visible_to(user)\n    return rows",
        "def page(user):\n    rows = Patient.objects.all()\n    visible(rows, user, 1)\n    return rows[0]",
        "def page(user):\n    return shown(DoseRecord.objects.filter(patient=1))",
        "class Doses(Readable):\n    def get_queryset(self):\n        return self.queryset",
        "class Doses(Readable):\n    rows = DoseRecord.objects.all()",
        "first = [one for one in Consent.objects.all()]",
    ],
)
def test_the_guard_finds_a_planted_fault(planted):
    assert list(around_the_word(textwrap.dedent(planted)))


@pytest.mark.parametrize(
    "right",
    [
        "def page(user):\n    return Patient.objects.select_related('site').visible_to(user)",
        "def page(user):\n    rows = Patient.objects.all()\n    return visible(rows, user, 1)",
        "def page(user):\n    return Patient.objects.with_consents_visible_to(user)",
        "class Doses(Readable):\n    queryset = DoseRecord.objects.all()",
        "PARTS = {'goal': Goal.objects.all()}\ndef page(user):\n    return visible(PARTS['goal'], user, 1)",
    ],
)
def test_the_guard_lets_right_code_pass(right):
    assert list(around_the_word(right)) == []
