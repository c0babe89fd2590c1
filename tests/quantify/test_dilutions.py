"""Samples at several dilutions: what a thin one refutes, what stays as a bound, and what does not
trigger it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from keyed_figures import keyed
from test_concentrations import plate, quantities

from benchmarks.curves import hook
from exvivo.flag import Look
from exvivo.flag.dilutions import samples_with_a_hook
from exvivo.gather import gather
from exvivo.quantify import quantify
from exvivo.quantify.dilutions import refutations
from exvivo.tables import QUANTITIES, RESPONSES

ROW = {
    "plate": "P1",
    "analyte": "TNF",
    "donor": "D1",
    "visit": "1",
    "cell_type": None,
    "culture": None,
    "stimulus": "none",
    "dose": None,
    "time": None,
}
LIMIT = 1000.0


def sample(*wells: tuple[float, float], sd: float = 0.1) -> pl.DataFrame:
    """Wells (dilution, amount that the well shows); above 1000 in the well only a bound is
    known.
    """
    rows: list[dict[str, Any]] = []
    for place, (dilution, amount) in enumerate(wells):
        known = amount <= LIMIT
        rows.append(
            {
                **ROW,
                "well": f"A{place}",
                "dilution": dilution,
                "value": float(np.log2(amount * dilution)) if known else None,
                "sd": sd if known else None,
                "censor": "none" if known else "right",
                "lower": None if known else float(np.log2(LIMIT * dilution)),
                "upper": None,
                "shared": [],
            }
        )
    schema = {name: dtype for name, dtype in QUANTITIES.schema.items() if name in rows[0]}
    return pl.DataFrame(
        rows, schema={**dict.fromkeys(ROW, pl.String), **schema, "dilution": pl.Float64}
    )


def marks(*wells: tuple[float, float]) -> tuple[set[str], set[str]]:
    """The wells that are refuted, and those that stay as a lower bound."""
    made = refutations(sample(*wells))
    is_refuted = pl.col("rise").is_not_null()
    return set(made.filter(is_refuted)["well"]), set(made.filter(~is_refuted)["well"])


def test_a_dilution_above_the_range_refutes_a_thicker_one_inside_it() -> None:
    assert marks((2, 35.0), (8, 9999.0), (32, 9999.0), (128, 320.0)) == ({"A0"}, set())


def test_both_sides_of_the_peak_are_refuted_by_the_thin_one() -> None:
    assert marks((2, 35.0), (8, 500.0), (32, 9999.0), (128, 330.0)) == ({"A0", "A1"}, set())


def test_dilutions_that_agree_refute_nothing() -> None:
    assert marks((2, 640.0), (8, 160.0), (32, 40.0)) == (set(), set())
    assert marks((2, 9999.0), (8, 640.0), (32, 160.0)) == (set(), set())


def test_values_that_fall_with_dilution_refute_nothing() -> None:
    assert marks((2, 640.0), (8, 80.0), (32, 10.0)) == (set(), set())


def test_a_thin_dilution_that_nothing_confirms_is_a_bound() -> None:
    """Both may lie behind the peak: the thinner one has the larger signal too."""
    assert marks((2, 35.0), (8, 500.0)) == ({"A0"}, {"A1"})
    (bound,) = refutations(sample((2, 35.0), (8, 500.0)))["bound"].drop_nulls()
    assert np.log2(8 * 500) - 0.5 < bound < np.log2(8 * 500)


def test_a_thin_dilution_below_the_peak_is_confirmed_by_a_larger_signal() -> None:
    """A signal that falls by dilution lies where signals rise, on any curve with one peak."""
    assert marks((8, 500.0), (128, 330.0)) == ({"A0"}, set())


def test_an_error_of_the_dilution_is_no_refutation() -> None:
    assert marks((2, 100.0), (8, 25.0 * 1.4)) == (set(), set())
    assert marks((2, 100.0), (8, 25.0 * 2.0))[0] == {"A0"}


def test_one_well_above_the_range_does_not_shield_the_other() -> None:
    assert marks((32, 450.0), (32, 9999.0), (128, 9999.0), (128, 9999.0))[0] == {"A0", "A1"}


def test_samples_are_judged_one_by_one() -> None:
    """Honest samples beside hooked ones keep their dilutions, and the slope of the assay is
    theirs.
    """
    rng = np.random.default_rng(6)
    honest = [
        {"donor": f"D{i}", "amount": 900.0, "dilution": d} for i in range(4) for d in (2.0, 8.0)
    ]
    hooked = [
        {"donor": "H", "amount": amount, "dilution": d}
        for d, amount in ((2.0, 60.0), (8.0, 900_000.0), (800.0, 200_000.0))
    ]
    made, rows = quantities(plate(rng, "P1", [*honest, *hooked]))
    own = made.filter(on="amount")
    assert 2 ** own.filter(donor="H")["value"].to_numpy() == pytest.approx([200_000], rel=0.2)
    assert own.filter(pl.col("donor") != "H").height == len(honest)
    beside = made.filter(on="signal").sort("value")["donor"]
    assert beside.to_list()[-1] == "H"  # not by its well behind the peak, the lowest of all
    (control,) = (row for row in rows if row["kind"] == "control")
    figures = keyed(control["figures"])
    assert figures["dilution_samples"] == 4
    assert abs(figures["dilution_slope"]) < 0.1


@pytest.fixture(scope="module")
def fault(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Any, ...]:
    folder = tmp_path_factory.mktemp("hook") / "study"
    shutil.copytree(shared_data / "faults" / "immunoassay" / "04_hook_in_samples", folder)
    gathered = gather(folder)
    made, assays = quantify(gathered.wells, study=gathered.study)
    return gathered, made, assays


@pytest.mark.parametrize(
    ("donor", "amount", "within"),
    [("F03", 15_000, 0.15), ("H01", 20_000, 0.25), ("F01", 200, 0.15)],
)
def test_hooked_samples_read_what_they_hold(
    fault: tuple[Any, ...], donor: str, amount: float, within: float
) -> None:
    values = fault[1].filter(donor=donor, on="amount")["value"].to_numpy()
    assert 2 ** values.mean() == pytest.approx(amount, rel=within)


def test_the_strongest_hook_is_40000_or_more(fault: tuple[Any, ...]) -> None:
    own = fault[1].filter(donor="H02", on="amount")
    assert min(2 ** own.select(pl.coalesce("value", "lower")).to_numpy().ravel()) > 40_000


def test_every_hooked_sample_is_named_and_no_other(fault: tuple[Any, ...]) -> None:
    gathered, made, assays = fault
    look = Look(
        study=gathered.study,
        wells=gathered.wells,
        quantities=made,
        assays=assays,
        responses=RESPONSES.frame(),
    )
    rows = list(samples_with_a_hook(look))
    assert len(rows) == 3
    named = {str(row.row).rpartition(" ")[2]: str(row.what) for row in rows}
    assert set(named) == {"F03", "H01", "H02"}
    assert "1:2 (A6, B6)" in named["H02"]


@pytest.mark.parametrize("setting", hook.SETTINGS[1:4:2])
def test_honest_dilutions_are_seldom_marked(setting: hook.Setting) -> None:
    wells, truth = hook.plates(np.random.default_rng(11), setting, count=12, hook=1e12)
    assert hook.outcome(wells, truth).marked.mean() <= 0.02


def test_hooks_are_found() -> None:
    setting = hook.SETTINGS[0]
    wells, truth = hook.plates(np.random.default_rng(12), setting, count=12, hook=5_000.0)
    is_hooked = hook.hooked(truth, setting, 5_000.0)
    made = hook.outcome(wells, truth)
    assert is_hooked.sum() > 20
    assert made.marked[is_hooked].mean() >= 0.95
    assert made.wrong[is_hooked].mean() <= 0.02
