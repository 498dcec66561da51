"""A clinic's spreadsheet: what is loaded, what is refused, and in which words."""

import csv
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from access.actions.roles import confirm_role
from access.authz.policy import forget_roles
from access.models import AuditEntry, Site
from common.banned_words import banned_word
from dispensary.actions.doses import give_dose
from dispensary.errors import NoActiveOrder
from dispensary.queries import orders_on
from patients.models import Episode, Identifier, Patient, Program
from tests.outcomes.golden import real_data
from tests.support.action_cases import proposed
from tests.support.world import NOW, World, make_user
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import begin_plan
from treatments.enums import PlanStatus, Product
from treatments.models import Intervention, TreatmentPlan

HEADER = (
    "person_id,site,program,admission_date,discharge_date,discharge_reason,birth_date,sex,"
    "medication,dose_mg,behavioural"
)
GOOD = "7,main,otp,2025-01-02,2025-06-01,dropped_out,1980-05-06,female,methadone,80,cbt"

Write = Callable[..., Path]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 2, 15, tzinfo=UTC)):
        yield


@pytest.fixture
def program() -> Program:
    site = Site.objects.create(code="main", name="Main", neutral_name="Main")
    return Program.objects.create(site=site, code="otp", name="Opioid treatment program")


@pytest.fixture
def write(tmp_path: Path, program: Program) -> Write:
    def written(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "clinic.csv"
        path.write_bytes("\n".join([header, *lines]).encode(encoding))
        return path

    return written


def run(path: Path, **options: Any) -> tuple[dict[str, Any], str]:
    """The JSON line and what was said of bad lines."""
    out, err = StringIO(), StringIO()
    call_command("import_episodes", str(path), stdout=out, stderr=err, **options)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def refused(path: Path, **options: Any) -> str:
    err = StringIO()
    with pytest.raises(CommandError) as problem:
        call_command("import_episodes", str(path), stdout=StringIO(), stderr=err, **options)
    return f"{err.getvalue()}{problem.value}"


def test_a_line_becomes_a_person_an_episode_and_a_signed_plan(write: Write) -> None:
    counts, said = run(write(GOOD))
    assert said == ""
    assert (counts["lines"], counts["loaded"], counts["bad"]) == (1, 1, 0)
    episode = Episode.objects.select_related("patient").get()
    assert (episode.admission_date, episode.discharge_date) == (date(2025, 1, 2), date(2025, 6, 1))
    assert episode.patient.family_name == "7"
    assert not episode.patient.birth_date_is_estimated
    plan = TreatmentPlan.objects.get(episode=episode)
    assert plan.status == PlanStatus.CLOSED
    assert sorted(map(str, Intervention.objects.all())) == [
        "Cognitive behavioral therapy, as needed",
        "Methadone, oral 80 mg daily",
    ]
    assert AuditEntry.objects.filter(
        action="import patient", patient_id=episode.patient_id
    ).exists()


def test_nobody_dispenses_from_a_plan_that_no_person_signed(
    world: World, client: Client, tmp_path: Path
) -> None:
    """290 mg in a spreadsheet are no order; what a prescriber signs next is one."""
    here = world.here.code
    path = tmp_path / "clinic.csv"
    path.write_text(f"{HEADER}\n9,{here},otp,2026-02-03,,,1980-05-06,female,methadone,290,\n")
    run(path)
    episode = Episode.objects.get(patient__in=Identifier.objects.of_value("9").values("patient"))
    assert orders_on(episode=episode, day=date(2026, 3, 2)) == []
    dose: dict[str, Any] = {
        "episode": episode,
        "product": Product.METHADONE_ORAL,
        "dose_date": date(2026, 3, 2),
    }
    stamp: dict[str, Any] = {"now": timezone.now(), "by": world.nurse}
    with pytest.raises(NoActiveOrder):
        give_dose(**dose, amount_mg=Decimal(290), **stamp)
    client.force_login(world.prescriber)
    page = client.get(f"/plans/{TreatmentPlan.objects.get().pk}").content.decode()
    assert "until a prescriber signs" in page
    assert (
        "until a prescriber signs" in client.get(f"/patients/{episode.patient_id}").content.decode()
    )
    signing: dict[str, Any] = {"now": timezone.now(), "by": world.prescriber}
    sign_plan(plan=begin_plan(episode=episode, **signing), **signing)
    assert give_dose(**dose, amount_mg=Decimal(290), **stamp).amount_mg == 290
    assert (
        "until a prescriber" not in client.get(f"/patients/{episode.patient_id}").content.decode()
    )


def test_loading_again_loads_nothing_twice(write: Write) -> None:
    path = write(GOOD, "8,main,otp,2026-02-03,,,,,,,")
    run(path)
    before = AuditEntry.objects.count()
    counts, _ = run(path)
    assert (counts["loaded"], counts["already_present"]) == (0, 2)
    assert Episode.objects.count() == Patient.objects.count() == 2
    assert AuditEntry.objects.count() == before


def test_somebody_who_came_back_is_one_person_with_two_episodes(write: Write) -> None:
    run(write(GOOD, "7,main,otp,2025-09-01,,,1980-05-06,female,methadone,60,"))
    assert Patient.objects.get().episodes.count() == 2
    assert Identifier.objects.get().value == "7"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",main,otp,2025-01-02,,,,,,,", "line 2, person_id: is empty."),
        (
            "7,main,otp,02/01/2025,,,,,,,",
            "line 2, admission_date: '02/01/2025' is not a date. Write",
        ),
        ("7,main,otp,20250102,,,,,,,", "admission_date: '20250102' is not a date."),
        ("7,main,otp,0205-01-02,,,,,,,", "admission_date: '0205-01-02' lies before 1900."),
        ("7,main,otp,2999-01-01,,,,,,,", "line 2, admission_date: lies in the future."),
        (
            "7,main,otp,2025-01-02,2024-12-31,other,,,,,",
            "discharge_date: lies before admission_date",
        ),
        ("7,main,otp,2025-01-02,2025-02-01,,,,,,", "stand together or not at all"),
        ("7,main,otp,2025-01-02,2025-02-01,vanished,,,,,", "Write one of: completed, dropped_out"),
        ("7,main,otp,2025-01-02,,,1884-01-01,,,,", "birth_date: '1884-01-01' lies before 1900."),
        ("7,main,otp,2025-01-02,,,2025-02-01,,,,", "birth_date: lies after admission_date."),
        ("7,main,otp,2025-01-02,,,,woman,,,", "sex: 'woman' is not known."),
        ("7,main,otp,2025-01-02,,,,,methadon,80,", "medication: 'methadon' is not known."),
        ("7,main,otp,2025-01-02,,,,,methadone,,", "dose_mg: medication and dose_mg stand together"),
        ("7,main,otp,2025-01-02,,,,,methadone,80mg,", "dose_mg: '80mg' is not a number of mg."),
        ("7,main,otp,2025-01-02,,,,,methadone,-5,", "dose_mg: '-5' cannot be a dose."),
        ("7,main,otp,2025-01-02,,,,,methadone,NaN,", "dose_mg: 'NaN' cannot be a dose."),
        ("7,main,otp,2025-01-02,,,,,methadone,800,", "800 mg is above 300 mg"),
        ("7,main,otp,2025-01-02,,,,,naltrexone,50,", "exists only as 380 mg"),
        ("7,main,otp,2025-01-02,,,,,,,yoga", "behavioural: 'yoga' is not known."),
        ("7,elsewhere,otp,2025-01-02,,,,,,,", "site: there is no site 'elsewhere'. Known: main"),
        ("7,main,o/p,2025-01-02,,,,,,,", "program: 'o/p' is not a code."),
        ("7,main,obot,2025-01-02,,,,,,,", "program: there is no program 'obot' at this site."),
        ("7,main,otp,2025-01-02", "line 2: 4 cells where the first line names 11."),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(write: Write, line: str, said: str) -> None:
    path = write(line, GOOD.replace("7,", "9,", 1))
    for options in ({}, {"check": True}):
        assert said in refused(path, **options)
    assert not Patient.objects.exists()


def test_check_names_every_problem_of_every_line(write: Write) -> None:
    said = refused(write("7,main,otp,soon,,,x,y,,,", GOOD, "8,main,otp,,,,,,,,"), check=True)
    day = "Write year-month-day, for example 2026-03-14."
    assert said == (
        f"line 2, admission_date: 'soon' is not a date. {day}\n"
        f"line 2, birth_date: 'x' is not a date. {day}\n"
        "line 2, sex: 'y' is not known. Write one of: female, male, intersex, unknown.\n"
        "line 4, admission_date: is empty. This column is needed on every line.\n"
        "2 bad lines. Nothing was written."
    )


def test_check_of_a_good_file_writes_nothing(write: Write) -> None:
    counts, _ = run(write(GOOD), check=True)
    assert (counts["good"], counts["loaded"]) == (1, 0)
    assert not Patient.objects.exists()


def test_lines_that_contradict_each_other(write: Write) -> None:
    said = refused(
        write(
            GOOD,
            GOOD,
            "7,main,otp,2025-09-01,2025-10-01,other,1981-05-06,female,,,",
            "8,main,otp,2025-01-01,,,,,,,",
            "8,main,otp,2025-02-01,,,,,,,",
        )
    )
    assert "line 3: the same person, program and admission date as line 2." in said
    assert "line 4, birth_date: is not what line 2 says of the same person." in said
    assert "line 6, discharge_date: the episode on line 5 is open in the same program." in said


def test_an_open_episode_in_the_clinic_already(write: Write) -> None:
    run(write("8,main,otp,2025-01-01,,,,,,,"))
    said = refused(write("8,main,otp,2025-02-01,,,,,,,"))
    assert "the episode of 2025-01-01, already recorded, is open in the same program." in said


def test_stays_that_overlap_are_named_and_counted(write: Write) -> None:
    """A closed stay within another; inside the file and beside what is there already."""
    run(write(GOOD))
    path = write(
        "7,main,otp,2025-05-31,2025-07-01,other,1980-05-06,female,,,",
        "8,main,otp,2025-01-01,2025-03-01,other,,,,,",
        "8,main,otp,2025-02-28,2025-04-01,other,,,,,",
        "8,main,otp,2025-03-01,2025-04-01,other,,,,,",
        "8,main,otp,2025-03-20,,,,,,,",
        "9,main,otp,2025-01-01,,,,,,,",
        "9,main,otp,2025-02-01,2025-03-01,other,,,,,",
    )
    said = refused(path)
    assert (
        "line 2, admission_date: overlaps the episode of 2025-01-02, already recorded, in" in said
    )
    assert "line 4, admission_date: overlaps the episode on line 3 in the same program." in said
    assert "line 6, admission_date: overlaps the episode on line 5 in" in said
    assert "line 8, admission_date: overlaps the episode on line 7 in" in said
    counts, _ = run(path, skip_bad=True)
    assert (counts["loaded"], counts["bad"]) == (3, 4)


@pytest.fixture
def second_site() -> Program:
    site = Site.objects.create(code="north", name="North", neutral_name="North")
    return Program.objects.create(site=site, code="otp", name="Opioid treatment program")


ELSEWHERE = GOOD.replace(",main,", ",north,").replace(
    "2025-01-02,2025-06-01", "2025-09-01,2025-10-01"
)


def test_one_person_at_two_sites_is_a_bad_line(write: Write, second_site: Program) -> None:
    path = write(GOOD, GOOD.replace("7,", "9,", 1), ELSEWHERE)
    for options in ({}, {"check": True}):
        said = refused(path, **options)
        assert "line 4, site: line 2 has the same person at 'main'. Care at a second site" in said
    assert not Patient.objects.exists()
    counts, _ = run(path, skip_bad=True)
    assert (counts["loaded"], counts["bad"]) == (2, 1)
    assert not Episode.objects.exclude(site=F("patient__site")).exists()
    assert not Episode.objects.exclude(site=F("program__site")).exists()


def test_somebody_recorded_at_another_site_already(write: Write, second_site: Program) -> None:
    run(write(GOOD))
    said = refused(write(ELSEWHERE))
    assert "line 2, site: this person is recorded at 'main' already. Care at a second" in said
    # Another list's number 7 is somebody else.
    assert run(write(ELSEWHERE), system="another")[0]["loaded"] == 1


def test_the_database_keeps_an_episode_where_its_patient_is(
    write: Write, second_site: Program
) -> None:
    run(write(GOOD))
    Episode.objects.create(
        patient=Patient.objects.get(),
        program=second_site,
        site=second_site.site,
        admission_date=date(2026, 1, 1),
        recorded_at=timezone.now(),
    )
    with (
        pytest.raises(IntegrityError, match="episode_is_where_its_patient_is"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def trail() -> list[tuple[str, int | None, int | None, int | None]]:
    """What the import did to which row, and whose it says that row is."""
    rows = AuditEntry.objects.filter(patient_id__isnull=False).order_by("id")
    return [(row.action, row.object_id, row.patient_id, row.site_id) for row in rows]


def test_who_looks_like_a_patient_is_named_and_loaded(program: Program, write: Write) -> None:
    header = f"{HEADER},given_name,family_name"
    run(write(f"{GOOD},Ana,Rivera", header=header))
    number = Patient.objects.get().record_number
    again = GOOD.replace("7,main", "8,main")
    stranger = GOOD.replace("7,main", "9,main")
    path = write(f"{again},ANA,Rivera-Lopez", f"{stranger},Luz,Santos", header=header)
    counts, said = run(path, check=True)
    assert f"Look at line 2, person_id: looks like record {number}" in said
    assert (counts["good"], counts["look_alikes"], counts["bad"]) == (2, 1, 0)
    assert "line 3" not in said
    assert run(path)[0]["loaded"] == 2


def test_each_person_episode_and_plan_has_its_row_in_the_trail(write: Write) -> None:
    run(write(GOOD, "8,main,otp,2026-02-03,,,,,,,"))
    (with_plan, without_plan), plan = Episode.objects.order_by("id"), TreatmentPlan.objects.get()
    first = (with_plan.patient_id, with_plan.site_id)
    second = (without_plan.patient_id, without_plan.site_id)
    assert sorted(trail()) == sorted(
        [
            ("import patient", first[0], *first),
            ("import episode of care", with_plan.pk, *first),
            ("import signed plan", plan.pk, *first),
            ("import patient", second[0], *second),
            ("import episode of care", without_plan.pk, *second),
        ]
    )
    before = len(trail())
    run(write("7,main,otp,2025-09-01,,,1980-05-06,female,methadone,60,"))
    later = Episode.objects.latest("id")
    assert trail()[before:] == [
        ("import episode of care", later.pk, *first),
        ("import signed plan", later.plans.get().pk, *first),
    ]


def test_without_its_row_in_the_trail_nothing_is_loaded(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise RuntimeError("no trail")

    monkeypatch.setattr("exchange.bulk_insert.Batch.add_audit", broken)
    with pytest.raises(RuntimeError, match="no trail"):
        run(write(GOOD))
    assert not Patient.objects.exists()


def test_skip_bad_loads_the_rest_and_writes_a_file_of_the_rejected(write: Write) -> None:
    path = write("9,main,otp,soon,,,,,,,", GOOD)
    counts, said = run(path, skip_bad=True)
    assert (counts["loaded"], counts["bad"]) == (1, 1)
    assert "line 2, admission_date" in said
    rejected = path.with_name("clinic.rejected.csv")
    assert counts["rejected_file"] == str(rejected)
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    with rejected.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["person_id"], row["line"]) == ("9", "2")
    assert row["problem"].startswith("admission_date 'soon' is not a date.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"person_id;site;program\n", "separated by commas"),
        (
            HEADER.replace("site", "sites").encode(),
            "There is no column site. 'sites' is not a column",
        ),
        (f"{HEADER},sex".encode(), "sex stands twice."),
        (HEADER.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\0\0", "not text"),
        (
            f"{HEADER}\n{GOOD}\n9,main,otp,2025-01-02,,,,\xe9,,,".encode("latin-1"),
            "Line 3 is not utf-8",
        ),
        (f'{HEADER}\n{GOOD}\n"9,main'.encode(), "begins on line 3"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "clinic.csv"
    path.write_bytes(content)
    assert said in refused(path)


def test_byte_order_mark_windows_line_ends_quoted_newlines_and_blank_lines(write: Write) -> None:
    header = HEADER + ",given_name"
    lines = [header, f'{GOOD},"Two\r\nlines"', "", "9,main,otp,soon,,,,,,,,", ""]
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert "line 5, admission_date" in refused(path)


def test_an_older_encoding_when_it_is_named(write: Write) -> None:
    path = write(f"{GOOD},Zoë", header=f"{HEADER},given_name", encoding="cp1252")
    run(path, encoding="cp1252")
    assert Patient.objects.get().given_name == "Zoë"


def test_sites_and_programs_are_made_only_when_asked(write: Write) -> None:
    path = write("7,north,office,2025-01-02,,,,,,,")
    run(path, create_programs=True)
    assert Program.objects.filter(site__code="north", code="office").exists()


def test_a_site_that_an_import_makes_can_be_staffed_and_is_discreet(world, write: Write) -> None:
    path = write("7,methadone_north,office,2025-01-02,,,,,,,")
    run(path, create_programs=True)
    site = Site.objects.get(code="methadone_north")
    assert banned_word(site.neutral_name) is None
    forget_roles(world.system_administrator)
    nurse = make_user("Somebody new")
    confirm_role(proposal=proposed(world, nurse, site=site), now=NOW, by=world.clinical_director)
    assert Patient.objects.visible_to(nurse).filter(site=site).exists()
    made = AuditEntry.objects.filter(site_id=site.pk).values_list("action", flat=True)
    assert {"make site", "make program", "import patient"} <= set(made)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "nothing.csv")


def addicts_as_a_clinics_list(path: Path, as_of: date) -> None:
    """Departed: discharged after `survt` days. Still in treatment: admitted `survt` days ago."""
    with (
        real_data("addicts.csv").open(newline="") as source,
        path.open("w", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow([*HEADER.split(",")[:6], "medication", "dose_mg"])
        for row in csv.DictReader(source):
            admitted = as_of - timedelta(days=int(row["survt"]))
            left = row["status"] == "1"
            ends = [as_of.isoformat(), "dropped_out"] if left else ["", ""]
            place = [f"clinic-{row['clinic']}", "methadone"]
            writer.writerow([row["id"], *place, admitted, *ends, "methadone", row["dose"]])


def test_addicts_by_way_of_a_spreadsheet_gives_the_published_figures(tmp_path: Path) -> None:
    path, as_of, out = tmp_path / "addicts.csv", date(2026, 3, 1), StringIO()
    addicts_as_a_clinics_list(path, as_of)
    counts, _ = run(path, create_programs=True)
    assert counts["loaded"] == 238
    call_command(
        "report",
        "retention",
        format="json",
        measure="episode",
        by="site",
        days=365,
        as_of=as_of,
        stdout=out,
    )
    report = json.loads(out.getvalue())
    first, second = report["groups"]
    assert (first["episodes"], first["median_days"]) == (163, 428)
    assert (second["episodes"], second["median_days"]) == (75, None)
    assert round(report["log_rank"]["chi_square"], 3) == 27.893
