"""cultures.csv: read where it is, held against layouts and donors, and groups kept apart by a batch
refused.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exvivo.errors import StudyError
from exvivo.gather import gather
from exvivo.simulate import ModelStudy, model_study, write
from exvivo.sources import Sources
from exvivo.study import load
from exvivo.study.cultures import read_cultures
from exvivo.tables import LAYOUT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A simulated study whose bead layouts name a culture for each donor."""
    write(model_study(ModelStudy(), rng=np.random.default_rng(1)), tmp_path)
    for path in sorted((tmp_path / "plates").glob("*.csv")):
        table = pl.read_csv(path, infer_schema=False, comment_prefix="#")
        named = table.with_columns(
            culture=pl.when(pl.col("donor") != "").then("c" + pl.col("donor"))
        )
        path.write_text(named.write_csv(), encoding="utf-8")
    return tmp_path


def keep(folder: Path, batch: list[str] | None = None, drop: int = 0, swap: bool = False) -> None:
    donors = pl.read_csv(folder / "donors.csv", infer_schema=False, comment_prefix="#")
    names = donors["donor"].to_list()
    owners = [names[1], names[0], *names[2:]] if swap else names
    table = pl.DataFrame(
        {
            "culture": [f"c{d}" for d in names],
            "donor": owners,
            "batch": batch or ["b1"] * len(names),
        }
    )
    (folder / "cultures.csv").write_text(
        table.head(len(names) - drop).write_csv(), encoding="utf-8"
    )


def test_a_study_without_the_file_has_no_cultures(folder: Path) -> None:
    assert load(folder).cultures.is_empty()


def test_the_file_is_read_kept_and_hashed(folder: Path) -> None:
    keep(folder)
    study = load(folder)
    assert study.cultures["batch"].unique().to_list() == ["b1"]
    assert "cultures.csv" in {file.path for file in gather(folder).inputs}


def test_a_batch_for_each_group_is_refused(folder: Path) -> None:
    groups = pl.read_csv(folder / "donors.csv", infer_schema=False, comment_prefix="#")[
        "group"
    ].to_list()
    keep(folder, batch=[f"batch of {group}" for group in groups])
    with pytest.raises(
        StudyError,
        match=r"no `batch` of cultures.csv holds cultures of both groups \(batch of FM: FM; batch of HC: HC\)",
    ):
        load(folder)


def test_cultures_that_layouts_and_file_do_not_share(folder: Path) -> None:
    keep(folder, drop=1)
    with pytest.raises(StudyError, match=r"(?s)plates/.*a culture of cultures\.csv"):
        load(folder)
    keep(folder, swap=True)
    with pytest.raises(StudyError, match=r"where cultures\.csv says"):
        load(folder)


def test_a_culture_twice_and_a_stranger_come_at_once(folder: Path) -> None:
    keep(folder)
    text = (folder / "cultures.csv").read_text(encoding="utf-8")
    (folder / "cultures.csv").write_text(
        text + "cFM01,FM01,b1\nc99,nobody,b1\n,FM01,b1\n", encoding="utf-8"
    )
    with pytest.raises(StudyError) as caught:
        load(folder)
    assert len(caught.value.mistakes) == 3


def test_a_visit_that_no_sample_has_is_told_before_anything_runs(folder: Path) -> None:
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    asked = "questions:\n  - {id: year, ask: change, within: FM, assays: [protein], analytes: [TNF], stimulus: ATP, visits: ['1', '2']}\n"
    (folder / "study.yaml").write_text(text.replace("questions:\n", asked, 1), encoding="utf-8")
    with pytest.raises(
        StudyError,
        match=r"no sample of visit `2` of group `FM` on a plate of assay `protein`; its visits are: 1",
    ):
        load(folder)


@pytest.mark.parametrize(
    ("cultures", "layouts", "asked"),
    [
        (["1", "2"], ["1", "2"], False),
        (["baseline", "baseline"], ["1", "1"], False),
        (["", ""], ["1", "2"], False),
        (["2", "1"], ["1", "2"], True),
        (["1", "2"], ["1", "1"], True),
        (["intake", "follow_up"], ["1", "2"], True),
    ],
)
def test_a_culture_has_one_visit_in_both_tables(
    tmp_path: Path, cultures: list[str], layouts: list[str], asked: bool
) -> None:
    lines = [f"c{i},P1,{visit}" for i, visit in enumerate(cultures)]
    (tmp_path / "cultures.csv").write_text("\n".join(["culture,donor,visit", *lines]))
    fixed = {"plate": "Q", "role": "sample", "donor": "P1", "nominals": []}
    wells: list[dict[str, object]] = [
        {**fixed, "line": f"Q.csv:{i}", "well": f"A{i}", "culture": f"c{i}", "visit": visit}
        for i, visit in enumerate(layouts)
    ]
    _, mistakes = read_cultures(Sources(tmp_path), LAYOUT.frame(wells), None)
    assert bool(mistakes) == asked
    assert not asked or "visits of cultures: c" in mistakes[0].found
