"""Parts on a Dask cluster: the numbers of one process, and whoever is otherwise is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from works import Ill, Means

from exvivo.errors import Bug, StudyError
from exvivo.plan.parts import Part, Standing, run_parts

distributed = pytest.importorskip("distributed")
PARTS = [Part(f"part-{i}", Means(5 + i), 5 + i) for i in range(6)]
pytestmark = pytest.mark.filterwarnings("ignore:::distributed", "ignore:::tornado")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        dashboard_address=None,
        protocol="tcp",
        host="127.0.0.1",
        silence_logs=50,
    )
    with cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_bytes_of_one_process(address: str, tmp_path: Path) -> None:
    one = run_parts(PARTS, seed=1, folder=tmp_path / "one")
    tell: list[Standing] = []
    far = run_parts(PARTS, seed=1, folder=tmp_path / "far", scheduler=address, progress=tell.append)
    assert far.equals(one)
    assert [each.workers for each in tell] == [0, *[2] * 6]
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "far")
    )
    assert second == first


def test_mistakes_and_faults_come_back(address: str) -> None:
    with pytest.raises(StudyError, match="mend it"):
        run_parts([*PARTS, Part("ill", Ill("mistake"), 1)], seed=1, scheduler=address)
    with pytest.raises(Bug, match="a fault of ours"):
        run_parts([*PARTS, Part("ill", Ill("fault"), 1)], seed=1, scheduler=address)


def test_a_worker_with_another_exvivo_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_by = (("exvivo", "0123456789abcdef"), ("numpy", "1.0"))
    monkeypatch.setattr("exvivo.plan.parts.dask_cluster.made_by", lambda: asked_by)
    with pytest.raises(StudyError) as raised:
        run_parts(PARTS, seed=1, scheduler=address)
    first, second = raised.value.mistakes
    assert "the code of exvivo 0123456789ab, as here" in first.expected
    assert "numpy 1.0, as here" in second.expected


def test_no_scheduler_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exvivo.plan.parts.dask_cluster._PATIENCE", 0.2)
    with pytest.raises(StudyError, match="dask scheduler"):
        run_parts(PARTS, seed=1, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(StudyError, match="address of a Dask scheduler"):
        run_parts(PARTS, seed=1, scheduler="no/such/file.json")


@pytest.mark.parametrize(
    "module, scheduler, extra", [("distributed", "x", "scale"), ("dask_jobqueue", "slurm", "slurm")]
)
def test_what_is_not_installed_is_told(
    module: str, scheduler: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(StudyError, match=f"exvivo\\[{extra}\\]"):
        run_parts(PARTS, seed=1, scheduler=scheduler)


def test_without_slurm_there_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_jobqueue", ModuleType("dask_jobqueue"))
    sys.modules["dask_jobqueue"].SLURMCluster = None  # type: ignore[attr-defined]
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StudyError, match="no command `sbatch`"):
        run_parts(PARTS, seed=1, scheduler="slurm")
