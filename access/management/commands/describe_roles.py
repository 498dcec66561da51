"""`manage.py describe_roles > docs/roles.md`: write the permissions of all roles as a table."""

from typing import Any

from django.core.management.base import BaseCommand

from access.authz.roles import (
    CASELOAD_ONLY,
    CONFIRMING,
    DESCRIPTIONS,
    NAMED_ONLY,
    NEEDING_SECOND_FACTOR,
    NEVER_BY_TOKEN,
    PERMISSIONS,
)
from access.enums import Permission, Role


class Command(BaseCommand):
    help = (
        "Write who may do what, from access/authz/roles.py. A test compares docs/roles.md with it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(roles_page(), ending="")


def roles_page() -> str:
    """Return the whole page in Markdown."""
    lines = [
        "# Who may do what",
        "",
        "Made from `access/authz/roles.py` by `manage.py describe_roles`. A permission applies at the sites where its role is held;",
        "what is not granted here is refused. *Caseload*: only for patients on whose care team the user is. In an emergency a",
        "record outside the access scope can be opened for reading for some hours; this is reviewed afterwards.",
        f"Roles that need a second factor: {_names(NEEDING_SECOND_FACTOR, Role)}. What no API token may do, whoever owns it:",
        f"{'; '.join(sorted(NEVER_BY_TOKEN))}.",
        f"A role takes effect only after a second person confirms it. Roles that can confirm: {_names(CONFIRMING, Role)}.",
        "",
    ]
    lines += [f"- **{role.label}**: {DESCRIPTIONS[role]}" for role in Role]
    lines += ["", "| | " + " | ".join(role.label for role in Role) + " |"]
    lines += ["|---|" + "---|" * len(Role)]
    lines += [_row(right) for right in Permission]
    return "\n".join(lines) + "\n"


def _names(chosen: frozenset[Role], everything: type[Role]) -> str:
    return (
        "all"
        if chosen == set(everything)
        else ", ".join(role.label for role in everything if role in chosen)
    )


def _row(right: Permission) -> str:
    return f"| {right.value} | " + " | ".join(_extent(right, role) for role in Role) + " |"


def _extent(right: Permission, role: Role) -> str:
    if right not in PERMISSIONS[role]:
        return ""
    if right in NAMED_ONLY:
        return "own or named"
    return "caseload" if right in CASELOAD_ONLY.get(role, ()) else "yes"
