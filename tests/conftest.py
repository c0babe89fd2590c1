"""What several tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data files, which are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"the real data are not here ({SHARED}); set EXVIVO_SHARED_DATA to their folder")
    return SHARED
