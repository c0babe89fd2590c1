from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from immunoassay_tables import luminex
from joint_chains import chains_of

from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.simulate import model_study, wells
from exvivo.study import Plate, Qpcr, Study
from exvivo.tables import ASSAYS, QUANTITIES, WELLS
from exvivo.tell import Tables
from exvivo.tell.figures import (
    amplification,
    cq_map,
    plates,
    reference_genes,
    residuals,
    standard_curve,
    traces,
)
from exvivo.tell.figures.chart import Figure, plate_style, svg
from exvivo.tell.figures.reactions import reactions
from exvivo.tell.quality_figures import quality_figures

NAMES = (
    "Amplification curves",
    "Standard curves",
    "Cq on the plates",
    "Reference genes",
    "Residuals by plate",
    "Replicates",
)


@pytest.fixture(scope="module")
def study() -> Study:
    return model_study(rng=np.random.default_rng(3)).study


@pytest.fixture(scope="module")
def measured() -> pl.DataFrame:
    return wells(model_study(rng=np.random.default_rng(3))).filter(assay="mrna")


def qpcr(study: Study) -> Qpcr:
    assay = study.assay("mrna")
    assert isinstance(assay, Qpcr)
    return assay


@pytest.fixture(scope="module")
def tables(study: Study, measured: pl.DataFrame) -> dict[str, pl.DataFrame]:
    quantities, assays = quantify_qpcr(measured, study=study, assay=qpcr(study))
    return {"wells": measured, "assays": assays, "quantities": quantities}


@pytest.fixture(scope="module")
def figures(study: Study, tables: Mapping[str, pl.DataFrame]) -> dict[str, Figure]:
    ((heading, found),) = quality_figures(Tables.of(tables), study)
    assert heading == "mRNA"
    return dict(found)


def values(figure: Figure) -> str:
    return json.dumps(figure.spec(), ensure_ascii=False, allow_nan=False)


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_has_words_data_and_a_specification_that_draws(
    name: str, figures: dict[str, Figure]
) -> None:
    figure = figures[name]
    assert figure.data.height > 0
    assert len(figure.caption) > 60
    assert '"$schema"' in values(figure)
    for count, panel in enumerate(figure.panels):
        assert len(panel.alt) > 40
        drawn = svg(panel, name=f"x{count}")
        assert drawn.startswith('<svg role="img" aria-label="')
        assert len(drawn) < 40_000


def test_nothing_is_drawn_without_qpcr(study: Study) -> None:
    empty = {"wells": WELLS.frame(), "assays": ASSAYS.frame(), "quantities": QUANTITIES.frame()}
    assert quality_figures(Tables.of(empty), study) == []
    wells, assays = empty["wells"], empty["assays"]
    assert amplification.figure(wells, study=study, name="x") is None
    assert standard_curve.figure(assays, wells, study=study, name="x") is None
    assert cq_map.figure(assays, wells, study=study, name="x") is None
    assert residuals.figure(assays, wells, study=study, name="x") is None
    assert reference_genes.figure(assays, wells, study=study, assay=qpcr(study), name="x") is None


def test_every_curve_passes_through_every_cycle_once(
    figures: dict[str, Figure], measured: pl.DataFrame
) -> None:
    """Each curve fills at least one square a cycle; on a flat cycle exactly one."""
    data = figures["Amplification curves"].data
    counted = data.filter(pl.col("curves").is_not_null())
    per_cycle = counted.group_by("target", "scale", "cycle", maintain_order=True).agg(
        pl.col("curves").sum()
    )
    curves = dict(
        measured.filter(role="sample").group_by("channel", maintain_order=True).len().iter_rows()
    )
    standards = dict(
        measured.filter(role="standard").group_by("channel", maintain_order=True).len().iter_rows()
    )
    for row in per_cycle.iter_rows(named=True):
        assert row["curves"] >= curves[row["target"]] + standards[row["target"]]
    first = per_cycle.filter((pl.col("scale") == "linear") & (pl.col("cycle") == 1))
    assert first["curves"].to_list() == [curves[t] + standards[t] for t in first["target"]]


def test_ten_thousand_curves_stay_small(study: Study) -> None:
    rng = np.random.default_rng(1)
    cycles = np.arange(1.0, 41.0)
    middle = rng.uniform(15, 35, (10_000, 1))
    curve = 5 + 20 / (1 + np.exp((middle - cycles) / 1.5)) + rng.normal(0, 0.01, (10_000, 40))
    base = {
        "assay": "mrna",
        "channel": "TNF",
        "kind": "amplification",
        "analyte": "TNF",
        "plate": "Q1",
        "role": "sample",
    }
    frame = pl.DataFrame(
        {
            "well": [f"W{i}" for i in range(10_000)],
            "x": [cycles.tolist()] * 10_000,
            "y": curve.tolist(),
        }
    )
    figure = amplification.figure(
        frame.with_columns(pl.lit(v).alias(k) for k, v in base.items()), study=study, name="x"
    )
    assert figure is not None
    assert len(svg(figure.panels[0], name="x")) < 60_000
    assert len(values(figure)) < 400_000


def test_all_controls_that_should_stay_flat_are_lines(
    figures: dict[str, Figure], measured: pl.DataFrame
) -> None:
    drawn = figures["Amplification curves"].data.filter(role="ntc", scale="linear")
    controls = measured.filter(role="ntc")
    assert drawn.select("target", "plate", "well").n_unique() == controls.height
    one = controls.row(0, named=True)
    mine = drawn.filter(target=one["channel"], plate=one["plate"], well=one["well"])
    lowest = float(np.median(np.sort(one["y"])[:5]))
    assert mine["from"].to_numpy() == pytest.approx(np.array(one["y"]) - lowest, rel=1e-4, abs=1e-6)


def test_points_line_and_band_of_a_standard_curve_are_those_of_the_fit(
    figures: dict[str, Figure], tables: Mapping[str, pl.DataFrame]
) -> None:
    row = tables["assays"].filter(kind="efficiency", analyte="TNF").row(0, named=True)
    numbers = {figure["name"]: figure["value"] for figure in row["figures"]}
    data = figures["Standard curves"].data.filter(target="TNF")
    points = data.filter(pl.col("cq").is_not_null())
    said = {point["well"]: point["y"] for point in row["points"] if point["x"] is not None}
    assert {f"{r['plate']} {r['well']}": r["cq"] for r in points.iter_rows(named=True)} == said
    line = data.filter(pl.col("line").is_not_null() & (pl.col("plate") == "Q1")).sort(
        "log10_nominal"
    )
    x, y = line["log10_nominal"].to_numpy(), line["line"].to_numpy()
    assert np.diff(y) / np.diff(x) == pytest.approx(numbers["slope"])
    mean = points.filter(plate="Q1")
    assert np.interp(mean["log10_nominal"].to_numpy().mean(), x, y) == pytest.approx(
        mean["cq"].to_numpy().mean(), abs=0.1
    )
    half = (line["upper"] - line["lower"]).to_numpy() / 2
    n, count = mean.height, points.height
    t = {7: 2.3646}[count - 1 - 2]
    at = x - mean["log10_nominal"].to_numpy().mean()
    expected = t * np.sqrt(
        numbers["residual_sd"] ** 2 * (1 + 1 / n) + numbers["slope_sd"] ** 2 * at**2
    )
    assert half == pytest.approx(expected, rel=1e-4)
    assert f"r² {numbers['r2']:.4f}" in figures["Standard curves"].panels[0].subtitle


def test_every_reaction_has_its_place_on_the_map(
    figures: dict[str, Figure], tables: Mapping[str, pl.DataFrame]
) -> None:
    figure = figures["Cq on the plates"]
    assert [panel.title for panel in figure.panels] == ["plate Q1", "plate Q2"]
    assert figure.data.height == tables["wells"].select("plate", "well", "channel").n_unique()
    lost = figure.data.filter(plate="Q1")["cq"].null_count()
    crosses = [
        part
        for part in figure.panels[0].spec["layer"]
        if part["mark"].get("shape", "").startswith("M-1")
    ]
    assert len(crosses[0]["data"]["values"]) == lost
    outlined = [
        part for part in figure.panels[0].spec["layer"] if part["mark"].get("filled") is False
    ]
    assert (
        len(outlined[0]["data"]["values"]) == tables["wells"].filter(role="ntc", plate="Q1").height
    )
    coloured = sum(
        len(part["data"]["values"])
        for part in figure.panels[0].spec["layer"]
        if str(part["mark"].get("color", "")) in cq_map._COLOURS
    )
    assert coloured == figure.data.filter(plate="Q1").height - lost


def one_well_for_all(tables: Mapping[str, pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same reactions as if every target had been read in the same 96 wells."""
    kept = tables["wells"].filter((pl.col("role") == "sample") & (pl.col("plate") == "Q1"))
    number = pl.int_range(pl.len()).over("channel")
    place = pl.concat_str(
        (number // 12).replace_strict(range(8), list("ABCDEFGH")), (number % 12 + 1).cast(pl.String)
    )
    return kept.with_columns(well=place), tables["assays"]


def test_wells_with_several_targets_get_a_map_for_each(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    shared, _ = one_well_for_all(tables)
    assay = replace(qpcr(study), efficiency={})
    _, assays = quantify_qpcr(shared, study=study, assay=assay)
    figure = cq_map.figure(assays, shared, study=study, name="x")
    assert figure is not None
    assert [panel.title for panel in figure.panels][:2] == ["plate Q1, TNF", "plate Q1, IL-1β"]
    assert len(figure.panels) == 7


def test_wells_without_a_place_give_no_map(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    named = tables["wells"].with_columns(well=pl.concat_str(pl.lit("tube "), "well"))
    _, assays = quantify_qpcr(named, study=study, assay=qpcr(study))
    assert cq_map.figure(assays, named, study=study, name="x") is None
    assert residuals.figure(assays, named, study=study, name="x") is not None


def test_large_plates_have_rows_beyond_z() -> None:
    rows = pl.DataFrame({"well": ["A1", "Z48", "AA1", "AF48", "H12", "tube 3"]})
    placed = plates.placed_wells(rows).select("row", "column").rows()
    assert placed == [(0, 0), (25, 47), (26, 0), (31, 47), (7, 11)]
    assert [plates.row_letters(row) for row in (0, 25, 26, 31)] == ["A", "Z", "AA", "AF"]


def test_a_reference_gene_that_answers_to_the_stimulus_is_seen(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    rows = reactions(tables["assays"], tables["wells"])
    moved = rows.with_columns(
        cq=pl.col("cq")
        + pl.when((pl.col("target") == "UBC") & (pl.col("stimulus") == "ATP"))
        .then(2.0)
        .otherwise(0.0)
    )
    for frame, expected in ((rows, 0.0), (moved, -1.0)):
        data = reference_genes.differences(frame, qpcr(study)).filter(target="RPLP0")
        means = dict(
            data.group_by("stimulus", maintain_order=True)
            .agg(pl.col("difference").mean())
            .iter_rows()
        )
        assert means["ATP"] - means["none"] == pytest.approx(expected, abs=0.1)
        assert data["difference"].to_numpy().mean() == pytest.approx(0, abs=1e-12)


def test_two_references_are_one_panel_and_one_is_none(
    study: Study, figures: dict[str, Figure], tables: Mapping[str, pl.DataFrame]
) -> None:
    assert [panel.title for panel in figures["Reference genes"].panels] == [
        "RPLP0 (UBC mirrors it)"
    ]
    both = {"fits": tables["assays"], "wells": tables["wells"]}
    three = replace(qpcr(study), references=("RPLP0", "UBC", "TNF"))
    drawn = reference_genes.figure(both["fits"], both["wells"], study=study, assay=three, name="x")
    assert drawn is not None
    assert len(drawn.panels) == 3
    alone = replace(qpcr(study), references=("UBC",))
    assert (
        reference_genes.figure(both["fits"], both["wells"], study=study, assay=alone, name="x")
        is None
    )


def test_a_plate_that_is_off_is_seen_in_the_residuals(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    def shifted(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**point, "y": point["y"] + 1.0}
            if point["y"] is not None and point["well"].startswith("Q2 ")
            else point
            for point in points
        ]

    whole = tables["assays"].to_dicts()
    moved = ASSAYS.frame(
        [
            {**row, "points": shifted(row["points"])} if row["kind"] == "efficiency" else row
            for row in whole
        ]
    )
    for assays, expected in ((tables["assays"], 0.0), (moved, 1.0)):
        found = residuals.residuals(assays, tables["wells"]).filter(kind="standards")
        means = dict(
            found.group_by("plate", maintain_order=True).agg(pl.col("residual").mean()).iter_rows()
        )
        assert means["Q2"] - means["Q1"] == pytest.approx(expected, abs=0.15)


def test_replicates_are_held_against_their_sample(figures: dict[str, Figure]) -> None:
    mine = figures["Residuals by plate"].data.filter(kind="replicates")
    assert mine["residual"].to_numpy().mean() == pytest.approx(0, abs=1e-12)
    assert set(figures["Residuals by plate"].data["kind"]) == {"standards", "replicates"}


def test_many_plates_keep_their_own_signs() -> None:
    styles = {plate_style(at) for at in range(36)}
    assert len(styles) == 36


def test_two_assays_of_one_readout_are_told_apart(
    study: Study, tables: Mapping[str, pl.DataFrame]
) -> None:
    other = replace(qpcr(study), id="mrna2")
    plates = (*study.plates, Plate(id="Q9", assay="mrna2", layout="plates/Q9.csv"))
    both = replace(study, assays=(qpcr(study), other), plates=plates)
    twice = {
        name: pl.concat([frame, frame.with_columns(assay=pl.lit("mrna2"))])
        for name, frame in tables.items()
    }
    shelves = quality_figures(Tables.of(twice), both)
    assert [heading for heading, _ in shelves] == ["mRNA (mrna)", "mRNA (mrna2)"]
    names = [figure.name for _, found in shelves for _, figure in found]
    assert len(names) == len(set(names))


def test_the_joint_models_chains_are_drawn_as_they_are() -> None:
    """Every thinned draw and every count of ranks stands in the data; a chain apart shows in both."""
    study, _ = luminex(3)
    shown = chains_of(study.assays[0].id, study.analytes[0].id, apart=5.0)
    made = traces.figure((shown,), study=study, name="chains")
    assert made is not None
    assert traces.figure((), study=study, name="chains") is None
    draws, ranks = (made.data.filter(what=what) for what in ("draw", "rank"))
    assert (draws.height, ranks.height) == (4 * 150, 4 * 20)
    assert ranks.group_by("chain").agg(pl.col("y").sum())["y"].to_list() == [300.0] * 4
    assert ranks.filter(pl.col("chain") == 4, pl.col("x") < 15)["y"].sum() == 0
    assert draws.filter(chain=4)["y"].min() > draws.filter(chain=1)["y"].max()  # type: ignore[operator]
    trace, counts = made.panels
    assert "R-hat 1.0030, worth 812 independent draws" in trace.alt
    assert "0 to 300 draws" not in counts.alt and "15 expected" in counts.alt
