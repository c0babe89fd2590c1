"""The Python of every page runs; and what the page about a real cohort finds agrees with SciPy."""

from __future__ import annotations

import csv
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import exvivo

PAGES = Path(__file__).parents[1] / "docs"
GROUPS = ("MG", "Control")
EVERY = {"TNF": "TNF_alpha", "CXCL8": "IL_8", "IL6": "IL_6", "IL10": "IL_10"}
SCALES = {"ADL": "ADL_all", "QOL": "QOL_all", "MGC": "MGC_all", "QMG": "QMG_all"}


def run_page(name: str, **given: Any) -> dict[str, Any]:
    """Run the Python blocks of a page one after another, as one program whose lines are those of
    the page.
    """
    page = PAGES / name
    program = ""
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        opens, closes = line == "```python", line == "```"
        program += (line if inside and not closes else "") + "\n"
        inside = opens or (inside and not closes)
    exec(compile(program, str(page), "exec"), given)
    return given


def test_every_page_with_python_is_run_here() -> None:
    assert {
        page.name for page in PAGES.rglob("*.md") if "```python" in page.read_text(encoding="utf-8")
    } == {"real-cohort.md", "identity-real-table.md"}


@pytest.fixture(scope="module")
def page(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    workbook = shared_data / "cohort" / "myasthenia_cytokines_clinical.xlsx"
    return run_page(
        "real-cohort.md", workbook=workbook, study=tmp_path_factory.mktemp("cohort") / "study"
    )


@pytest.fixture(scope="module")
def result(page: dict[str, Any]) -> exvivo.Result:
    found: exvivo.Result = page["result"]
    return found


@pytest.fixture(scope="module")
def people(page: dict[str, Any]) -> pl.DataFrame:
    """The workbook's own numbers, read past exvivo."""
    measured = page["sheets"].get_sheet_by_name("Integration.endotype").to_python()
    rows = {row[0]: dict(zip(measured[0], row, strict=True)) for row in measured[1:]}
    return pl.DataFrame(
        [person | rows[person["Bio_ID"]] for person in page["people"]], infer_schema_length=None
    )


def levels(people: pl.DataFrame, analyte: str, group: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """log2 of a group's results; what is zero or repeats the smallest value is undetected and
    lowest of all.
    """
    everyone = people[EVERY[analyte]].to_numpy()
    mine = people.filter(Category_1=group)[EVERY[analyte]].to_numpy()
    smallest = everyone[everyone > 0].min()
    hidden = (mine == 0) | ((mine == smallest) & (np.sum(everyone == smallest) > 2))
    return np.where(hidden, -50.0, np.log2(np.where(mine > 0, mine, 1.0)))


def one(result: exvivo.Result, *where: pl.Expr, **of: str) -> dict[str, Any]:
    return result.findings.filter(*where, **of).row(0, named=True)


@pytest.mark.parametrize("analyte", ["TNF", "CXCL8"])
def test_group_differences_of_detected_analytes_are_scipys(
    analyte: str, result: exvivo.Result, people: pl.DataFrame
) -> None:
    found = one(result, question="other_levels", analyte=analyte, part="answer")
    patients, controls = (levels(people, analyte, group) for group in GROUPS)
    oracle = stats.ttest_ind(patients, controls, equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert [found[name] for name in ("estimate", "lower", "upper", "p")] == pytest.approx(
        [patients.mean() - controls.mean(), interval.low, interval.high, oracle.pvalue], rel=1e-9
    )


@pytest.mark.parametrize("analyte", ["IL6", "IL10"])
def test_group_differences_with_undetected_results_are_scipys_rank_test(
    analyte: str, result: exvivo.Result, people: pl.DataFrame
) -> None:
    """The ranks stand beside the answer by the likelihood of the wells where fewer than half of a
    group are undetected, else they answer.
    """
    ranks = pl.col("method").is_in(["gehan_shift", "brunner_munzel"])
    found = one(result, ranks, question="other_levels", analyte=analyte)
    patients, controls = (levels(people, analyte, group) for group in GROUPS)
    assert [count["undetected"] for count in found["n"]] == [
        int((x == -50).sum()) for x in (patients, controls)
    ]
    oracle = stats.mannwhitneyu(patients, controls, use_continuity=False, method="asymptotic")
    assert found["p"] == pytest.approx(oracle.pvalue, rel=1e-9)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("analyte", EVERY)
def test_correlations_within_patients_are_scipys(
    analyte: str, scale: str, result: exvivo.Result, people: pl.DataFrame
) -> None:
    found = one(result, question="levels_and_severity", analyte=analyte, scale=scale, part="answer")
    scores = people.filter(Category_1="MG")[SCALES[scale]].cast(pl.Float64).to_numpy()
    oracle = stats.spearmanr(levels(people, analyte, "MG"), scores)
    assert [found["estimate"], found["p"]] == pytest.approx(
        [oracle.statistic, oracle.pvalue], rel=1e-9
    )
    assert found["n"] == [{"group": "MG", "n": 219, "undetected": found["n"][0]["undetected"]}]


def test_associations_exist_only_within_patients(result: exvivo.Result) -> None:
    related = result.findings.filter(ask="association", part="beside").drop_nulls("estimate")
    assert not related.filter(pl.col("estimand_words").str.contains("healthy people")).height


def test_zeros_and_repeated_smallest_values_are_asked_about_and_never_measurements(
    result: exvivo.Result,
) -> None:
    asked = result.flags.filter(pl.col("what").str.contains("taken as undetected"))
    assert set(asked["row"].str.extract(r"plasma (\w+),")) == {
        "IFNB1",
        "IFNG",
        "IL10",
        "IL17A",
        "IL19",
        "IL2",
        "IL23",
        "IL4",
        "IL6",
    }
    assert asked["cure"].str.contains("detection limit").all()
    zeros = result.wells.filter(value=0).select("well", "analyte")
    assert zeros.height > 300
    kept = result.quantities.join(zeros, on=["well", "analyte"])
    assert kept.height == zeros.height
    assert set(kept["censor"]) == {"left"} and kept["value"].null_count() == kept.height


def test_nothing_of_the_cohort_is_dropped(page: dict[str, Any], result: exvivo.Result) -> None:
    with (page["study"] / "donors.csv").open(newline="", encoding="utf-8") as handle:
        donors = [row["donor"] for row in csv.DictReader(handle)]
    assert len(donors) == 259
    assert (
        result.responses.group_by("analyte", maintain_order=True).len()["len"].to_list()
        == [259] * 22
    )
    assert result.clinic.drop_nulls("score")["group"].unique().to_list() == ["MG"]
    assert re.search(r"<h1>Plasma cytokines", result.report.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.md")), ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|src|benchmarks|scripts)/[\w/]+(?:\.\w+)?)`", text)
    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text)
    assert [name for name in named if not (PAGES.parent / name).exists()] == []
    assert [link for link in links if not (page.parent / link).exists()] == []


def generated() -> dict[str, Any]:
    return runpy.run_path(str(PAGES.parent / "scripts" / "pages.py"))


@pytest.mark.parametrize("name", ["api.md", "tables.md", "scales.md", "markers.md", "lay-words.md"])
def test_generated_pages_are_as_the_code_says(name: str) -> None:
    """`scripts/docs` writes them again."""
    assert (PAGES / name).read_text(encoding="utf-8") == generated()["PAGES"][name]()


def test_the_way_of_a_well_is_that_of_the_demo(demo: exvivo.Result) -> None:
    page = (PAGES / "architecture.md").read_text(encoding="utf-8")
    assert generated()["with_way"](page, demo) == page
    assert "supported" in page
