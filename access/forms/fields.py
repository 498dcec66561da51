"""Form fields that several forms of this app share."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from access.models import User


def colleague_field(
    label: str, people: QuerySet[User], by: User, *, help_text: str = ""
) -> forms.ModelChoiceField[User]:
    """Choice of a staff member that does not offer oneself.

    The queryset still contains oneself, so that the action refuses a forged choice and the audit
    trail shows it.
    """
    field = forms.ModelChoiceField(label=label, queryset=people, help_text=help_text)
    offered = [(one.pk, str(one)) for one in people if one.pk != by.pk]
    field.widget.choices = [("", "Choose…"), *offered]
    return field
