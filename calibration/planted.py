"""Mistakes planted in studies of `handed_in`, one at a time: how often the rules notice each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from calibration.handed_in import Kind, Rng
from exvivo.reconcile import Held

Plant = Callable[[Held, Rng], Held]
PLANTED: dict[str, tuple[tuple[Kind, ...], Plant]] = {}
"""Each mistake with the kinds of assay that it is made in."""


def planted(*kinds: Kind) -> Callable[[Plant], Plant]:
    """A mistake that is made in assays of these kinds."""

    def register(plant: Plant) -> Plant:
        PLANTED[plant.__name__] = (kinds, plant)
        return plant

    return register


ALL: tuple[Kind, ...] = ("elisa", "luminex", "table", "cq")


@planted(*ALL)
def donor_copied(held: Held, rng: Rng) -> Held:
    """All readings of RA02 are those of RA01."""
    return _with_values(held, _taken(held.wells, "RA01", "RA02"))


@planted(*ALL)
def donor_copied_but_one(held: Held, rng: Rng) -> Held:
    """The same, with one reading in ten typed anew."""
    copied = _taken(held.wells, "RA01", "RA02")
    changed = (pl.col("donor") == "RA02") & pl.Series(rng.random(held.wells.height) < 0.1)
    again = pl.when(changed).then((pl.col("value") * 1.1).round(2)).otherwise("value")
    return _with_values(held, copied.with_columns(value=again))


@planted(*ALL)
def last_digits_changed(held: Held, rng: Rng) -> Held:
    """All readings of RA02 are those of RA01, each with its last digit moved by one."""
    own = held.wells["value"].drop_nulls().to_numpy()
    step = float(np.min(np.diff(np.unique(own)))) if own.size > 1 else 0.01
    moved = pl.Series(step * rng.choice([-1.0, 1.0], held.wells.height))
    copied = _taken(held.wells, "RA01", "RA02")
    changed = pl.when(pl.col("donor") == "RA02").then((pl.col("value") + moved).round(4))
    return _with_values(held, copied.with_columns(value=changed.otherwise("value")))


@planted(*ALL)
def everybody_twice(held: Held, rng: Rng) -> Held:
    """Every second person is the one before, entered again."""
    wells = held.wells
    for group in ("RA", "HD"):
        for number in range(1, 12, 2):
            wells = _taken(wells, f"{group}{number:02d}", f"{group}{number + 1:02d}")
    return _with_values(held, wells)


@planted("luminex", "table", "cq")
def analyte_pasted_twice(held: Held, rng: Rng) -> Held:
    """The column of A1 is that of A0."""
    key = ["plate", "well"]
    own = ["value", "censor", "lower", "upper"]
    first = held.wells.filter(channel="A0").select(
        *key, *(pl.col(n).alias(f"copied_{n}") for n in own)
    )
    joined = held.wells.join(first, on=key, how="left", maintain_order="left")
    is_second = pl.col("channel") == "A1"
    values = [pl.when(is_second).then(f"copied_{n}").otherwise(n).alias(n) for n in own]
    return _with_values(held, joined.with_columns(values).select(held.wells.columns))


@planted("elisa", "luminex", "cq")
def rows_of_another_plate(held: Held, rng: Rng) -> Held:
    """Columns 1 to 3 of the second plate are those of the first."""
    first = held.wells.filter(plate="P1").select("well", "channel", copied="value")
    joined = held.wells.join(first, on=["well", "channel"], how="left", maintain_order="left")
    pasted = pl.col("well").str.slice(1).is_in(["1", "2", "3"]) & (pl.col("plate") == "P2")
    value = pl.when(pasted).then(pl.coalesce("copied", "value")).otherwise("value")
    return _with_values(held, joined.with_columns(value=value).drop("copied"))


@planted("elisa", "luminex")
def plate_rescaled(held: Held, rng: Rng) -> Held:
    """The second plate is the first, 1.13 times as bright, where both have wells."""
    first = held.wells.filter(plate="P1").select("well", "channel", copied="value")
    joined = held.wells.join(first, on=["well", "channel"], how="left", maintain_order="left")
    scaled = (1.13 * pl.col("copied")).round(3)
    value = pl.when(pl.col("plate") == "P2").then(pl.coalesce(scaled, "value")).otherwise("value")
    return _with_values(held, joined.with_columns(value=value).drop("copied"))


@planted("elisa", "luminex")
def standards_in_ng(held: Held, rng: Rng) -> Held:
    """The amounts of the second plate are a thousandth."""
    return _nominals(held, 0.001)


@planted("elisa", "luminex")
def standards_tenfold(held: Held, rng: Rng) -> Held:
    """The amounts of the second plate are tenfold."""
    return _nominals(held, 10.0)


@planted("elisa")
def point_lost(held: Held, rng: Rng) -> Held:
    """One OD of a sample has lost its decimal point."""
    value = pl.when(_one_well(held, rng)).then((1000 * pl.col("value")).round()).otherwise("value")
    return _with_values(held, held.wells.with_columns(value=value))


@planted("table")
def point_lost_in_a_table(held: Held, rng: Rng) -> Held:
    """One result of a table has lost its decimal point."""
    value = pl.when(_one_well(held, rng)).then((100 * pl.col("value")).round()).otherwise("value")
    return _with_values(held, held.wells.with_columns(value=value))


@planted("elisa", "luminex")
def blank_taken_off(held: Held, rng: Rng) -> Held:
    """The mean of its blanks is taken off every well of the second plate."""
    blank = pl.col("value").filter(pl.col("role") == "blank").mean().over("plate", "channel")
    value = pl.when(pl.col("plate") == "P2").then((pl.col("value") - blank).round(3))
    return _with_values(held, held.wells.with_columns(value=value.otherwise("value")))


@planted("elisa", "luminex")
def dilution_a_part(held: Held, rng: Rng) -> Held:
    """0.5 is written for 1:2."""
    value = pl.when(pl.col("role") == "sample").then(0.5).otherwise("dilution")
    return _with_values(held, held.wells.with_columns(dilution=value))


@planted("elisa", "luminex", "table")
def dilution_by_group(held: Held, rng: Rng) -> Held:
    """Patients are diluted 1:4, healthy people 1:2."""
    value = pl.when(pl.col("group") == "RA").then(4.0).when(pl.col("group") == "HD").then(2.0)
    return _with_values(held, held.wells.with_columns(dilution=value.otherwise("dilution")))


@planted(*ALL)
def two_groups_swapped(held: Held, rng: Rng) -> Held:
    """RA03 stands in HD, HD03 in RA."""
    swapped = {"RA03": "HD", "HD03": "RA"}
    group = pl.col("donor").replace_strict(swapped, default=pl.col("group"))
    return replace(
        held, study=replace(held.study, donors=held.study.donors.with_columns(group=group))
    )


@planted(*ALL)
def pain_in_centimetres_of_four(held: Held, rng: Rng) -> Held:
    """VAS of four patients is in cm, with one decimal."""
    of_four = (pl.col("scale") == "VAS") & pl.col("donor").is_in(["RA02", "RA05", "RA07", "RA09"])
    jitter = pl.Series(rng.integers(-3, 4, held.clinic.height))
    changed = pl.when(of_four).then(((pl.col("score") + jitter) / 10).clip(0.2, 10).round(1))
    return replace(held, clinic=held.clinic.with_columns(score=changed.otherwise("score")))


@planted(*ALL)
def pain_in_centimetres(held: Held, rng: Rng) -> Held:
    """VAS of everybody is in cm, and `highest` is 100."""
    changed = pl.when(pl.col("scale") == "VAS").then((pl.col("score") / 10).round(1))
    return replace(held, clinic=held.clinic.with_columns(score=changed.otherwise("score")))


@planted(*ALL)
def pain_sorted_alone(held: Held, rng: Rng) -> Held:
    """The column VAS is sorted, its lines are not."""
    pain = held.clinic.filter(scale="VAS").with_columns(pl.col("score").sort())
    rest = held.clinic.filter(pl.col("scale") != "VAS")
    return replace(held, clinic=pl.concat([pain, rest]))


@planted(*ALL)
def age_sorted_alone(held: Held, rng: Rng) -> Held:
    """The column age of donors.csv is sorted alone."""
    donors = held.study.donors.with_columns(pl.col("age").sort(descending=True))
    return replace(held, study=replace(held.study, donors=donors))


@planted(*ALL)
def line_of_scores_copied(held: Held, rng: Rng) -> Held:
    """The scores of RA02 are those of RA01."""
    of_first = held.clinic.filter(donor="RA01").select("scale", "visit", copied="score")
    joined = held.clinic.join(of_first, on=["scale", "visit"], how="left", maintain_order="left")
    value = pl.when(pl.col("donor") == "RA02").then("copied").otherwise("score")
    return replace(held, clinic=joined.with_columns(score=value).drop("copied"))


def _with_values(held: Held, wells: pl.DataFrame) -> Held:
    return replace(held, wells=wells)


def _taken(wells: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    """The wells with the readings of one donor as those of another, condition by condition."""
    key = ["channel", "stimulus", "replicate"]
    own = ["value", "censor", "lower", "upper"]
    of_first = wells.filter(donor=first).select(
        *key, *(pl.col(n).alias(f"copied_{n}") for n in own)
    )
    joined = wells.join(of_first, on=key, how="left", nulls_equal=True, maintain_order="left")
    is_second = pl.col("donor") == second
    values = [pl.when(is_second).then(f"copied_{n}").otherwise(n).alias(n) for n in own]
    return joined.with_columns(values).select(wells.columns)


def _nominals(held: Held, times: float) -> Held:
    value = pl.when(pl.col("plate") == "P2").then(times * pl.col("nominal")).otherwise("nominal")
    return _with_values(held, held.wells.with_columns(nominal=value))


def _one_well(held: Held, rng: Rng) -> pl.Series:
    """One sample well with a number."""
    wells = held.wells.with_row_index("place")
    places = wells.filter(role="sample").drop_nulls("value")["place"].to_list()
    return wells["place"] == int(rng.choice(places))
