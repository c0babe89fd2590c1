"""The scale of a table of results: declared, asked about, or refused, and never guessed.

Studies are made here (invented amounts) and taken through the doors a user takes. A table of amounts
and the same table as logarithms must give the same answers: each is the other's oracle.
"""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import exvivo
from exvivo.cli import main
from exvivo.study import json_schema
from exvivo.study.result_units import DataScale, unit_kind
from exvivo.tell.figures.captions import level_unit
from exvivo.units import UNITS

BASES: dict[DataScale, float] = {"log2": 2.0, "log10": 10.0, "ln": math.e}
QUESTION = """
  - {id: q, ask: difference, groups: [FM, HC], assays: [r], analytes: [TNF], stimulus: ATP,
     margin: 0.5}
"""
LEVEL = """
  - {id: q, ask: difference, groups: [FM, HC], assays: [r], analytes: [TNF]}
"""
STIMULI = """
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: ATP}
"""
Well = tuple[str, str, int]
"""Donor, stimulus, replicate."""
Write = Callable[[float], str]


@dataclass(frozen=True)
class Table:
    """A study of one table: amounts by donor, stimulus and replicate, and how they are written."""

    amounts: dict[Well, float]
    unit: str = "pg/mL"
    declared: str = ""
    write: Write = repr
    cells: dict[Well, str] = field(default_factory=dict)
    stimuli: str = STIMULI
    questions: str = QUESTION

    def cell(self, well: Well) -> str:
        """A cell of the table."""
        return self.cells.get(well) or self.write(self.amounts[well])

    def folder(self, root: Path) -> Path:
        """The study as a folder."""
        (root / "raw").mkdir(parents=True)
        (root / "plates").mkdir()
        names = [(well, "_".join(map(str, well))) for well in self.amounts]
        rows = [{"well": name, "TNF": self.cell(well)} for well, name in names]
        layout = [
            {"well": name, "role": "sample", "donor": donor, "stimulus": stimulus}
            for (donor, stimulus, _), name in names
        ]
        if not self.stimuli:
            layout = [{k: v for k, v in row.items() if k != "stimulus"} for row in layout]
        donors = dict.fromkeys(donor for donor, _, _ in self.amounts)
        _csv(root / "raw/r.csv", rows)
        _csv(root / "plates/p.csv", layout)
        _csv(root / "donors.csv", [{"donor": name, "group": name[:2]} for name in donors])
        (root / "study.yaml").write_text(self.study(), encoding="utf-8")
        return root

    def study(self) -> str:
        """study.yaml."""
        stimuli = f"stimuli: {self.stimuli}" if self.stimuli else ""
        return f"""
exvivo: 1
title: invented
groups: [{{id: FM, name: patients}}, {{id: HC, name: controls}}]
{stimuli}
analytes: [{{id: TNF}}]
assays:
  - id: r
    kind: results
    unit: "{self.unit}"
    {self.declared}
plates: [{{id: p, assay: r, layout: plates/p.csv, file: raw/r.csv}}]
plan: {{declared: 2026-01-05, permutations: 199}}
questions: {self.questions}
"""


def amounts(
    seed: int = 1,
    centre: float = 8.0,
    spread: float = 0.8,
    noise: float = 0.1,
    replicates: tuple[int, ...] = (1, 2),
) -> dict[Well, float]:
    """Eight patients and seven controls in duplicate: 2-fold responses, in patients 3.2-fold."""
    rng = np.random.default_rng(seed)
    wells: dict[Well, float] = {}
    for group, number in (("FM", 8), ("HC", 7)):
        for i in range(number):
            own = centre + rng.normal(0, spread)
            response = (1.7 if group == "FM" else 1.0) + rng.normal(0, 0.3)
            for stimulus, effect in (("none", 0.0), ("ATP", response)):
                for replicate in replicates:
                    log2 = own + effect + rng.normal(0, noise)
                    wells[f"{group}{i}", stimulus, replicate] = float(2**log2)
    return wells


def logged(scale: DataScale) -> Write:
    """Amounts as logarithms, in all their digits."""
    return lambda amount: repr(math.log(amount) / math.log(BASES[scale]))


def _csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def answer(result: exvivo.Result) -> dict[str, Any]:
    row: dict[str, Any] = result.findings.filter(part="answer").row(0, named=True)
    return row


def refusal(folder: Path) -> str:
    """What both commands say of a study that they refuse with exit code 2."""
    texts = []
    for command in ("check", "run"):
        done = CliRunner().invoke(main, [command, str(folder)])
        assert done.exit_code == 2, done.output
        texts.append(" ".join(done.output.split()))
    assert texts[0] == texts[1] and not (folder / "results").exists()
    return texts[0]


NUMBERS = ("estimate", "lower", "upper", "p")


def same_answer(one: exvivo.Result, other: exvivo.Result) -> None:
    """Quantities and findings agree, but for the last digits of a logarithm."""
    for name in ("value", "sd", "lower", "upper"):
        mine, theirs = (r.quantities[name].fill_null(np.nan).to_list() for r in (one, other))
        assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-12, nan_ok=True)
    for name in ("censor", "unit", "well"):
        assert one.quantities[name].to_list() == other.quantities[name].to_list()
    of_one, of_other = answer(one), answer(other)
    assert [of_one[name] for name in NUMBERS] == pytest.approx(
        [of_other[name] for name in NUMBERS], rel=1e-6
    )
    for name in ("verdict", "method", "unit", "sentence"):
        assert of_one[name] == of_other[name]


# A declared scale.


@pytest.mark.parametrize("scale", BASES)
def test_logarithms_answer_as_the_amounts_do(scale: DataScale, tmp_path: Path) -> None:
    plain = Table(amounts())
    logs = replace(plain, declared=f"scale: {scale}", write=logged(scale))
    of_amounts, of_logs = (
        exvivo.run(table.folder(tmp_path / name)) for name, table in (("a", plain), ("l", logs))
    )
    same_answer(of_logs, of_amounts)
    found = answer(of_logs)
    assert found["unit"] == "log2 fold" and "-fold" in found["sentence"]
    assert of_logs.quantities["sd"].null_count() == 0


@pytest.mark.parametrize("scale", BASES)
def test_bounds_and_limits_are_logarithms_too(scale: DataScale, tmp_path: Path) -> None:
    """Amounts around 1, so that logarithms and their bounds go below zero."""
    base, made = BASES[scale], amounts(centre=0.0)
    below = {well: made[well] for well in [("FM1", "none", 1), ("HC2", "none", 2)]}
    above = {well: made[well] for well in [("FM0", "ATP", 1), ("FM3", "ATP", 2)]}
    limits = "limits: {{TNF: {{lower: {:.15g}, upper: {:.15g}}}}}"

    def log(value: float) -> float:
        return math.log(value) / math.log(base)

    def with_bounds(of: Callable[[float], float], declared: str) -> Table:
        bounds = {well: f"<{of(value)!r}" for well, value in below.items()}
        bounds |= {well: f"> {of(value)!r}" for well, value in above.items()}
        stated = limits.format(of(0.3), of(9.0))
        return Table(
            made,
            declared=f"{declared}\n    {stated}",
            write=lambda value: repr(of(value)),
            cells=bounds,
        )

    of_amounts = exvivo.run(with_bounds(float, "scale: linear").folder(tmp_path / "a"))
    of_logs = exvivo.run(with_bounds(log, f"scale: {scale}").folder(tmp_path / "l"))
    assert {"left", "right"} < set(of_logs.quantities["censor"])
    assert (of_logs.quantities.filter(censor="left")["upper"] < 0).any()
    same_answer(of_logs, of_amounts)


def test_a_dilution_multiplies_the_amount_of_a_logarithm(tmp_path: Path) -> None:
    plain = Table(amounts())
    logs = replace(plain, declared="scale: log10", write=logged("log10"))
    results = []
    for name, table in (("a", plain), ("l", logs)):
        folder = table.folder(tmp_path / name)
        layout = (folder / "plates/p.csv").read_text().splitlines()
        diluted = [
            layout[0] + ",dilution",
            *(f"{line},{1 + i % 3}" for i, line in enumerate(layout[1:])),
        ]
        (folder / "plates/p.csv").write_text("\n".join(diluted) + "\n")
        results.append(exvivo.run(folder))
    same_answer(*results)


def test_an_often_repeated_smallest_logarithm_of_several_conditions_is_a_limit(
    tmp_path: Path,
) -> None:
    made = amounts(centre=0.0)
    lowest = {well for well, value in made.items() if value < 0.7}
    assert {stimulus for _, stimulus, _ in lowest} == {"none", "ATP"}
    hidden = {well: 0.7 if well in lowest else value for well, value in made.items()}
    logs = Table(hidden, declared="scale: ln", write=logged("ln"))
    plain = Table(hidden, declared="scale: linear")
    of_amounts, of_logs = (
        exvivo.run(t.folder(tmp_path / n)) for n, t in (("a", plain), ("l", logs))
    )
    assert (of_logs.quantities["censor"] == "left").sum() == len(lowest)
    same_answer(of_logs, of_amounts)
    for result, unit in ((of_amounts, "pg/mL"), (of_logs, "ln pg/mL")):
        (asked,) = result.flags.filter(pl.col("what").str.contains("taken as undetected"))["what"]
        assert asked.endswith(unit)


def test_negative_npx_is_a_result(tmp_path: Path) -> None:
    made = amounts(centre=-1.0)
    table = Table(made, unit="NPX", declared="scale: log2", write=lambda x: f"{math.log2(x):.4f}")
    result = exvivo.run(table.folder(tmp_path / "s"))
    assert set(result.quantities["censor"]) == {"none"}
    assert set(result.quantities["unit"]) == {"2^NPX"}
    found = answer(result)
    wells = {well: math.log2(value) for well, value in made.items()}
    donors = {donor for donor, _, _ in made}
    response = {
        donor: sum((1 if s == "ATP" else -1) * v for (d, s, _), v in wells.items() if d == donor)
        / 2
        for donor in donors
    }
    fm, hc = ([v for d, v in response.items() if d.startswith(g)] for g in ("FM", "HC"))
    assert found["estimate"] == pytest.approx(np.mean(fm) - np.mean(hc), abs=1e-4)
    assert not result.flags.filter(pl.col("what").str.contains("zero")).height


def test_a_level_is_drawn_and_told_in_the_unit_under_the_logarithm(tmp_path: Path) -> None:
    table = Table(amounts(), "pg/mL (log10)", "scale: log10", logged("log10"), questions=LEVEL)
    result = exvivo.run(table.folder(tmp_path / "s"))
    report = result.report.read_text(encoding="utf-8")
    assert "given as log10" in report
    assert level_unit(result.study.questions[0], result.study) == "pg/mL"  # type: ignore[arg-type]
    assert set(result.quantities["unit"]) == {"pg/mL"}
    assert set(result.assays["unit"]) == {"pg/mL (log10)"}


def test_the_schema_knows_the_scales() -> None:
    kinds = json_schema()["properties"]["assays"]["items"]["oneOf"]
    results = next(kind for kind in kinds if kind["title"] == "Results")
    assert results["properties"]["scale"]["enum"] == ["linear", "log2", "log10", "ln"]
    assert "scale" not in results["required"]


def test_every_unit_of_findings_has_its_words() -> None:
    assert {unit.words for unit in UNITS.values()} > {"fold", "odds ratio", "correlation", "share"}
    assert len({unit.words for unit in UNITS.values()}) == len(UNITS)


# A unit that is not that of an amount.


@pytest.mark.parametrize(
    ("unit", "cure"),
    [
        ("log2 pg/mL", "`scale: log2`"),
        ("log₂ pg/mL", "`scale: log2`"),
        ("log2equiv", "`scale: log2`"),
        ("Log10(copies/mL)", "`scale: log10`"),
        ("pg/mL (lg)", "`scale: log10`"),
        ("ln pg/mL", "`scale: ln`"),
        ("pg/mL, natural log", "`scale: ln`"),
        ("log pg/mL", "`scale: log2`, `scale: log10` or `scale: ln`"),
        ("logFC", "`scale: log2`, `scale: log10` or `scale: ln`"),
        ("NPX", "`scale: log2`"),
        ("log2(x+1)", "the amounts as they were before"),
        ("asinh MFI", "the amounts as they were before"),
        ("z-score", "the amounts as they were before"),
        ("ΔΔCt", "`kind: qpcr`"),
        ("%", "`scale: linear`"),
        ("% positive", "`scale: linear`"),
        ("% of control", "before they were divided"),
        ("fold over control", "before they were divided"),
        ("ratio 340/380", "before they were divided"),
        ("F/F0", "before they were divided"),
        ("dF/F0", "the signal itself"),
        ("ΔF/F", "the signal itself"),
    ],
)
def test_a_unit_that_is_no_amount_asks_for_the_scale(unit: str, cure: str, tmp_path: Path) -> None:
    text = refusal(Table(amounts(), unit).folder(tmp_path / "s"))
    assert "study.yaml:" in text and "assay r" in text and f"unit `{unit}`" in text
    assert cure in text


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("log2 pg/mL", "linear"),
        ("log2 pg/mL", "log10"),
        ("log10 pg/mL", "log2"),
        ("ln pg/mL", "linear"),
        ("log pg/mL", "linear"),
        ("NPX", "linear"),
        ("NPX", "log10"),
        ("ΔCt", "log2"),
        ("log2(TPM+1)", "log2"),
    ],
)
def test_a_unit_and_a_scale_that_contradict_one_another_are_refused(
    unit: str, scale: str, tmp_path: Path
) -> None:
    table = Table(amounts(), unit, f"scale: {scale}", logged("log2"))
    text = refusal(table.folder(tmp_path / "s"))
    assert f"`scale: {scale}` of assay r, and unit `{unit}`" in text and "correct the unit" in text


@pytest.mark.parametrize("unit", ["log2 pg/mL", "log pg/mL", "pg/mL", "NPX", "ratio", "dF/F0"])
def test_a_unit_that_agrees_with_the_scale_is_taken(unit: str, tmp_path: Path) -> None:
    table = Table(amounts(centre=0.0), unit, "scale: log2", logged("log2"))
    assert answer(exvivo.run(table.folder(tmp_path / "s")))["unit"] == "log2 fold"


@pytest.mark.parametrize(
    "unit",
    [
        *("pg/mL", "ng/10^6 cells", "µg/g protein", "MFI", "RLU", "OD", "IU/mL", "copies/µL"),
        *("AU", "concentration", "beads", "relative units", "cells/well", "cp/mL", "lng/mL"),
    ],
)
def test_units_of_amounts_ask_nothing(unit: str) -> None:
    assert unit_kind(unit) is None


def test_shares_that_are_declared_linear_are_told_of(tmp_path: Path) -> None:
    made = {well: min(99.0, value / 10) for well, value in amounts(centre=9.0).items()}
    result = exvivo.run(Table(made, "%", "scale: linear").folder(tmp_path / "s"))
    assert result.flags.filter(pl.col("what").str.contains("compared by their ratio")).height == 1


# Numbers that are no amounts, or may be logarithms.


def test_numbers_below_zero_ask_for_the_scale(tmp_path: Path) -> None:
    table = Table(amounts(centre=-1.0), write=logged("log2"))
    text = refusal(table.folder(tmp_path / "s"))
    assert "raw/r.csv, TNF" in text and "assay r" in text
    assert "`scale: log2`" in text and "`scale: linear` if a blank was taken off" in text


def test_amounts_below_zero_are_undetected_where_the_scale_is_declared(tmp_path: Path) -> None:
    made = amounts()
    wells = [("FM0", "none", 1), ("HC1", "none", 2)]
    table = Table(made, declared="scale: linear", cells=dict.fromkeys(wells, "-3.5"))
    result = exvivo.run(table.folder(tmp_path / "s"))
    assert (result.quantities["censor"] == "left").sum() == 2
    assert result.flags.filter(pl.col("what").str.contains("2 results below zero")).height == 1


@pytest.mark.parametrize(("unit", "cell"), [("dF/F0", "-0.2"), ("dF/F0", "0"), ("ratio", "-1")])
def test_changes_below_zero_have_no_ratio(unit: str, cell: str, tmp_path: Path) -> None:
    table = Table(amounts(), unit, "scale: linear", cells={("FM0", "none", 1): cell})
    assert "others have no ratio" in refusal(table.folder(tmp_path / "s"))


@pytest.mark.parametrize("scale", BASES)
@pytest.mark.parametrize("digits", [1, 3])
def test_logarithms_under_the_unit_of_amounts_ask(
    scale: DataScale, digits: int, tmp_path: Path
) -> None:
    def write(amount: float) -> str:
        return f"{math.log(amount) / math.log(BASES[scale]):.{digits}f}"

    text = refusal(Table(amounts(centre=9.0), write=write).folder(tmp_path / "s"))
    assert "raw/r.csv, TNF" in text and "`scale: linear` if they are amounts" in text


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("centre", [1.5, 3.0, 8.0])
def test_amounts_of_people_are_not_taken_for_logarithms(
    seed: int, centre: float, tmp_path: Path
) -> None:
    made = amounts(seed, centre, spread=0.6)
    folder = Table(made, write=lambda x: f"{x:.2f}").folder(tmp_path / "s")
    assert CliRunner().invoke(main, ["check", str(folder)]).exit_code == 0


def test_amounts_that_hardly_differ_are_taken_once_they_are_declared(tmp_path: Path) -> None:
    made = amounts(centre=2.0, spread=0.05)
    text = refusal(Table(made).folder(tmp_path / "asked"))
    assert "`scale: linear` if they are amounts" in text
    told = exvivo.run(Table(made, declared="scale: linear").folder(tmp_path / "told"))
    assert answer(told)["estimate"] > 0.3


def test_small_amounts_that_lie_close_together_are_asked_about_in_a_flag(tmp_path: Path) -> None:
    made = {well: value for well, value in amounts(3, 2.5, 0.35).items() if well[1] == "none"}
    table = Table(made, stimuli="", questions=LEVEL)
    result = exvivo.run(table.folder(tmp_path / "s"))
    assert result.flags.filter(pl.col("what").str.contains("as small as logarithms")).height == 1
    told = replace(table, declared="scale: linear")
    result = exvivo.run(told.folder(tmp_path / "told"))
    assert not result.flags.filter(pl.col("what").str.contains("as small as logarithms")).height


def test_amounts_that_are_declared_logarithms_are_refused(tmp_path: Path) -> None:
    text = refusal(Table(amounts(), declared="scale: log2").folder(tmp_path / "s"))
    assert "`scale: log2`, which contradict one another" in text and "`scale: linear`" in text


# Divided by a control.


def _donor_mean(made: dict[Well, float], donor: str, mean: Callable[[list[float]], float]) -> float:
    return mean([value for (d, s, _), value in made.items() if (d, s) == (donor, "none")])


def divided(
    one: float = 1.0, mean: Callable[[list[float]], float] | None = None
) -> dict[Well, float]:
    """Amounts over the donor's own control: over its mean, or each well over itself."""
    made = amounts(noise=0.5, replicates=(1, 2, 3))
    if mean is None:
        own = {well: made[well[0], "none", well[2]] for well in made}
    else:
        own = {well: _donor_mean(made, well[0], mean) for well in made}
    return {well: one * made[well] / own[well] for well in made}


def _geometric(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def _arithmetic(values: list[float]) -> float:
    return sum(values) / len(values)


def _mistyped(made: dict[Well, float]) -> dict[Well, float]:
    return made | {("FM2", "none", 1): 10 * made["FM2", "none", 1]}


DIVIDED: dict[str, Table] = {
    "fold": Table(divided(), write=lambda x: f"{x:.2f}"),
    "percent": Table(divided(100.0), write=lambda x: f"{x:.1f}"),
    "whole percent": Table(divided(100.0), write=lambda x: f"{x:.0f}"),
    "rounding left": Table(divided(100.0), write=lambda x: f"{x + 0.02 * math.sin(x):.2f}"),
    "arithmetic means": Table(divided(100.0, _arithmetic), write=lambda x: f"{x:.1f}"),
    "medians": Table(divided(100.0, median), write=lambda x: f"{x:.1f}"),
    "geometric means": Table(divided(1.0, _geometric), write=lambda x: f"{x:.3f}"),
    "one mistyped": Table(_mistyped(divided(100.0)), write=lambda x: f"{x:.1f}"),
    "log2 fold": Table(divided(), "log2 fold", "scale: log2", lambda x: f"{math.log2(x):.3f}"),
    "log2 fold of means": Table(
        divided(1.0, _geometric), "pg/mL", "scale: log2", lambda x: f"{math.log2(x):.3f}"
    ),
    "log10 percent": Table(
        divided(100.0), "log10 %", "scale: log10", lambda x: f"{math.log10(x):.4f}"
    ),
    "ln fold": Table(divided(), "pg/mL", "scale: ln", lambda x: f"{math.log(x):.4f}"),
    "change": Table(divided(100.0), "% of control", "scale: linear", lambda x: f"{x - 100:.1f}"),
    "ratio": Table(divided(), "ratio", "scale: linear", lambda x: f"{x:.2f}"),
}


@pytest.mark.parametrize("kind", DIVIDED)
def test_a_table_divided_by_its_control_is_refused(kind: str, tmp_path: Path) -> None:
    text = refusal(DIVIDED[kind].folder(tmp_path / "s"))
    assert "already divided by its control" in text
    assert "raw/r.csv, TNF" in text and "TNF of assay r" in text and "`none`" in text
    assert "put the undivided numbers into the table" in text


def test_controls_that_differ_around_a_hundred_are_results(tmp_path: Path) -> None:
    """Divided by one number for all, as by the mean of a plate's controls: every ratio is left."""
    made = amounts()
    mean = sum(v for (_, s, _), v in made.items() if s == "none") / (len(made) / 2)
    plain, share = (
        exvivo.run(Table(made).folder(tmp_path / "a")),
        Table({well: 100 * value / mean for well, value in made.items()}),
    )
    found, same = answer(exvivo.run(share.folder(tmp_path / "b"))), answer(plain)
    assert found["estimate"] == pytest.approx(same["estimate"], rel=1e-9)


def test_what_is_left_of_a_divided_table_can_be_asked_as_levels(tmp_path: Path) -> None:
    made = {well: value for well, value in divided().items() if well[1] == "ATP"}
    table = Table(made, "fold over control", "scale: linear", stimuli="", questions=LEVEL)
    found = answer(exvivo.run(table.folder(tmp_path / "s")))
    assert found["estimate"] == pytest.approx(0.7, abs=0.4)


# Limits that one condition shows.


def test_one_number_in_every_well_of_a_condition_is_asked_about(tmp_path: Path) -> None:
    made = amounts()
    wells = dict.fromkeys([well for well in made if well[1] == "none"], "37.2")
    text = refusal(Table(made, cells=wells).folder(tmp_path / "s"))
    assert "37.2 in every well of `none` (15 donors)" in text
    assert "write `<37.2`" in text and "put the undivided numbers into the table" in text
    stated = dict.fromkeys(wells, "<37.2")
    exvivo.run(Table(made, cells=stated).folder(tmp_path / "marked"))


@pytest.mark.parametrize("one", ["100", "1", "37.2"])
def test_a_stated_limit_answers_the_question(one: str, tmp_path: Path) -> None:
    made = amounts()
    wells = dict.fromkeys([well for well in made if well[1] == "none"], one)
    limits = f"limits: {{TNF: {{lower: {one}}}}}"
    result = exvivo.run(Table(made, declared=limits, cells=wells).folder(tmp_path / "s"))
    censored = result.quantities.filter(censor="left")
    assert set(censored["stimulus"]) == {"none"} and censored.height == len(wells)
    assert censored["upper"].to_list() == pytest.approx([math.log2(float(one))] * len(wells))


def test_a_smallest_value_of_half_a_condition_is_asked_about(tmp_path: Path) -> None:
    made = amounts()
    lowest = sorted((well for well in made if well[1] == "none"), key=made.__getitem__)[:14]
    wells = dict.fromkeys(lowest, "12.5")
    text = refusal(Table(made, cells=wells).folder(tmp_path / "s"))
    assert "the smallest result 12.5, 14 times in `none` on plate p" in text
    for lower, hidden in ((12.5, 14), (5.0, 0)):
        limits = f"limits: {{TNF: {{lower: {lower}}}}}"
        table = Table(made, declared=limits, cells=wells)
        result = exvivo.run(table.folder(tmp_path / f"{lower}"))
        assert (result.quantities["censor"] == "left").sum() == hidden


def test_no_limit_is_inferred_from_what_one_condition_shows(tmp_path: Path) -> None:
    made = amounts()
    lowest = sorted((well for well in made if well[1] == "none"), key=made.__getitem__)[:3]
    table = Table(made, cells=dict.fromkeys(lowest, "12.5"))
    result = exvivo.run(table.folder(tmp_path / "s"))
    assert set(result.quantities["censor"]) == {"none"}
    assert result.assays["lower"].to_list() == [None]
    (asked,) = result.flags.filter(pl.col("what").str.contains("in one condition only"))["what"]
    assert asked.startswith("3 times 12.5")
    shared = table.cells | {("FM0", "ATP", 1): "12.5"}
    result = exvivo.run(replace(table, cells=shared).folder(tmp_path / "shared"))
    assert (result.quantities["censor"] == "left").sum() == 4


def test_a_limit_among_samples_of_one_condition_is_still_seen(tmp_path: Path) -> None:
    made = {well: value for well, value in amounts().items() if well[1] == "none"}
    lowest = sorted(made, key=made.__getitem__)[:5]
    table = Table(made, cells=dict.fromkeys(lowest, "12.5"), stimuli="", questions=LEVEL)
    result = exvivo.run(table.folder(tmp_path / "s"))
    assert (result.quantities["censor"] == "left").sum() == 5


# Real tables, and inputs that showed a fault.


def test_an_olink_export_is_read_with_its_scale(shared_data: Path, tmp_path: Path) -> None:
    wells = {("FM0", "none", 1): 1.0, ("HC0", "none", 1): 1.0}
    table = Table(wells, "NPX", questions="[]")
    folder = table.folder(tmp_path / "s")
    shutil.copyfile(shared_data / "readouts/olink_long_synthetic.csv", folder / "raw/r.csv")
    rows = ("P01_none,sample,FM0,none", "P01_ATP,sample,FM0,ATP", "CONTROL_SAMPLE_1,qc,,")
    (folder / "plates/p.csv").write_text("\n".join(("well,role,donor,stimulus", *rows)) + "\n")
    assert "`scale: log2`" in refusal(folder)
    columns = "scale: log2\n    sample: SampleID\n    analyte: Assay\n    result: NPX"
    study = replace(table, declared=columns).study()
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    values = exvivo.run(folder).quantities["value"].to_list()
    with (folder / "raw/r.csv").open(encoding="utf-8") as handle:
        npx = {r["SampleID"]: float(r["NPX"]) for r in csv.DictReader(handle, delimiter=";")}
    assert sorted(values) == sorted(npx[name] for name in ("P01_none", "P01_ATP"))
    assert min(values) < 0


FAULTS = {
    "statistics/log2": ("unit `log2 pg/mL`", "write `scale: log2`"),
    "readouts/c2_npx_positive": ("unit `NPX`", "write `scale: log2`"),
    "readouts/h_percent_of_control": ("already divided by its control", "undivided numbers"),
    "readouts/a2_percent_high_effect": ("unit `%`", "give an amount"),
    "readouts/l_same_odds_ratio": ("unit `%`", "give an amount"),
}


@pytest.fixture
def fault(shared_data: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of a faulty study, with its assay declared otherwise."""

    def copy(name: str, old: str = "", new: str = "") -> Path:
        folder = tmp_path / "fault"
        shutil.copytree(shared_data / "faults" / name, folder)
        text = (folder / "study.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / "study.yaml").chmod(0o644)
        (folder / "study.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return copy


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_table_is_asked_about(name: str, fault: Callable[..., Path]) -> None:
    text = refusal(fault(name))
    assert all(words in text for words in FAULTS[name])


@pytest.mark.parametrize(
    ("name", "old", "new", "fold"),
    [
        ("statistics/log2", "unit: log2 pg/mL", "unit: log2 pg/mL, scale: log2", "2.64-fold"),
        ("statistics/raw", "unit: pg/mL", "unit: pg/mL", "2.64-fold"),
        (
            "readouts/c2_npx_positive",
            'unit: "NPX"',
            'unit: "NPX"\n    scale: log2',
            "1.65-fold (95 % interval 1.49 to 1.82)",
        ),
    ],
)
def test_a_cured_table_gives_the_right_answer(
    name: str, old: str, new: str, fold: str, fault: Callable[..., Path]
) -> None:
    assert fold in answer(exvivo.run(fault(name, old, new)))["sentence"]
