"""Form for adding a staff member to a care team."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from access.forms.fields import colleague_field
from access.models import User
from common.form_fields import day_field

#: Default length of a place on a care team: until the next review of the plan.
CARE_DAYS = 90


class CareTeamForm(forms.Form):
    planned_end_date = day_field("Planned end", help_text="Access ends some days after this date.")

    def __init__(
        self, *args: Any, colleagues: QuerySet[User], by: User, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("planned_end_date", today + timedelta(days=CARE_DAYS))
        self.fields["user"] = colleague_field("Staff member", colleagues, by)
        self.order_fields(["user", "planned_end_date"])
