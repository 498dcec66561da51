"""Order that no machine checks is lost: what a machine checks here."""

import ast
import importlib
import importlib.metadata
import inspect
from pathlib import Path
from types import FunctionType

import pytest
from django.apps import apps

from access.row_tracking import ReadTracked
from tests.support.action_cases import STAGES

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    "common",
    "vault",
    "access",
    "patients",
    "treatments",
    "dispensary",
    "appointments",
    "reminders",
]
OURS = [*FLOORS, "outcomes", "exchange", "api", "dashboard", "clinic"]
MODELS = [
    model
    for app in FLOORS
    if app not in {"common", "vault"}
    for model in apps.get_app_config(app).get_models()
]
#: Seen whole by whoever may open the page: no patient stands in them.
NOT_OF_PATIENTS = {
    "Site",
    "User",
    "RoleAssignment",
    "RoleProposal",
    "AccountNotice",
    "StaffSession",
    "ApiToken",
    "AuditArchive",
    "AuditBatch",
    "Program",
    "AppointmentType",
    "GroupSession",
    "Room",
    "WorkingHours",
    "ExtraHours",
    "TimeAway",
    "Closure",
    "HeldTime",
    "FreedSlot",  # whose visit it was is on no page
    "CalendarFeed",
    "KioskDevice",
    "JobRun",
    "GatewayRateLimit",
    "MessageText",
    "ReminderRule",
    "OptedOutNumber",  # encrypted, and on no page
}


def modules(*folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_foreign_keys_point_down():
    for model in MODELS:
        own = FLOORS.index(model._meta.app_label)
        for field in model._meta.get_fields():
            target = field.related_model if field.concrete and field.is_relation else None
            if target is not None:
                assert FLOORS.index(target._meta.app_label) <= own, f"{model}.{field.name}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_says_which_fields_are_personal(model):
    declared = model.PERSONAL_FIELDS
    assert set(declared) <= {field.name for field in model._meta.get_fields()}
    telling = {
        "name",
        "value",
        "phone",
        "email",
        "birth_date",
        "given_name",
        "family_name",
        "note",
        "body",
    }
    named = {field.name for field in model._meta.concrete_fields} & telling
    if model.__name__ not in NOT_OF_PATIENTS:
        assert named <= set(declared), "a field that sounds personal is not declared"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_loading_a_record_is_noticed(model):
    """A table of patients' rows whose model does not notice would be read without a trace."""
    names = {field.name for field in model._meta.fields}
    linked = model.__name__ == "Patient" or bool(names & {"patient", "patient_id"})
    assert issubclass(model, ReadTracked) == (linked and model.__name__ != "AuditEntry")


#: Rows that come without their model leave no trace: (file, line) of those that hold no patient.
WITHOUT_MODELS = {
    ("api/resources/account.py", "values_list"),  # one's own roles
    ("dashboard/counts.py", "values"),  # counts in badges
    ("dashboard/views/audit.py", "values"),  # inside another query
    ("dashboard/views/health_checks.py", "cursor"),  # does the database answer?
    ("dashboard/views/retention.py", "values_list"),  # programs
    ("patients/admin.py", "values"),  # inside another query
}


def test_no_face_reads_around_the_models():
    found = {
        (str(path.relative_to(ROOT)), node.func.attr)
        for path in (*modules("api", "dashboard"), *sorted(ROOT.glob("*/admin*.py")))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"values_list", "values", "raw", "cursor", "aggregate", "extra"}
        and not (node.func.attr == "values" and not node.args)  # a dict's
    }
    assert found == WITHOUT_MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_of_patients_knows_who_may_see_it(model):
    if model.__name__ not in NOT_OF_PATIENTS:
        assert hasattr(model.objects.all(), "visible_to")


def action_modules() -> list[Path]:
    return [
        path for app in FLOORS for path in modules(f"{app}/actions") if path.name != "__init__.py"
    ]


def actions() -> dict[str, FunctionType]:
    found = {}
    for path in action_modules():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        app = path.relative_to(ROOT).parts[0]
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_":
                assert f"{app}.{name}" not in found, "two actions of one name"
                found[f"{app}.{name}"] = value
    return found


#: Modules outside actions/ that write audit entries: the audit trail itself, parts that only
#: actions call, and background work that has tests of its own.
AUDITED_BELOW_ACTIONS = {
    "access/audit/archive.py",
    "access/audit/record.py",
    "access/audit/read_log.py",
    "access/role_approval.py",
    "appointments/waitlist_offers.py",
    "appointments/no_shows.py",
    "appointments/waitlist_maintenance.py",
    "reminders/delivery_reports.py",
    "reminders/follow_ups.py",
    "reminders/inbound.py",
    "reminders/sending.py",
}


def test_what_writes_the_trail_is_a_verb():
    """A module that writes audit entries outside actions/ would have no test of its entries."""
    known = {path.relative_to(ROOT).as_posix() for path in action_modules()}
    writing = {
        path.relative_to(ROOT).as_posix()
        for path in modules(*FLOORS)
        if "management" not in path.parts
        and any(
            isinstance(node, ast.ImportFrom)
            and node.module == "access.audit.record"
            and {name.name for name in node.names} & {"record", "entry"}
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert writing - known - AUDITED_BELOW_ACTIONS == set()
    assert writing >= AUDITED_BELOW_ACTIONS - {"access/audit/record.py", "access/audit/read_log.py"}


NOT_DEEDS = {
    "access.create_first_clinic",  # by nobody yet: tests/clinic/test_set_up.py
    "access.digest_of",
    "access.may_be_given",
    "access.service_account",
    "treatments.plan_of",
}


def test_every_action_is_keyword_only_and_ends_in_now_and_by():
    for name, action in actions().items():
        if name in NOT_DEEDS:
            continue
        parameters = list(inspect.signature(inspect.unwrap(action)).parameters.values())
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters), name
        assert [p.name for p in parameters[-2:]] == ["now", "by"], name


def test_every_action_is_walked_by_the_audit_tests():
    assert set(STAGES) == set(actions()) - NOT_DEEDS


def test_the_ground_floor_stays_small():
    assert sum(len(path.read_text().splitlines()) for path in modules("common")) < 300


@pytest.mark.parametrize("name", ["clinic", *OURS])
def test_no_folder_hides_an_installed_package(name):
    installed = set(importlib.metadata.packages_distributions())
    assert name not in installed


def test_functions_stay_short_and_files_too():
    for path in modules(*OURS):
        text = path.read_text()
        assert text.count("\n") <= 420, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"


def test_no_wall_clock_below_the_faces():
    """Whoever decides by time is told the time."""
    clocks = {"timezone.now()", "datetime.now(", "date.today(", "time.time()"}
    # access/authz/policy.py: reach ends by itself, whoever asks and whatever has stopped.
    allowed = {
        "reminders/tasks.py",
        "reminders/job_health.py",
        "access/tasks.py",
        "access/authz/policy.py",
    }
    for path in modules(*FLOORS, "outcomes"):
        place = path.relative_to(ROOT).as_posix()
        if place in allowed or path.name == "admin.py" or "management" in path.parts:
            continue
        found = [clock for clock in clocks if clock in path.read_text()]
        assert not found, f"{place}: {found}"


def test_nothing_leaves_around_the_door():
    """A disclosure is written where it was decided, and nowhere else (decision 10)."""
    writing = {
        path.relative_to(ROOT).as_posix()
        for path in modules(*OURS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) == "Disclosure"
            or (
                ast.unparse(node.func).startswith("Disclosure.objects.")
                and ast.unparse(node.func).endswith(
                    ("create", "save", "bulk_create", "get_or_create")
                )
            )
        )
    }
    assert writing == {"patients/actions/disclosures.py"}
