from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from keyed_figures import Key, keyed

from exvivo.quantify.results import quantify_results
from exvivo.study import Analyte, Group, Limit, Plate, Results, Study
from exvivo.tables import WELLS

ASSAY = Results(id="plasma", kind="results")


def study(assay: Results = ASSAY) -> Study:
    return Study(
        exvivo=1,
        title="t",
        groups=(Group(id="a", name="a"), Group(id="b", name="b")),
        analytes=(Analyte(id="IL6"),),
        assays=(assay,),
        plates=(Plate(id="P", assay="plasma", layout="plates/P.csv", file="raw/P.csv"),),
    )


def well(number: int, value: float | None, **more: Any) -> dict[str, Any]:
    return {
        "source": "raw/P.csv",
        "sha256": "0",
        "block": "table",
        "plate": "P",
        "well": f"S{number:03}",
        "channel": "IL_6",
        "kind": "concentration",
        "value": value,
        "censor": "none",
        "unit": "pg/mL",
        "assay": "plasma",
        "readout": "protein",
        "analyte": "IL6",
        "role": "sample",
        "donor": f"D{number}",
        "group": "a" if number % 2 else "b",
        "dilution": 1.0,
    } | more


def quantified(
    rows: list[dict[str, Any]], assay: Results = ASSAY
) -> tuple[pl.DataFrame, dict[Key, float], pl.DataFrame]:
    quantities, assays = quantify_results(WELLS.frame(rows), study=study(assay), assay=assay)
    figures = keyed(assays["figures"][0])
    return quantities, figures, assays


def test_results_are_taken_as_they_are_on_log2_scale() -> None:
    found, figures, assays = quantified([well(1, 8.0), well(2, 3.0, dilution=4.0), well(3, 5.0)])
    assert found["value"].to_list() == pytest.approx([3.0, math.log2(12), math.log2(5)])
    assert found["censor"].unique().to_list() == ["none"]
    assert found["sd"].null_count() == 3
    assert (figures["n"], figures["distinct"], figures["zeros"], figures["undetected"]) == (
        3,
        3,
        0,
        0,
    )
    assert assays["lower"].to_list() == [None]


def test_zeros_and_negatives_are_undetected_below_the_smallest_result() -> None:
    found, figures, assays = quantified(
        [well(1, 0.0), well(2, -0.4, dilution=2.0), well(3, 0.5), well(4, 9.0)]
    )
    assert found["censor"].to_list() == ["left", "left", "none", "none"]
    assert found["value"].to_list()[:2] == [None, None]
    assert found["upper"].to_list()[:2] == pytest.approx([-1.0, 0.0])
    assert figures["probable_limit"] == 0.5
    assert (figures["zeros"], figures["negatives"]) == (1, 1)
    assert assays["lower"].to_list() == [0.5]


@pytest.mark.parametrize(("times", "censored"), [(2, 0), (3, 3)])
def test_a_smallest_value_given_again_and_again_is_a_limit(times: int, censored: int) -> None:
    found, figures, _ = quantified(
        [*(well(i, 0.13) for i in range(times)), *(well(i + 10, 1.0 + i) for i in range(8))]
    )
    assert (found["censor"] == "left").sum() == censored
    assert figures["repeated_smallest"] == times
    assert ("probable_limit" in figures) == bool(censored)


def test_the_laboratory_knows_its_limit_better() -> None:
    assay = Results(id="plasma", kind="results", limits={"IL6": Limit(lower=0.2)})
    rows = [*(well(i, 0.13) for i in range(3)), well(5, 0.0), well(6, 2.0)]
    found, figures, assays = quantified(rows, assay)
    assert assays["lower"].to_list() == [0.2]
    assert "probable_limit" not in figures
    zero = found.filter(well="S005").row(0, named=True)
    assert (zero["censor"], zero["upper"]) == ("left", pytest.approx(math.log2(0.2)))


def test_marks_of_the_file_are_kept_as_bounds() -> None:
    rows = [
        well(1, None, censor="left", upper=0.5),
        well(2, None, censor="right", lower=100.0, dilution=2.0),
        well(3, None, censor="interval", lower=1.0, upper=2.0),
        well(4, 7.0),
    ]
    found, figures, _ = quantified(rows)
    assert found["censor"].to_list() == ["left", "right", "interval", "none"]
    assert found["upper"].to_list() == [-1.0, None, 1.0, None]
    assert found["lower"].to_list() == [None, pytest.approx(math.log2(200)), 0.0, None]
    assert "probable_limit" not in figures


def test_samples_without_a_result_are_counted_and_others_left_alone() -> None:
    rows = [well(1, None), well(2, 4.0), well(3, 5.0, role="qc"), well(4, 6.0, analyte=None)]
    found, figures, _ = quantified(rows)
    assert found["well"].to_list() == ["S002"]
    assert figures["left_out"] == 1


def test_replicates_of_a_sample_say_how_far_they_lie_apart() -> None:
    rows = [well(i, (8.0 + i // 2) * 2 ** (0.2 * (-1) ** i), donor=f"D{i // 2}") for i in range(12)]
    found, _, _ = quantified(rows)
    assert found["sd"].to_list() == pytest.approx([math.sqrt(0.08)] * 12)


def test_each_group_is_looked_at_by_itself_too() -> None:
    _, figures, _ = quantified(
        [well(1, 1.0), well(3, 1.0), well(5, 2.0), well(2, 4.0), well(4, 5.0)]
    )
    assert (figures["n", "a"], figures["distinct", "a"], figures["largest_tie", "a"]) == (3, 2, 2)
    assert (figures["n", "b"], figures["distinct", "b"], figures["smallest", "b"]) == (2, 2, 4.0)
