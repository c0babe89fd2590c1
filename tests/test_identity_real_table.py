"""The page that walks a real table of expression to an answer: its blocks run, and the answers that
it shows are those that come.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from numpy.random import default_rng
from test_docs import PAGES, run_page

from exvivo.compare import compare
from exvivo.gather import gather
from exvivo.tables import CLINIC, RESPONSES
from exvivo.tell import worded

PAGE = "howto/identity-real-table.md"
WHEEL = "EXVIVO_SCANPY_WHEEL"
TABLE = "identity/pbmc68k_pseudobulk_log2.csv"


@pytest.fixture(scope="module")
def study(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real table") / "monocytes"
    run_page(PAGE, table=shared_data / TABLE, study=folder)
    return folder


def blocks(language: str) -> list[str]:
    page = (PAGES / PAGE).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def answers(study: Path) -> list[dict[str, Any]]:
    gathered = gather(study)
    found = compare(
        RESPONSES.frame(),
        CLINIC.frame(),
        study=gathered.study,
        rng=default_rng(gathered.study.plan.seed),
        profiles=gathered.profiles,
    )
    return worded(found, gathered.study).filter(part="answer").rows(named=True)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_page_shows_the_answers_that_come(study: Path) -> None:
    found = answers(study)
    shown = plain(blocks("text")[0])
    assert [answer["verdict"] for answer in found] == ["not resolved"] * 5
    assert shown == plain("\n".join(answer["sentence"] for answer in found[:2]))
    assert [answer["estimate"] > 0 for answer in found] == [True] * 5
    ends = [answer["estimate"] for answer in found]
    assert f"({ends[0]:.2f}), the lymphocytes are far ({min(ends[1:]):.2f} to" in plain(
        (PAGES / PAGE).read_text(encoding="utf-8")
    )


def test_the_panel_has_too_few_genes_in_this_table(study: Path, tmp_path: Path) -> None:
    other = tmp_path / "panel"
    shutil.copytree(study, other)
    text = (study / "study.yaml").read_text(encoding="utf-8")
    text = text.replace("log2\n", "log2\n    markers: human myeloid cells\n")
    (other / "study.yaml").write_text(text, encoding="utf-8")
    found = answers(other)
    assert {answer["reason"]["code"] for answer in found} == {"few_genes"}
    assert plain(blocks("text")[1]) == plain(found[0]["sentence"])


def test_the_script_makes_the_table_of_the_package(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("h5py", reason="the script of the page reads HDF5")
    wheel = os.environ.get(WHEEL)
    if not wheel:
        pytest.skip(f"set {WHEEL} to the wheel scanpy-1.11.5-py3-none-any.whl")
    (tmp_path / Path(wheel).name).symlink_to(wheel)
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("py")[0], PAGE, "exec"), {})
    made, given = (
        list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        for path in (tmp_path / "pbmc68k_pseudobulk_log2.csv", shared_data / TABLE)
    )
    assert made[0] == given[0]
    assert [row[0] for row in made] == [row[0] for row in given]
    numbers = [[list(map(float, row[1:])) for row in table[1:]] for table in (made, given)]
    # means of single precision: the fourth decimal hangs on the order of the sum
    assert numbers[0] == [pytest.approx(row, abs=2e-4) for row in numbers[1]]
