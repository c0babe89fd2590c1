"""What controls, dilutions and spikes say of an assay: the error a plate shares, and whether
samples behave as standards.

Controls and calibrators (roles `qc` and `calibrator`, told apart by `control`) are one material on
every plate, so what differs between plates beyond their own errors is the plate. Samples at several
dilutions must give one concentration (dilution linearity), and an added amount must be found again
(spike recovery). ICH M10 asks for all three.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from exvivo.figures import Figure, figure, figures_from
from exvivo.study import Beads, Immunoassay

METHOD = (
    "controls and calibrators read off the curve of their plate; spread between plates beyond their own errors by moments, "
    "drawn towards the mean of all analytes (four degrees of freedom)"
)
_PRIOR_FREEDOM = 4.0
_SAMPLE = ["plate", "analyte", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]


def named_controls(read: pl.DataFrame) -> pl.DataFrame:
    """The control wells with `name`: as the layout says, else by their known amount, else by their
    role.
    """
    amount = pl.format("{} {}", "role", pl.col("nominal"))
    return read.filter(pl.col("role").is_in(["qc", "calibrator"])).with_columns(
        name=pl.coalesce("control", pl.when(pl.col("nominal").is_not_null()).then(amount), "role")
    )


def by_plate(read: pl.DataFrame) -> pl.DataFrame:
    """Every control on every plate: analyte, name, plate, wells, mean (log2), se, expected (log2);
    undetected ones left out.
    """
    known = named_controls(read).filter(pl.col("value").is_not_null())
    curve = pl.col("shared").list.eval(pl.element().struct.field("loading") ** 2).list.sum()
    return known.group_by("analyte", "name", "plate", maintain_order=True).agg(
        wells=pl.len(),
        mean=pl.col("value").mean(),
        se=((pl.col("sd") ** 2).sum() / pl.len() ** 2 + curve.mean()).sqrt(),
        expected=pl.when(pl.col("nominal").first() > 0).then(pl.col("nominal").first().log(2)),
    )


def controls_beyond(read: pl.DataFrame) -> dict[str, list[Figure]]:
    """Controls of known amount that read off the curve on the wrong side, by analyte:
    `control_above` or `control_below`.

    The figure is the log2 bound; a control that may lie within 20 % of its amount is not among
    them.
    """
    found: dict[str, list[Figure]] = {}
    known = named_controls(read).filter((pl.col("nominal") > 0) & (pl.col("censor") != "none"))
    for analyte, name, plate, nominal, low, high in known.select(
        "analyte", "name", "plate", "nominal", "lower", "upper"
    ).iter_rows():
        expected = math.log2(nominal)
        if low is not None and low > expected + math.log2(1.2):
            found.setdefault(analyte, []).append(figure("control_above", low, of=name, plate=plate))
        elif high is not None and high < expected + math.log2(0.8):
            found.setdefault(analyte, []).append(
                figure("control_below", high, of=name, plate=plate)
            )
    return found


def plate_errors(read: pl.DataFrame) -> pl.DataFrame:
    """How much plates differ, by analyte: `between_sd` (log2) and `plates`, for analytes with a
    control on two or more plates.

    `between_sd` is the standard deviation between plates that the controls' own errors (wells and
    curve) do not explain; `loading` the same widened by how few plates it comes from: the error
    each plate is given.
    """
    controls = by_plate(read).with_columns((pl.len().over("analyte", "name")).alias("plates"))
    several = controls.filter(pl.col("plates") > 1)
    off = several.with_columns(off=pl.col("mean") - pl.col("mean").mean().over("analyte", "name"))
    each = off.group_by("analyte", maintain_order=True).agg(
        squares=(pl.col("off") ** 2).sum(),
        explained=(pl.col("se") ** 2 * (1 - 1 / pl.col("plates"))).sum(),
        freedom=(1 - 1 / pl.col("plates")).sum(),
        plates=pl.col("plate").n_unique(),
    )
    if each.is_empty():
        kinds = {
            "analyte": pl.String,
            "between_sd": pl.Float64,
            "loading": pl.Float64,
            "plates": pl.UInt32,
        }
        return pl.DataFrame(schema=kinds)
    excess = each["squares"].to_numpy() - each["explained"].to_numpy()
    freedom = each["freedom"].to_numpy()
    common = max(float(excess.sum() / freedom.sum()), 0.0)
    drawn = np.maximum((excess + _PRIOR_FREEDOM * common) / (freedom + _PRIOR_FREEDOM), 0.0)
    unsure = (freedom + _PRIOR_FREEDOM) / (
        freedom + _PRIOR_FREEDOM - 2
    )  # the variance of Student's t on so few plates
    return each.select(
        "analyte",
        pl.Series("between_sd", np.sqrt(drawn)),
        pl.Series("loading", np.sqrt(drawn * unsure)),
        "plates",
    )


def control_rows(
    read: pl.DataFrame, errors: pl.DataFrame, outside: pl.DataFrame, *, assay: Beads | Immunoassay
) -> list[dict[str, object]]:
    """One ASSAYS row (kind `control`) for each analyte that has controls, several dilutions or
    spikes.

    Figures: `between_sd` and `plates`; `log2:NAME:PLATE`, `sd:NAME:PLATE`, `expected:NAME`;
    `dilution_slope` with `_se` (log2 concentration per doubling of the dilution, 0 is linear),
    `dilution_samples`; `spikes`, `spike_recovery` (median), and its extremes; `gave_way`: wells off
    the scale of samples that another dilution shows.
    """
    controls, dilutions, spikes = by_plate(read), dilution_linearity(read), spike_recovery(read)
    beyond = controls_beyond(read)
    between = {
        str(a): (sd, n) for a, sd, n in errors.select("analyte", "between_sd", "plates").iter_rows()
    }
    rows = []
    for analyte in read["analyte"].unique(maintain_order=True).sort():
        figures: list[Figure] = []
        if analyte in between:
            figures += figures_from(
                {"between_sd": between[analyte][0], "plates": between[analyte][1]}
            )
        figures += _of_controls(controls.filter(analyte=analyte))
        figures += beyond.get(str(analyte), [])
        figures += figures_from(dilutions.get(str(analyte), {}) | spikes.get(str(analyte), {}))
        gone = outside.filter(analyte=analyte).height
        figures += figures_from({"gave_way": gone} if gone else {})
        if figures:
            rows.append(_row(str(analyte), figures, assay))
    return rows


def _of_controls(controls: pl.DataFrame) -> list[Figure]:
    """The figures of the controls of one analyte, from `by_plate`; one known amount a control."""
    figures: list[Figure] = []
    expected: set[str] = set()
    for row in controls.iter_rows(named=True):
        name, plate = row["name"], row["plate"]
        figures.append(figure("control_log2", row["mean"], of=name, plate=plate))
        figures.append(figure("control_sd", row["se"], of=name, plate=plate))
        if row["expected"] is not None and name not in expected:
            expected.add(name)
            figures.append(figure("control_expected", row["expected"], of=name))
    return figures


def _row(analyte: str, figures: list[Figure], assay: Beads | Immunoassay) -> dict[str, object]:
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "analyte": analyte,
        "plate": None,
        "kind": "control",
        "key": None,
        "method": METHOD,
        "unit": assay.unit,
        "parameters": [],
        "covariance": [],
        "points": [],
        "figures": figures,
    }


def dilution_linearity(read: pl.DataFrame) -> dict[str, dict[str, float]]:
    """By analyte, how the concentration of a sample moves with its dilution: the common slope of
    samples with several.

    log2 of the (dilution-corrected) concentration on log2 of the dilution, within samples: 0 where
    dilution does nothing but dilute. Its error comes from the scatter round the common line; with
    one degree of freedom or none it is left out.
    """
    known = read.filter((pl.col("role") == "sample") & pl.col("value").is_not_null())
    means = known.group_by(*_SAMPLE, "dilution", maintain_order=True).agg(pl.col("value").mean())
    several = means.filter(pl.len().over(_SAMPLE) > 1).with_columns(
        x=pl.col("dilution").log(2) - pl.col("dilution").log(2).mean().over(_SAMPLE),
        y=pl.col("value") - pl.col("value").mean().over(_SAMPLE),
    )
    found = {}
    for (analyte,), rows in several.group_by(["analyte"], maintain_order=True):
        samples = rows.select(_SAMPLE).n_unique()
        x, y = rows["x"].to_numpy(), rows["y"].to_numpy()
        spread, freedom = float(x @ x), len(x) - samples - 1
        slope = float(x @ y) / spread
        rest = y - slope * x
        said = {"dilution_samples": float(samples), "dilution_slope": slope}
        if freedom > 1:
            said["dilution_slope_se"] = math.sqrt(float(rest @ rest) / freedom / spread)
        found[str(analyte)] = said
    return found


def spike_recovery(read: pl.DataFrame) -> dict[str, dict[str, float]]:
    """By analyte, the share of an added amount that is found again: (spiked - sample) / added, of
    undiluted concentrations.

    A sample that is undetected counts as none there: the recovery is then no higher than said. One
    above the curve says nothing.
    """
    own = (
        read.filter((pl.col("role") == "sample") & (pl.col("censor") != "right"))
        .with_columns(
            found=pl.when(pl.col("value").is_not_null()).then(2 ** pl.col("value")).otherwise(0.0)
        )
        .group_by(_SAMPLE, maintain_order=True)
        .agg(own=pl.col("found").mean())
    )
    spiked = (
        read.filter(
            (pl.col("role") == "spike") & pl.col("value").is_not_null() & (pl.col("nominal") > 0)
        )
        .join(own, on=_SAMPLE, how="inner", nulls_equal=True, maintain_order="left")
        .with_columns(share=(2 ** pl.col("value") - pl.col("own")) / pl.col("nominal"))
    )
    return {
        str(analyte): {
            "spikes": float(rows.height),
            "spike_recovery": float(np.median(rows["share"].to_numpy())),
            "spike_least": float(rows["share"].to_numpy().min()),
            "spike_most": float(rows["share"].to_numpy().max()),
        }
        for (analyte,), rows in spiked.group_by(["analyte"], maintain_order=True)
    }
