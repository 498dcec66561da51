"""Managed servers by address: Sentinels, TLS, options; and what must hold whatever carries tasks."""

from typing import Any

import environ
import pytest
from django.conf import settings
from django.test import override_settings

from clinic.celery import QUEUES, app
from clinic.message_checks import stores, texting
from clinic.redis_config import (
    SentinelCache,
    cache_config,
    celery_options,
    database_of,
    password_of,
    redis_cache_url,
    sentinels,
)

URL = "sentinel://:p%40ss@one:26379;sentinel://:p%40ss@two:26380;sentinel://:p%40ss@three/2"
HOW = {"master": "mymaster", "sentinel_password": "own"}


def test_sentinels_are_read_out_of_the_address():
    assert sentinels(URL) == [("one", 26379), ("two", 26380), ("three", 26379)]
    assert (database_of(URL), password_of(URL)) == (2, "p@ss")


def test_celery_is_told_the_master_s_name():
    assert celery_options(URL, **HOW) == {
        "master_name": "mymaster",
        "sentinel_kwargs": {"password": "own"},
    }
    assert celery_options("redis://one/0", **HOW) == {}


def test_the_cache_asks_the_sentinels():
    config = cache_config(URL, **HOW)
    cache = SentinelCache(config["LOCATION"], {**config, "OPTIONS": dict(config["OPTIONS"])})
    client = cache._cache.get_client("key", write=True)
    pool: Any = client.connection_pool
    assert pool.service_name == "mymaster"
    assert pool.connection_kwargs["db"] == 2
    assert pool.connection_kwargs["password"] == "p@ss"
    assert [
        (
            one.connection_pool.connection_kwargs["host"],
            one.connection_pool.connection_kwargs["port"],
        )
        for one in pool.sentinel_manager.sentinels
    ] == sentinels(URL)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("redis+socket:///tmp/r.sock?virtual_host=1", "unix:///tmp/r.sock?db=1"),
        ("rediss://:p@host:6380/0", "rediss://:p@host:6380/0"),
    ],
)
def test_one_server_is_its_address(url, location):
    assert redis_cache_url(url) == cache_config(url, **HOW)["LOCATION"] == location


def test_a_managed_postgresql_keeps_its_options():
    url = (
        "postgres://user:word@db.example.org:5432/name"
        "?sslmode=verify-full&sslrootcert=/etc/ssl/rds.pem&target_session_attrs=read-write"
    )
    assert environ.Env.db_url_config(url)["OPTIONS"] == {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ssl/rds.pem",
        "target_session_attrs": "read-write",
    }


def test_tasks_end_before_the_broker_loses_patience():
    patience = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < patience
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    for name, task in app.tasks.items():
        if name.startswith(("reminders.", "access.")) and task.acks_late:
            assert (task.time_limit or settings.CELERY_TASK_TIME_LIMIT) < patience, name


def test_every_scheduled_task_is_known_carries_nothing_and_has_a_queue():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert not entry.get("args")
        assert not entry.get("kwargs")
    routed = {route["queue"] for route in app.conf.task_routes.values()}
    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} == set(QUEUES)


def ids(found):
    return {one.id.removeprefix("mainstay.") for one in found}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"REDIS_URL": URL}, {"E040"}),
        ({"REDIS_URL": URL, "REDIS_MASTER": "mymaster"}, set()),
        ({"REDIS_URL": "rediss+cluster://x"}, {"E041"}),
    ],
)
def test_stores_that_cannot_work_are_told(changes, expected):
    with override_settings(**changes):
        assert ids(stores()) == expected


GOOD = {
    "SMS_URL": "https://AC1:token@api.example.org",
    "SMS_FROM": "+15550100000",
    "PUBLIC_URL": "https://clinic.example.org",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"SMS_URL": ""}, {"E033"}),
        ({"SMS_URL": "https://api.example.org"}, {"E033"}),
        ({"SMS_URL": "http://AC1:token@api.example.org"}, {"E034"}),
        ({"SMS_FROM": ""}, {"E035"}),
        ({"PUBLIC_URL": ""}, {"W036"}),
        ({"PUBLIC_URL": "http://clinic.example.org"}, {"E038"}),
        ({"PUBLIC_URL": "https://clinic.example.org/x"}, {"E038"}),
        ({"PUBLIC_URL": "https://methadone.example.org"}, {"E039"}),
        ({"REMINDER_SUBJECT": "Your dose"}, {"E037"}),
    ],
)
def test_texts_that_cannot_go_out_or_would_tell_are_refused(changes, expected):
    with override_settings(**{**GOOD, **changes}):
        assert ids(texting(by_text=True)) == expected
