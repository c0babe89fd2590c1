"""donors.csv and clinic.csv that lost their end: a score or an age that may be cut stands at its
answers; a whole file without a line end is left alone.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from exvivo.cells.open_end import is_whole
from exvivo.flagged import Flag, Scope
from exvivo.gather import assigned_anew, gather
from exvivo.reconcile import Held
from exvivo.reconcile.tables_cut import tables_that_may_be_cut
from exvivo.study import Analyte, Difference, Group, Plan, Scale, Study

DONORS = pl.DataFrame({"donor": ["P1", "P2", "H1"], "group": ["P", "P", "H"]})
CLINIC = "donor,note,VAS\nP1,a,62\nP2,b,7\nH1,c,31"
PEOPLE = "donor,group,age\nP1,P,44\nP2,P,57\nH1,H,38"
QUESTION = Difference(
    id="q",
    ask="difference",
    groups=("P", "H"),
    assays=("r",),
    analytes=("TNF",),
    stimulus="ATP",
    adjust=("age",),
)


def raised(donors: str = "", clinic: str = "") -> list[Flag]:
    study = Study(
        exvivo=1,
        title="",
        groups=(Group(id="P", name="patients"), Group(id="H", name="healthy")),
        analytes=(Analyte(id="TNF"),),
        assays=(),
        plates=(),
        questions=(QUESTION,),
        scales=(Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),),
        plan=Plan(),
        donors=DONORS,
    )
    texts = {"donors.csv": donors.encode(), "clinic.csv": clinic.encode()}
    return list(tables_that_may_be_cut(Held(study=study, texts=texts)))


def test_a_last_score_without_a_line_end_is_a_look_at_its_answers() -> None:
    assert raised(clinic=CLINIC + "\n") == raised(clinic=CLINIC + "\r\n") == []
    (flag,) = raised(clinic=CLINIC)
    assert flag.severity == "look" and flag.row == "clinic.csv:4 VAS" and "'31'" in flag.what
    assert flag.scope == Scope(donors=("H1",), scales=("VAS",))
    (cut,) = raised(clinic=CLINIC[:-1])
    assert cut.scope == flag.scope and cut.evidence[1] == "3"
    (empty,) = raised(clinic=CLINIC[:-2])
    assert empty.evidence[1] == ""


def test_a_last_age_without_a_line_end_is_a_look_where_a_question_uses_it() -> None:
    (flag,) = raised(donors=PEOPLE)
    assert flag.scope == Scope(donors=("H1",), columns=("age",)) and flag.table == "donors"
    assert raised(donors=PEOPLE.replace("age", "room")) == []
    assert raised(donors=PEOPLE + "\n# typed by hand") == []


@pytest.mark.parametrize(
    "whole",
    [
        CLINIC[:-2] + '"31"',
        CLINIC.replace("62", "6.2").replace(",7", ",0.7").replace("31", "3.1") + "\nP3,d,4.4",
        "VAS,donor,note\n62,P1,a\n7,P2,b\n31,H1,c",
    ],
)
def test_a_last_cell_that_shows_to_be_whole_or_is_not_read_raises_nothing(whole: str) -> None:
    assert raised(clinic=whole) == []


def test_a_group_that_begins_the_name_of_another_may_be_cut() -> None:
    (flag,) = raised(donors="donor,group\nP1,PX\nP2,P\nH1,P")
    assert flag.scope == Scope(donors=("H1",))
    assert raised(donors="donor,group\nP1,P\nP2,P\nH1,H") != []
    assert raised(donors="donor,group\nP1,P\nP2,H\nH1,H") == []


def test_letters_that_begin_another_word_do_not_show_a_whole_cell() -> None:
    assert is_whole("FM", ["FM", "HC", "FM"])
    assert not is_whole("F", ["F", "FM", "F"]) and not is_whole("", [""] * 10)


STUDY = """
exvivo: 1
title: invented
groups: [{id: P, name: patients}, {id: H, name: controls}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
assays: [{id: r, kind: results, unit: pg/mL, scale: linear}]
plates: [{id: P, assay: r, layout: p.csv, file: r.csv}]
questions:
  - {id: v, ask: association, within: P, assays: [r], analytes: [TNF], stimulus: ATP, scales: [VAS]}
"""


def test_a_study_with_a_cut_table_says_so(tmp_path: Path) -> None:
    wells = [(f"{d}{s}", d, s) for d in ("P1", "P2", "P3", "H1") for s in ("none", "ATP")]
    layout = [f"{well},sample,{donor},{stimulus}\n" for well, donor, stimulus in wells]
    results = [f"{well},{number}.5\n" for number, (well, *_) in enumerate(wells, 10)]
    texts = {
        "study.yaml": STUDY,
        "donors.csv": "donor,group\nP1,P\nP2,P\nP3,P\nH1,H\n",
        "p.csv": "".join(["well,role,donor,stimulus\n", *layout]),
        "r.csv": "".join(["well,TNF\n", *results]),
        "clinic.csv": "donor,VAS\nP1,62\nP2,7\nH1,31\nP3,5",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    gathered = gather(tmp_path)
    codes = [flag.code for flag in gathered.flags]
    assert codes.count("tables_that_may_be_cut") == 1
    assert [f.name for f in assigned_anew(gathered, gathered.study).flags] == [
        f.name for f in gathered.flags
    ]
    (tmp_path / "clinic.csv").write_text(texts["clinic.csv"] + "\n")
    assert "tables_that_may_be_cut" not in [flag.code for flag in gather(tmp_path).flags]
