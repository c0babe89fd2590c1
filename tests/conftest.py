"""What several tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from numpy.random import default_rng

import exvivo
from exvivo.simulate import model_study, write

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")  # a busy machine fails no example, and every run sees the same ones

pytest_plugins = ("door_fixtures",)

R_PEER = Path(__file__).parent / "r_peer"
"""Simulated data and what R gives on them; part of the project."""
SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session", autouse=True)
def _own_secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests keep their secret apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache home")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data files, which are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(
            f"the real data are not here ({SHARED}); set EXVIVO_SHARED_DATA to their folder"
        )
    return SHARED


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> exvivo.Result:
    """The demo, simulated and run once; its folder is `demo.report.parents[1]`, not to be
    changed.
    """
    folder = tmp_path_factory.mktemp("demo") / "study"
    write(model_study(rng=default_rng(1)), folder)
    return exvivo.run(folder)


@pytest.fixture(scope="session")
def r_peer() -> Path:
    """The folder of simulated data and R's numbers on them."""
    return R_PEER
