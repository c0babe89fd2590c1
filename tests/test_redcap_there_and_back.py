"""The model study written as a REDCap project and read back: everything that an answer is made of
beside the wells (which the same files hold) is what donors.csv and clinic.csv say.

`benchmarks/clinic/there_and_back.py` runs both the whole way and compares FINDINGS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exvivo.people_files import read_answers, read_people, scored
from exvivo.simulate import ModelStudy, VirtualStudy, model_study, write
from exvivo.simulate.redcap_file import DATA, LABELS, SEMICOLONS
from exvivo.study.load import Examined, examine

FACTS = ["donor", "visit", "group", "scale", "score", "higher_is"]


@pytest.fixture(scope="module")
def virtual() -> VirtualStudy:
    small = ModelStudy(patients=6, controls=5, plates=1, tubes=1, wells=1)
    return model_study(small, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def plain(virtual: VirtualStudy, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    folder = tmp_path_factory.mktemp("plain") / "study"
    write(virtual, folder)
    return examine(folder)


@pytest.fixture(scope="module")
def folder(virtual: VirtualStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("redcap") / "study"
    write(virtual, root, redcap=np.random.default_rng(3), linked=True)
    return root


def clinic(examined: Examined) -> pl.DataFrame:
    assert examined.mistakes == ()
    return scored(read_answers(examined), examined.study)


def test_donors_scores_and_questions_are_those_of_the_plain_study(
    plain: Examined, folder: Path
) -> None:
    back = examine(folder, read_people=read_people)
    assert back.study.donors.sort("donor").equals(plain.study.donors.sort("donor"))
    facts = [frame.select(FACTS).sort(FACTS[:4]) for frame in map(clinic, (plain, back))]
    assert facts[0].equals(facts[1]) and facts[0].height == 11 * 4
    limits = [
        {s.id: (s.lowest, s.highest, s.higher_is) for s in each.study.scales}
        for each in (plain, back)
    ]
    assert limits[0] == limits[1]
    assert back.study.questions == plain.study.questions
    assert back.study.layout.equals(plain.study.layout)


def test_three_exports_give_the_same_scores_byte_for_byte(folder: Path) -> None:
    texts = []
    for export in (DATA, LABELS, SEMICOLONS):
        raw = (folder / export).read_bytes()
        back = examine(folder, {DATA: raw}, read_people=read_people)
        texts.append(clinic(back).drop("sha256").write_csv())
    assert texts[0] == texts[1] == texts[2] and texts[0].count("scored") == 22
