"""`manage.py report retention`: print the figures of the outcomes page as text or JSON."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from common.time_zones import day_of
from outcomes.enums import Grouping, Measure
from outcomes.presentation import as_json, as_text
from outcomes.queries import retention_report
from outcomes.retention import NOT_KNOWN_YET, RetentionQuestion
from patients.models import Episode


class Command(BaseCommand):
    help = "Report outcomes. Counts only, of all sites unless one is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["retention"])
        parser.add_argument("--format", choices=["json", "text"], default="text")
        parser.add_argument("--program", default="", help="program code, at whatever site")
        parser.add_argument("--site", default="", help="site code")
        parser.add_argument("--by", choices=Grouping.values, default=Grouping.MEDICATION)
        parser.add_argument("--measure", choices=Measure.values, default=Measure.COVERAGE)
        parser.add_argument("--days", type=int, default=180)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="as known on this day (YYYY-MM-DD); today"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days must be 1 or more.")
        today = day_of(timezone.now(), settings.TIME_ZONE)
        if options["as_of"] is not None and options["as_of"] > today:
            raise CommandError(f"--as-of {options['as_of']}: {NOT_KNOWN_YET}")
        question = RetentionQuestion(
            measure=Measure(options["measure"]),
            by=Grouping(options["by"]),
            days=options["days"],
            as_of=options["as_of"] or today,
        )
        episodes = _episodes(program=options["program"], site=options["site"])
        report = retention_report(episodes=episodes, question=question)
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(report), indent=2))
        else:
            self.stdout.write(as_text(report))


def _episodes(*, program: str, site: str) -> QuerySet[Episode]:
    """All episodes, or those of one program or site. Raises CommandError if there are none."""
    episodes = Episode.objects.all()
    for name, code, field in (
        ("program", program, "program__code"),
        ("site", site, "site__code"),
    ):
        if not code:
            continue
        episodes = episodes.filter(**{field: code})
        if not episodes.exists():
            raise CommandError(f"There is no episode of care with {name} code {code!r}.")
    return episodes
