"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _real_data() -> Path | None:
    stated = os.environ.get("REDZONES_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    return folder if (folder / "PROVENANCE.md").is_file() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real data; in CI it must be there."""
    folder = _real_data()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("the real data folder is absent in CI (set REDZONES_DATA)")
        pytest.skip("the real data folder is not on this machine (set REDZONES_DATA)")
    return folder


@pytest.fixture(scope="session")
def cheshire(real_data: Path) -> Path:
    """Return the folder of the real Cheshire data."""
    return real_data / "cheshire"
