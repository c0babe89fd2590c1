"""What controls, dilutions and spikes say of an assay: the error a plate shares, and whether
samples behave as standards.

Controls and calibrators (roles `qc` and `calibrator`, told apart by `control`) are one material on
every plate, so what differs between plates beyond their own errors is the plate. Samples at several
dilutions must give one concentration (dilution linearity), and an added amount must be read again
(spike recovery). ICH M10 asks for all three.

Variance between plates, by moments: a control with means y_p and errors e_p on n plates has

    E sum (y_p - mean)^2 = (n - 1) variance + (1 - 1/n) sum e_p^2                              (1)

Each analyte's variance is drawn towards that of all analytes with the weight of `_PRIOR_DF` degrees
of freedom.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.figures import Figure, figure, figures_from, value_of
from exvivo.quantify.fitted import fitted_row
from exvivo.study import Beads, Immunoassay

METHOD = (
    "controls and calibrators read off the curve of their plate; spread between plates beyond "
    "their own errors by moments, drawn towards the mean of all analytes (four degrees of freedom)"
)
SAMPLE = ["plate", "analyte", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
"""What wells of one sample and analyte have in common."""
_PRIOR_DF = 4.0
_RECOVERED = 0.2
"""A control within this share of its amount is not beyond it."""
_ERRORS = {
    "analyte": pl.String,
    "between_sd": pl.Float64,
    "loading": pl.Float64,
    "plates": pl.UInt32,
}


def named_controls(read: pl.DataFrame) -> pl.DataFrame:
    """The control wells with `name`: as the layout says, else by their known amount, else by their
    role.
    """
    controls = read.filter(pl.col("role").is_in(["qc", "calibrator"]))
    return controls.with_columns(name=pl.coalesce("control", _by_amount(), "role"))


def _by_amount() -> pl.Expr:
    amount = pl.format("{} {}", "role", pl.col("nominal"))
    return pl.when(pl.col("nominal").is_not_null()).then(amount)


def by_plate(read: pl.DataFrame) -> pl.DataFrame:
    """Every control on every plate: analyte, name, plate, wells, mean (log2), se, expected (log2);
    undetected ones left out.
    """
    valued = named_controls(read).filter(pl.col("value").is_not_null())
    curve = pl.col("shared").list.eval(pl.element().struct.field("loading") ** 2).list.sum()
    nominal = pl.col("nominal").first()
    return valued.group_by("analyte", "name", "plate", maintain_order=True).agg(
        wells=pl.len(),
        mean=pl.col("value").mean(),
        se=((pl.col("sd") ** 2).sum() / pl.len() ** 2 + curve.mean()).sqrt(),
        expected=pl.when(nominal > 0).then(nominal.log(2)),
    )


def controls_beyond(read: pl.DataFrame) -> dict[str, list[Figure]]:
    """Controls of known amount that read off the curve on the wrong side, by analyte:
    `control_above` or `control_below`.

    The figure is the log2 bound; a control that may lie within 20 % of its amount is not among
    them.
    """
    expected = pl.col("nominal").log(2)
    bounded = named_controls(read).filter((pl.col("nominal") > 0) & (pl.col("censor") != "none"))
    above = pl.col("lower") > expected + math.log2(1 + _RECOVERED)
    below = pl.col("upper") < expected + math.log2(1 - _RECOVERED)
    side = pl.when(above).then(pl.lit("control_above")).when(below).then(pl.lit("control_below"))
    bound = pl.when(above).then("lower").otherwise("upper")
    sides = bounded.with_columns(side=side, bound=bound).drop_nulls("side")
    beyond: dict[str, list[Figure]] = {}
    for analyte, side, bound, name, plate in sides.select(
        "analyte", "side", "bound", "name", "plate"
    ).iter_rows():
        own = beyond.setdefault(analyte, [])
        own.append(figure(side, bound, of=name, plate=plate))
    return beyond


def plate_errors(read: pl.DataFrame) -> pl.DataFrame:
    """How much plates differ, by analyte: `between_sd` (log2) and `plates`, for analytes with a
    control on two or more plates.

    `between_sd` is the standard deviation between plates that the controls' own errors (wells and
    curve) do not explain; `loading` the same widened by how few plates it comes from: the error
    each plate is given.
    """
    control = ["analyte", "name"]
    several = by_plate(read).filter(pl.len().over(control) > 1)
    share = 1 - 1 / pl.len().over(control)
    off = pl.col("mean") - pl.col("mean").mean().over(control)
    parts = several.with_columns(squares=off**2, explained=pl.col("se") ** 2 * share, df=share)
    analytes = parts.group_by("analyte", maintain_order=True).agg(
        pl.col("squares", "explained", "df").sum(), plates=pl.col("plate").n_unique()
    )
    if analytes.is_empty():
        return pl.DataFrame(schema=_ERRORS)
    squares, explained, df = analytes.select("squares", "explained", "df").to_numpy().T
    variance = _drawn_variance(squares - explained, df)
    # The variance of Student's t on so few plates.
    df = df + _PRIOR_DF
    return analytes.select(
        "analyte",
        pl.Series("between_sd", np.sqrt(variance)),
        pl.Series("loading", np.sqrt(variance * (df / (df - 2)))),
        "plates",
    )


def _drawn_variance(excess: Floats, df: Floats) -> Floats:
    """Equation (1) solved for the variance, each analyte drawn towards all (analytes,)."""
    common = max(float(excess.sum() / df.sum()), 0.0)
    return np.asarray(np.maximum((excess + _PRIOR_DF * common) / (df + _PRIOR_DF), 0.0))


def control_rows(
    read: pl.DataFrame,
    errors: pl.DataFrame,
    replaced: pl.DataFrame,
    refuted: pl.DataFrame,
    *,
    assay: Beads | Immunoassay,
) -> list[dict[str, object]]:
    """One ASSAYS row (kind `control`) for each analyte that has controls, several dilutions or
    spikes.

    Figures (`exvivo.figures`): what plates differ by; each control on each plate; the slope of
    samples with several dilutions; spikes; `gave_way`: wells off the scale of samples that another
    dilution shows (`replaced`); `refuted`: wells that a thinner dilution contradicts.
    """
    controls, beyond = by_plate(read), controls_beyond(read)
    dilutions, spikes = dilution_linearity(read), spike_recovery(read)
    rows = []
    for analyte in read["analyte"].unique(maintain_order=True).sort():
        between = errors.filter(analyte=analyte).select("between_sd", "plates").to_dicts()
        gone = replaced.filter(analyte=analyte).height
        figures = [
            *(each for row in between for each in figures_from(row)),
            *_figures_of_controls(controls.filter(analyte=analyte)),
            *beyond.get(analyte, []),
            *figures_from(dilutions.get(analyte, {}) | spikes.get(analyte, {})),
            *figures_from({"gave_way": gone} if gone else {}),
            *figures_of_refuted(refuted.filter(analyte=analyte)),
        ]
        if figures:
            row = {"analyte": analyte, "kind": "control", "method": METHOD, "unit": assay.unit}
            rows.append(fitted_row(assay, **row, figures=figures))
    return rows


def figures_of_refuted(refuted: pl.DataFrame) -> list[Figure]:
    """The wells of one analyte that thinner dilutions refute, and those that stay as bounds."""
    return [
        figure("refuted", rise, of=well, plate=plate)
        if rise is not None
        else figure("refuted_to_bound", bound, of=well, plate=plate)
        for plate, well, rise, bound in refuted.select("plate", "well", "rise", "bound").iter_rows()
    ]


def _figures_of_controls(controls: pl.DataFrame) -> list[Figure]:
    """The figures of the controls of one analyte, from `by_plate`; one known amount a control."""
    figures: list[Figure] = []
    for row in controls.iter_rows(named=True):
        of, plate = row["name"], row["plate"]
        figures.append(figure("control_log2", row["mean"], of=of, plate=plate))
        figures.append(figure("control_sd", row["se"], of=of, plate=plate))
        if row["expected"] is not None and value_of(figures, "control_expected", of=of) is None:
            figures.append(figure("control_expected", row["expected"], of=of))
    return figures


def dilution_linearity(read: pl.DataFrame) -> dict[str, dict[str, float]]:
    """By analyte, how the concentration of a sample moves with its dilution: the common slope of
    samples with several.

    log2 of the (dilution-corrected) concentration on log2 of the dilution, within samples: 0 where
    dilution does nothing but dilute. Its error comes from the scatter round the common line; with
    one degree of freedom or none it is left out.
    """
    valued = read.filter((pl.col("role") == "sample") & pl.col("value").is_not_null())
    means = valued.group_by(*SAMPLE, "dilution", maintain_order=True).agg(pl.col("value").mean())
    x, y = pl.col("dilution").log(2), pl.col("value")
    several = means.filter(pl.len().over(SAMPLE) > 1).with_columns(
        x=x - x.mean().over(SAMPLE), y=y - y.mean().over(SAMPLE)
    )
    return {
        str(analyte): _common_slope(rows)
        for (analyte,), rows in several.group_by(["analyte"], maintain_order=True)
    }


def _common_slope(rows: pl.DataFrame) -> dict[str, float]:
    """Ordinary least squares through the middle of each sample: `x` and `y` are distances from
    it.
    """
    samples = rows.select(SAMPLE).n_unique()
    x, y = rows["x"].to_numpy(), rows["y"].to_numpy()
    squares, df = float(x @ x), len(x) - samples - 1
    slope = float(x @ y) / squares
    residual = y - slope * x
    figures = {"dilution_samples": float(samples), "dilution_slope": slope}
    if df > 1:
        variance = float(residual @ residual) / df
        figures["dilution_slope_se"] = math.sqrt(variance / squares)
    return figures


def spike_recovery(read: pl.DataFrame) -> dict[str, dict[str, float]]:
    """By analyte, the share of an added amount that is read: (spiked - sample) / added, of
    undiluted concentrations.

    A sample that is undetected counts as none there: the recovery is then no higher than that. One
    above the curve says nothing.
    """
    amount, role = 2 ** pl.col("value"), pl.col("role")
    detected = pl.when(pl.col("value").is_not_null()).then(amount).otherwise(0.0)
    samples = read.filter((role == "sample") & (pl.col("censor") != "right"))
    own = samples.group_by(SAMPLE, maintain_order=True).agg(own=detected.mean())
    spiked = read.filter(
        (role == "spike") & pl.col("value").is_not_null() & (pl.col("nominal") > 0)
    )
    both = spiked.join(own, on=SAMPLE, how="inner", nulls_equal=True, maintain_order="left")
    shares = both.with_columns(share=(amount - pl.col("own")) / pl.col("nominal"))
    return {
        str(analyte): _recovery(rows["share"].to_numpy())
        for (analyte,), rows in shares.group_by(["analyte"], maintain_order=True)
    }


def _recovery(share: Floats) -> dict[str, float]:
    return {
        "spikes": float(share.size),
        "spike_recovery": float(np.median(share)),
        "spike_least": float(share.min()),
        "spike_most": float(share.max()),
    }
