"""Controls that should hold nothing: what they leave of the samples beside them.

The truth comes from a simulator of its own: copies of the sample and of the contaminant are drawn
apart, added, and read as one Cq.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_qpcr import ASSAY, basic, figures, loadings, reaction, run, study_of, wells_of

from exvivo.compare.methods.donor_likelihoods import log_likelihood
from exvivo.compare.responses import responses
from exvivo.compare.sample import Well
from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.quantify.qpcr.controls import NEGLIGIBLE, ONE_SIDED
from exvivo.study import Efficiency, OneCopy

DOUBLING = dataclasses.replace(
    ASSAY,
    references=("ACT",),
    efficiency=dict.fromkeys(("TNF", "ACT"), Efficiency(value=2.0, sd=0.001)),
)
Rows = list[dict[str, object]]


def samples(cq: Sequence[float | None], **given: Any) -> Rows:
    """A donor for each Cq of TNF."""
    return [row for i, each in enumerate(cq) for row in basic(each, donor=f"P{i:02d}", **given)]


def controls(cq: Sequence[float | None], role: str = "ntc", **given: Any) -> Rows:
    return [reaction("TNF", each, role=role, **given) for each in cq]


def results(rows: Rows, **given: Any) -> pl.DataFrame:
    return run(rows, **given)[0].sort("donor")


def bears(rows: Rows, **given: Any) -> list[str | None]:
    """What controls bear on each donor's well, in their order."""
    return results(rows, **given)["near_control"].struct.field("bears").to_list()


def of_control(row: Mapping[str, Any]) -> float:
    """The error that a result shares by its control."""
    return sum(v for key, v in loadings(dict(row)).items() if key.startswith("control:"))


def test_a_clean_or_a_late_control_changes_nothing_of_honest_samples() -> None:
    honest = samples([22.0, 25.0, 28.5, 31.9, None])
    alone = results(honest)
    for cq in ([None, None], [38.0], [38.0, 39.5, 37.9]):
        assert results(honest + controls(cq)).equals(alone)
    assert alone["near_control"].null_count() == alone.height


def test_samples_beside_a_control_at_33() -> None:
    """One control holds 1.9^(37 - 33) copies, give or take its error: at 30 up to a quarter may be
    its, at 32 more than half, so it is a bound; later samples are bounds at the control.
    """
    rows = results(samples([25.0, 30.0, 32.0, 35.0, 36.0]) + controls([33.0]))
    clear, before, near, later, latest = rows.iter_rows(named=True)
    error = np.hypot(0.15, 1 / np.sqrt(1.9**4) / np.log(1.9))
    limit = 33.0 - 1.645 * error
    read = [clear["value"] - cycles * np.log2(1.9) for cycles in (5.0, 7.0, limit - 25.0)]
    assert clear["near_control"] is None
    assert not of_control(clear)
    assert before["near_control"]["bears"] == "share"
    share = 1.9 ** (30.0 - limit)
    assert 0.2 < share < 0.25
    assert before["near_control"]["share"] == pytest.approx(share, rel=1e-9)
    assert of_control(before) == pytest.approx(np.log2(1 - share) / ONE_SIDED, rel=1e-9)
    assert before["value"] == pytest.approx(read[0])
    for row in (near, later, latest):
        assert (row["value"], row["censor"], row["one_copy"]) == (None, "left", None)
    bounds = [row["upper"] for row in (near, later, latest)]
    assert bounds == pytest.approx([read[1], read[2], read[2]])


def test_the_bound_takes_the_scatter_of_the_control_into_account() -> None:
    """Replicates that differ more move the bound further before the control."""
    steady = samples([35.0]) + controls([33.0])
    quiet, noisy = (
        steady + [reaction("TNF", 25.0 + d * sd, donor="Z") for d in (-1, 0, 1, -1, 0, 1)]
        for sd in (0.05, 0.8)
    )
    upper = [results(rows).filter(donor="P00")["upper"][0] for rows in (quiet, noisy)]
    assert 0.2 < upper[1] - upper[0] < 2.0


@pytest.mark.parametrize(
    ("cq", "told"),
    [
        ([33.0], "bound"),
        ([33.0, None], "bound"),
        ([33.0, None, None], "doubt"),
        ([33.0, 33.2, None, None], "bound"),
        ([33.0, 33.2, None, None, None], "doubt"),
        ([None, None], None),
    ],
)
def test_half_of_the_controls_must_amplify_to_bound_a_plate(
    cq: list[float | None], told: str | None
) -> None:
    rows = samples([25.0, 35.0]) + controls(cq)
    assert bears(rows) == [None, told]
    known = results(rows)["value"].is_not_null().to_list()
    assert known == [True, told != "bound"]


def test_an_earlier_control_never_tells_more() -> None:
    """Lowering the control's Cq turns values into bounds and widens errors, never the reverse."""
    cq = [24.0, 27.0, 29.0, 30.5, 31.5, 33.0, 34.5]
    order = [None, "share", "bound"]
    last = [0] * len(cq)
    for at in (40.0, 37.0, 35.0, 33.0, 31.0, 28.0, 25.0):
        ranks = [order.index(each) for each in bears(samples(cq) + controls([at]))]
        assert all(now >= before for now, before in zip(ranks, last, strict=True)), at
        last = ranks
    assert last == [2] * len(cq)


def test_replicates_that_scatter_wildly_do_not_reach_beyond_five_cycles() -> None:
    wild = [reaction("TNF", cq, donor="Z") for cq in (12.0, 35.0, 20.0, 33.0, 15.0, 30.0)]
    rows = samples([27.5, 31.9]) + wild + controls([33.0])
    assert bears(rows)[:2] == ["bound", "bound"]
    assert bears(samples([26.5]) + wild + controls([33.0]))[0] is None


def test_controls_speak_for_their_own_plate() -> None:
    """A clean control clears its plate; a plate without one is marked by another's, not bounded."""
    dirty = samples([35.0]) + controls([33.0])
    clean = samples([35.0], plate="Q2") + controls([None], plate="Q2")
    without = samples([35.0], plate="Q3")
    rows = results(dirty + clean + without).sort("plate")
    told = rows["near_control"].struct.field("bears").to_list()
    assert told == ["bound", None, "doubt"]


def test_a_control_without_transcriptase_speaks_for_the_sample_it_names_else_for_its_plate() -> (
    None
):
    rows = samples([30.0, 30.0])
    named = controls([30.2], "no_rt", donor="P00", stimulus="none")
    assert bears(rows + named) == ["bound", None]
    assert bears(rows + controls([30.2], "no_rt", donor="P00", stimulus="ATP")) == [None, None]
    assert bears(rows + controls([30.2], "no_rt")) == ["bound", "bound"]
    assert bears(rows + controls([30.2], "no_rt", donor="pool")) == ["bound", "bound"]
    elsewhere = controls([30.2], "no_rt", donor="P00", plate="Q2")
    assert bears(rows + elsewhere) == ["bound", None]
    near = results(rows + named)["near_control"][0]
    assert (near["role"], near["shows"]) == ("no_rt", 30.2)
    later = [row for d in ("P00", "P01") for row in controls([33.0], "no_rt", donor=d)]
    keys = [key for row in results(rows + later)["shared"] for key in (s["key"] for s in row)]
    assert len({key for key in keys if key.startswith("control:")}) == 2


def test_the_graver_of_two_controls_is_kept() -> None:
    rows = samples([30.0]) + controls([33.0]) + controls([30.5], "no_rt")
    near = results(rows)["near_control"][0]
    assert (near["role"], near["bears"]) == ("no_rt", "bound")


def melting(channel: str, at: float, **given: Any) -> dict[str, object]:
    t = np.arange(60.0, 95.0, 0.5)
    y = 1 / (1 + np.exp((t - at) / 0.8))
    more = {"kind": "melt", "x": t.tolist(), "y": y.tolist(), "unit": "RFU", "block": "melt"}
    return reaction(channel, None, **{"censor": "none", "lower": None, **given, **more})


@pytest.mark.parametrize(("at", "told"), [(84.3, "bound"), (76.0, "doubt")])
def test_a_control_that_melts_elsewhere_bounds_nothing(at: float, told: str) -> None:
    rows = samples([35.0]) + controls([33.0])
    placed = [{"well": f"A{i + 1}", **row} for i, row in enumerate(rows)]
    sample, control = placed[0]["well"], placed[-1]["well"]
    melts = [
        melting("TNF", 84.0, well=sample, donor="P00"),
        melting("TNF", at, well=control, role="ntc"),
    ]
    assert bears(placed + melts) == [told]
    dimer = [melting("TNF", 76.2, well=sample, donor="P00"), melts[1]]
    assert bears(placed + dimer) == ["bound" if told == "doubt" else "doubt"]


def test_a_well_that_its_control_bounds_counts_no_copies() -> None:
    """It held product: below its bound its likelihood is flat. Only a well without a Cq is none of
    its copies.
    """
    assay = dataclasses.replace(ASSAY, one_copy={"TNF": OneCopy(cq=38.0, sd=0.3)})
    wells = wells_of(samples([35.0, None]) + controls([33.0]))
    quantities, _ = quantify_qpcr(wells, study=study_of(assay), assay=assay)
    own, empty = (
        Well(**{**well, "near_control": None})
        for wells in responses(quantities, study=study_of(assay)).sort("donor")["each_well"]
        for well in wells
    )
    assert own.one_copy is None and empty.one_copy is not None
    assert own.upper is not None
    below = log_likelihood(own, np.array([own.upper - 3.0, own.upper - 0.5]))
    assert below == pytest.approx(0.0, abs=1e-6)
    assert log_likelihood(own, np.array([own.upper + 1.0]))[0] < -10
    assert log_likelihood(empty, np.array([empty.one_copy + 3.0]))[0] == pytest.approx(-8.0)


def test_a_reference_no_earlier_than_its_control_relates_nothing() -> None:
    late = [reaction("ACT", 18.2, role="ntc")]
    quantities, assays = run(basic(27.0) + late)
    assert quantities.is_empty()
    assert figures(assays, "E:mrna:ACT")["ntc_bound"] == 2.0
    shared = results([*basic(27.0), reaction("ACT", 21.0, role="ntc")]).row(0, named=True)
    limit = 21.0 - 1.645 * np.hypot(0.15, 1 / np.sqrt(1.95**16) / np.log(1.95))
    share = [1.95 ** (cq - limit) for cq in (18.0, 18.4)]
    # Each of two references weighs a half, with the sign that the mean of references has.
    expected = -np.mean(np.log2(1 - np.array(share))) / 2 / ONE_SIDED
    assert of_control(shared) == pytest.approx(expected, rel=1e-9)
    clean = results([*basic(27.0), reaction("ACT", 30.0, role="ntc")])
    assert clean.equals(results(basic(27.0)))


def test_figures_count_the_wells_that_controls_bear_on() -> None:
    _, assays = run(samples([25.0, 30.0, 31.0, 35.0]) + controls([33.0]))
    found = figures(assays, "E:mrna:TNF")
    assert (found["ntc_bound"], found["ntc_share"]) == (1.0, 2.0)
    assert "ntc_doubt" not in found


PLATES, EACH = 60, 12


def contaminated(rng: np.random.Generator) -> tuple[Rows, dict[tuple[str, str], float]]:
    """Plates with a contaminant of their own, in every well of TNF; and log2 of the copies that are
    each sample's own (one copy reads Cq 38).
    """
    rows: Rows = []
    own: dict[tuple[str, str], float] = {}
    for i in range(PLATES):
        plate, dirt = f"Q{i:02d}", 2 ** rng.uniform(1.0, 9.0)

        def cq(copies: float) -> float | None:
            held = rng.poisson(copies)
            return 38.0 - np.log2(held) + rng.normal(0, 0.1) if held else None

        for j in range(EACH):
            donor, amount = f"{plate}-{j}", 2 ** rng.uniform(0.0, 14.0)
            own[plate, donor] = float(np.log2(amount))
            read = cq(amount + dirt * rng.lognormal(0, 0.2))
            rows.append(reaction("TNF", read, plate=plate, donor=donor))
            rows.append(reaction("ACT", 20.0, plate=plate, donor=donor))
        for _ in range(3):
            read = cq(dirt * rng.lognormal(0, 0.2))
            rows.append(reaction("TNF", read, plate=plate, role="ntc"))
    return rows, own


def test_bounds_and_errors_hold_what_is_the_samples_own() -> None:
    rows, own = contaminated(np.random.default_rng(12))
    wells = wells_of(rows)
    quantities, _ = quantify_qpcr(wells, study=study_of(DOUBLING), assay=DOUBLING)
    assert quantities.height > 0.98 * len(own)
    offset = 20.0 - 38.0
    truth = np.array([own[key] for key in quantities.select("plate", "donor").iter_rows()]) + offset
    near = quantities["near_control"].struct.field("bears").fill_null("none").to_numpy()
    counts = {kind: int((near == kind).sum()) for kind in ("none", "share", "bound")}
    assert min(counts.values()) > 100, counts
    upper = quantities["upper"].to_numpy()
    held = truth <= upper
    # 95 % one-sided, less three Monte-Carlo errors.
    assert held[near == "bound"].mean() > 0.95 - 3 * np.sqrt(0.05 * 0.95 / counts["bound"])
    value, sd = quantities["value"].to_numpy(), quantities["sd"].to_numpy()
    shared = np.array([of_control(row) for row in quantities.iter_rows(named=True)])
    counting = 1 / np.sqrt(2 ** (value - offset)) / np.log(2)
    own = np.hypot(sd, counting)
    for kind in ("share", "none"):
        of_kind = near == kind
        inside = np.abs(truth - value) <= 1.96 * np.hypot(own, shared)
        slack = 3 * np.sqrt(0.05 * 0.95 / counts[kind])
        assert inside[of_kind].mean() > 0.95 - slack, (kind, inside[of_kind].mean())
    # Without the error of their control these values would be too sure of themselves.
    assert (np.abs(truth - value) <= 1.96 * own)[near == "share"].mean() < 0.88
    assert (value - truth)[near == "none"].mean() < -np.log2(1 - NEGLIGIBLE) + 0.02
