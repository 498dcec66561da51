"""What staff type when they open a record to somebody: care teams and emergencies."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from access.models import User


def colleague_field(
    label: str, people: QuerySet[User], by: User, *, help_text: str = ""
) -> forms.ModelChoiceField[User]:
    """Oneself is not offered; who sends it all the same is refused by the action, in the trail."""
    field = forms.ModelChoiceField(label=label, queryset=people, help_text=help_text)
    offered = [(one.pk, str(one)) for one in people if one.pk != by.pk]
    field.widget.choices = [("", "Choose…"), *offered]
    return field
