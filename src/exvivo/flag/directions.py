"""Donors whose response points the other way than everybody's: stimulated and unstimulated wells
exchanged look like this.

With r the responses of one analyte, m their median and s their spread (the median distance from m
times 1.4826), a donor whose two conditions were exchanged has -r in place of r, about 2 m / s
spreads away from the others. Only analytes whose donors nearly all answer in one direction can
tell.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from exvivo.flag.look import Flags, Look, flag, listed
from exvivo.flagged import Scope
from exvivo.words import fold

_FEWEST = 8
"""Donors with a response of an analyte whose direction can be told."""
_NEARLY_ALL = 0.85
"""The part of them that answers in one direction."""
_CLEAR = 0.7
"""log2 of the median response (1.6-fold), under which a direction is no one's habit ..."""
_SPREADS = 2.5
"""... and its size in spreads."""
_LEAST_SPREAD = 0.25
"""log2: no donors are nearer to one another than measurements are."""
_FAR = 5.0
"""Spreads from the median at which a response of the other direction is worth a look."""
_FEW = 3.0
"""... and with n donors, whose spread is known the less the fewer they are, times 1 + 3 / n."""
_MIRRORED = 2.0
"""Spreads from the median within which the response lies once it is turned round."""
_MOSTLY = 0.75
"""The part of the telling analytes that must point the other way."""
_ERRORS = 2.0
_TO_SD = 1.4826
_CONDITION = ("assay", "stimulus", "cell_type", "visit")


def responses_of_the_other_direction(look: Look) -> Flags:
    """Donors whose responses of an assay are the mirror image of everybody's."""
    responses = look.responses.filter(estimand="response", on="amount").drop_nulls("value")
    for (assay, stimulus, *_), rows in responses.group_by(_CONDITION, maintain_order=True):
        told = _told(rows)
        for donor in _turned(told):
            own = told.filter(donor=donor)
            folds = [f"{a} {fold(v)} (others {fold(m)})" for a, v, m in _facts(own)]
            yield flag(
                "responses",
                f"{assay}, {stimulus}: {donor}",
                place=str(assay),
                evidence=(donor, str(stimulus), *folds),
                scope=Scope(assays=(str(assay),), donors=(donor,), stimuli=(str(stimulus),)),
                what=f"{donor} answers {stimulus} the other way than nearly all: {listed(folds)}",
                why=(
                    "wells with and without the stimulus that were exchanged, in the laboratory or "
                    "in the layout, look like this"
                ),
                cure=(
                    "compare the layout with the names in the instrument file and with the bench "
                    "book; if they hold, accept this flag"
                ),
            )


def _facts(rows: pl.DataFrame) -> Iterator[tuple[str, float, float]]:
    yield from rows.select("analyte", "value", "middle").iter_rows()


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    """The responses of analytes that have a direction, with `middle` and `far`: how many spreads
    they lie on the other side of it.
    """
    parts = [_of_analyte(part) for part in rows.partition_by("analyte", maintain_order=True)]
    return pl.concat([rows.clear().with_columns(_NOTHING), *parts])


_NOTHING = (pl.lit(0.0).alias("middle"), pl.lit(0.0).alias("far"))


def _of_analyte(rows: pl.DataFrame) -> pl.DataFrame:
    values = rows["value"].to_numpy()
    middle = float(np.median(values))
    spread = max(_TO_SD * float(np.median(np.abs(values - middle))), _LEAST_SPREAD)
    same = float((values * middle > 0).mean())
    clear = abs(middle) >= max(_CLEAR, _SPREADS * spread)
    if values.size < _FEWEST or same < _NEARLY_ALL or not clear:
        return rows.clear().with_columns(_NOTHING)
    sure = np.abs(values) > _ERRORS * rows["sd"].fill_null(0.0).to_numpy()
    turned = (values * middle < 0) & sure
    mirrored = np.abs(-values - middle) <= _MIRRORED * spread
    far = np.where(turned & mirrored, np.abs(values - middle) / spread, 0.0)
    return rows.with_columns(middle=pl.lit(middle), far=pl.Series(far))


def _turned(rows: pl.DataFrame) -> list[str]:
    """The donors most of whose responses are far on the other side."""
    donors = rows.group_by("donor", maintain_order=True).agg(
        share=(pl.col("far") > 0).mean(), far=pl.col("far").median()
    )
    least = _FAR * (1 + _FEW / donors.height) if donors.height else _FAR
    return donors.filter(pl.col("share") >= _MOSTLY, pl.col("far") >= least)["donor"].to_list()
