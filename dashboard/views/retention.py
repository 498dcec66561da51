"""Retention in treatment. The same figures as `manage.py report retention`."""

from __future__ import annotations

from datetime import date

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from access.models import User
from common.form_fields import choose, day_field
from common.time_zones import day_of
from dashboard.http.form_views import staff_user
from dashboard.plots import curve_plot
from dashboard.views.schedule import sites_of
from outcomes.enums import Grouping, Measure
from outcomes.queries import reportable_episodes, retention_report
from outcomes.retention import NOT_KNOWN_YET, RetentionQuestion
from patients.models import Program

START = {"by": str(Grouping.MEDICATION), "measure": str(Measure.COVERAGE), "days": "180"}


class QuestionForm(forms.Form):
    """The question to the report. It is sent by GET, so that the address can be shared."""

    by = forms.ChoiceField(label="Compare by", choices=choose(Grouping))
    measure = forms.ChoiceField(label="In treatment means", choices=choose(Measure))
    days = forms.IntegerField(label="Retained at (days)", min_value=1, max_value=3650)
    program = forms.ChoiceField(label="Program", required=False)
    as_of = day_field("As of")

    def __init__(self, *args: object, user: User, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.today = today
        programs = Program.objects.filter(site__in=sites_of(user, Permission.SEE_OUTCOMES))
        codes = programs.order_by("code").values_list("code", "name").distinct()
        self.fields["program"].choices = [("", "All"), *codes]  # type: ignore[attr-defined]

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if day > self.today:
            raise forms.ValidationError(NOT_KNOWN_YET)
        return day


@requires(Permission.SEE_OUTCOMES)
def retention(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    today = day_of(timezone.now(), settings.TIME_ZONE)
    asked = {**START, "as_of": today.isoformat(), **request.GET.dict()}
    form = QuestionForm(asked, user=user, today=today)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        context.update(_answer(form, user))
    return render(request, "dashboard/retention.html", context, status=422 if form.errors else 200)


def _answer(form: QuestionForm, user: User) -> dict[str, object]:
    asked = form.cleaned_data
    episodes = reportable_episodes(user)
    if asked["program"]:
        episodes = episodes.filter(program__code=asked["program"])
    report = retention_report(
        episodes=episodes,
        question=RetentionQuestion(
            measure=Measure(asked["measure"]),
            by=Grouping(asked["by"]),
            days=asked["days"],
            as_of=asked["as_of"],
        ),
    )
    return {"report": report, "plot": curve_plot(report.groups, marked_day=asked["days"])}
