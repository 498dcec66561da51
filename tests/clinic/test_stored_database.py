"""The migrated database that is kept between runs: of these migrations, whole, and ours; or none."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.support import servers
from tests.support import stored_database as stored


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with one migration, what it imports, its SQL, and a page."""
    for name, text in {
        "clinic/settings.py": "",
        "patients/migrations/0001_people.py": "import vault.encrypted_fields\nfrom common import text_input\n",
        "patients/migrations/0001_people.sql": "SELECT 1",
        "vault/__init__.py": "",
        "vault/encrypted_fields.py": "from . import encryption",
        "vault/encryption.py": "",
        "common/text_input.py": "",
        "patients/pages.py": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where databases were made, in a cache of its own; no PostgreSQL is started."""
    places: list[Path] = []

    def migrate(state: Path) -> None:
        places.append(state)
        (state / "postgres").mkdir()
        (state / "postgres" / "PG_VERSION").write_text("17")

    monkeypatch.setattr(stored, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(stored, "_migrate", migrate)
    return places


@pytest.mark.parametrize(
    "name",
    [
        "clinic/settings.py",
        "patients/migrations/0001_people.py",
        "patients/migrations/0001_people.sql",
        "vault/encrypted_fields.py",
        "vault/encryption.py",
        "common/text_input.py",
    ],
)
def test_what_migrations_depend_on_changes_the_key(tree: Path, name: str) -> None:
    before = stored.key(tree)
    file = tree / name
    file.write_text(f"{file.read_text()}\n")
    assert stored.key(tree) != before


def test_another_migration_and_another_month_change_the_key(tree: Path, time_machine) -> None:
    time_machine.move_to("2026-03-31 12:00Z")
    before = stored.key(tree)
    (tree / "patients" / "pages.py").write_text("import vault.encrypted_fields")
    assert stored.key(tree) == before
    (tree / "patients" / "migrations" / "0002_more.py").write_text("")
    more = stored.key(tree)
    assert more != before
    time_machine.move_to("2026-04-01 12:00Z")
    assert stored.key(tree) != more


def test_it_is_made_once_by_those_who_come_at_once(made: list[Path]) -> None:
    found: list[Path] = []
    asking = [threading.Thread(target=lambda: found.append(stored.stored())) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(made) == 1
    assert len(found) == 4
    assert {(place / "PG_VERSION").read_text() for place in found} == {"17"}
    assert not made[0].exists()


def test_an_interrupted_one_is_not_taken_for_whole(
    made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stored.copy

    def half(of: Path, to: Path) -> None:
        to.mkdir()
        raise subprocess.CalledProcessError(1, "cp")

    monkeypatch.setattr(stored, "copy", half)
    with pytest.raises(stored.NotStored):
        stored.stored()
    monkeypatch.setattr(stored, "copy", whole)
    assert (stored.stored() / "PG_VERSION").exists()
    assert len(made) == 2


def test_a_folder_of_somebody_else_is_not_used(
    made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.stored()
    monkeypatch.setattr(stored, "_is_ours", lambda place: False)
    with pytest.raises(stored.NotStored, match="somebody else"):
        stored.stored()


def test_old_ones_go_and_new_ones_stay(made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        monkeypatch.setattr(stored, "key", lambda number=number: f"key{number}")
        place = stored.stored().parent
        os.utime(place, (number, number))
    (stored.CACHE / "left.new").mkdir()
    os.utime(stored.CACHE / "left.new", (1, 1))
    assert stored.stored().parent == place
    kept = {one.name for one in stored.CACHE.iterdir() if one.is_dir()}
    assert kept == {"key4", "key3", "key2"}


def test_a_run_that_can_keep_none_says_why_and_migrates_for_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> Path:
        raise stored.NotStored("The disk is full.")

    monkeypatch.setattr(servers, "stored", refuse)
    monkeypatch.setenv(servers.KEPT, "")  # put back as it was, afterwards
    monkeypatch.delenv(servers.KEPT)
    monkeypatch.setenv(servers.NOT_KEPT, "")
    assert servers.kept_data() is None
    assert "The disk is full." in servers.pytest_report_header()
