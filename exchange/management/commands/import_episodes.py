"""`manage.py import_episodes FILE.csv`: import episodes from a clinic's spreadsheet."""

import csv
import json
import os
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.time_zones import day_of
from exchange.episodes.csv_import import BadLines, load_episodes
from exchange.episodes.csv_reader import Table, UnreadableFile, read_table
from exchange.episodes.validation import Checked, check_table

OWNER_ONLY = 0o600


class Command(BaseCommand):
    help = "Load episodes of care from a CSV file (columns: docs/import-episodes.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="report bad lines, write nothing")
        parser.add_argument(
            "--skip-bad",
            action="store_true",
            help="load the good lines and write the bad ones to FILE.rejected.csv",
        )
        parser.add_argument("--rejected", type=Path, help="where --skip-bad writes the bad lines")
        parser.add_argument(
            "--system", default="import", help="what the person_id numbers belong to"
        )
        parser.add_argument(
            "--create-programs", action="store_true", help="make sites and programs not there yet"
        )
        parser.add_argument("--encoding", default="utf-8-sig")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        today = day_of(now, settings.TIME_ZONE)
        common = {
            "system": options["system"],
            "create_programs": options["create_programs"],
            "today": today,
        }
        try:
            table = read_table(options["file"], encoding=options["encoding"])
            if options["check"]:
                self._check(table, check_table(table=table, **common))
                return
            checked = load_episodes(table=table, skip_bad=options["skip_bad"], now=now, **common)
        except UnreadableFile as problem:
            raise CommandError(str(problem)) from problem
        except BadLines as problem:
            self._name(problem.checked)
            raise CommandError(
                f"{len(problem.checked.bad_lines)} bad lines, nothing loaded. Mend them, or load "
                "the others with --skip-bad."
            ) from problem
        self._name(checked)
        rejected = self._write_rejected(table, checked, options) if checked.problems else None
        self._count(table, checked, loaded=len(checked.good), rejected=rejected)

    def _check(self, table: Table, checked: Checked) -> None:
        self._name(checked)
        self._count(table, checked, loaded=0, rejected=None)
        if checked.problems:
            raise CommandError(f"{len(checked.bad_lines)} bad lines. Nothing was written.")

    def _name(self, checked: Checked) -> None:
        for problem in checked.problems:
            self.stderr.write(str(problem))
        for warning in checked.warnings:
            self.stderr.write(f"Look at {warning}")

    def _count(self, table: Table, checked: Checked, *, loaded: int, rejected: Path | None) -> None:
        counts = {
            "lines": len(table.lines),
            "good": len(checked.good),
            "already_present": len(checked.present),
            "bad": len(checked.bad_lines),
            "look_alikes": len({warning.line for warning in checked.warnings}),
            "loaded": loaded,
            "rejected_file": str(rejected) if rejected else None,
        }
        self.stdout.write(json.dumps(counts))

    def _write_rejected(self, table: Table, checked: Checked, options: dict[str, Any]) -> Path:
        """Write the rejected lines with number and problem to a file that only its owner may read."""
        path: Path = options["rejected"] or options["file"].with_suffix(".rejected.csv")
        reasons = defaultdict(list)
        for problem in checked.problems:
            reasons[problem.line].append(
                f"{problem.column} {problem.what} {problem.remedy}".strip()
            )
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*table.header, "line", "problem"])
            for line in table.lines:
                if line.number in reasons:
                    writer.writerow([*line.cells, line.number, " | ".join(reasons[line.number])])
        return path
