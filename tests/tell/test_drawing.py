"""Drawings: their words, their colours, whose a point is, and files of figures."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from immunoassay_tables import luminex
from test_question_figures import DIFFERENCE, drawn, results, scores, study_of, tables_of

from exvivo.study import Study
from exvivo.study.colours import alike, alike_pairs, contrast_with_white
from exvivo.tell import Provenance, Tables, report
from exvivo.tell.drawing import Drawing, drawing_of, sheet_svg
from exvivo.tell.drawing.scales import Scale, even_ticks, number_labels
from exvivo.tell.drawing.text import shortened_to, width_of
from exvivo.tell.drawn import drawn as drawn_for_page
from exvivo.tell.drawn import sheet_of, write_figure
from exvivo.tell.figure_files import write_figures
from exvivo.tell.figures import groups
from exvivo.tell.figures.axes import reaching_ticks, steps
from exvivo.tell.figures.chart import COLOURS, CONFIG, Figure, Panel, Style, group_style
from exvivo.tell.figures.donors import SHOWN, Result, between
from exvivo.tell.written import Written


@pytest.fixture(scope="module")
def figure() -> Figure:
    study, tables = difference()
    made = drawn(DIFFERENCE, study, tables)
    assert made is not None
    return made


def difference() -> tuple[Study, dict[str, pl.DataFrame]]:
    study, rows = study_of(DIFFERENCE), results()
    return study, tables_of(study, rows, scores(rows))


def test_every_donor_of_a_panel_can_be_followed_by_id(figure: Figure) -> None:
    """A dot says whose it is, in the drawing and in the specification; each donor once a panel."""
    study, _ = difference()
    for cell in itertools.chain.from_iterable(row for _, row in drawn_for_page(figure, study).rows):
        ids = re.findall("<title>([^<]+)</title>", cell.element)
        assert sorted(ids) == sorted({*ids}) and len(ids) == 24


def test_a_name_cannot_add_markup() -> None:
    mark = {"type": "point", "shape": "circle", "size": 9, "color": "#000", "filled": True}
    nasty = '<script>&"'
    channel = {"scale": {"domain": [0, 1]}, "field": "x", "axis": {"title": nasty}}
    encoding = {"x": channel, "y": channel, "tooltip": {"field": "donor"}}
    values = [{"x": 0.5, "donor": nasty}]
    plot = {"width": 9, "height": 9, "layer": [layer_of(mark, values, encoding)]}
    svg = drawing_of(plot, CONFIG["axis"], name="x").svg
    assert "<script>" not in svg
    assert "".join(ElementTree.fromstring(f"<g>{svg}</g>").itertext()).count(nasty) == 3


def layer_of(mark: object, values: object, encoding: object) -> dict[str, Any]:
    return {"mark": mark, "data": {"values": values}, "encoding": encoding}


def test_a_figure_stands_by_itself_with_all_its_panels(figure: Figure, tmp_path: Path) -> None:
    study, _ = difference()
    shown = drawn_for_page(figure, replace(study, simulated=True))
    text = sheet_svg(sheet_of(shown, simulated=True))
    root = ElementTree.fromstring(text)
    elements = [cell.element for _, row in shown.rows for cell in row]
    assert all(element in text for element in elements)
    assert "Simulated data." in "".join(root.itertext())
    assert all(entry.label in "".join(root.itertext()) for entry in figure.key)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for group in root.iter("{http://www.w3.org/2000/svg}svg"):
        assert float(group.get("width", 0)) <= width and float(group.get("height", 0)) <= height
    assert width <= 1000


def test_files_of_figures_come_from_what_was_drawn(figure: Figure, tmp_path: Path) -> None:
    study, _ = difference()
    (tmp_path / "report_data").mkdir()
    write_figure(drawn_for_page(figure, study), Written(tmp_path), simulated=False)
    steps_said: list[str] = []
    files = write_figures(
        tmp_path, ["svg", "png", "pdf"], tmp_path / "figures", progress=steps_said.append
    )
    assert [path.suffix for path in files] == [".svg", ".png", ".pdf"]
    assert steps_said == ["figure 1 of 1"]
    svg, png, pdf = (path.read_bytes() for path in files)
    assert svg == (tmp_path / "report_data" / f"{figure.name}.svg").read_bytes()
    wide = float(re.findall(rb'width="([\d.]+)"', svg)[0])
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == pytest.approx(wide * 300 / 96, abs=2)
    assert pdf.startswith(b"%PDF")


def test_results_without_drawings_are_drawn_from_their_specifications(
    figure: Figure, tmp_path: Path
) -> None:
    study, _ = difference()
    (tmp_path / "report_data").mkdir()
    write_figure(drawn_for_page(figure, study), Written(tmp_path), simulated=False)
    (tmp_path / "report_data" / f"{figure.name}.svg").unlink()
    (file,) = write_figures(tmp_path, ["svg"], tmp_path / "figures", progress=lambda _: None)
    assert file.read_text("utf-8").startswith("<svg")


def test_plots_become_wider_and_no_panel_wider_than_the_page(figure: Figure) -> None:
    study, _ = difference()
    shown = drawn_for_page(figure, study)
    one = replace(figure, rows=tuple((name, row[:1]) for name, row in figure.rows[:1]))
    (alone,) = drawn_for_page(one, study).rows[0][1]
    widths = [cell.width for _, row in shown.rows for cell in row]
    assert max(widths) <= 980
    assert alone.width > max(widths)
    assert 300 < alone.width < 500


@pytest.mark.parametrize(
    ("count", "level"), [(n, level) for n in (1, 5, 6, 9, 14) for level in (0.9, 0.95)]
)
def test_the_rank_of_a_median_holds_its_level(count: int, level: float) -> None:
    """Every outcome of `count` coins, counted one by one."""
    k = groups.rank_of(count, level)
    below = [sum(coins) for coins in itertools.product((0, 1), repeat=count)]
    missed = sum(each < k or count - each < k for each in below) / len(below)
    further = sum(each < k + 1 or count - each < k + 1 for each in below) / len(below)
    assert missed <= 1 - level + 1e-12 < max(further, 1 - level + 2e-12)


def test_bounds_widen_a_median_and_never_move_it_off_the_truth() -> None:
    """Whatever the results behind bounds are, their median and its interval lie in what is drawn."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        truth = rng.normal(0, 1, rng.integers(1, 15))
        lows, highs = hidden(truth, rng)
        seen = groups.centre(bounded(lows, highs), level=0.95)
        whole = groups.centre(bounded(truth, truth), level=0.95)
        median = float(np.median(truth))
        ends = [end for end in (seen.value, seen.lowest, seen.highest) if end is not None]
        if seen.kind == "median":
            assert min(ends) <= median + 1e-12 and median - 1e-12 <= max(ends)
            exact = sorted(truth)
            if (k := groups.rank_of(len(truth), 0.95)) and seen.lower is not None:
                assert seen.lower <= exact[k - 1] and exact[-k] <= (seen.upper or 0)
        else:
            assert seen.value == whole.value


def hidden(truth: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Ends of results of which some are known only from below, from above, or between bounds."""
    kind = rng.choice(4, size=truth.size, p=[0.6, 0.15, 0.15, 0.1])
    low = np.where(kind == 1, -math.inf, np.where(kind == 0, truth, truth - rng.exponential(1)))
    high = np.where(kind == 2, math.inf, np.where(kind == 0, truth, truth + rng.exponential(1)))
    return low, high


def bounded(lows: Any, highs: Any) -> list[Result]:
    blank: dict[str, Any] = dict.fromkeys(SHOWN)
    fixed = {"wells": 1, "undetected_wells": 0, "group": "FM", "visit": "1"}
    return [
        Result(**blank | fixed | between(float(low), float(high)) | {"donor": f"D{at}"})
        for at, (low, high) in enumerate(zip(lows, highs, strict=True))
    ]


def test_a_result_far_from_the_others_has_its_id_beside_it() -> None:
    study, rows = study_of(DIFFERENCE), results()
    far = [{**row, "value": 9.0} if is_first(row) else row for row in rows]
    made = drawn(DIFFERENCE, study, tables_of(study, far, scores(rows)))
    assert made is not None
    panel = made.panels[0]
    svg = drawing_of(panel.spec, CONFIG["axis"], name="x").svg
    assert ">FM00</text>" in svg
    assert ">FM01</text>" not in svg


def is_first(row: Mapping[str, Any]) -> bool:
    told: tuple[str, str, str] = (row["donor"], row["analyte"], row["estimand"])
    return told == ("FM00", "TNF", "response")


def test_a_drawing_is_kept_until_its_specification_changes(
    figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = difference()
    first = drawn_for_page(figure, study)
    text = sheet_svg(sheet_of(first, simulated=False))
    drawings: list[str] = []
    module = importlib.import_module("exvivo.tell.drawn")
    draw: Callable[..., Drawing] = module.drawing

    def counted(panel: Panel, *, name: str) -> Drawing:
        drawings.append(name)
        return draw(panel, name=name)

    monkeypatch.setattr(module, "drawing", counted)
    again = drawn_for_page(figure, study)
    again.kept = {f"{figure.name}.svg": text}
    assert sheet_svg(sheet_of(again, simulated=False)) == text
    assert drawings == []
    moved = json.loads(json.dumps(figure.panels[0].spec))
    moved["vconcat"][0]["layer"][-1]["data"]["values"][0]["y"] = 1.25
    panel = replace(figure.panels[0], spec=moved)
    for other in (
        replace(figure, rows=(("", (panel, *figure.panels[1:])),)),
        replace(figure, rows=(("", (replace(figure.panels[0], alt="other"), *figure.panels[1:])),)),
    ):
        drawings.clear()
        changed = drawn_for_page(other, study)
        changed.kept = {f"{figure.name}.svg": text}
        assert sheet_svg(sheet_of(changed, simulated=False)) != text
        assert len(drawings) == len(figure.panels)


def test_a_figure_of_quality_too_heavy_for_a_page_is_named_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study, tables = luminex(3)
    provenance = Provenance(version="0", study_hash="ab" * 32)

    def page() -> str:
        path = report(study, tables=Tables.of(tables), provenance=provenance, folder=tmp_path)
        return path.read_text(encoding="utf-8")

    whole = page()
    monkeypatch.setattr(importlib.import_module("exvivo.tell.drawn"), "_MOST", 30_000)
    linked = page()
    assert "open the drawing" in linked and "open the drawing" not in whole
    assert len(linked) < len(whole)
    drawing = tmp_path / re.findall(r'<a href="([^"]+)">open the drawing', linked)[0]
    assert drawing.read_text("utf-8").count('role="img"') >= 1


# Colours and order of groups.


def test_groups_have_the_colours_and_the_order_of_the_study() -> None:
    study, tables = difference()
    fm, hc = study.groups
    turned = replace(study, groups=(replace(hc, color="#d50"), replace(fm, color="0072b2")))
    styles: list[Style] = [group_style(turned, group) for group in ("HC", "FM")]
    assert [colour for colour, _ in styles] == ["#DD5500", "#0072B2"]
    assert group_style(study, "FM")[0] == COLOURS[0]
    made = drawn(DIFFERENCE, turned, tables)
    assert made is not None
    svg = drawing_of(made.panels[0].spec, CONFIG["axis"], name="x").svg
    assert svg.index(">HC</tspan>") < svg.index(">FM</tspan>")
    assert "#DD5500" in svg and COLOURS[0] not in svg.replace("#D55E00FF", "")


def test_the_palette_of_the_house_is_told_apart_and_like_colours_are_not() -> None:
    assert not alike_pairs({colour: colour for colour in COLOURS})
    assert alike("#FF0000", "#8B6914") == ["without red cones"]
    assert len(alike("#0072B2", "#0073B3")) == 4
    assert contrast_with_white("#FFFFFF") == pytest.approx(1)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.005)  # WCAG's own example


# Axes.


def test_an_axis_reaches_the_tick_below_its_lowest_result() -> None:
    rng = np.random.default_rng(4)
    lowest = rng.uniform(-12, 12, 400)
    for low, high in zip(lowest, lowest + rng.exponential(3, 400), strict=True):
        widened = reaching_ticks([low, high])
        assert widened[0] <= low and widened[1] == high
        assert low - widened[0] <= 0.5 * (high - low)
    assert reaching_ticks([0.4, 3.9])[0] < 0 == steps(reaching_ticks([0.4, 3.9]))[0]
    assert reaching_ticks([0.9, 3.2]) == [0.9, 3.2]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.03, 0.04), (15, 39), (-1200, 4100)])
def test_round_ticks_lie_inside_and_are_few(low: float, high: float) -> None:
    ticks = even_ticks(low, high, 5)
    assert 2 <= len(ticks) <= 11
    assert all(low <= tick <= high for tick in ticks)
    assert len({*number_labels(ticks)}) == len(ticks)


def test_places_go_from_the_left_and_from_the_bottom() -> None:
    across = Scale(0, 4, 100, upright=False)
    assert [across.place(value) for value in (0, 1, 4)] == [0, 25, 100]
    upright = Scale(1, 100, 50, upright=True, logarithmic=True)
    assert [upright.place(value) for value in (1, 10, 100)] == [50, 25, 0]
    assert Scale(1.5, -0.5, 20, upright=True).place(-0.5) == 0  # rows from the top


def test_a_text_is_cut_to_its_room() -> None:
    long = "an unstimulated control of monocytes"
    cut = shortened_to(long, 80, 12)
    assert cut.endswith("…") and width_of(cut, 12) <= 80 < width_of(long, 12)
    assert shortened_to("short", 80, 12) == "short"
