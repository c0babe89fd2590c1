"""Figures of the kinds of questions: what they show of donors, bounds and estimates, and that
nothing breaks them.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import math
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sentences import finding

from exvivo.compare import compare
from exvivo.csv_text import csv_text
from exvivo.findings import Caveat, Finding
from exvivo.study import (
    Analyte,
    Association,
    CellType,
    Change,
    Difference,
    Effect,
    Group,
    Plan,
    Question,
    Results,
    Scale,
    Specificity,
    Stimulus,
    Study,
    Treatment,
)
from exvivo.tables import CLINIC, RESPONSES
from exvivo.tell import Provenance, Shown, Tables, figures, report
from exvivo.tell.asks import ASKS
from exvivo.tell.figures import captions, chart, donors, exposure, forest, groups, marks, together
from exvivo.tell.figures.chart import Figure, svg
from exvivo.tell.figures.fit import fitted
from exvivo.tell.worded import worded
from exvivo.units import DIFFERENCE as POINTS
from exvivo.units import LOG2_FOLD

ANALYTES = ("TNF", "IL1B", "IL6", "CXCL8", "IL10")
FM, HC = [f"FM{i:02}" for i in range(14)], [f"HC{i:02}" for i in range(10)]
ASKED: dict[str, Any] = {"assays": ("p",), "stimulus": "ATP"}
DIFFERENCE = Difference(
    id="differ", ask="difference", groups=("FM", "HC"), analytes=ANALYTES, **ASKED
)
ONLY = Specificity(
    id="only",
    ask="specificity",
    groups=("FM", "HC"),
    analytes=("TNF",),
    against=ANALYTES[1:],
    **ASKED,
)
YEAR = Change(
    id="year", ask="change", within="FM", analytes=("TNF", "IL6"), visits=("1", "2", "3"), **ASKED
)
BOTH = Change(
    id="both",
    ask="change",
    within="FM",
    analytes=("TNF",),
    visits=("1", "2"),
    scales=("VAS", "QOL"),
    **ASKED,
)
COURSE = Change(
    id="course",
    ask="change",
    within="FM",
    analytes=("TNF",),
    visits=("1", "2", "3"),
    scales=("VAS",),
    **ASKED,
)
BLOCKED = Effect(
    id="blocked", ask="effect", within="FM", analytes=("TNF", "IL6"), blocked="ATP_X", **ASKED
)
DRUG = Treatment(
    id="drug",
    ask="treatment",
    within="FM",
    analytes=("TNF", "IL6"),
    exposure="pregabalin",
    exposed="yes",
    **ASKED,
)
RELATED = Association(
    id="related", ask="association", within="FM", analytes=("TNF",), scales=("VAS", "QOL"), **ASKED
)
QUESTIONS: tuple[Question, ...] = (DIFFERENCE, ONLY, YEAR, BOTH, COURSE, BLOCKED, DRUG, RELATED)
SHARED = {
    "gates",
    "held",
    "axes",
    "bead_events",
    "captions",
    "chart",
    "donors",
    "estimates",
    "fit",
    "groups",
    "labels",
    "marks",
    "one_well",  # figures of a page of the door, not of the report
    "plates",
    "reactions",
    "shapes",
}
"""The modules of the folder that figures are made with."""
PALETTE = {*chart.COLOURS, chart.INK, chart.MUTED, chart.FAINT, chart.HAIR}
LONG = "a name of exactly sixty letters, as nobody would have thought"[:60]


def study_of(
    *questions: Question, analytes: tuple[str, ...] = ANALYTES, long: bool = False, **changes: Any
) -> Study:
    def name(short: str) -> str:
        return f"{short} {LONG}"[:60] if long else short

    told = ["yes", "no", "yes", "", "no", "no", "yes"] * 4
    given: dict[str, Any] = {
        "exvivo": 1,
        "title": "figures",
        "simulated": True,
        "groups": (
            Group(id="FM", name=name("people with fibromyalgia")),
            Group(id="HC", name=name("healthy people")),
        ),
        "cell_types": (CellType(id="iMG", name=name("induced microglia-like cells")),),
        "stimuli": (
            Stimulus(id="none", name="unstimulated", control=True),
            Stimulus(id="ATP", name=name("extracellular ATP")),
            Stimulus(id="ATP_X", name=name("ATP with the antagonist A-438079")),
        ),
        "analytes": tuple(Analyte(id=one, name=name(one)) for one in analytes),
        "assays": (Results(id="p", kind="results"),),
        "plates": (),
        "scales": (
            Scale(
                id="VAS",
                name=name("pain, visual analogue scale"),
                lowest=0,
                highest=100,
                higher_is="worse",
            ),
            Scale(
                id="QOL", name=name("quality of life"), lowest=0, highest=100, higher_is="better"
            ),
        ),
        "questions": questions,
        "plan": Plan(permutations=99),
        "donors": pl.DataFrame(
            {"donor": [*FM, *HC], "group": ["FM"] * 14 + ["HC"] * 10, "pregabalin": told[:24]}
        ),
    }
    return Study(**(given | changes))


def row(donor: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {
        "estimand": "response",
        "assay": "p",
        "readout": "protein",
        "analyte": "TNF",
        "cell_type": "iMG",
        "stimulus": "ATP",
        "visit": "1",
        "donor": donor,
        "group": donor[:2],
        "value": value,
        "sd": 0.2,
        "censor": "none",
        "on": "amount",
        "shared": [],
        "each_well": each_well(value or 0.0),
        "wells": 5,
        "undetected_wells": 0,
        "plates": ["P1"],
    } | more


def bound(one: dict[str, Any], censor: str) -> dict[str, Any]:
    """The same result known only by its bounds."""
    at = one["value"]
    low, high = {"left": (None, at), "right": (at, None), "interval": (at - 1, at + 1)}[censor]
    wells = [
        well(1.0, low=None if low is None else 5 + low, high=None if high is None else 5 + high),
        well(-1.0, 5.0),
    ]
    return one | {
        "value": None,
        "sd": None,
        "censor": censor,
        "lower": low,
        "upper": high,
        "undetected_wells": 1,
        "each_well": wells,
    }


def each_well(value: float) -> list[dict[str, Any]]:
    """Three stimulated wells around a response, and two controls at 5."""
    stimulated = [well(1.0, 5 + value + off) for off in (-0.2, 0.05, 0.15)]
    return [*stimulated, well(-1.0, 4.9), well(-1.0, 5.1)]


def well(
    side: float, value: float | None = None, *, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {
        "side": side,
        "value": value,
        "lower": low,
        "upper": high,
        "sd": 0.1,
        "one_copy": None,
        "one_copy_sd": None,
    }


def results(analytes: tuple[str, ...] = ANALYTES, *, visits: int = 3) -> list[dict[str, Any]]:
    """Donors with three visits, both arms and wells; patients respond more in TNF, less with the
    antagonist and with time.
    """
    rng = np.random.default_rng(5)
    made: list[dict[str, Any]] = []
    for donor in (*FM, *HC):
        own = rng.normal(0, 0.7)
        for at, analyte in enumerate(analytes):
            of = 1.5 + own + 1.2 * (donor in FM and at == 0) + rng.normal(0, 0.5)
            for visit in range(visits if donor in FM else 1):
                value = of - 0.5 * visit + rng.normal(0, 0.4)
                made.append(row(donor, value, analyte=analyte, visit=str(visit + 1)))
                if visit == 0:
                    effect = -1.1 + rng.normal(0, 0.4)
                    made.append(row(donor, value + effect, analyte=analyte, stimulus="ATP_X"))
                    made.append(
                        row(donor, effect, analyte=analyte, stimulus="ATP_X", estimand="effect")
                    )
    return made


def scores(rows: list[dict[str, Any]], *, visits: int = 3) -> pl.DataFrame:
    """Pain that follows the TNF response, and a quality of life that does not."""
    rng = np.random.default_rng(6)
    tnf = {
        (r["donor"], r["visit"]): r["value"]
        for r in rows
        if r["analyte"] == "TNF" and r["estimand"] == "response" and r["stimulus"] == "ATP"
    }
    made = []
    for (donor, visit), value in tnf.items():
        pain = 40 + 9 * (value or 1) + rng.normal(0, 5) + (30 if donor in FM[:4] else 0)
        for scale, score, way in (("VAS", pain, "worse"), ("QOL", rng.normal(50, 10), "better")):
            made.append(
                {
                    "source": "clinic.csv",
                    "sha256": "0",
                    "donor": donor,
                    "visit": visit,
                    "group": donor[:2],
                    "scale": scale,
                    "score": round(float(score)),
                    "state": "given",
                    "higher_is": way,
                }
            )
    return CLINIC.frame(made)


def tables_of(
    study: Study, rows: list[dict[str, Any]], clinic: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    responses, clinic = RESPONSES.frame(rows), CLINIC.frame() if clinic is None else clinic
    findings = compare(responses, clinic, study=study, rng=np.random.default_rng(1))
    return {"responses": responses, "clinic": clinic, "findings": worded(findings, study)}


def shown_of(question: Question, tables: Mapping[str, pl.DataFrame]) -> list[Shown]:
    return Tables.of(tables).of_question(question.id, "answer")


def answers_of(question: Question, tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    return [shown.finding for shown in shown_of(question, tables)]


def every(tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    return [shown.finding for shown in Tables.of(tables).findings]


def drawn(question: Question, study: Study, tables: Mapping[str, pl.DataFrame]) -> Figure | None:
    answers = shown_of(question, tables)
    return ASKS[question.ask].figure(question, answers, Tables.of(tables), study, "figure")


@pytest.fixture(scope="module")
def known() -> tuple[Study, dict[str, pl.DataFrame]]:
    study, rows = study_of(*QUESTIONS), results()
    return study, tables_of(study, rows, scores(rows))


@pytest.fixture(scope="module")
def whole(known: tuple[Study, dict[str, pl.DataFrame]]) -> tuple[Study, dict[str, pl.DataFrame]]:
    """The same answers with every seventeenth result known only by bounds: answering them anew
    would take half a minute.
    """
    rows = [
        bound(r, ("left", "right", "interval")[i % 3]) if i % 17 == 0 else r
        for i, r in enumerate(results())
    ]
    return known[0], known[1] | {"responses": RESPONSES.frame(rows)}


def layers_of(spec: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The layers of a mark, in every cell of a panel."""
    cells = [cell for way in ("hconcat", "vconcat") for cell in spec.get(way, [])] or [spec]
    return [one for cell in cells for one in cell["layer"] if one["mark"]["type"] == kind]


def shapes(cell: Mapping[str, Any], shape: str, *, hollow: bool = False) -> list[dict[str, float]]:
    """Where a shape of the donors is drawn in a cell; the estimate, which has a stroke of its own,
    is left out.
    """
    found = []
    for one in layers_of(cell, "point"):
        mark = one["mark"]
        donor = (
            "stroke" not in mark and mark["color"] not in ("#1f2428", "white") and mark["size"] > 20
        )
        if donor and mark["shape"] == shape and mark["filled"] is not hollow:
            found += one["data"]["values"]
    return found


def ys(values: list[dict[str, float]]) -> list[float]:
    return sorted(value["y"] for value in values)


def panels_of(
    name: str, data: tuple[Study, dict[str, pl.DataFrame]]
) -> tuple[Figure, list[Mapping[str, Any]]]:
    study, tables = data
    question = next(q for q in study.questions if q.id == name)
    figure = drawn(question, study, tables)
    assert figure is not None
    return figure, [panel.spec for panel in figure.panels]


def test_an_effect_shows_every_donor_joined_and_their_mean_is_the_estimate(
    known: tuple[Study, Any],
) -> None:
    figure, (spec, _) = panels_of("blocked", known)
    arms, aside = spec["hconcat"]
    differences = ys(shapes(aside, "circle"))
    answer = answers_of(BLOCKED, known[1])[0]
    assert len(differences) == len(FM)
    assert np.mean(differences) == pytest.approx(answer.estimate, abs=1e-4)
    (joined,) = [one for one in layers_of(arms, "rule") if one["encoding"].get("y2")]
    drops = sorted(line["d"] - line["y"] for line in joined["data"]["values"])
    assert drops == pytest.approx(differences, abs=2e-4)
    assert set(figure.data["estimand"]) == {"effect", "response"}
    assert set(figure.data["group"]) == {"FM"}
    assert answer.estimate is not None
    assert f"{2**answer.estimate:.2f}-fold" in figure.panels[0].alt


def test_arms_are_levels_in_a_study_without_a_control_condition() -> None:
    arms = (Stimulus(id="ATP", name="ATP"), Stimulus(id="ATP_X", name="ATP with antagonist"))
    study = study_of(BLOCKED, stimuli=arms)
    rows = [r | {"estimand": "level"} if r["estimand"] == "response" else r for r in results()]
    figure = drawn(BLOCKED, study, tables_of(study, rows))
    assert figure is not None
    assert len(figure.panels[0].spec["hconcat"]) == 2
    assert set(figure.data["estimand"]) == {"effect", "level"}


def test_a_change_shows_the_asked_group_over_visits_and_the_mean_of_its_changes(
    known: tuple[Study, Any],
) -> None:
    figure, (spec, _) = panels_of("year", known)
    along, aside = spec["hconcat"]
    changes = ys(shapes(aside, "circle"))
    assert np.mean(changes) == pytest.approx(answers_of(YEAR, known[1])[0].estimate, abs=1e-4)
    assert len(shapes(along, "circle")) == 3 * len(FM)
    assert set(figure.data["group"]) == {"FM"}
    (lines,) = [one for one in layers_of(along, "rule") if one["encoding"].get("y2")]
    assert len(lines["data"]["values"]) == 2 * len(FM)


def test_two_visits_with_a_scale_are_changes_against_changes(known: tuple[Study, Any]) -> None:
    figure, (spec, _) = panels_of("both", known)
    at = shapes(spec, "circle")
    r = np.corrcoef([p["x"] for p in at], [p["y"] for p in at])[0, 1]
    answer = answers_of(BOTH, known[1])[0]
    assert r == pytest.approx(answer.estimate, abs=1e-3)
    assert figure.panels[0].subtitle.startswith(f"r {answer.estimate:.2f}")


def test_lines_of_several_visits_share_the_slope_with_donors_and_visits_taken_out(
    known: tuple[Study, Any],
) -> None:
    figure, (spec,) = panels_of("course", known)
    (lines,) = layers_of(spec, "rule")
    slopes = {
        round((v["d"] - v["y"]) / (v["b"] - v["x"]), 3)
        for v in lines["data"]["values"]
        if v["b"] - v["x"] > 5
    }
    rows = figure.data
    levels = rows.select("donor", "visit").to_dummies().to_numpy().astype(float)
    design = np.column_stack([rows["score"].to_numpy(), levels])
    slope = np.linalg.lstsq(design, rows["value"].to_numpy(), rcond=None)[0][0]
    assert slopes == {round(slope, 3)} or max(abs(s - slope) for s in slopes) < 2e-3
    results = [donors.Result.of_row(row | {"each_well": []}) for row in rows.rows(named=True)]
    pairs = [
        donors.Scored(result, "VAS", score)
        for result, score in zip(results, rows["score"], strict=True)
    ]
    assert together.shared_slope(pairs) == pytest.approx(slope)


def test_a_contrast_stands_apart_below_the_differences_it_rests_on(
    known: tuple[Study, Any],
) -> None:
    figure, (over, donors_spec) = panels_of("only", known)
    (labels,) = {one["encoding"]["y"]["axis"]["labelExpr"] for one in layers_of(over, "point")}
    names = [name for (name,) in json.loads(labels.removesuffix("[datum.value]"))]
    assert names == [f"{a} protein" for a in ANALYTES] + [
        "TNF protein against the mean of the others"
    ]
    rule = [one for one in layers_of(over, "rule") if set(one["encoding"]) == {"y"}]
    assert [one["data"]["values"] for one in rule] == [[{"y": 4.5}]]
    estimates = [one["data"]["values"][0]["x"] for one in layers_of(over, "point")]
    told = [f.estimate for q in (DIFFERENCE, ONLY) for f in answers_of(q, known[1])]
    assert estimates == pytest.approx(told, abs=1e-4)
    wide = (
        known[1]["responses"]
        .filter(estimand="response", stimulus="ATP", visit="1")
        .pivot("analyte", index="donor", values="value")
    )
    by_hand = wide.with_columns(c=pl.col("TNF") - pl.mean_horizontal(*ANALYTES[1:]))
    for group, shape in (("FM", "circle"), ("HC", "diamond")):
        mine = by_hand.filter(pl.col("donor").str.starts_with(group))["c"].sort().to_list()
        assert ys(shapes(donors_spec, shape)) == pytest.approx(mine, abs=1e-4)
    assert figure.data.filter(what="donor").height == 24


def test_cells_are_held_against_other_cells_of_the_same_donors() -> None:
    kinds = (CellType(id="iMG", name="iMG"), CellType(id="mono", name="monocytes"))
    only = Specificity(
        id="cells",
        ask="specificity",
        groups=("FM", "HC"),
        analytes=("TNF",),
        cell_type="iMG",
        against_cell_type="mono",
        **ASKED,
    )
    each = [
        Difference(
            id=c, ask="difference", groups=("FM", "HC"), analytes=("TNF",), cell_type=c, **ASKED
        )
        for c in ("iMG", "mono")
    ]
    rows = [r for r in results(visits=1) if r["analyte"] == "TNF" and r["estimand"] == "response"]
    more = [
        r | {"cell_type": "mono", "value": r["value"] / 2} for r in rows if r["donor"] != "FM00"
    ]
    study = study_of(*each, only, cell_types=kinds)
    tables = tables_of(study, rows + more)
    figure = drawn(only, study, tables)
    assert figure is not None
    over = figure.panels[0].alt
    assert (
        over.index("TNF protein in iMG")
        < over.index("TNF protein in monocytes")
        < over.index("against monocytes")
    )
    assert sorted(figure.data.filter(what="donor")["donor"]) == sorted({*FM, *HC} - {"FM00"})
    assert "over that in monocytes of the same donor" in figure.caption
    mono = answers_of(each[1], tables)
    assert forest.contrasts_of(each[1], mono, every(tables), study=study) == []


def test_without_a_declared_difference_both_sides_stand_above_the_contrast() -> None:
    study = study_of(ONLY)
    tables = tables_of(study, results())
    figure = drawn(ONLY, study, tables)
    assert figure is not None
    assert figure.panels[0].alt.count(";") == 2
    assert "the difference it is held against" in figure.panels[0].alt


def test_the_overview_of_differences_holds_contrasts_of_the_same_groups_and_stimulus(
    known: tuple[Study, Any],
) -> None:
    study, tables = known
    other = Difference(
        id="level", ask="difference", groups=("FM", "HC"), assays=("p",), analytes=ANALYTES
    )
    answers = answers_of(DIFFERENCE, tables)
    held = forest.contrasts_of(DIFFERENCE, answers, every(tables), study=study)
    assert [row.question for row in held] == ["only"]
    assert forest.contrasts_of(other, answers, every(tables), study=study) == []
    turned = Difference(
        id="turned", ask="difference", groups=("HC", "FM"), analytes=ANALYTES, **ASKED
    )
    assert forest.contrasts_of(turned, answers, every(tables), study=study) == []
    assert forest.contrasts_of(ONLY, answers, every(tables), study=study) == []
    figure = forest.figure(DIFFERENCE, answers, study=study, name="x", contrasts=held)
    assert figure is not None
    assert "contrast: TNF protein against the mean of the others" in figure.panels[0].alt
    assert figure.data["question"].to_list() == ["differ"] * 5 + ["only"]


def test_the_overview_draws_answers_in_points(known: tuple[Study, Any]) -> None:
    study, tables = known
    answers = [replace(row, unit=POINTS) for row in answers_of(DIFFERENCE, tables)]
    figure = forest.figure(DIFFERENCE, answers, study=study, name="x")
    assert figure is not None
    assert "(points)" in json.dumps(figure.panels[0].spec)


def test_exposed_others_and_unknown_stand_apart(known: tuple[Study, Any]) -> None:
    figure, (spec, _) = panels_of("drug", known)
    dots, _ = spec["hconcat"]
    told = dict(known[0].donors.select("donor", "pregabalin").iter_rows())
    for at, word in enumerate(("yes", "no", "")):
        n = sum(told[donor] == word for donor in FM)
        found = [p for p in shapes(dots, "circle", hollow=word == "") if abs(p["x"] - at) < 0.45]
        assert len(found) == n
    sides = (
        figure.data.filter(analyte="TNF")
        .group_by("exposure", maintain_order=True)
        .agg(pl.col("value").mean())
    )
    means = dict(sides.iter_rows())
    answer = answers_of(DRUG, known[1])[0]
    assert means["exposed"] - means["not exposed"] == pytest.approx(answer.estimate)
    assert any(key.hollow and "takes no part" in key.label for key in figure.key)


def test_sides_of_an_exposure_hold_who_is_in_the_answer(known: tuple[Study, Any]) -> None:
    """One who is not in the answer is aside and not in its n; a word that nobody in it has is no
    side.
    """
    study, tables = known
    answer = answers_of(DRUG, tables)[0]
    word_of = dict(study.donors.select("donor", "pregabalin").iter_rows())
    others = [donor for donor in answer.donors if word_of[donor] == "no"]
    inside = tuple(donor for donor in answer.donors if donor not in others[:2])
    word = pl.when(pl.col("donor") == others[0]).then(pl.lit("ja")).otherwise("pregabalin")
    donors = study.donors.with_columns(pregabalin=word)
    drawn = exposure.figure(
        DRUG,
        [replace(answer, donors=inside)],
        responses=tables["responses"],
        study=replace(study, donors=donors),
        name="x",
    )
    assert drawn is not None
    sides = dict(drawn.data.select("donor", "exposure").iter_rows())
    assert (sides[others[0]], sides[others[1]]) == ("not known", "not exposed")
    part = drawn.data.filter("takes_part")
    assert set(part["donor"]) == set(inside)
    assert f"{len(others) - 2} not exposed and" in drawn.panels[0].alt


def test_a_donor_whose_covariate_is_unknown_takes_no_part() -> None:
    table = study_of().donors.with_columns(
        age=pl.Series([None if i == 1 else str(40 + i) for i in range(24)])
    )
    question = Treatment(
        **{f: getattr(DRUG, f) for f in DRUG.__dataclass_fields__} | {"adjust": ("age",)}
    )
    study = study_of(question, donors=table)
    figure = drawn(question, study, tables_of(study, results()))
    assert figure is not None
    out = figure.data.filter(analyte="TNF", takes_part=False)
    assert out["donor"].to_list() == ["FM01", "FM03", "FM10"]
    assert "adjusted for age" in figure.caption


def test_wells_stand_behind_donors_over_the_mean_of_their_controls(
    known: tuple[Study, Any],
) -> None:
    figure, specs = panels_of("differ", known)
    small = [
        v["y"]
        for one in layers_of(specs[0], "point")
        if one["mark"]["size"] < 20
        for v in one["data"]["values"]
    ]
    values = known[1]["responses"].filter(
        analyte="TNF", visit="1", estimand="response", stimulus="ATP"
    )["value"]
    assert sorted(small) == pytest.approx(
        sorted(v + off for v in values for off in (-0.2, 0.05, 0.15)), abs=1e-4
    )
    assert "single wells" in figure.caption
    assert figure.data["wells_drawn"].list.len().to_list() == [3] * figure.data.height
    one = row("FM00", 1.0)
    hidden = one | {"each_well": [*one["each_well"], well(-1.0, high=4.0)]}
    detected = [result.detected for result in results_of(one, hidden, bound(one, "left"))]
    assert detected == [pytest.approx((0.8, 1.05, 1.15)), (), ()]


def test_of_several_visits_a_difference_shows_the_one_that_is_answered(
    known: tuple[Study, Any],
) -> None:
    for name in ("differ", "related"):
        figure, _ = panels_of(name, known)
        assert set(figure.data["visit"]) == {"1"}


def test_an_association_has_bars_along_the_result_and_says_there_are_none_along_the_score(
    known: tuple[Study, Any],
) -> None:
    figure, (spec, _) = panels_of("related", known)
    (bars,) = layers_of(spec, "rule")
    assert len(bars["data"]["values"]) == len(FM)
    assert {round(v["b"] - v["y"], 3) for v in bars["data"]["values"]} == {round(2 * 1.96 * 0.2, 3)}
    assert "x2" not in bars["encoding"]
    assert "no bar is drawn along it" in figure.caption
    study, tables = known
    unsure = {
        **tables,
        "responses": tables["responses"].with_columns(sd=pl.lit(None, dtype=pl.Float64)),
    }
    without = drawn(RELATED, study, unsure)
    assert without is not None
    assert layers_of(without.panels[0].spec, "rule") == []
    assert "Upright bars" not in without.caption


def test_every_other_module_of_the_folder_is_a_figure() -> None:
    modules = {module.name for module in pkgutil.iter_modules(figures.__path__)}
    assert modules >= SHARED
    for name in modules - SHARED:
        module = importlib.import_module(f"exvivo.tell.figures.{name}")
        returned = inspect.signature(module.figure).return_annotation
        assert returned in ("Figure", "Figure | None"), name
        assert {"study", "name"} <= inspect.signature(module.figure).parameters.keys()


def test_questions_are_drawn_in_the_colours_of_the_house(whole: tuple[Study, Any]) -> None:
    for question in QUESTIONS:
        figure, _ = panels_of(question.id, whole)
        spec = json.dumps(figure.spec())
        assert set(re.findall(r"#[0-9A-Fa-f]{6}", spec)) <= PALETTE
        assert {key.colour for key in figure.key} <= PALETTE


def test_bounds_are_triangles_and_no_values(whole: tuple[Study, Any]) -> None:
    for name in ("year", "blocked", "only", "drug", "both"):
        figure, _ = panels_of(name, whole)
        spec = json.dumps(figure.spec())
        bounds = figure.data.filter(pl.col("censor").is_in(["left", "right"]))
        assert bounds.height
        assert bounds["value"].null_count() == bounds.height
        assert "triangle-down" in spec or "triangle-up" in spec
        assert any("below this" in key.label or "above this" in key.label for key in figure.key)


NUMBERS = st.floats(-20, 20)
BOUNDS = st.tuples(
    NUMBERS, st.sampled_from(["none", "left", "right", "interval"]), st.floats(0.01, 5)
)


def results_of(*rows: dict[str, Any]) -> list[donors.Result]:
    return [donors.Result.of_row(row) for row in RESPONSES.frame(list(rows)).rows(named=True)]


def made(name: str, truth: float, censor: str, off: float) -> list[donors.Result]:
    """One result whose truth lies inside what is known of it."""
    low, high = {
        "none": (truth, truth),
        "left": (-math.inf, truth + off),
        "right": (truth - off, math.inf),
    }.get(censor, (truth - off, truth + off))
    return results_of(row("FM00", None, analyte=name, each_well=[]) | donors.between(low, high))


@settings(max_examples=60)
@given(BOUNDS, BOUNDS, BOUNDS)
def test_a_contrast_of_bounds_holds_the_truth(a: Any, b: Any, c: Any) -> None:
    (one,) = donors.less(made("A", *a), [made("B", *b), made("C", *c)], named="contrast")
    low, high = one.ends
    truth = a[0] - (b[0] + c[0]) / 2
    assert low - 1e-9 <= truth <= high + 1e-9
    assert (one.censor == "none") == (a[1] == b[1] == c[1] == "none")
    assert one.sd == pytest.approx(math.sqrt(0.04 + 2 * 0.01))
    assert donors.between(low, high) == {
        name: getattr(one, name) for name in ("value", "censor", "lower", "upper")
    }


def one_donor() -> tuple[Study, dict[str, pl.DataFrame]]:
    study, rows = study_of(*QUESTIONS), [r for r in results() if r["donor"] == "FM00"]
    return study, tables_of(study, rows, scores(rows))


def nobody() -> tuple[Study, dict[str, pl.DataFrame]]:
    study = study_of(*QUESTIONS)
    return study, tables_of(study, [])


def only_bounds() -> tuple[Study, dict[str, pl.DataFrame]]:
    study = study_of(*QUESTIONS)
    rows = [bound(r, "left" if i % 3 else "right") for i, r in enumerate(results())]
    return study, tables_of(study, rows, scores(results()))


def nothing_known() -> tuple[Study, dict[str, pl.DataFrame]]:
    """Every donor's wells are undetected in both conditions: counted, and no place for any."""
    study, tables = only_bounds()
    open_ends = [
        r | donors.between(-math.inf, math.inf) for r in tables["responses"].rows(named=True)
    ]
    return study, tables | {"responses": RESPONSES.frame(open_ends)}


def long_and_many() -> tuple[Study, dict[str, pl.DataFrame]]:
    names = ("TNF", *(f"A{i}" for i in range(11)))
    changed = {
        "differ": {"analytes": names},
        "only": {"against": names[1:]},
        "blocked": {"analytes": names[:2]},
        "year": {"analytes": names[:2]},
        "drug": {"analytes": names[:2]},
    }
    asked = [
        type(q)(**{f: getattr(q, f) for f in q.__dataclass_fields__} | changed.get(q.id, {}))
        for q in QUESTIONS
    ]
    study, rows = study_of(*asked, analytes=names, long=True), results(names)
    return study, tables_of(study, rows, scores(rows))


@pytest.mark.parametrize("case", [one_donor, nobody, only_bounds, nothing_known, long_and_many])
def test_every_figure_survives(case: Callable[[], tuple[Study, dict[str, pl.DataFrame]]]) -> None:
    study, tables = case()
    for question in study.questions:
        figure = drawn(question, study, tables)
        if figure is None:
            assert tables["responses"].is_empty()
            continue
        assert figure.panels
        assert len(figure.caption) > 40
        for at, panel in enumerate(figure.panels):
            assert len(panel.alt) > 30
            assert "NaN" not in json.dumps(panel.spec)
            assert "Infinity" not in json.dumps(panel.spec)
            assert svg(panel, name=f"x-{at}").startswith("<svg")
        if tables["responses"].height:
            assert figure.data.height
            assert csv_text(figure.data, simulated=True).count("\n") > figure.data.height


def labels_below(panel: Any) -> list[tuple[str, float, float]]:
    """What is written below the axes of a drawing and where, in pixels."""
    found = re.findall(
        r'<text x="([-\d.]+)" y="([-\d.]+)"[^>]*text-anchor="middle">(.*?)</text>',
        svg(panel, name="x"),
    )
    return [(re.sub("<[^>]+>", "\n", text), float(x), float(y)) for x, y, text in found]


def test_long_names_below_an_axis_do_not_touch() -> None:
    study, tables = long_and_many()
    for name in ("blocked", "drug", "year"):
        question = next(q for q in study.questions if q.id == name)
        figure = drawn(question, study, tables)
        assert figure is not None
        labels = labels_below(fitted(figure).panels[0])
        assert len(labels) >= 2
        for (one, x, y), (other, x2, y2) in itertools.combinations(labels, 2):
            if abs(y - y2) < 2:
                longest = [max(len(line) for line in text.split("\n")) for text in (one, other)]
                assert abs(x - x2) >= 0.5 * 12 * sum(longest) / 2, (one, other)


@pytest.mark.parametrize(
    "name", ["", "x" * 60, "a|b", "one two three four five six seven eight nine"]
)
def test_a_wrapped_name_keeps_to_its_lines(name: str) -> None:
    lines = marks.wrapped(name, width=10, lines=3).split("|")
    assert len(lines) <= 3
    assert all(len(line) <= 10 for line in lines)


def test_the_page_has_every_figure_with_its_data(whole: tuple[Study, Any], tmp_path: Path) -> None:
    study, tables = whole
    page = report(
        study,
        tables=Tables.of(tables),
        provenance=Provenance(version="0", study_hash="ab" * 32),
        folder=tmp_path,
    )
    text = page.read_text(encoding="utf-8")
    for question in QUESTIONS:
        assert f"report_data/question_{question.id}.csv" in text
        data = pl.read_csv(
            tmp_path / "report_data" / f"question_{question.id}.csv", infer_schema=False
        )
        assert data.height
    assert "contrast: TNF protein against the mean of the others" in text


def test_donors_of_whom_nothing_is_known_are_counted_and_said_to_have_no_place() -> None:
    study, tables = nothing_known()
    for question in (DIFFERENCE, YEAR, BLOCKED, DRUG):
        figure = drawn(question, study, tables)
        assert figure is not None
        assert captions.UNPLACED in figure.caption
        assert "every result" in svg(figure.panels[0], name="x")
    assert "n = 14" in json.dumps(drawn(DIFFERENCE, study, tables).panels[0].spec)  # type: ignore[union-attr]


@pytest.mark.parametrize("values", [(1.0,), (1.0, 3.0)])
def test_a_mean_of_fewer_than_three_results_has_no_interval(values: tuple[float, ...]) -> None:
    """The interval of two reaches 12.7 standard errors, beyond any figure."""
    assert groups.centre(of_values(values), level=0.95).lower is None
    three = groups.centre(of_values((1.0, 2.0, 3.0)), level=0.95)
    # t interval of 1, 2, 3: 2 -+ 4.302653 / sqrt(3)
    assert three.lower == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert groups.centre(of_values(values), level=0.95).value == np.mean(values)


def test_a_withheld_answer_draws_donors_without_a_centre() -> None:
    """Two centres would tell the difference that a contradiction withholds."""
    answer = finding(MORE, "not estimable", (None, None, None), LOG2_FOLD)
    withheld = replace(answer, reason=Caveat("contradiction", {"flags": ("a/b/c",)}))
    results = of_values((1.0, 2.0, 3.0))
    assert groups.centre_beside(answer, results).value == 2
    hidden = groups.centre_beside(withheld, results)
    assert (hidden.n, hidden.value, hidden.lower, hidden.upper) == (3, None, None, None)


def of_values(values: tuple[float, ...]) -> list[donors.Result]:
    """Results of one group with these values."""
    blank: dict[str, Any] = dict.fromkeys(donors.SHOWN)
    fixed = {"censor": "none", "wells": 1, "undetected_wells": 0, "group": "FM", "visit": "1"}
    return [donors.Result(**blank | fixed | {"donor": f"D{v}", "value": v}) for v in values]
