from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exvivo.assign import assign
from exvivo.errors import StudyError
from exvivo.read import read_plate
from exvivo.simulate import VirtualStudy, model_study, wells, write
from exvivo.study import Analyte, Group, Plate, Qpcr, Results, Study, load
from exvivo.tables import LAYOUT, READINGS


@pytest.fixture(scope="module")
def virtual() -> VirtualStudy:
    return model_study(rng=np.random.default_rng(1))


def small(assay: Qpcr | Results, layout: list[dict[str, object]]) -> Study:
    rows: list[dict[str, object]] = [
        {"line": f"plates/P.csv:{i}", "plate": "P", "dilution": 1.0, "nominals": []} | row
        for i, row in enumerate(layout, 2)
    ]
    return Study(
        exvivo=1,
        title="small",
        groups=(Group(id="a", name="a"),),
        analytes=(Analyte(id="TNF"), Analyte(id="IL6")),
        assays=(assay,),
        plates=(Plate(id="P", assay=assay.id, layout="plates/P.csv", file="raw/P.csv"),),
        layout=LAYOUT.frame(rows),
    )


def reading(well: str, channel: str, kind: str = "concentration") -> dict[str, object]:
    return {
        "source": "raw/P.csv",
        "sha256": "0",
        "block": "table",
        "plate": "P",
        "well": well,
        "channel": channel,
        "kind": kind,
        "value": 3.0,
        "censor": "none",
        "unit": "pg/mL",
    }


def test_files_of_a_study_become_the_wells_the_simulator_had_in_memory(
    virtual: VirtualStudy, tmp_path: Path
) -> None:
    write(virtual, tmp_path)
    study = load(tmp_path)
    frames = []
    for plate in study.plates:
        if plate.file:
            files = [(plate.file, None)]
        else:
            rows = study.layout.filter(plate=plate.id)
            files = list(rows.select("file", "well").iter_rows())
        for source, well in files:
            frames.append(
                read_plate(
                    tmp_path / source,
                    source=source,
                    plate=plate.id,
                    assay=study.assay(plate.assay),
                    well=well,
                ).readings
            )
    made = assign(pl.concat(frames), study=study)
    assert made.drop("sha256").equals(wells(virtual).drop("sha256"))


def test_a_well_the_layout_does_not_name_is_asked_about() -> None:
    study = small(
        Results(id="plasma", kind="results"), [{"well": "S1", "role": "sample", "donor": "D1"}]
    )
    found = READINGS.frame([reading("S1", "TNF"), *(reading(f"S{i}", "TNF") for i in range(2, 14))])
    with pytest.raises(StudyError) as raised:
        assign(found, study=study)
    (mistake,) = raised.value.mistakes
    assert mistake.where == "plates/P.csv"
    assert "S2, S3, S4, S5, S6 and 7 more" in mistake.found
    assert "role `empty`" in mistake.cure


def test_file_and_layout_that_share_no_well_do_not_belong_together() -> None:
    study = small(
        Results(id="plasma", kind="results"), [{"well": "S1", "role": "sample", "donor": "D1"}]
    )
    with pytest.raises(StudyError, match=r"no well of raw/P.csv: it holds X1, X2, the layout S1"):
        assign(READINGS.frame([reading("X1", "TNF"), reading("X2", "TNF")]), study=study)


def test_channels_become_analytes_by_declared_name_then_by_their_own() -> None:
    study = small(
        Results(id="plasma", kind="results", channels={"TNF-a (pg/mL)": "TNF"}),
        [{"well": "S1", "role": "sample", "donor": "D1"}],
    )
    made = assign(
        READINGS.frame([reading("S1", c) for c in ("TNF-a (pg/mL)", "IL6", "other")]), study=study
    )
    assert made["analyte"].to_list() == ["TNF", "IL6", None]


def test_a_reference_target_stands_for_no_analyte_even_if_it_is_one() -> None:
    study = small(
        Qpcr(id="mrna", kind="qpcr", references=("IL6",), targets={"tnf_1": "TNF"}),
        [{"well": "A1", "role": "sample", "donor": "D1"}],
    )
    made = assign(READINGS.frame([reading("A1", c, "cq") for c in ("tnf_1", "IL6")]), study=study)
    assert made["analyte"].to_list() == ["TNF", None]


def test_a_known_amount_of_one_analyte_wins_over_the_one_for_all() -> None:
    own = [{"name": "TNF", "value": 800.0}]
    study = small(
        Results(id="plasma", kind="results", value="mfi"),
        [{"well": "S1", "role": "standard", "nominal": 500.0, "nominals": own}],
    )
    made = assign(READINGS.frame([reading("S1", c, "mfi") for c in ("TNF", "IL6")]), study=study)
    assert made["nominal"].to_list() == [800.0, 500.0]


def test_wells_that_were_planned_and_never_measured_have_no_reading() -> None:
    study = small(
        Results(id="plasma", kind="results"),
        [{"well": w, "role": "sample", "donor": "D1"} for w in ("S1", "S2")],
    )
    assert assign(READINGS.frame([reading("S1", "TNF")]), study=study)["well"].to_list() == ["S1"]


def target_of(layout: str | None, *named: str) -> list[str]:
    """The channels of a well whose file names these (and, for its curve, none)."""
    study = small(
        Qpcr(id="mrna", kind="qpcr", references=("ACTB",)),
        [{"well": "A1", "role": "sample", "donor": "D1", "target": layout}],
    )
    found = READINGS.frame([reading("A1", channel, "cq") for channel in (*named, "")])
    return assign(found, study=study)["channel"].to_list()


def test_a_target_the_file_does_not_name_comes_from_the_layout_or_from_the_only_one_of_its_well() -> (
    None
):
    assert target_of("TNF") == ["TNF"]
    assert target_of(None, "IL6") == ["IL6", "IL6"]
    assert target_of("IL6", "IL6") == ["IL6", "IL6"]
    with pytest.raises(StudyError, match="add a column `target`"):
        target_of(None)
    with pytest.raises(StudyError, match="add a column `target`"):
        target_of(None, "IL6", "TNF")
    with pytest.raises(StudyError, match=r"target TNF, where raw/P\.csv says IL6"):
        target_of("TNF", "IL6")
