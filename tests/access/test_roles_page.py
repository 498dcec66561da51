"""The page that a clinical director reads is the page that decides."""

from access.management.commands.describe_roles import roles_page
from tests.support.launching import REPOSITORY


def test_the_page_is_what_the_code_says():
    """Make it anew with: .venv/bin/python manage.py describe_roles > docs/roles.md"""
    assert (REPOSITORY / "docs" / "roles.md").read_text() == roles_page()
