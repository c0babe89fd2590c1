"""What several tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")  # a busy machine fails no example, and every run sees the same ones

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data files, which are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(
            f"the real data are not here ({SHARED}); set EXVIVO_SHARED_DATA to their folder"
        )
    return SHARED
