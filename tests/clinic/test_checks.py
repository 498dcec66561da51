"""A clinic's own server does not start with settings that would expose its patients."""

import os
import re
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from clinic import checks
from clinic.checks import installation, refuse_to_start
from tests.support.launching import REPOSITORY

SOUND = {
    "MAINSTAY_MODE": "production",
    "SECRET_KEY": "0123456789abcdef" * 5,
    "AUDIT_CHAIN_KEYS": "fedcba9876543210" * 5,
    "FIELD_ENCRYPTION_KEYS": "0246813579abcdef" * 5,
    "BLIND_INDEX_KEYS": "13579bdf02468ace" * 5,
    "ALLOWED_HOSTS": "clinic.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://clinic.example.org",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DEFAULT_FROM_EMAIL": "desk@example.org",
}
WAYS_IN = {
    "web": ["-c", "import clinic.wsgi"],
    "worker": ["-m", "celery", "-A", "clinic", "worker", "--concurrency", "1"],
    "beat": ["-m", "celery", "-A", "clinic", "beat", "--schedule", "beat", "--pidfile="],
    "command": [f"{REPOSITORY}/manage.py", "check"],
}


@pytest.fixture
def start(tmp_path):
    return partial(start_in, tmp_path)


def start_in(folder: Path, way_in: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Start one part of the clinic with SOUND settings but for `changes`; None unsets."""
    set_to = {name: value for name, value in (SOUND | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, *WAYS_IN[way_in]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)} | set_to,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_no_part_starts_with_the_demonstration_s_secret(start, way_in):
    ended = start(way_in, SECRET_KEY=None)
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert "SECRET_KEY is the demonstration's" in said
    assert "openssl rand -hex 50" in said


@pytest.mark.parametrize("way_in", ["web", "command"])
def test_sound_settings_are_taken(start, way_in):
    ended = start(way_in)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": "short"}, "can be guessed"),
        ({"AUDIT_CHAIN_KEYS": None}, "AUDIT_CHAIN_KEYS is not set"),
        ({"AUDIT_CHAIN_KEYS": "short"}, "can be guessed"),
        ({"FIELD_ENCRYPTION_KEYS": None}, "FIELD_ENCRYPTION_KEYS is not set"),
        ({"FIELD_ENCRYPTION_KEYS": "short"}, "could read every encrypted column"),
        ({"BLIND_INDEX_KEYS": None}, "BLIND_INDEX_KEYS is not set"),
        ({"BLIND_INDEX_KEYS": "0246813579abcdef" * 5}, "share a key"),
        ({"SECOND_FACTOR_REQUIRED": "false"}, "SECOND_FACTOR_REQUIRED is off"),
        ({"DEBUG": "true"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "*"}, "lets any name in"),
        ({"ALLOWED_HOSTS": ".example.org"}, "lets any name in"),
        ({"MAINSTAY_HTTPS": "false"}, "MAINSTAY_HTTPS is off"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        (
            {"DATABASE_URL": f"{SOUND['DATABASE_URL']}?atomic_requests=true"},
            "ATOMIC_REQUESTS is on",
        ),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"EMAIL_URL": None}, "EMAIL_URL is not set"),
        ({"DEFAULT_FROM_EMAIL": None}, "DEFAULT_FROM_EMAIL is not set"),
        ({"DEFAULT_FROM_EMAIL": "desk@riverside-methadone.example"}, "says “methadone”"),
        ({"REMINDER_SMS_GATEWAY": "outbox"}, "reach nobody"),
        ({"REMINDER_SMS_GATEWAY": "console"}, "reach nobody"),
        ({"REMINDER_SMS_GATEWAY": "pigeon"}, "Set it to one of: "),
        ({"MAINSTAY_MODE": "Production"}, "Set it to demonstration or production"),
    ],
)
def test_each_unsound_setting_is_refused_and_says_what_to_set(start, changes, said):
    ended = start("web", **changes)
    assert ended.returncode != 0
    assert said in ended.stderr


def test_the_demonstration_needs_none_of_it():
    assert installation() == []


@override_settings(MODE="prodution")
def test_every_reason_is_said_at_once():
    with (
        override_settings(REMINDER_EMAIL_GATEWAY="letter"),
        pytest.raises(ImproperlyConfigured) as refusal,
    ):
        refuse_to_start()
    assert str(refusal.value).count("\n- ") == 2


def test_every_name_that_the_settings_read_is_explained():
    names = set(
        re.findall(r'env\.\w+\(\s*"(\w+)"', (REPOSITORY / "clinic/settings.py").read_text())
    )
    explained = set(re.findall(r"`(\w+)`", (REPOSITORY / "docs/settings.md").read_text()))
    assert len(names) > 10
    assert names <= explained


def test_each_check_has_a_number_of_its_own():
    """Whoever looks one up, or silences it, means one."""
    said = re.findall(r"\"(?:mainstay\.)?([EW]\d{3})\"", Path(checks.__file__).read_text())
    twice = [number for number, times in Counter(said).items() if times > 1]
    assert len(said) > 15
    assert twice == []


def test_a_setting_under_its_old_name_still_works_and_is_named_in_a_warning(start):
    ended = start("command", AUDIT_CHAIN_KEYS=None, AUDIT_SEAL_KEYS="fedcba9876543210" * 5)
    assert ended.returncode == 0, ended.stderr
    assert "AUDIT_SEAL_KEYS is now called AUDIT_CHAIN_KEYS" in ended.stderr
