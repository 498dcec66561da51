"""Real, published data that stays outside the repository, and what to say where it is not."""

import os
from pathlib import Path

import pytest

DATA_FOLDER = Path(
    os.environ.get("MAINSTAY_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)


def real_data(name: str) -> Path:
    """The path of real data; skips the test, with a message, where it is absent."""
    path = DATA_FOLDER / name
    if not path.exists():
        pytest.skip(f"Real data {path} is not on this machine; set MAINSTAY_DATA to its folder.")
    return path
