"""Parts of a page that are asked for while somebody types."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "dashboard" / "templates"
ASKING = [
    (path.name, tag)
    for path in sorted(TEMPLATES.rglob("*.html"))
    for tag in re.findall(r"<[^<>]*\bhx-(?:get|post)=(?:\"[^\"]*\"|[^<>])*>", path.read_text())
]


def test_there_are_such_parts():
    assert {name for name, _ in ASKING} >= {"book.html", "patients.html", "retention.html"}


@pytest.mark.parametrize(("name", "tag"), ASKING, ids=[name for name, _ in ASKING])
def test_what_was_typed_last_is_what_is_answered(name, tag):
    """Unsaid, only the first request behind one that is under way is kept, and an older word shown."""
    assert 'hx-sync="this:queue last"' in tag
