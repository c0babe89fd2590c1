"""One drawn study as a folder of raw files: the readers take back what was drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planned_study import PLANNED, planned

from exvivo.errors import StudyError
from exvivo.gather import Gathered, gather
from exvivo.quantify import quantify
from exvivo.simulate.files import Instruments, fewest_plates, write_drawn
from exvivo.simulate.population import Drawn, data_model, draw
from exvivo.simulate.population.tables import Tables
from exvivo.study import Beads, Immunoassay, Qpcr
from exvivo.study.load import read_study_file

LUMINEX = Instruments(qpcr="quantstudio", protein="xponent")
TABLES = """
exvivo: 1
title: Plasma
groups: [{id: FM, name: patients, n: 3}, {id: HC, name: healthy people, n: 3}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: results, kind: results, unit: pg/mL, scale: log10}]
questions: [{id: more, ask: difference, groups: [FM, HC], assays: [results], analytes: [TNF, IL6]}]
assumptions: {levels: [{amount: 8, lower: 6}]}
"""
_KEY = ["assay", "analyte", "donor", "cell_type", "stimulus", "replicate"]


def drawn_of(text: str = PLANNED, **sizes: int) -> Drawn:
    model = data_model(planned(text), **sizes)  # type: ignore[arg-type]
    return draw(model, 1, rng=np.random.default_rng(5))


def written(
    drawn: Drawn, folder: Path, instruments: Instruments, *, seed: int = 5, redcap: bool = False
) -> Gathered:
    rng = np.random.default_rng(seed)
    write_drawn(drawn, 0, folder, instruments=instruments, rng=rng, redcap=redcap)
    return gather(folder)


def beside(drawn: Drawn, gathered: Gathered) -> pl.DataFrame:
    """Every well as it was drawn and as it was read: `error` is what they differ by, less its mean
    over an analyte (the unit of qPCR is arbitrary), `stated` the error that the reading states.
    """
    quantities, _ = quantify(gathered.wells, study=gathered.study)
    read = quantities.filter(on="amount").drop_nulls("donor")
    first = drawn.model.series[0]
    named = pl.col("cell_type").fill_null(pl.lit(first.cell_type, dtype=pl.String))
    was = Tables.of(drawn.model).quantities(drawn, 0).select(*_KEY, drawn="value", was="censor")
    both = was.join(read.with_columns(named), on=_KEY, how="full", coalesce=True, nulls_equal=True)
    shared = pl.col("shared").list.eval(pl.element().struct.field("loading") ** 2).list.sum()
    difference = pl.col("value") - pl.col("drawn")
    return both.with_columns(
        difference=difference,
        error=difference - difference.mean().over("assay", "analyte"),
        stated=(pl.col("sd") ** 2 + shared).sqrt(),
    )


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drawn, Gathered, Path]:
    """A study in texts (QuantStudio, xPONENT), as it was read back, and its folder."""
    folder = tmp_path_factory.mktemp("texts")
    drawn = drawn_of()
    return drawn, written(drawn, folder, LUMINEX), folder


@pytest.mark.parametrize("instruments", [Instruments(), LUMINEX], ids=["rdml, fcs", "texts"])
def test_without_noise_the_readers_take_back_what_was_drawn(
    tmp_path: Path, instruments: Instruments
) -> None:
    """Cq are read within 0.05 cycles of a curve; medians of beads, to the last digit printed."""
    drawn = drawn_of(PLANNED.replace("n: 3", "n: 2"))
    both = beside(drawn, written(drawn, tmp_path, replace(instruments, noise=0.0)))
    assert both.height == drawn.values[0].size
    assert both["difference"].null_count() == 0
    assert both.filter(assay="mrna")["error"].abs().max() < 0.06  # type: ignore[operator]
    assert both.filter(assay="protein")["difference"].abs().max() < 0.001  # type: ignore[operator]


def test_with_noise_they_are_within_the_errors_that_they_state(
    texts: tuple[Drawn, Gathered, Path], tmp_path: Path
) -> None:
    few = drawn_of(PLANNED.replace("n: 3", "n: 2"))
    for drawn, read in (texts[:2], (few, written(few, tmp_path, Instruments()))):
        both = beside(drawn, read)
        assert both["error"].null_count() == 0
        for assay in ("mrna", "protein"):
            z = (both.filter(assay=assay)["error"] / both.filter(assay=assay)["stated"]).to_numpy()
            assert 0.05 < np.sqrt(np.mean(z**2)) < 1.0
            assert np.mean(np.abs(z) < 2) > 0.97


def test_donors_scores_and_what_they_take_come_back(
    texts: tuple[Drawn, Gathered, Path], tmp_path: Path
) -> None:
    drawn, plain, _ = texts
    tables = Tables.of(drawn.model)
    project = written(drawn, tmp_path, LUMINEX, redcap=True)
    donors = tables.donors(drawn, 0)
    assert plain.study.donors.equals(donors)
    assert project.study.donors.select(donors.columns).sort("donor").equals(donors.sort("donor"))
    scores = tables.clinic(drawn, 0).select("donor", "scale", "visit", "score")
    for gathered in (plain, project):
        read = gathered.clinic.select("donor", "scale", "visit", "score")
        assert read.sort("donor").equals(scores.sort("donor"))


def test_study_yaml_says_how_each_assay_was_read(texts: tuple[Drawn, Gathered, Path]) -> None:
    drawn, gathered, _ = texts
    study = gathered.study
    qpcr, luminex = study.assays
    assert isinstance(qpcr, Qpcr) and qpcr.standards == "copies"
    assert isinstance(luminex, Immunoassay)
    assert study.simulated and study.title.startswith("SIMULATED")
    assert study.assumptions == drawn.model.study.assumptions
    assert [plate.file for plate in study.plates] == ["raw/mrna_1.txt", "raw/protein_1.csv"]


def test_an_assay_without_beads_is_read_on_beads_of_its_own(tmp_path: Path) -> None:
    head, _, tail = PLANNED.partition("  - id: protein")
    luminex = head + "  - {id: protein, kind: immunoassay}\nscales" + tail.partition("scales")[2]
    drawn, rng = drawn_of(luminex), np.random.default_rng(5)
    write_drawn(drawn, 0, tmp_path, instruments=Instruments(protein="fcs"), rng=rng)
    study, _ = read_study_file(tmp_path)
    beads = study.assays[1]
    assert isinstance(beads, Beads) and set(beads.panel) == {"TNF", "IL6"}


def test_finished_results_are_a_table_with_limits(tmp_path: Path) -> None:
    drawn = drawn_of(TABLES)
    both = beside(drawn, written(drawn, tmp_path, Instruments()))
    assert both["was"].to_list() == both["censor"].to_list()
    assert set(both["censor"]) == {"none", "left"}
    assert both["difference"].drop_nulls().abs().max() < 1e-4  # type: ignore[operator]
    bounds = both["upper"].drop_nulls().to_numpy()
    assert bounds == pytest.approx(np.full(len(bounds), np.log2(6)), abs=1e-4)


def test_what_is_drawn_far_below_a_limit_is_read_as_undetected(tmp_path: Path) -> None:
    limits = "[{assays: [protein], amount: 20, lower: 64}, {assays: [mrna], amount: 1, lower: 1}]"
    before, _, after = PLANNED.partition("levels: [")
    whole = before + "levels: " + limits + "\n" + after.partition("\n")[2]
    drawn = drawn_of(whole.replace("n: 3", "n: 2"))
    both = beside(drawn, written(drawn, tmp_path, LUMINEX))
    lower = pl.when(pl.col("assay") == "protein").then(6.0).otherwise(0.0)
    truth = Tables.of(replace(drawn.model, lower=np.full(len(drawn.model.series), -np.inf)))
    log2 = truth.quantities(drawn, 0).select(*_KEY, log2="value")
    rows = both.join(log2, on=_KEY, nulls_equal=True)
    far = rows.filter((pl.col("log2") - lower).abs() > 1.0)
    is_below = far["log2"] < far.select(lower).to_series()
    detected = far["censor"] == "none"
    assert 0.2 < is_below.mean() < 0.8  # type: ignore[operator]
    assert (detected != is_below).mean() > 0.9  # type: ignore[operator]
    bounded = far.filter(censor="left", assay="mrna")
    assert (bounded["log2"] < bounded["upper"] + 0.5).all()


def test_the_same_generator_gives_the_same_bytes(tmp_path: Path) -> None:
    drawn = drawn_of()
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, seed in zip(folders, (5, 5, 6), strict=True):
        rng = np.random.default_rng(seed)
        names = write_drawn(drawn, 0, folder, instruments=Instruments(), rng=rng)
    first, same, other = ([(f / n).read_bytes() for n in names] for f in folders)
    assert first == same
    assert first != other


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "donors.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="a new or empty folder"):
        written(drawn_of(), tmp_path, LUMINEX)
    with pytest.raises(StudyError, match="a file"):
        written(drawn_of(), tmp_path / "donors.csv", LUMINEX)
    assert [path.name for path in tmp_path.iterdir()] == ["donors.csv"]


def test_plates_that_cannot_hold_their_wells_are_refused_with_those_that_can(
    tmp_path: Path,
) -> None:
    drawn = drawn_of(wells=8)
    with pytest.raises(StudyError) as refused:
        written(drawn, tmp_path, LUMINEX)
    (qpcr, luminex) = refused.value.mistakes
    assert "408 wells" in qpcr.found and "--plates 2" in qpcr.cure
    assert "105 wells" in luminex.found and "--plates 2" in luminex.cure
    assert fewest_plates(drawn, LUMINEX) == 2
    assert fewest_plates(drawn_of(), LUMINEX) == 1


def test_a_draw_that_loses_everybody_is_refused(tmp_path: Path) -> None:
    drawn = drawn_of()
    nobody = replace(drawn, present=np.zeros_like(drawn.present))
    with pytest.raises(StudyError, match="everybody of this draw is lost"):
        written(nobody, tmp_path, LUMINEX)


def test_one_donor_who_fills_more_than_a_plate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="plan fewer wells \\(--wells\\)"):
        written(drawn_of(wells=60), tmp_path, LUMINEX)


def test_an_analyte_without_a_bead_is_refused(tmp_path: Path) -> None:
    drawn = drawn_of(PLANNED.replace("{TNF: D9, IL6: A7}", "{TNF: D9}"))
    with pytest.raises(StudyError, match="no bead for IL6"):
        written(drawn, tmp_path, Instruments())


def test_truth_lies_beside_it(texts: tuple[Drawn, Gathered, Path]) -> None:
    drawn, _, folder = texts
    truth = {
        path.stem: pl.read_csv(path, comment_prefix="#") for path in (folder / "truth").iterdir()
    }
    assert set(truth) == {"answers", "wells", "assumptions"}
    assert truth["answers"].height == 6
    assert truth["wells"]["log2_amount"].to_numpy() == pytest.approx(
        drawn.values[0].transpose(1, 0, 2, 3).ravel()
    )
    assert truth["assumptions"].height == len(drawn.model.sources)
