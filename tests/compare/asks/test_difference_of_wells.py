"""The mixed model of the wells as an answer: Welch where wells are even, better where they are not,
honest throughout.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lengths
import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, in_words, quantities, quantity, study
from scipy import stats

from exvivo.compare import compare
from exvivo.compare import responses as responses_of
from exvivo.compare.asks.difference_of_wells import difference_of_wells, table_of
from exvivo.compare.evidence import UNSTATED
from exvivo.compare.sample import sample_of, samples
from exvivo.findings import Finding
from exvivo.study import Difference, Study
from exvivo.tables import CLINIC
from exvivo.units import LOG2_FOLD

BLANK = Finding(
    question="more",
    ask="difference",
    family="more",
    assay="p",
    readout="protein",
    analyte="TNF",
    estimand=UNSTATED,
    level=0.95,
    unit=LOG2_FOLD,
    n=(),
)


def wells(
    rng: np.random.Generator,
    *,
    n: tuple[int, int] = (14, 10),
    shift: float = 0.0,
    spread: tuple[float, float] = (0.5, 0.5),
    plates: int = 1,
    uneven: bool = False,
    plate_sd: float = 0.0,
) -> list[dict[str, Any]]:
    """Donors on plates, two conditions, three wells each (one to three where uneven); the groups'
    responses differ by `shift`.
    """
    rows = []
    offsets = rng.normal(0, plate_sd, plates)
    for letters, count, move, sd in (("FM", n[0], shift, spread[0]), ("HC", n[1], 0.0, spread[1])):
        for i in range(count):
            base, own = rng.normal(0, 0.6), rng.normal(1 + move, sd)
            for stimulus, mean in (("none", base), ("ATP", base + own)):
                for _ in range(int(rng.integers(1, 4)) if uneven else 3):
                    value = mean + offsets[i % plates] + rng.normal(0, 0.3)
                    rows.append(
                        quantity(
                            f"{letters}{i:02}", stimulus, value, plate=f"P{i % plates}", sd=0.1
                        )
                    )
    return rows


def asked(rows: list[dict[str, Any]]) -> pl.DataFrame:
    of, wells_ = study(MORE), quantities(*rows)
    made = responses_of(wells_, study=of)
    found = compare(made, CLINIC.frame(), study=of, rng=np.random.default_rng(1), quantities=wells_)
    return in_words(found, of).filter(pl.col("part") != "robustness")


def by_wells(found: pl.DataFrame) -> dict[str, Any]:
    return found.filter(pl.col("method").str.starts_with("restricted")).row(0, named=True)


def test_even_wells_are_welchs_interval() -> None:
    found = asked(wells(np.random.default_rng(1), spread=(0.9, 0.4)))
    answer, mixed = found.filter(part="answer").row(0, named=True), by_wells(found)
    assert answer["method"].startswith("Welch")
    for name in ("estimate", "lower", "upper", "p"):
        assert mixed[name] == pytest.approx(answer[name], rel=1e-6)


def test_uneven_wells_answer_by_the_model_and_welch_stands_beside() -> None:
    found = asked(wells(np.random.default_rng(2), plates=4, uneven=True))
    answer = found.filter(part="answer").row(0, named=True)
    assert answer["method"].startswith("restricted likelihood")
    assert answer["held"] == ["plate x stimulus"]
    least = pl.col("method").str.starts_with("least squares")
    beside = found.filter(pl.col("part") == "beside", least)
    assert beside.height == 1
    assert answer["verdict"] is not None
    assert beside["verdict"][0] is None


def test_donors_with_better_known_responses_weigh_more() -> None:
    """One well a side for half of the donors: the model's estimates scatter less than plain donor
    means.
    """
    rng = np.random.default_rng(3)
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(40):
        kept = wells(rng, n=(8, 8), spread=(0.05, 0.05))
        thin, seen = [], set()
        for row in kept:
            key = (row["donor"], row["stimulus"])
            if int(row["donor"][2:]) % 2 or key not in seen:
                thin.append(row)
            seen.add(key)
        of, made = study(MORE), quantities(*thin)
        sample = sample_of(
            samples(responses_of(made, study=of)), MORE, assay="p", analyte="TNF", study=of
        )
        table = table_of(MORE, sample, made, assay="p", analyte="TNF", study=of)
        found = difference_of_wells(MORE, table, BLANK, study=of)
        assert found is not None
        ours.append(found.estimate or 0.0)
        patients = sample.groups == "FM"
        plain.append(sample.lower[patients].mean() - sample.lower[~patients].mean())
    assert np.var(ours) < np.var(plain)


def test_too_few_donors_or_a_model_that_cannot_be_fitted_leave_welch() -> None:
    found = asked(wells(np.random.default_rng(4), n=(4, 6), uneven=True))
    assert found.filter(part="answer")["method"][0].startswith("Welch")
    assert found.filter(pl.col("method").str.starts_with("restricted")).is_empty()


@pytest.mark.calibration
@pytest.mark.parametrize("spread", [(0.5, 0.5), (0.4, 0.9)])
def test_the_model_keeps_its_level_where_wells_are_uneven(spread: tuple[float, float]) -> None:
    """Studies of 14 v 10, equal and unequal spreads, four plates, one to three wells: type
    I error and coverage.
    """
    rng = np.random.default_rng(5)
    false = held = 0
    number = lengths.studies(200, 50)
    for _ in range(number):
        of, made = (
            study(MORE),
            quantities(*wells(rng, spread=spread, plates=4, uneven=True, plate_sd=0.3)),
        )
        sample = sample_of(
            samples(responses_of(made, study=of)), MORE, assay="p", analyte="TNF", study=of
        )
        table = table_of(MORE, sample, made, assay="p", analyte="TNF", study=of)
        answer = difference_of_wells(MORE, table, BLANK, study=of)
        assert answer is not None
        assert answer.p is not None and answer.lower is not None and answer.upper is not None
        false += answer.p <= 0.05
        held += answer.lower <= 0 <= answer.upper
    low, high = stats.binom.interval(0.99, number, 0.05)
    assert low <= false <= high
    assert low <= number - held <= high


def test_a_level_uses_one_condition() -> None:
    rows = wells(np.random.default_rng(6), uneven=True)
    of, wells_ = study(replace(MORE, stimulus="")), quantities(*rows)
    found = compare(
        responses_of(wells_, study=of),
        CLINIC.frame(),
        study=of,
        rng=np.random.default_rng(1),
        quantities=wells_,
    )
    controls = pl.DataFrame(rows).filter(pl.col("stimulus") == "none")
    means = controls.group_by("donor", maintain_order=True).agg(pl.col("value").mean())
    plain = float(
        means.filter(pl.col("donor").str.starts_with("FM"))["value"].to_numpy().mean()
        - means.filter(pl.col("donor").str.starts_with("HC"))["value"].to_numpy().mean()
    )
    assert by_wells(in_words(found, of))["estimate"] == pytest.approx(plain, abs=0.1)


def fitted(rows: list[dict[str, Any]], question: Difference, of: Study) -> Finding:
    """The finding of the mixed model of wells."""
    made = quantities(*rows)
    sample = sample_of(
        samples(responses_of(made, study=of)), question, assay="p", analyte="TNF", study=of
    )
    table = table_of(question, sample, made, assay="p", analyte="TNF", study=of)
    found = difference_of_wells(question, table, BLANK, study=of)
    assert found is not None
    return found


def width(finding: Finding) -> float:
    assert finding.lower is not None and finding.upper is not None
    return finding.upper - finding.lower


@pytest.mark.parametrize("place", ["batch", "plate"])
def test_what_a_batch_or_plate_does_to_its_wells_is_no_spread_of_donors(place: str) -> None:
    """Four batches (or plates) that lie log2 units apart: told of them, the model's interval is a
    fraction of the one that takes them for differences between donors.
    """
    level = replace(MORE, stimulus="")
    rows, cultures = [], {}
    for row in wells(np.random.default_rng(7), uneven=True):
        number = int(row["donor"][2:]) % 4
        moved = row["value"] + (0.0, 3.0, -3.0, 6.0)[number]
        cultures[row["donor"]] = f"{place}{number}"
        rows.append(row | {"value": moved, "culture": row["donor"]})
    blind = fitted(rows, level, study(level))
    if place == "batch":
        named = pl.DataFrame({"culture": list(cultures), "batch": list(cultures.values())})
        told = fitted(rows, level, study(level, cultures=named))
    else:
        rows = [row | {"plate": cultures[row["donor"]]} for row in rows]
        told = fitted(rows, level, study(level))
    assert told.method_facts["effects"] == (place,)
    assert blind.method_facts["effects"] == ()
    assert width(told) < 0.4 * width(blind)


def test_an_error_that_one_group_shares_widens_the_interval_and_a_common_one_does_not() -> None:
    """An efficiency that moves the stimulated wells of the patients alone moves their response."""
    rows = wells(np.random.default_rng(8), uneven=True)
    error = [{"key": "E:p:TNF", "loading": 0.8}]
    alone, common = (
        [
            row | {"shared": error}
            if row["stimulus"] == "ATP" and row["donor"].startswith(letters)
            else row
            for row in rows
        ]
        for letters in ("FM", ("FM", "HC"))
    )
    plain, wide, same = (fitted(each, MORE, study(MORE)) for each in (rows, alone, common))
    assert wide.estimate == pytest.approx(plain.estimate, abs=0.05)
    assert width(plain) < 2 * 1.96 * 0.8 < width(wide)
    assert width(same) == pytest.approx(width(plain), rel=0.05)
