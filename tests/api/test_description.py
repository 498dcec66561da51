"""The OpenAPI description and its page."""

from __future__ import annotations

import re

from django.core.management import call_command

from tests.support.api_routes import RESOURCES
from tests.support.world import World


def test_the_description_builds_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "api.yaml"))


def test_every_route_is_described_with_its_need(world: World, call):
    paths = call(world.front_desk).get("schema/", format="json").json()["paths"]
    described = {
        f"{method.upper()} {path.removeprefix('/api/v1/')}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert set(described) == {route.key.replace("<int:pk>", "{id}") for route in RESOURCES}
    for key, operation in described.items():
        assert operation["x-needs"] not in {"", "not allowed for anybody"}, key
        assert "Problem" in str(operation["responses"]["401"]), key


def test_no_parameter_of_an_address_identifies_anybody(world: World, call):
    paths = call(world.front_desk).get("schema/", format="json").json()["paths"]
    names = {
        parameter["name"]
        for methods in paths.values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    }
    assert names.isdisjoint({"family_name", "given_name", "birth_date", "phone", "words", "value"})


def test_the_page_stands_under_the_strict_policy(world: World, call):
    response = call(world.front_desk).get("docs/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://(?!testserver)", html)
    for route in RESOURCES:
        assert f"/api/v1/{route.pattern.replace('<int:pk>', '{id}')}" in html
    anchors = set(re.findall(r'href="#([^"]+)"', html))
    assert anchors <= set(re.findall(r'id="([^"]+)"', html))


def test_the_page_is_for_staff(db, call):
    response = call().get("docs/")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in")
