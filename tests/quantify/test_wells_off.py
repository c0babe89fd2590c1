"""One standard well that is off: marked, told from its twin, and no harm to the rest of the plate.

Plates come from a generator of their own; every plate has an analyte of its own, so that nothing is
shared between them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exvivo.arrays import Bools, Floats
from exvivo.quantify.curve import Curves, calibrate, read_off
from exvivo.quantify.curve.wells_off import _Level

SERIES = np.array([0.0, 15.6, 31.25, 62.5, 125.0, 250.0, 500.0, 1000.0])
PLATES = 2 * SERIES.size


def signal(dose: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(0.05 + 2.95 / (1 + (dose / 450.0) ** -1.15))


def readings(wells: int, cv: float, rng: np.random.Generator) -> Floats:
    """Of `PLATES` plates (plates, wells of all levels)."""
    mean = np.tile(signal(np.repeat(SERIES, wells)), (PLATES, 1))
    return np.asarray(mean + np.hypot(0.002, cv * mean) * rng.standard_normal(mean.shape))


def fitted(reading: Floats) -> Curves:
    plates, wells = reading.shape
    names = np.repeat([f"{i:03}" for i in range(plates)], wells)
    return calibrate(
        pl.DataFrame(
            {
                "plate": names,
                "analyte": names,
                "well": np.tile([f"S{i:02}" for i in range(wells)], plates),
                "nominal": np.tile(np.repeat(SERIES, wells // SERIES.size), plates),
                "reading": reading.ravel(),
                "se": 0.0,
            }
        )
    )


def slipped(reading: Floats, fold: float, wells: int, place: int) -> tuple[Floats, Bools]:
    """With one well of each plate off, the level by turns; and which well it is."""
    row = np.arange(len(reading))
    off = np.zeros(reading.shape, dtype=bool)
    off[row, row % SERIES.size * wells + place] = True
    return np.where(off, reading * fold, reading), off


@pytest.mark.parametrize(("wells", "cv"), [(2, 0.04), (3, 0.04), (4, 0.10)])
@pytest.mark.parametrize("fold", [0.1, 0.5, 2.0, 10.0])
def test_a_well_that_is_off_is_marked_and_its_plate_stays_what_it_was(
    wells: int, cv: float, fold: float
) -> None:
    """14 plates with a slip in a standard and two in a blank, which is only known where s0 is."""
    clean = readings(wells, cv, np.random.default_rng([wells, round(10 * fold)]))
    wrong, off = slipped(clean, fold, wells, place=1)
    right, found = fitted(clean), fitted(wrong)
    of_standard = np.arange(PLATES) % SERIES.size > 0
    assert found.outliers[off][of_standard].mean() >= 0.95
    assert found.outliers[~off].mean() <= 0.02
    samples = np.tile(signal(np.array([125.0])), PLATES)
    which, nothing = np.arange(PLATES), np.zeros(PLATES)
    one, another = (read_off(each, which, samples, nothing, nothing + 1) for each in (right, found))
    assert np.nanquantile(np.abs(2.0 ** (another.value - one.value) - 1), 0.9) < 0.03
    assert np.median(np.log(found.upper / found.lower)) >= 0.95 * np.median(
        np.log(right.upper / right.lower)
    )


def test_honest_wells_are_marked_less_than_once_in_fifty() -> None:
    for wells, cv in ((2, 0.02), (2, 0.10), (3, 0.06), (4, 0.10)):
        rng = np.random.default_rng([7, wells, round(100 * cv)])
        assert fitted(readings(wells, cv, rng)).outliers.mean() <= 0.02


def test_twins_are_told_apart_by_the_curve_and_triplicates_by_one_another() -> None:
    """A curve that reaches (tau 0.5) tells which of two is off; one that does not (tau 50) cannot,
    and two of three that agree need none.
    """

    def chances(distance: list[float], tau: float) -> Floats:
        known = (np.array([tau**2]), np.array([12.0]), np.array([20.0]))
        return np.asarray(_Level(np.array([distance]), *known).chances()[0])

    assert chances([0.3, 12.0], 0.5) == pytest.approx([0.0, 1.0], abs=0.01)
    assert chances([12.0, 0.3], 0.5) == pytest.approx([1.0, 0.0], abs=0.01)
    unsure = chances([-6.0, 6.0], 50.0)
    assert unsure[0] == pytest.approx(unsure[1]) and unsure.sum() > 0.95
    assert chances([20.0, 0.2, -0.3], 50.0) == pytest.approx([1.0, 0.0, 0.0], abs=0.02)
    assert (chances([12.0, 12.5], 0.5) > 0.9).all()
    assert (chances([12.0, 12.5], 15.0) < 0.1).all()


def test_an_honest_error_of_preparing_standards_is_not_marked() -> None:
    """Both wells of a level share it: 15 % a level, beside 3 % from well to well."""
    rng = np.random.default_rng(3)
    held = np.repeat(SERIES * np.exp(0.15 * rng.standard_normal((PLATES, SERIES.size))), 2, axis=1)
    mean = signal(held)
    found = fitted(mean * (1 + 0.03 * rng.standard_normal(mean.shape)))
    assert found.outliers.mean() <= 0.02


def test_a_top_that_falls_is_off_and_the_range_ends_below_it() -> None:
    rng = np.random.default_rng(5)
    mean = np.repeat(signal(np.array([0.0, 31.0, 125.0, 500.0, 2000.0, 8000.0])), 2)
    mean[-2:] *= 0.85
    standards = pl.DataFrame(
        {
            "plate": "P",
            "analyte": "TNF",
            "well": [f"S{i:02}" for i in range(mean.size)],
            "nominal": np.repeat([0.0, 31.0, 125.0, 500.0, 2000.0, 8000.0], 2),
            "reading": mean * (1 + 0.02 * rng.standard_normal(mean.size)),
            "se": 0.0,
        }
    )
    found = calibrate(standards)
    assert np.flatnonzero(found.outliers[0]).tolist() == [10, 11]
    assert found.lower[0] == 31.0
    assert 500.0 < found.upper[0] <= 2000.0


def test_limits_of_detection_do_not_move_with_the_list_of_analytes() -> None:
    """Noise near zero differs 60-fold between analytes; each keeps its own limit."""
    rng = np.random.default_rng(11)
    made = []
    for i, s0 in enumerate((0.001, 0.004, 0.02, 0.06)):
        mean = signal(np.repeat(SERIES, 2))
        made.append(
            pl.DataFrame(
                {
                    "plate": "P",
                    "analyte": f"A{i}",
                    "well": [f"S{k:02}" for k in range(mean.size)],
                    "nominal": np.repeat(SERIES, 2),
                    "reading": mean + np.hypot(s0, 0.05 * mean) * rng.standard_normal(mean.size),
                    "se": 0.0,
                }
            )
        )
    together = calibrate(pl.concat(made))
    for i, each in enumerate(made):
        assert calibrate(each).lod[0] == pytest.approx(together.lod[i], rel=0.05)


def test_the_real_plate_with_one_well_off_keeps_its_range(shared_data: Path) -> None:
    """Well G1, 10-fold off in its amount; the other 15 wells read back within a fifth."""
    folder = shared_data / "faults/immunoassay/02_one_standard_well_off"
    found = _elisa(folder)
    assert [found.points.wells[0][k] for k in np.flatnonzero(found.outliers[0])] == ["G1"]
    assert (found.lower[0], found.upper[0]) == (15.6, 1000.0)


def test_five_standards_with_a_flat_top_give_numbers_below_it(shared_data: Path) -> None:
    found = _elisa(shared_data / "faults/immunoassay/12_five_standards_flat_top")
    assert found.lower[0] == 31.25
    assert 500.0 < found.upper[0] <= 2000.0


def _elisa(folder: Path) -> Curves:
    """Standards of a plate of the fault folder, by their layout and matrix."""
    matrix = {}
    for line in (folder / "raw/P1.csv").read_text().splitlines()[2:]:
        row, *cells = line.split(",")
        matrix.update({f"{row}{i + 1}": float(cell) for i, cell in enumerate(cells) if cell})
    layout = pl.read_csv(folder / "plates/P1.csv").filter(
        pl.col("role").is_in(["standard", "blank"])
    )
    wells = layout["well"].to_list()
    return calibrate(
        pl.DataFrame(
            {
                "plate": "P1",
                "analyte": "TNF",
                "well": wells,
                "nominal": layout["nominal"].fill_null(0.0).cast(pl.Float64),
                "reading": [matrix[well] for well in wells],
                "se": 0.0,
            }
        )
    )
