"""What goes wrong is logged with its kind and its place, and without anybody's record."""

import logging
from io import StringIO
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client

from clinic.logging_redaction import WITHHELD, RedactingFormatter
from patients.models import Patient

SECRET = "Quixworthy"


def logged(problem: BaseException) -> str:
    try:
        raise problem
    except type(problem):
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "It broke", (), None)
        import sys

        record.exc_info = sys.exc_info()
        return RedactingFormatter("%(message)s").format(record)


def test_kind_and_place_are_said_and_words_are_not():
    text = logged(KeyError(SECRET))
    assert "builtins.KeyError" in text
    assert "test_logging_redaction.py" in text
    assert WITHHELD in text
    assert SECRET not in text.replace("KeyError(SECRET)", "")


@pytest.mark.parametrize("kind", [ImproperlyConfigured, OperationalError, ConnectionError])
def test_what_is_about_machines_is_said(kind):
    assert "the server is down" in logged(kind("the server is down"))


def test_whom_a_letter_was_for_is_not_said():
    """smtplib's errors are OSErrors, and quote the addresses that were refused."""
    refused = SMTPRecipientsRefused({"ana@example.org": (550, b"unknown")})
    assert "ana@example.org" in str(refused)
    text = logged(refused)
    assert "SMTPRecipientsRefused" in text
    assert "ana@example.org" not in text


def test_a_probe_that_says_not_ready_is_no_error_line(db, caplog):
    assert Client().get("/readyz").status_code == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []
    Client().get("/no-such-page")
    assert [record.name for record in caplog.records] == ["django.request"]


def test_the_whole_chain_is_told():
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise RuntimeError(SECRET) from cause
    except RuntimeError as problem:
        text = RedactingFormatter().formatException((type(problem), problem, None))
    assert text.index("ValueError") < text.index("RuntimeError")
    assert SECRET not in text


def test_what_postgresql_quotes_of_a_failing_row_is_not_logged(world):
    """Its DETAIL is the whole row: names, birth date and all."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Patient.objects.filter(pk=world.patient.pk).update(family_name=SECRET, sex="nonsense")
    assert SECRET in str(refused.value)
    text = logged(refused.value)
    assert "IntegrityError" in text
    assert SECRET not in text
    assert world.patient.given_name not in text


def test_celery_s_own_words_are_withheld_too():
    record = logging.LogRecord(
        "celery.app.trace",
        logging.ERROR,
        __file__,
        1,
        "Task %(name)s[%(id)s] %(description)s: %(exc)s",
        ({"name": "n", "id": "1", "description": "raised", "exc": SECRET, "traceback": SECRET},),
        None,
    )
    text = RedactingFormatter("%(message)s").format(record)
    assert text == f"Task n[1] raised: {WITHHELD}"


def test_a_page_that_breaks_is_logged_without_what_was_typed(world, monkeypatch):
    def broken(*_, **__):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [SECRET])

    monkeypatch.setattr("dashboard.views.patients.page_by_key", broken)
    said = StringIO()
    handler = logging.StreamHandler(said)
    plain: Any = settings.LOGGING["formatters"]["plain"]  # type: ignore[index]
    handler.setFormatter(RedactingFormatter(plain["format"]))
    assert plain["()"] == "clinic.logging_redaction.RedactingFormatter"
    logger = logging.getLogger("django.request")
    monkeypatch.setattr(logger, "handlers", [handler])
    client = Client(raise_request_exception=False)
    client.force_login(world.nurse)
    answer = client.post("/patients", {"words": SECRET})
    assert answer.status_code == 500
    assert SECRET not in answer.content.decode()
    assert "Internal Server Error: /patients" in said.getvalue()
    assert WITHHELD in said.getvalue()
    assert SECRET not in said.getvalue()
