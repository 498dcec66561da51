"""Redis settings from one URL: a single server, TLS, a socket, or Sentinels.

`sentinel://:password@one:26379;sentinel://:password@two:26379/0` names the Sentinels; the password
is the master's. Celery's transport speaks to Sentinels once it knows the master's name; Django's
cache does not, so it gets a client that asks them.

Redis holds no reminders, only requests to run jobs: it may be wiped or change its master at any
time.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

SENTINEL = "sentinel"


def is_sentinel(url: str) -> bool:
    return url.startswith(f"{SENTINEL}://")


def sentinels(url: str) -> list[tuple[str, int]]:
    """Host and port of each Sentinel."""
    found = [urlsplit(part) for part in url.split(";") if part]
    return [(part.hostname or "", part.port or 26379) for part in found]


def database_of(url: str) -> int:
    """Return the number of the master's database: the path of the last address."""
    path = urlsplit(url.rsplit(";", maxsplit=1)[-1]).path.strip("/")
    return int(path) if path.isdecimal() else 0


def password_of(url: str) -> str | None:
    password = urlsplit(url.split(";", maxsplit=1)[0]).password
    return unquote(password) if password else None


def celery_options(url: str, *, master: str, sentinel_password: str) -> dict[str, Any]:
    """Return Celery's transport options for finding the master."""
    if not is_sentinel(url):
        return {}
    own = {"password": sentinel_password} if sentinel_password else {}
    return {"master_name": master, "sentinel_kwargs": own}


def cache_config(url: str, *, master: str, sentinel_password: str) -> dict[str, Any]:
    """Return Django's cache settings for the same Redis."""
    if is_sentinel(url):
        return {
            "BACKEND": "clinic.redis_config.SentinelCache",
            "LOCATION": url,
            "KEY_PREFIX": "mainstay",
            "OPTIONS": {"master": master, "sentinel_password": sentinel_password},
        }
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_cache_url(url),
        "KEY_PREFIX": "mainstay",
    }


def redis_cache_url(url: str) -> str:
    """Translate a socket URL: Django's cache says `unix://`, Celery `redis+socket://`."""
    return url.replace("redis+socket://", "unix://").replace("?virtual_host=", "?db=")


class SentinelClient(RedisCacheClient):
    """Cache client that asks the Sentinels for the master, again after it changed."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        from redis.sentinel import Sentinel  # noqa: PLC0415 - read by settings before apps are ready

        self._master = options.pop("master")
        own = options.pop("sentinel_password", "")
        # Django splits a location at its semicolons.
        url = ";".join(servers)
        super().__init__(servers, **options)
        made: Any = Sentinel
        self._sentinel = made(
            sentinels(url),
            sentinel_kwargs={"password": own} if own else {},
            password=password_of(url),
            db=database_of(url),
            socket_timeout=2,
        )

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._sentinel.master_for(self._master)


class SentinelCache(RedisCache):
    """Django's Redis cache on the current master."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SentinelClient
