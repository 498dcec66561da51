"""Every night somebody compares the trail with its seals, and says so where it is read."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import AuditEntry
from clinic.celery import app
from clinic.tasks import verify
from reminders.job_health import VERIFYING, last_verification
from reminders.models import JobRun
from tests.access.test_hash_chain import owner, seal
from tests.support.world import World, make_world


@pytest.fixture
def sealed(transactional_db) -> World:
    """A world whose trail is sealed: rows of open transactions never are."""
    world = make_world()
    seal(AuditEntry.objects.count())
    return world


def touch() -> None:
    """As the owner of the tables could."""
    row = AuditEntry.objects.order_by("id").first()
    assert row is not None
    with owner() as cursor:
        cursor.execute("UPDATE access_auditentry SET action = 'x' WHERE id = %s", [row.pk])


def test_beat_starts_it_and_it_has_time():
    entry = app.conf.beat_schedule["verify the audit trail"]
    assert entry["task"] == verify.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {47})
    assert (verify.time_limit or 0) > 3600
    assert not verify.acks_late  # else it is begun once more after ten minutes


def test_a_trail_as_it_was_written(sealed, sign_in, caplog):
    client = sign_in(sealed.privacy_officer)
    assert "has not been verified yet" in client.get("/audit").content.decode()
    verify()
    found = last_verification(now=timezone.now())
    assert found is not None
    assert found.counts["rows"] > 0
    assert (found.faults, found.is_fresh) == (0, True)
    assert "no entry in the hash chain was changed" in client.get("/audit").content.decode()
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_touched_trail_is_told_in_red(sealed, sign_in, caplog):
    touch()
    verify()
    said = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert any("1 faults" in one for one in said)
    for who, page in (
        (sealed.privacy_officer, "/audit"),
        (sealed.clinical_director, "/jobs"),
    ):
        text = sign_in(who).get(page).content.decode()
        assert "1 audit entry was changed or removed" in text
        assert 'role="alert"' in text


def test_what_failed_or_did_not_run_is_told_too(sealed, sign_in, monkeypatch):
    client = sign_in(sealed.privacy_officer)

    def breaks() -> None:
        raise MemoryError

    monkeypatch.setattr("clinic.tasks.verify_audit_trail", breaks)
    with pytest.raises(MemoryError):
        verify()
    assert "could not be verified (MemoryError)" in client.get("/audit").content.decode()
    long_ago = timezone.now() - timedelta(hours=30)
    JobRun.objects.filter(name=VERIFYING).update(finished_at=long_ago, failure="")
    assert "was not verified last night" in client.get("/audit").content.decode()


def test_a_worker_that_starts_again_does_not_read_it_all_again(sealed, monkeypatch):
    verify()
    monkeypatch.setattr("clinic.tasks.verify_audit_trail", None)
    verify()
