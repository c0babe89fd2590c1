"""One number per donor: stimulated minus unstimulated, with what is not known about it kept as
bounds.

Every response is a weighted sum of its wells. Wells of one culture on one plate share a weight,
cultures of one plate share one, and plates share one, so a culture that was pipetted more often
does not count more.
"""

from __future__ import annotations

import polars as pl

from exvivo.study import Effect, Study
from exvivo.study.question_records import condition_of
from exvivo.table import check
from exvivo.tables import RESPONSES

_DONOR_KEYS = ["assay", "on", "readout", "analyte", "cell_type", "visit", "donor", "group"]
_RESPONSE_KEYS = ["estimand", *_DONOR_KEYS, "stimulus"]
_ROUNDING = 1e-12
"""A summed loading smaller than this is an error that cancelled."""
_FIRST_VISIT = "1"


def responses(quantities: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """Each donor's response to each stimulus, and each donor's unstimulated level, on the log2
    scale.

    `quantities` is a QUANTITIES table; the result is a RESPONSES table, one row per donor, visit,
    cell type, assay, analyte and stimulus. Stimulated and control wells are paired within a plate
    wherever a plate holds both (what the plate does to all its wells cancels); where no plate does,
    the means over plates are subtracted. A study without a control condition gets levels only. For
    every question of an effect, the arm with the antagonist is paired in the same way with the
    stimulus alone (estimand `effect`, under the arm's name). An undetected well puts a bound on the
    result, never a number: left-censored control wells make a response right-censored, and where
    both conditions are undetected the response lies between minus infinity and infinity
    (`interval`): the donor is counted and says nothing. Standard deviations combine the wells' own
    errors; errors shared between wells are summed per key before they count, so that what a pair
    shares cancels. Wells without any result are left out.
    """
    wells = _wells(quantities, control=study.control_stimulus())
    parts = [_levels(wells), *_levels_under(wells, study), *_contrasts(wells, study)]
    weighted = _weighted(pl.concat(parts))
    summed = weighted.group_by("row", maintain_order=True).agg(
        *(pl.col(name).first() for name in _RESPONSE_KEYS), *_sums()
    )
    rows = summed.join(_shared(weighted), on="row", how="left", maintain_order="left")
    rows = _bounded(rows).sort(_RESPONSE_KEYS, nulls_last=False)
    return check(RESPONSES, rows.select(RESPONSES.schema.names()))


def _contrasts(wells: pl.DataFrame, study: Study) -> list[pl.DataFrame]:
    """The wells of each response to a stimulus, and of each effect that a question asks for."""
    is_control = pl.col("is_control")
    stimulated = wells.filter(~is_control.fill_null(True))
    controls = wells.filter(is_control.fill_null(False))
    arms = dict.fromkeys((q.blocked, q.stimulus) for q in study.questions if isinstance(q, Effect))
    effects = (
        [wells.filter(pl.col("stimulus") == arm) for arm in (blocked, alone)]
        for blocked, alone in arms
    )
    return [
        _pairs(stimulated, controls, "response"),
        *(_pairs(blocked, alone, "effect") for blocked, alone in effects),
    ]


def _sums() -> tuple[pl.Expr, ...]:
    """What a response is of its wells: weighted ends, own error, counts, plates, and the wells."""
    weight, detected = pl.col("weight"), pl.col("censor") == "none"
    unseen = pl.col("value").is_null()
    return (
        # A positive weight takes the lower end for the lower end, a negative one the upper.
        pl.when(weight > 0).then("low").otherwise("high").mul("weight").sum().alias("lower"),
        pl.when(weight > 0).then("high").otherwise("low").mul("weight").sum().alias("upper"),
        (pl.col("sd") * weight).pow(2).sum().sqrt().alias("sd"),
        pl.col("sd").null_count().alias("unknown_sd"),
        pl.len().cast(pl.Int64).alias("wells"),
        (~detected).sum().cast(pl.Int64).alias("undetected_wells"),
        pl.col("plate").unique().sort().alias("plates"),
        detected.all().alias("detected"),
        pl.struct(
            "side",
            "weight",
            "value",
            pl.when(pl.col("low").is_finite() & unseen).then("low").alias("lower"),
            pl.when(pl.col("high").is_finite() & unseen).then("high").alias("upper"),
            "sd",
            "one_copy",
            "one_copy_sd",
            "run_end",
            "plate",
            "well",
            "culture",
            "near_control",
        ).alias("each_well"),
    )


def _wells(quantities: pl.DataFrame, *, control: str | None) -> pl.DataFrame:
    """The donors' wells with a result, each between `low` and `high` (equal where it was
    detected).
    """
    value, stimulus = pl.col("value"), pl.col("stimulus")
    detected = pl.col("censor") == "none"
    is_control = pl.lit(None)
    if control:
        stimulus = stimulus.fill_null(control)
        is_control = (stimulus == control).fill_null(True)
    placed = pl.col("donor").is_not_null() & pl.col("group").is_not_null()
    return quantities.filter(placed & (~detected | value.is_not_null())).select(
        *(pl.col(name) for name in _DONOR_KEYS if name != "visit"),
        pl.col("visit").fill_null(_FIRST_VISIT),
        stimulus,
        is_control.alias("is_control"),
        *(
            "plate",
            "well",
            "culture",
            "sd",
            "shared",
            "censor",
            "one_copy",
            "one_copy_sd",
            "run_end",
        ),
        "near_control",
        pl.when(detected).then(value).alias("value"),
        _end("left", -float("inf"), "lower").alias("low"),
        _end("right", float("inf"), "upper").alias("high"),
    )


def _end(censor: str, open_end: float, bound: str) -> pl.Expr:
    """One end of a well's result: its value, nothing known on that side, or its bound."""
    return (
        pl.when(pl.col("censor") == "none")
        .then("value")
        .when(pl.col("censor") == censor)
        .then(open_end)
        .otherwise(bound)
    )


def _levels(wells: pl.DataFrame) -> pl.DataFrame:
    """The wells of each level: the control condition, or every condition of a study without one."""
    unstimulated = wells.filter(pl.col("is_control").fill_null(True))
    return unstimulated.with_columns(
        pl.lit("level").alias("estimand"),
        pl.lit(1.0).alias("side"),
        pl.when(pl.col("is_control").is_null()).then("stimulus").alias("stimulus"),
    )


def _levels_under(wells: pl.DataFrame, study: Study) -> list[pl.DataFrame]:
    """The wells of the level under each stimulus that a question asks for, under its name."""
    stimuli = dict.fromkeys(filter(None, map(condition_of, study.questions)))
    columns = _levels(wells).columns
    return [
        wells.filter(pl.col("stimulus") == stimulus)
        .with_columns(pl.lit("level").alias("estimand"), pl.lit(1.0).alias("side"))
        .select(columns)
        for stimulus in stimuli
        if stimulus != study.control_stimulus()
    ]


def _pairs(stimulated: pl.DataFrame, controls: pl.DataFrame, estimand: str) -> pl.DataFrame:
    """The wells of each response: those of the one condition (side 1) and of the other it is
    compared with (side -1).
    """
    asked = stimulated.select(*_DONOR_KEYS, "stimulus").unique(maintain_order=True)
    compared = asked.join(
        controls.drop("stimulus"), on=_DONOR_KEYS, nulls_equal=True, maintain_order="left_right"
    )
    both = pl.concat(
        [
            stimulated.with_columns(pl.lit(1.0).alias("side")),
            compared.select(stimulated.columns).with_columns(pl.lit(-1.0).alias("side")),
        ]
    )
    response = [*_DONOR_KEYS, "stimulus"]
    both = both.filter(pl.col("side").n_unique().over(response) == 2)
    paired = both.with_columns(
        (pl.col("side").n_unique().over([*response, "plate"]) == 2).alias("paired")
    )
    kept = paired.filter(pl.col("paired") | ~pl.col("paired").any().over(response))
    return (
        kept.drop("paired")
        .with_columns(pl.lit(estimand).alias("estimand"))
        .select(_levels(stimulated).columns)
    )


def _weighted(wells: pl.DataFrame) -> pl.DataFrame:
    """Each well's weight in its response; the weights of each side sum to 1 and to -1."""
    rows = wells.select(_RESPONSE_KEYS).unique(maintain_order=True).with_row_index("row")
    numbered = wells.join(rows, on=_RESPONSE_KEYS, nulls_equal=True, maintain_order="left")
    place, culture = ["row", "side", "plate"], ["row", "side", "plate", "culture"]
    return numbered.with_columns(
        (
            pl.col("side")
            / pl.len().over(culture)
            / pl.col("culture").n_unique().over(place)
            / pl.col("plate").n_unique().over(["row", "side"])
        ).alias("weight")
    )


def _shared(weighted: pl.DataFrame) -> pl.DataFrame:
    """The shared errors of each row: loadings summed per key over its wells, those that cancel left
    out.
    """
    parts = (
        weighted.select("row", "weight", "shared")
        .filter(pl.col("shared").list.len() > 0)
        .explode("shared")
    )
    summed = (
        parts.unnest("shared")
        .group_by("row", "key", maintain_order=True)
        .agg((pl.col("loading") * pl.col("weight")).sum().alias("loading"))
        .filter(pl.col("loading").abs() > _ROUNDING)
        .sort("row", "key")
    )
    return summed.group_by("row", maintain_order=True).agg(
        pl.struct("key", "loading").alias("shared")
    )


def _bounded(sums: pl.DataFrame) -> pl.DataFrame:
    """The sums written as value or bounds, as the tables want them."""
    detected, low, high = pl.col("detected"), pl.col("lower"), pl.col("upper")
    open_low, open_high = low.is_infinite(), high.is_infinite()
    censor = (
        pl.when(detected)
        .then(pl.lit("none"))
        .when(open_low & ~open_high)
        .then(pl.lit("left"))
        .when(open_high & ~open_low)
        .then(pl.lit("right"))
        .otherwise(pl.lit("interval"))
    )
    return sums.with_columns(
        pl.when(detected).then(low).alias("value"),
        pl.when(detected & (pl.col("unknown_sd") == 0)).then("sd").alias("sd"),
        censor.alias("censor"),
        pl.when(~detected & ~(open_low & ~open_high)).then(low).alias("lower"),
        pl.when(~detected & ~(open_high & ~open_low)).then(high).alias("upper"),
        pl.col("shared").fill_null([]),
    )
