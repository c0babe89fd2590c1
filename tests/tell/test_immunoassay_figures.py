"""Figures and quality tables of bead arrays and immunoassays."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay_tables import (
    COFACTOR,
    SPREAD,
    THIRTEEN,
    bead_plates,
    fit,
    luminex,
    population,
    study,
)
from keyed_figures import Key

from exvivo.figures import figures_from, value_of
from exvivo.quantify.curve.logistic import response as engine
from exvivo.study import Beads, Immunoassay, Study
from exvivo.tables import ASSAYS, QUANTITIES, WELLS
from exvivo.tell import Provenance, Tables, quality, report
from exvivo.tell.figures import axes, bead_events, beads, curves, labels, levey_jennings, plate_map
from exvivo.tell.figures.chart import Figure, Panel, plate_style, svg
from exvivo.tell.methods import methods
from exvivo.tell.quality_figures import quality_figures

PROVENANCE = Provenance(version="0", study_hash="ab" * 32)


@pytest.fixture(scope="module")
def two_plates() -> tuple[Study, dict[str, pl.DataFrame]]:
    return luminex(3)


def drawn_texts(panel: Panel) -> list[tuple[str, float, float]]:
    """What the renderer wrote and where: text, x, y in pixels."""
    found = re.findall(
        r'<text x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]+)</text>', svg(panel, name="x")
    )
    return [(text, float(x), float(y)) for x, y, text in found]


def thirteen() -> tuple[Study, pl.DataFrame, pl.DataFrame]:
    """Two bead sizes, seven and six intensities: what a LEGENDplex panel looks like."""
    centres = [(4.9, 2.6 + 0.35 * at) for at in range(7)] + [
        (5.3, 2.75 + 0.35 * at) for at in range(6)
    ]
    return bead_plates(THIRTEEN, centres)


def array(made: Study) -> Beads:
    (assay,) = made.assays
    assert isinstance(assay, Beads)
    return assay


def test_thirteen_names_stand_clear_of_one_another_on_every_plate() -> None:
    made, wells, assays = thirteen()
    figure = beads.figure(wells, assays, study=made, name="x")
    assert figure is not None
    assert [panel.title for panel in figure.panels] == ["plate P1", "plate P2"]
    expected = {f"{made.name_of(a)} {position}" for a, position in array(made).panel.items()}
    assert {name.rsplit(" ", 1)[0] for name in expected} == set(THIRTEEN)
    for panel in figure.panels:
        names = {(text, x, y) for text, x, y in drawn_texts(panel) if text in expected}
        assert {text for text, *_ in names} == expected
        for (one, x, y), (other, x2, y2) in itertools.combinations(names, 2):
            beside = abs(x - x2) >= 0.52 * 12 * (len(one) + len(other)) / 2
            assert beside or abs(y - y2) >= 12, (one, other)


def test_a_name_stands_nearest_to_its_own_population() -> None:
    made, wells, assays = thirteen()
    seen = bead_events.bead_map(wells, assays, assay=array(made), plate="P1")
    assert seen is not None
    view = beads.View.of(seen, made)
    placed = beads.placed_names(view)
    width, height = view.size
    spans = [view.ends(axis) for axis in (0, 1)]
    shares = [
        [(p.centre[axis] - low) / (high - low) for axis, (low, high) in enumerate(spans)]
        for p in seen.populations
    ]
    for at, label in enumerate(placed):
        apart = [math.hypot(label.x - x * width, label.y - (1 - y) * height) for x, y in shares]
        assert min(range(13), key=apart.__getitem__) == at or label.line


def test_the_events_of_a_map_are_all_counted_and_stand_where_they_were_read() -> None:
    made, wells, assays = bead_plates(["one", "two"], [(3.0, 4.0), (4.0, 3.0)], plates=["P1"])
    figure = beads.figure(wells, assays, study=made, name="x")
    assert figure is not None
    data = figure.data.filter(what="events")
    assert data["events"].sum() == 3 * 120 * 2
    first = data.filter(pl.col("x2") < 3000)
    assert first["events"].sum() == 3 * 120
    assert first["x"].to_numpy().min() > 1000 * math.exp(-6 * SPREAD)
    centres = figure.data.filter(what="population centre").select("analyte", "x", "y").rows()
    assert centres == [
        ("A0", pytest.approx(1000), pytest.approx(10000)),
        ("A1", pytest.approx(10000), pytest.approx(1000)),
    ]


def test_outlines_are_the_ellipse_of_three_standard_deviations() -> None:
    tilted = np.array([[0.04, 0.03], [0.03, 0.09]])
    outline = beads.ellipse(
        bead_events.Population("x", np.array([1.0, 2.0]), tilted), radius=3.0
    ) - [1.0, 2.0]
    distance = np.sqrt(np.einsum("pi,ij,pj->p", outline, np.linalg.inv(tilted), outline))
    assert distance == pytest.approx(3, rel=1e-6)


def test_an_outline_holds_nearly_all_of_its_beads() -> None:
    made, wells, assays = bead_plates(["one"], [(3.0, 4.0)], plates=["P1"], beads=20_000)
    seen = bead_events.bead_map(wells, assays, assay=array(made), plate="P1")
    assert seen is not None
    off = (seen.events - seen.populations[0].centre) / SPREAD
    inside = np.hypot(off[:, 0], off[:, 1]) < beads.View.of(seen, made).radius
    assert inside.mean() == pytest.approx(0.9973, abs=0.002)


def test_kits_of_two_bead_sizes_are_mapped_by_size() -> None:
    """Letters are sizes: the population has a centre in the classifier and one in the weighted
    logarithms of scatter.
    """
    made, wells, assays = bead_plates(["small", "large"], [(4.0, 3.0), (5.0, 3.0)], plates=["P1"])
    only = replace(made, assays=(replace(array(made), classifier=("APC-A",), scatter=("FSC-A",)),))
    rows = []
    for row in assays.to_dicts():
        forward = value_of(row["parameters"], "centre", of="FSC-A")
        assert forward is not None
        size = 0.5 * math.log(COFACTOR * math.sinh(forward))
        parts = [
            *(part for part in row["parameters"] if part["of"] == "APC-A"),
            *figures_from({"centre": size, "spread": 0.5 * SPREAD}, of="size"),
            *figures_from({"weight": 0.5}, of="FSC-A"),
        ]
        covariance = np.diag([SPREAD**2, (0.5 * SPREAD) ** 2]).ravel().tolist()
        rows.append(
            row
            | {
                "parameters": parts,
                "covariance": covariance,
            }
        )
    seen = bead_events.bead_map(wells, ASSAYS.frame(rows), assay=array(only), plate="P1")
    assert seen is not None
    assert seen.channels == ("size", "APC-A")
    middle = np.median(seen.events.reshape(3, 2, 120, 2), axis=(0, 2))
    for at, found in enumerate(seen.populations):
        assert middle[at] == pytest.approx(found.centre, abs=0.03)
        assert np.diagonal(found.covariance) == pytest.approx([(0.5 * SPREAD) ** 2, SPREAD**2])
    figure = beads.figure(wells, ASSAYS.frame(rows), study=only, name="x")
    assert figure is not None
    assert {"small", "large", "bead size, from scatter"} <= {
        text for text, *_ in drawn_texts(figure.panels[0])
    }


def test_one_classifier_is_a_histogram_with_every_name() -> None:
    made, wells, assays = bead_plates(THIRTEEN, [(1.5 + 0.3 * at,) for at in range(13)])
    figure = beads.figure(wells, assays, study=made, name="x")
    assert figure is not None
    assert "y" not in figure.data.columns
    written = {text for text, *_ in drawn_texts(figure.panels[0])}
    assert set(THIRTEEN) <= written
    assert figure.panels[0].alt.startswith(
        "Histogram of 4680 events of 3 tubes of plate P1 in APC-A"
    )


def test_beads_without_events_or_populations() -> None:
    made, wells, assays = bead_plates(["one", "two"], [(3.0, 4.0), (4.0, 3.0)])
    assert beads.figure(wells.head(0), assays, study=made, name="x") is None
    bare = beads.figure(wells, ASSAYS.frame(), study=made, name="x")
    assert bare is not None
    assert bare.data.filter(what="population centre").is_empty()
    assert svg(bare.panels[0], name="x").startswith("<svg")


@given(st.lists(st.tuples(st.integers(1, 14), st.floats(0, 300)), max_size=20))
def test_names_above_a_histogram_never_meet(parts: list[tuple[int, float]]) -> None:
    parts = sorted(parts, key=lambda part: part[1])
    placed = beads.in_lines(
        ["x" * length for length, _ in parts], [at for _, at in parts], width=300
    )
    assert [name for name, *_ in placed] == ["x" * length for length, _ in parts]
    for (one, x, line), (other, x2, line2) in itertools.combinations(placed, 2):
        assert line != line2 or abs(x - x2) > 0.55 * 10.5 * (len(one) + len(other)) / 2


@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 8))
def test_names_on_a_grid_never_meet(columns: int, rows: int, letters: int) -> None:
    marks = [
        labels.Box(70 * c + 20, 40 * r + 20, 70 * c + 44, 40 * r + 34)
        for c in range(columns)
        for r in range(rows)
    ]
    within = labels.Box(0, 0, 70 * columns + 20, 40 * rows + 40)
    placed = labels.around(["m" * letters] * len(marks), marks, within=within, size=10)
    boxes = [label.box for label in placed]
    assert all(one.shared(other) == 0 for one, other in itertools.combinations(boxes, 2))
    assert all(label.box.shared(mark) == 0 for label in placed for mark in marks)


@given(st.floats(1e-3, 1e5), st.floats(1.02, 1e6), st.integers(3, 6))
def test_ticks_are_few_round_and_inside(low: float, times: float, most: int) -> None:
    at = axes.round_amounts(low, low * times, most=most)
    assert at == sorted(set(at))
    assert all(low * (1 - 1e-9) <= value <= low * times * (1 + 1e-9) for value in at)
    assert 1 <= len(at) <= most
    assert all(
        float(axes.amount_label(v).replace("k", "e3").replace("M", "e6").replace("G", "e9"))
        == pytest.approx(v, rel=1e-3)
        for v in at
    )


@given(
    st.floats(-50, 500),
    st.floats(10, 1e5),
    st.floats(1, 1e4),
    st.floats(0.3, 4),
    st.floats(0.2, 5),
    st.floats(0, 1e5),
)
def test_the_drawn_curve_is_the_curve_that_was_fitted(
    base: float, span: float, middle: float, steep: float, skew: float, dose: float
) -> None:
    parameters = {"A": base, "B": base + span, "C": middle, "D": steep, "F": skew}
    theta = np.array([[base, math.log(span), math.log(middle), math.log(steep), math.log(skew)]])
    expected = float(engine(theta, np.array([[dose]]))[0, 0])
    assert curves.response(parameters, dose) == pytest.approx(expected, rel=1e-9, abs=1e-9 * span)


NUMBERS = {"A": 10.0, "B": 1010.0, "C": 100.0, "D": 1.0, "F": 1.0}
STANDARDS: list[dict[str, Any]] = [
    {"well": f"A{at}", "x": x, "y": 10 + 1000 * x / (x + 100), "fitted": x, "used": True}
    for at, x in enumerate((0.0, 1.0, 10.0, 100.0, 1000.0))
]


def curve_row(
    plate: str = "P1",
    others: Mapping[Key, float] = MappingProxyType({}),
    **changed: object,
) -> dict[str, object]:
    given = {"points": STANDARDS, "lower": 2.0, "upper": 900.0, "lod": 0.8, "levels": 4.0} | changed
    return fit(
        "curve",
        "TNF",
        plate,
        others,
        parameters=figures_from(NUMBERS),
        **given,
    )


def layers_of(figure: Figure, part: int) -> list[dict[str, object]]:
    layers = figure.panels[0].spec["vconcat"][part]["layer"]
    return [layer for layer in layers if isinstance(layer, dict)]


def marks(figure: Figure, part: int, kind: str, **wanted: object) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for layer in layers_of(figure, part):
        mark = layer["mark"]
        assert isinstance(mark, dict)
        if mark["type"] == kind and all(mark.get(name) == value for name, value in wanted.items()):
            rows += layer["data"]["values"]  # type: ignore[index]
    return rows


def drawn(*rows: dict[str, object]) -> Figure:
    figure = curves.figure(ASSAYS.frame(list(rows)), study=study(), name="x")
    assert figure is not None
    assert svg(figure.panels[0], name="x").startswith("<svg")
    return figure


def test_the_line_comes_from_parameters_and_not_from_points() -> None:
    moved = [
        {**point, "y": point["y"] * 1.5, "fitted": point["x"] * 1.7} for point in STANDARDS[1:]
    ]
    lines = [
        marks(drawn(curve_row(points=points)), 0, "line")
        for points in (STANDARDS, [STANDARDS[0], *moved])
    ]
    for line in lines:
        assert len(line) > 30
        for at in line:
            assert at["y"] == pytest.approx(10 + 1000 / (1 + 100 / at["x"]), rel=2e-3)


def test_range_detection_limit_blanks_and_wells_out_of_line_are_drawn() -> None:
    figure = drawn(
        curve_row(), curve_row("P2", {("outlier", "A3"): 4.4}, lower=5.0, upper=800.0, lod=1.2)
    )
    assert marks(figure, 0, "rect") == [{"x": 5.0, "x2": 800.0}]
    assert [row["x"] for row in marks(figure, 0, "rule")] == [0.8, 1.2]
    assert len(marks(figure, 0, "tick")) == 2
    assert marks(figure, 0, "point", size=90) == [{"x": 100.0, "y": 510.0}]
    said = [key.label for key in figure.key]
    assert said[:2] == ["plate P1", "plate P2"]
    assert {
        "blank, at the left edge",
        "far off the curve, weighs little",
        "limit of detection of a plate",
    } <= set(said)
    assert figure.panels[0].subtitle == "5 to 800 pg/mL"
    assert (
        drawn(curve_row(), curve_row("P2", lower=950.0, upper=990.0)).panels[0].subtitle
        == "no range of all plates"
    )


def test_the_strip_shows_what_the_curve_finds_of_each_standard() -> None:
    found = (None, 1.1, 2.0, 170.0, None)
    points = [{**point, "fitted": value} for point, value in zip(STANDARDS, found, strict=True)]
    points[4]["y"] = 2000.0
    figure = drawn(curve_row(points=points))
    assert marks(figure, 1, "point", shape="circle") == [{"x": 1.0, "y": 110.0}]
    assert [at["x"] for at in marks(figure, 1, "point", shape="triangle-down")] == [10.0]
    assert [at["x"] for at in marks(figure, 1, "point", shape="triangle-up")] == [100.0, 1000.0]
    assert "1 of 4 read within 80 to 120 percent" in figure.panels[0].alt
    assert figure.data["recovery"].to_list() == [
        None,
        pytest.approx(1.1),
        pytest.approx(0.2),
        pytest.approx(1.7),
        None,
    ]


def test_curves_without_logistic_parameters_or_points() -> None:
    assert curves.figure(ASSAYS.frame([curve_row(points=[])]), study=study(), name="x") is None
    assert marks(drawn(curve_row() | {"parameters": []}), 0, "line") == []


def test_plates_stand_in_the_order_of_the_study() -> None:
    plates = tuple(replace(study().plates[0], id=name) for name in ("P9", "P10", "P1"))
    rows = ASSAYS.frame([curve_row(plate) for plate in ("P1", "P10", "P9")])
    figure = curves.figure(rows, study=replace(study(), plates=plates), name="x")
    assert figure is not None
    assert [key.label for key in figure.key[:3]] == ["plate P9", "plate P10", "plate P1"]
    assert len({plate_style(position) for position in range(36)}) == 36


def test_a_rim_that_reads_low_is_seen_on_the_map(
    two_plates: tuple[Study, dict[str, pl.DataFrame]],
) -> None:
    means = []
    for made, tables in (two_plates, luminex(3, rim=0.5)):
        figure = plate_map.figure(Tables.of(tables), study=made, name="x")
        assert figure is not None
        samples = figure.data.filter(role="sample")
        rim = samples["well"].str.contains(r"^[AH]|^.(1|12)$")
        means.append(
            samples.filter(rim)["relative"].to_numpy().mean()
            - samples.filter(~rim)["relative"].to_numpy().mean()
        )
    assert means[1] - means[0] == pytest.approx(-1, abs=0.05)


def test_the_map_shows_the_signal_of_every_well_and_what_it_is_for(
    two_plates: tuple[Study, dict[str, pl.DataFrame]],
) -> None:
    made, tables = two_plates
    figure = plate_map.by_analyte(Tables.of(tables), study=made, name="x")
    assert figure is not None
    assert [(title, len(cells)) for title, cells in figure.rows] == [
        ("plate L1", 3),
        ("plate L2", 3),
    ]
    read = tables["wells"].select("plate", "well", "analyte", pl.col("value").alias("said"))
    both = figure.data.join(
        read, on=["plate", "well", "analyte"], how="inner", maintain_order="left"
    )
    assert both.height == read.height == figure.data.height
    assert both["signal"].to_list() == both["said"].to_list()
    one = figure.data.filter(plate="L1", analyte="A0")
    middle = float(np.median(one.filter(role="sample")["signal"].to_numpy()))
    assert one["relative"].to_numpy() == pytest.approx(np.log2(one["signal"].to_numpy() / middle))
    whole = plate_map.figure(Tables.of(tables), study=made, name="x")
    assert whole is not None
    letters = [text for text, *_ in drawn_texts(whole.panels[0]) if text in "SBC+" and text]
    roles = tables["wells"].filter(plate="L1").unique(["well"])["role"].to_list()
    assert letters.count("S") == roles.count("standard")
    assert letters.count("C") == roles.count("qc") + 1  # a row of the plate is called C as well
    assert "S standard, B blank and C control" in whole.caption


def test_bead_arrays_show_the_medians_behind_their_quantities() -> None:
    plain = {
        "plate": "P1",
        "assay": "beads",
        "kind": "bead_events",
        "role": "sample",
        "source": "f",
        "sha256": "0",
        "block": "1",
        "channel": "PE-A",
        "censor": "none",
        "unit": "intensity",
        "readout": "protein",
        "dilution": 1.0,
    }
    roles = {"A1": "standard", "B1": "sample", "C1": "sample", "D1": "qc", "E1": "empty"}
    wells = WELLS.frame([plain | {"well": well, "role": role} for well, role in roles.items()])
    said = {
        "assay": "beads",
        "on": "signal",
        "readout": "protein signal",
        "analyte": "TNF",
        "plate": "P1",
        "unit": "signal",
        "shared": [],
        "method": "m",
        "source": "f",
        "sha256": "0",
    }
    quantities = QUANTITIES.frame(
        [
            said | {"well": "B1", "value": 10.0, "sd": 0.1, "censor": "none"},
            said | {"well": "C1", "value": None, "censor": "left", "upper": 3.0},
        ]
    )
    curve = fit(
        "curve",
        "TNF",
        "P1",
        points=[{"well": "A1", "x": 1.0, "y": 512.0, "fitted": 1.0, "used": True}],
    )
    read = plate_map.signals(
        Tables.of({"wells": wells, "quantities": quantities, "assays": ASSAYS.frame([curve])}),
        study=study(),
    )
    assert {row["well"]: row["signal"] for row in read.iter_rows(named=True)} == {
        "B1": 1024.0,
        "C1": None,
        "A1": 512.0,
        "D1": None,
    }


def test_the_signal_of_a_plate_reader_is_the_named_reading_less_the_other() -> None:
    made = replace(
        study(),
        assays=(
            Immunoassay(id="elisa", kind="immunoassay", analyte="TNF", signal="450", minus="570"),
        ),
    )
    plain = {
        "plate": "E1",
        "assay": "elisa",
        "kind": "signal",
        "role": "sample",
        "source": "f",
        "sha256": "0",
        "channel": "",
        "censor": "none",
        "unit": "OD",
        "readout": "protein",
        "dilution": 1.0,
        "analyte": "TNF",
        "well": "A1",
    }
    wells = WELLS.frame(
        [
            plain | {"block": block, "value": value}
            for block, value in (("450", 1.25), ("570", 0.25), ("600", 9.0))
        ]
    )
    read = plate_map.signals(Tables.of({"wells": wells}), study=made)
    assert read.select("well", "signal").rows() == [("A1", 1.0)]


def control_row(
    values: Mapping[tuple[str, str], float], *, expected: float | None = None, **figures: float
) -> dict[str, object]:
    """`values` by control and plate; `expected` of the control `low`."""
    each: dict[Key, float] = {
        (name, control, None, None, plate): number
        for (control, plate), value in values.items()
        for name, number in (("control_log2", value), ("control_sd", 0.1))
    }
    if expected is not None:
        each["control_expected", "low"] = expected
    return fit("control", "TNF", None, each, **figures)


def test_controls_stand_in_the_order_of_the_plates_with_lines_at_two_and_three_sd() -> None:
    made = replace(
        study(), plates=tuple(replace(study().plates[0], id=name) for name in ("P2", "P10", "P1"))
    )
    row = control_row(
        {("low", "P1"): 7.0, ("low", "P10"): 5.0, ("low", "P2"): 6.0, ("once", "P1"): 3.0},
        between_sd=0.24,
        plates=3,
        expected=5.5,
    )
    (control,) = levey_jennings.controls(ASSAYS.frame([row]), study=made)
    assert control.plates == ("P2", "P10", "P1")
    assert control.mean == (6.0, 5.0, 7.0)
    assert control.spread == pytest.approx(0.26)  # the triangle 10, 24, 26
    assert control.away == pytest.approx((0, -1 / 0.26, 1 / 0.26))
    figure = levey_jennings.figure(ASSAYS.frame([row]), study=made, name="x")
    assert figure is not None
    text = json.dumps(figure.panels[0].spec)
    for line in (6 - 0.78, 6 + 0.78, 5.5):
        assert f'{{"y": {line:g}}}' in text
    assert '{"y": 5.48, "y2": 6.52}' in text
    assert [key.label for key in figure.key if "SD off" in key.label] == ["more than 3 SD off"]
    assert "(−3.8 standard deviations)" in figure.panels[0].alt
    assert svg(figure.panels[0], name="x").startswith("<svg")


def test_controls_on_one_plate_make_no_chart_and_names_may_hold_colons() -> None:
    assert (
        levey_jennings.figure(
            ASSAYS.frame([control_row({("low", "P1"): 7.0})]), study=study(), name="x"
        )
        is None
    )
    (control,) = levey_jennings.controls(
        ASSAYS.frame([control_row({("a:b", "P1"): 7.0, ("a:b", "P2"): 8.0})]), study=study()
    )
    assert (control.name, control.plates) == ("a:b", ("P1", "P2"))
    assert control.spread == pytest.approx(
        math.sqrt(0.5)
    )  # without a between_sd: that of the two plates


def table(rows: list[dict[str, object]]) -> dict[str, str]:
    (made,) = quality.tables(ASSAYS.frame(rows), study=study())
    return dict(zip(made.heads, made.rows[0], strict=True))


def test_the_table_of_curves_says_limits_and_verdicts_in_words() -> None:
    more: dict[str, Any] = {
        "lob": 0.4,
        "blanks": 6.0,
        "levels_within_20_percent": 3.0,
        "lack_of_fit_p": 0.0004,
        "hook": 1.0,
    }
    said = table([curve_row(others={("outlier", "B2"): -5.31}, m10_pass=0.0, **more)])
    assert said == {
        "analyte": "TNF",
        "plate": "P1",
        "LoB": "0.4",
        "LoD": "0.8",
        "LLOQ": "2",
        "ULOQ": "900",
        "unit": "pg/mL",
        "blanks": "6",
        "standards within 20 %": "3 of 4",
        "as ICH M10 asks": "fail",
        "lack of fit, p": "< 0.001",
        "far off the curve": "B2 (−5.3 SD)",
        "hook": "suspected",
    }
    assert table([curve_row(m10_pass=1.0)])["as ICH M10 asks"] == "pass"
    assert "as ICH M10 asks" not in table([curve_row()])


def test_the_table_of_controls_says_cv_linearity_and_recovery() -> None:
    values = {("low", "P1"): 6.0, ("low", "P2"): 7.0}
    more = {
        "expected": 6.0,
        "dilution_slope": -0.05,
        "dilution_slope_se": 0.02,
        "dilution_samples": 7.0,
        "spikes": 3.0,
        "spike_recovery": 0.93,
        "spike_least": -0.1,
        "spike_most": 1.2,
    }
    said = table([control_row(values, between_sd=0.3, plates=2, **more)])
    lognormal = 2.0 ** (0.3 * np.random.default_rng(0).standard_normal(2_000_000))
    assert float(said["CV between plates"].split()[0]) == pytest.approx(
        100 * lognormal.std() / lognormal.mean(), abs=0.1
    )
    assert said["controls found, of the known amount"] == "low 141 %"
    assert (
        said["slope per doubling of the dilution, log2 (0: linear)"] == "−0.05 ± 0.02 (7 samples)"
    )
    assert said["spikes found, median"] == "93 % (−10 to 120 in 3 wells)"


def test_the_table_of_beads_counts_wells_with_few() -> None:
    row = population(
        "TNF",
        "P1",
        {"x": 3.0},
        {("beads_in", "A7"): 12},
        beads_median=80,
        beads_least=12,
        tubes=96,
        wells_under_50=4,
        wells_under_35=2,
    )
    said = table([row])
    assert (
        said["beads, fewest"],
        said["wells under 50"],
        said["wells under 35"],
        said["wells without a result"],
    ) == ("12", "4", "2", "A7")


def test_a_report_of_thirty_analytes_on_two_plates_folds_and_stays_small(tmp_path: Path) -> None:
    made, tables = luminex(30)
    page = report(made, tables=Tables.of(tables), provenance=PROVENANCE, folder=tmp_path).read_text(
        encoding="utf-8"
    )
    for folded in ("30 panels", "60 panels", "60 rows"):
        assert f"<summary>{folded}</summary>" in page
    assert len(page) < 3_000_000
    assert ":signal" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert "immunoassay, concentrations read off the standards of each plate" in page
    for spec in tmp_path.glob("report_data/*.vl.json"):
        assert json.loads(spec.read_text(encoding="utf-8"))["concat"]


def test_the_shelf_of_an_immunoassay_in_order(
    two_plates: tuple[Study, dict[str, pl.DataFrame]],
) -> None:
    made, tables = two_plates
    ((heading, found),) = quality_figures(Tables.of(tables), made)
    assert heading == "protein"
    assert [title for title, _ in found] == [
        "Calibration curves",
        "Controls by plate",
        "Signals on the plates",
        "Signals on the plates, by analyte",
        "Replicates",
    ]
    for _, figure in found:
        assert len(figure.caption) > 60
        assert all(len(panel.alt) > 40 for panel in figure.panels)


@pytest.mark.parametrize("result", ["curve", "vendor", "signal"])
def test_the_methods_say_where_the_numbers_come_from(
    result: str, two_plates: tuple[Study, dict[str, pl.DataFrame]]
) -> None:
    made, tables = two_plates
    assay = Immunoassay(id="lum", kind="immunoassay", result=result)  # type: ignore[arg-type]
    told = " ".join(methods(replace(made, assays=(assay,)), Tables.of(tables), PROVENANCE))
    words = {
        "curve": "read off the standards",
        "vendor": "instrument's own software",
        "signal": "the signal itself without a curve.",
    }
    assert (
        f"Protein (assay lum): immunoassay, {'' if result == 'signal' else 'concentrations'}"
        in told
    )
    assert words[result] in told
    assert "results as delivered by the laboratory" not in told


def test_nothing_is_drawn_of_nothing() -> None:
    none = {"wells": WELLS.frame(), "quantities": QUANTITIES.frame(), "assays": ASSAYS.frame()}
    assert plate_map.figure(Tables.of(none), study=study(), name="x") is None
    assert plate_map.by_analyte(Tables.of(none), study=study(), name="x") is None
    assert levey_jennings.figure(none["assays"], study=study(), name="x") is None
    assert curves.figure(none["assays"], study=study(), name="x") is None


def test_channels_near_zero_have_readable_ticks() -> None:
    made, wells, assays = bead_plates(["dim", "bright"], [(0.5, 4.0), (3.0, 3.0)])
    figure = beads.figure(wells, assays, study=made, name="x")
    assert figure is not None
    axis = figure.panels[0].spec["layer"][0]["encoding"]["x"]["axis"]
    places = dict(json.loads(axis["labelExpr"].split("[indexof")[0]))
    for place, label in places.items():
        amount = float(label.replace("k", "e3"))
        assert math.sinh(place) * COFACTOR == pytest.approx(amount, rel=1e-3, abs=1e-3)
