"""Filling the two clinics: real people of three trials, and any number of synthetic ones."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from bench.clinics import Clinic, say, watched
from clinic.devserver.embedded import paths

#: What the import may take on two cores.
LIMIT_SECONDS, LIMIT_MB = 180, 1536
#: The demonstration's own patients beside the real ones, who have no telephones to remind.
BESIDE_THE_REAL = 300
#: Enough of each stay's ledger for a page of it; the whole year would be five times the rows.
DOSES_PER_STAY = 10
COUNT = "SELECT count(*) FROM patients_patient"


def data_folder() -> Path | None:
    """The trials' data, in `MAINSTAY_DATA` or beside the clone; None where they are absent."""
    named = os.environ.get("MAINSTAY_DATA")
    folder = Path(named) if named else paths.REPOSITORY.parent / "shared" / "data"
    inner = folder / "ctn0094"
    found = inner if inner.is_dir() else folder
    return found if (found / "everybody.csv").is_file() else None


def seed(clinic: Clinic, patients: int) -> dict[str, float]:
    """Synthetic patients; seconds, and patients per second."""
    say(f"{clinic.name}: seeding {patients} synthetic patients")
    seconds, peak = _timed(
        clinic,
        ["seed_demo", "--patients", str(patients), "--doses-per-patient", str(DOSES_PER_STAY)],
        progress=f"of {patients} patients",
    )
    return {
        "patients": patients,
        "seconds": seconds,
        "patients_per_second": patients / seconds,
        "peak_mb": peak,
    }


def import_real(clinic: Clinic, folder: Path) -> dict[str, object]:
    """The trials' participants; seconds and peak memory beside their limits."""
    say(f"{clinic.name}: importing CTN-0094")
    before = clinic.sql(COUNT)
    seconds, peak = _timed(clinic, ["import_ctn0094", str(folder)], progress="patients")
    return {
        "patients": clinic.sql(COUNT) - before,
        "doses": clinic.sql("SELECT count(*) FROM dispensary_doserecord"),
        "seconds": seconds,
        "peak_mb": peak,
        "limit_seconds": LIMIT_SECONDS,
        "limit_mb": LIMIT_MB,
        "holds": seconds < LIMIT_SECONDS and peak < LIMIT_MB,
    }


def settle(clinic: Clinic) -> None:
    """Log-ins for every site, and the tables as they are when autovacuum has been by."""
    clinic.manage("demo_logins", "--all-sites")
    clinic.sql("VACUUM (ANALYZE)")


def _timed(clinic: Clinic, words: list[str], *, progress: str) -> tuple[float, float]:
    """Seconds and peak resident MB of one `manage.py` command."""
    started = time.monotonic()
    process = subprocess.Popen(
        clinic.command("manage.py", *words),
        cwd=paths.REPOSITORY,
        env=clinic.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        watched(process, lambda: f"{clinic.name}: {clinic.sql(COUNT)} {progress}")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return time.monotonic() - started, used.ru_maxrss / 1024
