"""/reports/retention: the figures of the outcomes page. Counts, no names."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authz.policy import sites_with_permission
from access.enums import Permission
from api.framework.fields import DayField, Input, WordField
from common.errors import InvalidInput
from common.time_zones import day_of
from outcomes.enums import Grouping, Measure
from outcomes.presentation import as_json
from outcomes.queries import reportable_episodes, retention_report
from outcomes.retention import NOT_KNOWN_YET, RetentionQuestion
from patients.models import Episode, Program

LONGEST = 3650  # days


class Question(Input):
    """Parameters: retention at `days`, grouped `by`, by `measure`, as known on `as_of`."""

    days = serializers.IntegerField(min_value=1, max_value=LONGEST, default=180)
    by = WordField(Grouping, default=Grouping.MEDICATION)
    measure = WordField(Measure, default=Measure.COVERAGE)
    program = serializers.SlugField(max_length=40, default="", help_text="A program's code.")
    as_of = DayField(required=False, help_text="Default today; not in the future.")


class NotInDenominator(serializers.Serializer[object]):
    began_too_recently = serializers.IntegerField()
    still_in_care_and_last_covered_before = serializers.IntegerField()
    ended_administratively_before = serializers.IntegerField()


class Estimate(serializers.Serializer[object]):
    """Kaplan-Meier, with 95 % limits."""

    retained = serializers.FloatField(allow_null=True)
    low_95 = serializers.FloatField(allow_null=True)
    high_95 = serializers.FloatField(allow_null=True)
    at_risk = serializers.IntegerField()


class Censored(serializers.Serializer[object]):
    still_in_care = serializers.IntegerField()
    ended_administratively = serializers.IntegerField()


class RetentionGroup(serializers.Serializer[object]):
    """Counts are episodes of care; `percent` and `proportion` are of `denominator`."""

    group = serializers.CharField()
    key = serializers.CharField()
    episodes = serializers.IntegerField()
    denominator = serializers.IntegerField()
    retained = serializers.IntegerField()
    left_before = serializers.IntegerField()
    percent = serializers.IntegerField(allow_null=True)
    proportion = serializers.FloatField(allow_null=True)
    not_in_denominator = NotInDenominator()
    kaplan_meier = Estimate()
    median_days = serializers.IntegerField(allow_null=True)
    median_is_reached = serializers.BooleanField()
    left = serializers.IntegerField()
    censored = Censored()


class LogRankOutput(serializers.Serializer[object]):
    chi_square = serializers.FloatField()
    degrees_of_freedom = serializers.IntegerField()
    p_value = serializers.FloatField()


class RetentionOutput(serializers.Serializer[object]):
    """The figures, with their definition."""

    report = serializers.CharField()
    measure = serializers.CharField()
    by = serializers.CharField()
    days = serializers.IntegerField()
    as_of = serializers.DateField()
    definition = serializers.CharField()
    groups = RetentionGroup(many=True)
    total = RetentionGroup()
    log_rank = LogRankOutput(allow_null=True)
    episodes_without_signed_plan = serializers.IntegerField()


class Retention(APIView):
    """Retention in treatment, at the sites whose outcomes the caller may see."""

    rights = {"get": Permission.SEE_OUTCOMES}

    @extend_schema(parameters=[Question], responses=RetentionOutput, operation_id="retention")
    def get(self, request: Request) -> Response:
        """Return retention with Kaplan-Meier estimates; every figure states its denominator."""
        form = Question(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        today = day_of(timezone.now(), settings.TIME_ZONE)
        as_of = asked.get("as_of", today)
        if as_of > today:
            raise InvalidInput(NOT_KNOWN_YET, field="as_of")
        question = RetentionQuestion(
            measure=asked["measure"], by=asked["by"], days=asked["days"], as_of=as_of
        )
        episodes = _episodes(request, asked["program"])
        return Response(as_json(retention_report(episodes=episodes, question=question)))


def _episodes(request: Request, code: str) -> QuerySet[Episode]:
    """Return the episodes to count.

    A program that the caller may not see is refused in the same way as an unknown one.
    """
    episodes = reportable_episodes(request.user)
    if not code:
        return episodes
    sites = sites_with_permission(request.user, Permission.SEE_OUTCOMES)
    if not Program.objects.filter(code=code, site_id__in=sites).exists():
        raise InvalidInput("There is no program with this code that you can see.", field="program")
    return episodes.filter(program__code=code)
