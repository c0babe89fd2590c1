"""A drawn study as the tables that its files would give, without writing any file: what `compare`
takes.

A well that is drawn below the limit of detection is left-censored there. Its own standard deviation
is that of a well in the model; errors that wells share are none, since what plates and cultures do
is part of what was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import polars as pl

from exvivo.simulate.population.donor_table import donor_names, donor_table
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.population.model import DataModel, Series
from exvivo.study import Assay, Qpcr, Study
from exvivo.study.files import CLINIC_FILE
from exvivo.tables import CLINIC, QUANTITIES

IN_MEMORY = "simulated in memory"
"""Stands where a file's hash would."""
_METHOD = "drawn"
_NO_NUMBER = pl.lit(None, dtype=pl.Float64)


@dataclass(frozen=True)
class Tables:
    """The tables of the studies of one model. `wells` are the rows of QUANTITIES of any of them,
    without results, in the order of `Drawn.values`: series, donors, cultures, wells; `scores` those
    of CLINIC, scores within donors.
    """

    model: DataModel
    wells: pl.DataFrame
    scores: pl.DataFrame

    @classmethod
    def of(cls, model: DataModel) -> Tables:
        """What the tables of all studies of a model have in common."""
        return cls(model, _wells(model), _scores(model))

    def study(self, drawn: Drawn, number: int) -> Study:
        """The study with the donors of one drawn study, those who dropped out left out."""
        return replace(self.model.study, donors=self.donors(drawn, number))

    def donors(self, drawn: Drawn, number: int) -> pl.DataFrame:
        """donors.csv of one drawn study, all cells as text."""
        table = donor_table(self.model, drawn.exposed[number])
        return table.filter(pl.Series(drawn.present[number]))

    def quantities(self, drawn: Drawn, number: int) -> pl.DataFrame:
        """QUANTITIES of one drawn study."""
        values = drawn.values[number].transpose(1, 0, 2, 3)
        lower = np.broadcast_to(self.model.lower[:, None, None, None], values.shape)
        present = np.broadcast_to(drawn.present[number][None, :, None, None], values.shape)
        frame = self.wells.with_columns(
            value=pl.Series(values.ravel()),
            upper=pl.Series(lower.ravel()),
            seen=pl.Series((values >= lower).ravel()),
        )
        return QUANTITIES.complete(_censored(frame.filter(pl.Series(present.ravel()))))

    def clinic(self, drawn: Drawn, number: int) -> pl.DataFrame:
        """CLINIC of one drawn study."""
        present = np.repeat(drawn.present[number], len(self.model.scores))
        score = pl.Series(drawn.scores[number].ravel(), dtype=pl.Float64)
        scores = self.scores.with_columns(score=score)
        return CLINIC.complete(scores.filter(pl.Series(present)))


def _censored(wells: pl.DataFrame) -> pl.DataFrame:
    """Wells with their value where it is seen, else with what it lies below."""
    return wells.with_columns(
        value=pl.when("seen").then("value"),
        sd=pl.when("seen").then("sd"),
        upper=pl.when(~pl.col("seen")).then("upper"),
        censor=pl.when("seen").then(pl.lit("none")).otherwise(pl.lit("left")),
    )


def plate_names(model: DataModel, assay: str) -> list[str]:
    """The plates of an assay: those of study.yaml where it names as many, else the assay and a
    number.
    """
    named = [plate.id for plate in model.study.plates if plate.assay == assay]
    if len(named) == model.plates:
        return named
    return [f"{assay}_{number}" for number in range(1, model.plates + 1)]


def culture_name(series: Series, donor: str, culture: int) -> str:
    """The name of one of several cultures: they differ in everything that was done to them."""
    parts = (donor, series.cell_type, series.visit, series.stimulus, str(culture + 1))
    return "/".join(part for part in parts if part)


def _wells(model: DataModel) -> pl.DataFrame:
    """Every row of QUANTITIES but for its result."""
    none = dict.fromkeys(("lower", "one_copy", "one_copy_sd", "run_end"), _NO_NUMBER)
    return _keys(model).with_columns(
        on=pl.lit("amount"),
        shared=pl.lit([], dtype=QUANTITIES.schema["shared"]),
        **none,
        method=pl.lit(_METHOD),
        source=pl.lit(IN_MEMORY),
        sha256=pl.lit(IN_MEMORY),
    )


def _keys(model: DataModel) -> pl.DataFrame:
    """What every row of QUANTITIES is of."""
    each = [_of_series(model, place, one) for place, one in enumerate(model.series)]
    return pl.concat([pl.DataFrame(schema=_KEYS), *each])


_KEYS = {
    name: pl.Float64 if name == "sd" else pl.String
    for name in (
        *("assay", "readout", "analyte", "plate", "well", "donor", "visit", "group"),
        *("cell_type", "culture", "stimulus", "replicate", "sd", "unit"),
    )
}


def _of_series(model: DataModel, place: int, series: Series) -> pl.DataFrame:
    """The rows of one series: donors, cultures, wells."""
    places = list(product(range(model.n), range(model.cultures), range(model.wells)))
    donor, _, well = np.array(places).reshape(-1, 3).T
    plates, names = plate_names(model, series.assay), donor_names(model)
    return pl.DataFrame(
        {
            **_words(model, series, places),
            "assay": series.assay,
            "readout": series.readout,
            "analyte": series.analyte,
            "plate": [plates[number] for number in model.plate[donor]],
            "donor": [names[d] for d in donor],
            "visit": series.visit,
            "group": [model.groups[g] for g in model.group[donor]],
            "cell_type": series.cell_type,
            "stimulus": series.stimulus,
            "replicate": (well + 1).astype(str),
            "sd": float(model.well_sd[place]),
            "unit": unit_of(model.study.assay(series.assay)),
        },
        schema_overrides=_KEYS,
    ).select(list(_KEYS))


def _words(
    model: DataModel, series: Series, places: Sequence[tuple[int, int, int]]
) -> dict[str, list[str] | None]:
    """The names of cultures and wells at some places (donor, culture, well)."""
    names = donor_names(model)
    condition = model.series.index(series._replace(analyte=_first_analyte(model, series)))
    wells = [f"{names[d]}.{condition}.{culture}.{well}" for d, culture, well in places]
    if model.cultures == 1:
        return {"culture": None, "well": wells}
    return {"culture": [culture_name(series, names[d], k) for d, k, _ in places], "well": wells}


def _first_analyte(model: DataModel, series: Series) -> str:
    """The first analyte that is measured in the same wells."""
    return next(
        each.analyte for each in model.series if each._replace(analyte=series.analyte) == series
    )


def unit_of(assay: Assay) -> str:
    """The unit under the logarithm of the quantities of an assay."""
    if isinstance(assay, Qpcr):
        return f"relative to {', '.join(assay.references)}"
    return getattr(assay, "amount_unit", "") or assay.unit


def _scores(model: DataModel) -> pl.DataFrame:
    """Every row of CLINIC but for its score."""
    schema = dict.fromkeys(("donor", "group", "scale", "visit", "higher_is"), pl.String)
    rows = pl.DataFrame(list(_rows_of_scores(model)), schema=schema, orient="row")
    return rows.with_columns(
        **dict.fromkeys(("lowest", "highest", "standard_error"), _NO_NUMBER),
        source=pl.lit(CLINIC_FILE),
        sha256=pl.lit(IN_MEMORY),
        state=pl.lit("given"),
    )


def _rows_of_scores(model: DataModel) -> Iterator[tuple[str, str, str, str, str]]:
    higher = {scale.id: scale.higher_is for scale in model.study.scales}
    for donor, group in zip(donor_names(model), model.group.tolist(), strict=True):
        for score in model.scores:
            yield donor, model.groups[group], score.scale, score.visit, higher[score.scale]
