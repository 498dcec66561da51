"""The trials' participants: a small made-up folder for the rules, the real one for the figures."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from access.models import AuditEntry
from appointments.enums import AppointmentStatus, MissReason
from appointments.models import Appointment
from dispensary.models.doses import DoseRecord
from exchange.ctn0094 import load as loading
from exchange.ctn0094.rules import DAY_ZERO, FLAG_WORDS
from exchange.ctn0094.source import READ
from patients.enums import DischargeReason, Substance, UseFrequency
from patients.models import Assessment, Episode, Identifier, Patient, SubstanceUse
from tests.outcomes.golden import real_data
from treatments.enums import Modality, PlanStatus, Product
from treatments.models import DrugTest, DrugTestResult, Intervention, TreatmentPlan

pytestmark = pytest.mark.django_db

VISIT = ("who", "visit", "what", "is_no_note", *FLAG_WORDS, "when")
FILES: dict[str, list[tuple[object, ...]]] = {
    "everybody.csv": [(1, 27), (2, 30), (3, 51), (4, 27)],
    "demographics.csv": [(1, "40.0", "Yes"), (2, "", "No"), (3, "31.0", ""), (4, "50.0", "No")],
    "site_masked.csv": [(1, 7), (2, 8), (3, 7), (4, 7)],
    "randomization.csv": [
        (1, "Methadone", 1, "2.0"),
        (1, "Methadone", 2, "2.0"),
        (2, "Outpatient BUP + SMM", 1, "3.0"),
        (2, "Outpatient BUP + EMM", 2, "60.0"),
        (3, "Inpatient NR-NTX", 1, "0.0"),
    ],
    "treatment.csv.gz": [
        *((1, "80.0", f"{day}.0") for day in range(2, 160)),
        (1, "20.0", "10.0"),
        (2, "16.0", "4.0"),
        (2, "40.0", "61.0"),
        (3, "1.0", "10.0"),
        (4, "30.0", "1.0"),
    ],
    "visit.csv": [
        (1, "BASELINE", "visit", "", "0.0"),
        (1, "WK1", "visit", "", "0.0"),
        (1, "WK2", "no visit", "is_in_jail is_no_show", ""),
        (1, "M1F", "MISSING", "", ""),
        (2, "Cross Active Study", "", "", "0.0"),
        (2, "P1Wk2", "visit", "is_no_show", "16.0"),
    ],
    "uds.csv": [(1, "Opioid", "0.0"), (1, "Thc", "0.0"), (2, "Cocaine", "5.0")],
    "uds_temp.csv": [(1, "1", "0.0"), (1, "0", "7.0"), (1, "1", "")],
    "withdrawal.csv": [(1, "2", "0.0"), (1, "", "7.0")],
    "tlfb.csv.gz": [
        *((1, "Heroin", f"{-day}.0") for day in range(1, 27)),
        (1, "THC", "-3.0"),
        (1, "Heroin", "4.0"),
    ],
    "psychiatric.csv": [(1, "Yes"), (2, "Yes"), (3, "No"), (4, "Yes")],
    "pain.csv": [(1, "No Pain", "0.0")],
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 2, 15, tzinfo=UTC)):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in FILES.items():
        header = VISIT if name == "visit.csv" else READ.get(name, ("who", "pain", "when"))
        path = tmp_path / name
        cells = [visit_cells(row) for row in rows] if name == "visit.csv" else rows
        write_rows(path, [header, *cells])
    return tmp_path


def write_rows(path: Path, rows: Iterable[Iterable[object]]) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def visit_cells(row: tuple[object, ...]) -> list[object]:
    who, visit, what, flags, day = row
    ticked = ["1" if flag in str(flags).split() else "" for flag in FLAG_WORDS]
    return [who, visit, what, "", *ticked, day]


def run(folder: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("import_ctn0094", str(folder), stdout=out, **options)
    counts: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return counts


def person(who: int) -> Patient:
    return Identifier.objects.of_value(str(who)).get(system="CTN-0094").patient


def day(number: int) -> date:
    return DAY_ZERO + timedelta(days=number)


def test_people_are_coded_and_their_birth_dates_estimated(folder: Path) -> None:
    run(folder)
    patient = person(1)
    assert (patient.given_name, patient.family_name, patient.sex) == (
        "Participant",
        "CTN-0001",
        "male",
    )
    assert (patient.birth_date, patient.birth_date_is_estimated) == (date(1970, 1, 1), True)
    assert person(2).birth_date == date(1900, 1, 1)
    assert patient.site.code == "ctn-site-7"
    assert AuditEntry.objects.filter(action="import patient").count() == 4


def test_each_person_episode_and_plan_has_its_row_in_the_trail(folder: Path) -> None:
    run(folder)
    rows = AuditEntry.objects.filter(patient_id__isnull=False)
    assert set(rows.values_list("action", "object_id", "patient_id", "site_id")) == {
        *(("import patient", one.pk, one.pk, one.site_id) for one in Patient.objects.all()),
        *(
            (action, one.pk, one.patient_id, one.site_id)
            for action, model in (
                ("import episode of care", Episode),
                ("import signed plan", TreatmentPlan),
            )
            for one in model.objects.all()
        ),
    }


def test_episodes_end_as_the_protocol_says(folder: Path) -> None:
    run(folder)
    ends = {
        episode.patient.family_name: (episode.discharge_date, episode.discharge_reason)
        for episode in Episode.objects.select_related("patient")
    }
    assert ends == {
        "CTN-0001": (day(159), DischargeReason.STUDY_ENDED),
        "CTN-0002": (day(61), DischargeReason.DROPPED_OUT),
        # One injection works for 28 days.
        "CTN-0003": (day(37), DischargeReason.DROPPED_OUT),
        "CTN-0004": (day(0), DischargeReason.OTHER),
    }


def test_plans_hold_the_arms_medication_and_behavioural_part(folder: Path) -> None:
    run(folder)
    plans = TreatmentPlan.objects.filter(patient=person(2)).order_by("number")
    assert [(plan.number, plan.status, plan.start_date, plan.end_date) for plan in plans] == [
        (1, PlanStatus.SUPERSEDED, day(3), day(60)),
        (2, PlanStatus.CLOSED, day(60), day(61)),
    ]
    behavioral = Intervention.objects.filter(
        goal__problem__plan__in=plans, arm="behavioural"
    ).order_by("goal__problem__plan__number")
    assert [work.modality for work in behavioral] == [
        Modality.MEDICAL_MANAGEMENT,
        Modality.ENHANCED_MEDICAL_MANAGEMENT,
    ]
    assert Intervention.objects.get(goal__problem__plan__patient=person(1)).dose_mg == 80
    assert not TreatmentPlan.objects.filter(patient=person(4)).exists()


def test_doses_are_the_ledger(folder: Path) -> None:
    counts = run(folder)
    doses = DoseRecord.objects.filter(patient=person(1), dose_date=day(10)).order_by("portion")
    assert [(dose.portion, dose.amount_mg) for dose in doses] == [
        (1, Decimal(80)),
        (2, Decimal(20)),
    ]
    injection = DoseRecord.objects.get(patient=person(3))
    assert (injection.product, injection.amount_mg) == (
        Product.NALTREXONE_INJECTION,
        Decimal(380),
    )
    assert counts["left_out"]["dose of somebody in no arm: the drug is not known"] == 1
    assert counts["noted"]["second dose row of a day: loaded as a second portion"] == 1


def test_visits_are_kept_or_missed_with_the_reason(folder: Path) -> None:
    counts = run(folder)
    visits = Appointment.objects.filter(patient=person(1)).order_by("starts_at")
    assert [visit.status for visit in visits] == [
        AppointmentStatus.COMPLETED,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
    ]
    assert visits[0].ends_at == visits[1].starts_at
    missed = visits[2]
    assert missed.starts_at.date() == day(2 + 14)
    assert missed.miss_reason == MissReason.IN_JAIL
    assert missed.note == "WK2; in jail; no show; day by protocol"
    assert counts["left_out"]["missed visit without a day (M1F has no protocol day)"] == 1
    assert counts["left_out"]["visit row 'Cross Active Study': a form, not a visit"] == 1


def test_findings(folder: Path) -> None:
    counts = run(folder)
    assert DrugTest.objects.filter(patient=person(1)).count() == 2
    assert not DrugTest.objects.get(patient=person(1), collected_date=day(7)).is_valid
    assert set(
        DrugTestResult.objects.filter(test__patient=person(1)).values_list("substance", flat=True)
    ) == {"Opioid", "Thc"}
    assert Assessment.objects.get(patient=person(1)).score == 2
    uses = SubstanceUse.objects.filter(patient=person(1)).order_by("-is_primary")
    assert [(use.substance, use.frequency, use.is_primary) for use in uses] == [
        (Substance.HEROIN, UseFrequency.DAILY, True),
        (Substance.CANNABIS, UseFrequency.MONTHLY, False),
    ]
    assert counts["left_out"]["pain.csv: pain; no such instrument here"] == 1
    assert counts["left_out"]["withdrawal without a band or a day"] == 1


def test_twice_gives_the_same_database(folder: Path) -> None:
    run(folder)
    before = table_sizes()
    counts = run(folder)
    assert (counts["already_present"], counts["written"]) == (4, {})
    assert table_sizes() == before


def test_a_crash_half_way_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PEOPLE_AT_ONCE", 2)
    written = []

    def crash_at_the_second_batch(self: object) -> None:
        written.append(self)
        if len(written) == 2:
            raise RuntimeError("power cut")

    monkeypatch.setattr("exchange.bulk_plan_signatures.PlanRounds.write", crash_at_the_second_batch)
    with pytest.raises(RuntimeError, match="power cut"):
        run(folder)
    assert not Patient.objects.exists()
    assert not AuditEntry.objects.exists()


def test_another_day_zero(folder: Path) -> None:
    run(folder, day_zero=date(2020, 6, 1))
    assert Episode.objects.filter(admission_date=date(2020, 6, 1)).count() == 4


def test_a_folder_without_the_data_is_refused_by_name(folder: Path) -> None:
    (folder / "uds.csv").unlink()
    with pytest.raises(CommandError, match=r"uds\.csv not found"):
        run(folder)
    (folder / "uds.csv").write_text("who,when\n")
    with pytest.raises(CommandError, match=r"uds\.csv has no column what"):
        run(folder)


def table_sizes() -> Mapping[str, int]:
    models = (AuditEntry, Patient, Episode, TreatmentPlan, DoseRecord, Appointment, DrugTestResult)
    return {model.__name__: model.objects.count() for model in models}


def test_the_real_trials_give_the_published_retention() -> None:
    """Hser 2014: 24-week retention 74 % on methadone (529 people), 46 % on buprenorphine (740)."""
    folder = real_data("ctn0094")
    counts = run(folder)
    assert counts["participants"] == counts["written"]["patients"] == 3560
    assert counts["written"]["dose records"] + 4 == 216_242
    visits = [count for why, count in counts["left_out"].items() if "visit" in why]
    assert counts["written"]["appointments"] + sum(visits) == 53_899
    assert counts["written"]["drug test results"] == 42_906
    assert counts["written"]["assessments"] + 5 == 14_983
    assert figures("medication", 154, program="CTN-0027") == {
        "Methadone": (394, 529, 74),
        "Buprenorphine": (343, 740, 46),
    }
    assert figures("arm", 14, program="CTN-0030").keys() == {"Medication and behavioral"}
    again = run(folder)
    assert (again["already_present"], again["written"]) == (3560, {})


def figures(by: str, days: int, *, program: str) -> dict[str, tuple[int, int, int]]:
    out = StringIO()
    call_command(
        "report", "retention", format="json", by=by, days=days, program=program, stdout=out
    )
    return {
        group["group"]: (group["retained"], group["denominator"], group["percent"])
        for group in json.loads(out.getvalue())["groups"]
    }
