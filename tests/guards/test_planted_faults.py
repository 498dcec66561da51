"""Each fault, planted into a copy of the code, fails the build and is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.guards.test_architecture import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".pytest_cache", "var", "__pycache__", "node_modules", "bench-results", "*.pyc"
)


@dataclass(frozen=True)
class Fault:
    """`replaced` becomes `planted` in `file`; then `test` must fail and say `named`."""

    file: str
    replaced: str
    planted: str
    test: str
    named: str


FAULTS = {
    "a page without a right": Fault(
        "dashboard/views/doses.py",
        "@requires(Permission.SEE_DOSES)\ndef doses",
        "def doses",
        "tests/guards/test_routes.py::test_every_page_says_what_it_needs",
        "doses names no right",
    ),
    "a route of the API without a right": Fault(
        "api/resources/clinical_findings.py",
        '    "retrieve": Permission.SEE_CLINICAL,\n',
        "",
        "tests/api/test_rights.py::test_every_route_names_a_right",
        "GET diagnoses/<int:pk>",
    ),
    "a QuerySet without visible_to in a page": Fault(
        "dashboard/views/patients.py",
        "Episode.objects.visible_to(user)\n        .filter(patient=row)",
        "Episode.objects.filter(patient=row)",
        "tests/guards/test_unguarded_queries.py",
        "Episode.objects.filter(patient=row)",
    ),
    "a QuerySet without visible_to in the API": Fault(
        "api/resources/clinical_findings.py",
        "    queryset = Diagnosis.objects.all()\n",
        "    queryset = Diagnosis.objects.all()\n\n"
        "    def get_queryset(self) -> Any:\n        return Diagnosis.objects.all()\n",
        "tests/guards/test_unguarded_queries.py",
        "Diagnoses.get_queryset",
    ),
    "a table of patients that does not know who may see it": Fault(
        "patients/models/diagnoses.py",
        'objects = ClinicalQuerySet["Diagnosis"].as_manager()',
        "objects = models.Manager()",
        "tests/guards/test_architecture.py::test_every_model_of_patients_knows_who_may_see_it",
        "Diagnosis",
    ),
    "a reading that leaves no trace: rows without their model": Fault(
        "dashboard/views/patients.py",
        "    programs: dict[int, list[str]] = {}\n",
        "    programs: dict[int, list[str]] = {}\n    list(page.rows[0].episodes.values_list())\n",
        "tests/guards/test_architecture.py::test_no_face_reads_around_the_models",
        "dashboard/views/patients.py",
    ),
    "a reading that leaves no trace: a model that does not notice": Fault(
        "patients/models/diagnoses.py",
        "class Diagnosis(PatientRecord):",
        "class Diagnosis(models.Model):\n    recorded_at = models.DateTimeField(editable=False)\n",
        "tests/guards/test_architecture.py::test_loading_a_record_is_noticed",
        "Diagnosis",
    ),
    "a reading that leaves no trace: rows that do not say whose they are": Fault(
        "dashboard/views/patients.py",
        "    found: dict[str, object] = {}\n    if can(user, Permission.SEE_PLAN",
        '    found: dict[str, object] = {"codes": list(Episode.objects.visible_to(user).only("id"))}\n'
        "    if can(user, Permission.SEE_PLAN",
        "tests/guards/test_routes.py::test_the_front_desk_reads_no_plan_and_no_dose_at_any_address",
        "dashboard:patient loaded Episode beyond the reach of: Front desk",
    ),
    "a bare related manager in a page": Fault(
        "dashboard/views/patients.py",
        "    found: dict[str, object] = {}\n    if can(user, Permission.SEE_PLAN",
        '    found: dict[str, object] = {"diagnoses": list(row.diagnoses.all())}\n'
        "    if can(user, Permission.SEE_PLAN",
        "tests/guards/test_routes.py::test_the_front_desk_reads_no_plan_and_no_dose_at_any_address",
        "dashboard:patient loaded Diagnosis beyond the reach of: Front desk",
    ),
    "a shortcut of the framework in the API": Fault(
        "api/resources/clinical_findings.py",
        "    queryset = Diagnosis.objects.all()\n",
        "    queryset = Diagnosis.objects.all()\n\n"
        "    def get_object(self) -> Any:\n"
        "        from django.shortcuts import get_object_or_404\n\n"
        '        return get_object_or_404(Diagnosis, pk=self.kwargs["pk"])\n\n'
        "    def retrieve(self, request: Any, pk: int) -> Any:\n"
        "        return Response(self.get_serializer(self.get_object()).data)\n",
        "tests/api/test_rights.py::test_the_stranger_cannot_tell_not_yours_from_no_such",
        "loaded Diagnosis beyond the reach of: Clinical director",
    ),
    "the base manager in the admin": Fault(
        "dispensary/admin.py",
        "    seen_with: ClassVar[Permission] = Permission.SEE_DOSES\n",
        "    seen_with: ClassVar[Permission] = Permission.SEE_DOSES\n\n"
        "    def get_queryset(self, request: object) -> object:\n"
        "        return DoseRecord._base_manager.order_by('-dose_date', '-id')\n",
        "tests/guards/test_routes.py::test_a_stranger_sees_no_row_of_ours_in_the_admin",
        "loaded DoseRecord, Patient beyond the reach of: Clinical director",
    ),
    "a deed without a right": Fault(
        "treatments/actions/treatment_plans.py",
        "    require_permission(by, Permission.WRITE_PLAN, on=episode)\n    try:",
        "    try:",
        "tests/matrix/test_api.py::test_who_gets_what_is_as_the_table_says[POST plans]",
        "POST plans",
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code without its history, to be spoilt."""
    folder = tmp_path_factory.mktemp("copy") / "tree"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def run(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, and a copy of its own of this run's migrated database: no fault is in a migration."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    address = urlsplit(environment["DATABASE_URL"])
    # One name for each process of the run: two of them may spoil a copy at the same time.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    environment["DATABASE_URL"] = address._replace(path=f"/spoilt_{worker}").geturl()
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-vv", "-n", "0", "-p", "no:cacheprovider", test],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.usefixtures("copied_database")
def test_a_planted_fault_fails_the_build(copy: Path, name: str):
    fault = FAULTS[name]
    file = copy / fault.file
    right = file.read_text()
    assert right.count(fault.replaced) >= 1, "the place to spoil is gone: choose another"
    try:
        file.write_text(right.replace(fault.replaced, fault.planted, 1))
        spoilt = run(copy, fault.test)
    finally:
        file.write_text(right)
    assert spoilt.returncode == 1, spoilt.stdout[-2000:] + spoilt.stderr[-2000:]
    assert fault.named in spoilt.stdout
