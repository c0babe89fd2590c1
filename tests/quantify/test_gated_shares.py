"""Tubes of which far fewer events are beads than in the others of their plate."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from keyed_figures import keyed
from test_beads import FIVE, LEVELS, assay_of, simulate_tube, study_of, tube_rows

from exvivo.arrays import Floats
from exvivo.flag import Look
from exvivo.flag.beads import tubes_with_few_gated_events
from exvivo.flagged import Flag, Scope
from exvivo.quantify.beads import quantify_beads
from exvivo.quantify.beads.gated import far_below
from exvivo.tables import QUANTITIES, RESPONSES, WELLS


def moved(tube: dict[str, Floats], from_event: float) -> dict[str, Floats]:
    """The tube whose file lost a number and gained one at its end: from an event on, every channel
    shows the one behind it.
    """
    events = np.column_stack(list(tube.values()))
    flat = events.ravel().copy()
    start = int(len(events) * from_event) * events.shape[1]
    flat[start:-1] = flat[start + 1 :]
    return dict(zip(tube, flat.reshape(events.shape).T, strict=True))


def plate(from_event: float | None) -> pl.DataFrame:
    """Ten standards and two samples, of which the file of P1 may have moved bytes."""
    rng = np.random.default_rng(14)
    rows: list[dict[str, object]] = []
    for number, level in enumerate(LEVELS):
        role = "standard" if level else "blank"
        tube = simulate_tube(rng, dict.fromkeys(FIVE, level), beads=120)
        rows += tube_rows(f"S{number}", tube, role=role, nominal=level or None)
    for well in ("P1", "P2"):
        tube = simulate_tube(rng, dict.fromkeys(FIVE, 100.0), beads=120)
        is_moved = from_event is not None and well == "P1"
        rows += tube_rows(well, moved(tube, from_event or 0.0) if is_moved else tube, donor=well)
    return WELLS.frame(rows)


def raised(wells: pl.DataFrame) -> list[Flag]:
    assay = assay_of(FIVE)
    study = study_of(assay, "F1")
    quantities, assays = quantify_beads(wells, study=study, assay=assay)
    named = [keyed(figures) for figures in assays.filter(kind="population")["figures"]]
    assert all((("gated_in", "P1") in own) == ("gated_usual" in own) for own in named)
    look = Look(
        study=study,
        wells=wells,
        quantities=QUANTITIES.frame() if quantities.is_empty() else quantities,
        assays=assays,
        responses=RESPONSES.frame(),
    )
    return [flag for fit in look.fits("population") for flag in tubes_with_few_gated_events(fit)]


def test_a_tube_whose_bytes_moved_is_named_once_at_all_answers_of_its_plate() -> None:
    (flag,) = raised(plate(from_event=0.5))
    assert flag.row == "plate F1: P1" and flag.severity == "look" and flag.evidence == ("P1",)
    assert flag.scope == Scope(assays=("protein",), plates=("F1",))
    assert "far fewer events in the gates" in flag.what and "again" in flag.cure


def test_tubes_as_they_are_raise_nothing() -> None:
    assert raised(plate(from_event=None)) == []


@pytest.mark.parametrize(
    ("inside", "far"),
    [
        ([930, 940, 935, 920, 945, 500], [5]),  # half of a tube
        ([930, 940, 935, 920, 945, 900], []),  # within what real plates show
        ([930, 940, 935, 920, 945, 990], []),  # more beads are no loss
        ([930, 600, 935, 300, 945, 500], []),  # a plate that scatters tells nothing of a tube
        ([9, 9, 9, 9, 9, 6], []),  # too few events
    ],
)
def test_what_is_far_below(inside: list[int], far: list[int]) -> None:
    own = np.array(inside, dtype=float)
    all_events = np.full(own.size, 1000.0 if own.max() > 100 else 10.0)
    assert np.flatnonzero(far_below(own, all_events)).tolist() == far
