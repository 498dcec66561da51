"""Module names are nouns that people search for; docstrings begin with one short plain line."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.guards.test_architecture import OURS, ROOT, modules

#: Words in -ing that the field uses as nouns.
NOUNS = {
    "accounting", "booking", "dosing", "locking", "message_rendering",
    "paging", "planning", "row_tracking", "seed", "sending", "throttling", "visit_bundling",
}  # fmt: skip
#: Words in -ed and -en that are no participles, or plain adjectives before a noun.
ADJECTIVES = {"calendar_feed", "embedded"}
LONGEST_FIRST_LINE = 90
#: Words of an older vocabulary (docs/glossary.md says what stands in their place).
RETIRED = re.compile(
    r"\b(deeds?|(?<!its )faces?|floors?|storeys?|storey|house|papers|tongues?|sealed|unsealed|unseal|seals?|"
    r"(?<!/)counsell\w+|behaviour\w*|whoever)\b",  # not the addresses of the API
    re.IGNORECASE,
)


def is_participle(name: str) -> bool:
    if name in NOUNS | ADJECTIVES or name.startswith("_"):
        return False
    return bool(re.search(r"(ing|ed)$", name.rsplit("_", 1)[-1]))


def named_modules() -> list[Path]:
    return [path for path in modules(*OURS) if "commands" not in path.parts]


def test_no_module_is_named_with_a_participle():
    found = [path.relative_to(ROOT) for path in named_modules() if is_participle(path.stem)]
    assert not found


@pytest.mark.parametrize(
    "name", ["noting", "proving", "telling", "freed", "held_by", "feed_reading"]
)
def test_the_rule_finds_coined_names(name):
    assert is_participle(name) == (name != "held_by")


def first_lines(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    return [text.splitlines()[0] for text in texts if text]


@pytest.mark.parametrize("folder", [*OURS, "bench/"])
def test_docstrings_begin_with_one_short_line(folder):
    long = {
        str(path.relative_to(ROOT)): line
        for path in modules(folder)
        for line in first_lines(path)
        if len(line) > LONGEST_FIRST_LINE
    }
    assert not long


@pytest.mark.parametrize("folder", OURS)
def test_docstrings_use_the_words_of_the_glossary(folder):
    found = {
        (str(path.relative_to(ROOT)), line)
        for path in modules(folder)
        for line in first_lines(path)
        if RETIRED.search(line)
    }
    assert not found


def check_subject(subject: str, folder: Path) -> bool:
    message = folder / "message"
    message.write_text(f"{subject}\n\nWhy it is so.\n")
    hook = ROOT / "deploy" / "hooks" / "commit-msg"
    return subprocess.run([hook, message], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("subject", "is_good"),
    [
        ("Refuse a second dose across programs", True),
        ("Feed the calendar in pages", True),
        ("Merge branch 'x'", True),
        ("refuse a second dose", False),
        ("Refused a second dose", False),
        ("Refusing a second dose", False),
        ("What a moved visit leaves is offered", False),
        ("Refuse a second dose.", False),
        ("Refuse " + "a second dose " * 6, False),
    ],
)
def test_the_commit_hook_reads_the_subject(subject, is_good, tmp_path):
    assert check_subject(subject, tmp_path) == is_good


def named_in_docs() -> list[tuple[str, str]]:
    """(document, path) of every file or folder of ours that a document names in backticks."""
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
    tops = "|".join(OURS) + "|tests|bench|deploy|docs"
    pattern = re.compile(rf"`((?:{tops})/[\w/.-]+?(?:\.(?:py|md|html|toml|css|js)|/))`")
    return [
        (str(document.relative_to(ROOT)), path)
        for document in documents
        for path in pattern.findall(document.read_text())
        if "api/v1" not in path
    ]


def test_documents_name_files_that_exist():
    named = named_in_docs()
    assert len(named) > 100
    assert [one for one in named if not (ROOT / one[1]).exists()] == []
