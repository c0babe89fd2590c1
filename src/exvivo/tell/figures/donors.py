"""The donors a figure of a question shows: their rows of the responses table, their contrasts, and
the wells behind them.

A contrast is made within each donor and keeps what is not known as bounds, as the answers do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import polars as pl

from exvivo.findings import Finding, On
from exvivo.study import Measured
from exvivo.study.visits import ordered
from exvivo.tell.figures.chart import Pair

Censor = Literal["none", "left", "right", "interval"]
SHOWN = (
    "readout",
    "analyte",
    "cell_type",
    "stimulus",
    "visit",
    "donor",
    "group",
    "estimand",
    "value",
    "sd",
    "censor",
    "lower",
    "upper",
    "wells",
    "undetected_wells",
)
"""The columns of the responses table that stand in the data of a figure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One donor's result on log2 scale: a row of the responses table, or a contrast of such rows.

    `detected` are the detected wells behind it, placed on its scale.
    """

    readout: str
    analyte: str
    cell_type: str | None
    stimulus: str | None
    visit: str
    donor: str
    group: str
    estimand: str
    value: float | None
    sd: float | None
    censor: Censor
    lower: float | None
    upper: float | None
    wells: int
    undetected_wells: int
    detected: tuple[float, ...] = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of the responses table."""
        detected = detected_wells(row["each_well"] or []) if row["censor"] == "none" else ()
        return cls(**{name: row[name] for name in SHOWN}, detected=detected)

    @property
    def exact(self) -> float | None:
        """The value of a result that is more than bounds."""
        return self.value if self.censor == "none" else None

    @property
    def bounded(self) -> bool:
        """Whether only bounds of the result are known."""
        return self.censor != "none"

    @property
    def ends(self) -> Pair:
        """What the result lies between; equal where it is known, infinite where it is open."""
        if self.exact is not None:
            return self.exact, self.exact
        low = -math.inf if self.censor == "left" or self.lower is None else self.lower
        high = math.inf if self.censor == "right" or self.upper is None else self.upper
        return low, high

    @property
    def place(self) -> float | None:
        """Where the result is drawn: its value, or the bound of an undetected one; the middle
        between two bounds.

        None where a donor's wells say nothing at all (both conditions undetected).
        """
        low, high = self.ends
        if self.censor == "interval":
            middle = (low + high) / 2
            return middle if math.isfinite(middle) else None
        return next((end for end in (low, high) if math.isfinite(end)), None)

    def columns(self) -> dict[str, object]:
        """The result as a row of the data of a figure."""
        return {name: getattr(self, name) for name in SHOWN}


Results = Sequence[Result]
DataRows = Iterable[Mapping[str, object]]
"""Rows of the data of a figure."""


def detected_wells(each_well: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """The detected wells behind a known result, placed on its scale: less the mean of the control
    wells of a response.

    Empty where a control well is undetected, for then its mean is not known; and where there is one
    well only.
    """
    stimulated = [well["value"] for well in each_well if well["side"] > 0]
    detected = [value for value in stimulated if value is not None]
    controls = [well["value"] for well in each_well if well["side"] < 0]
    if None in controls or len(detected) < 2:
        return ()
    base = math.fsum(controls) / len(controls) if controls else 0.0
    return tuple(float(value) - base for value in detected)


def results_of(responses: pl.DataFrame, *conditions: pl.Expr) -> list[Result]:
    """The rows that meet all conditions, sorted by group, donor and visit."""
    rows = responses.filter(*conditions).sort("group", "donor", "visit")
    return [Result.of_row(row) for row in rows.iter_rows(named=True)]


def about(finding: Finding, estimand: str, on: On) -> list[pl.Expr]:
    """Conditions: the rows of an estimand with the assay, analyte and cell type of a finding."""
    asked = {
        "estimand": estimand,
        "assay": finding.assay,
        "on": on,
        "analyte": finding.analyte,
        "cell_type": finding.cell_type,
    }
    return [is_same(column, text) for column, text in asked.items()]


def is_same(column: str, text: str | None) -> pl.Expr:
    """Whether a column holds a text, or nothing where the text is None."""
    return pl.col(column).eq_missing(pl.lit(text, dtype=pl.String))


def responses_of(finding: Finding, responses: pl.DataFrame, *, question: Measured) -> list[Result]:
    """The donors a finding is about: same assay, analyte, cell type and condition."""
    estimand = "response" if question.stimulus else "level"
    conditions = about(finding, estimand, finding.on)
    stimulus = finding.stimulus or finding.condition
    if stimulus is not None or estimand == "response":
        conditions.append(is_same("stimulus", stimulus))
    return results_of(responses, *conditions)


def answered_visit(results: Results, finding: Finding) -> list[Result]:
    """The results of the visit that a finding is about: the first where it names none."""
    visits = ordered(result.visit for result in results)
    return at_visit(results, finding.visit or next(iter(visits), ""))


def at_visit(results: Results, visit: str) -> list[Result]:
    """The results of one visit."""
    return [result for result in results if result.visit == visit]


def of_group(results: Results, group: str) -> list[Result]:
    """The results of one group."""
    return [result for result in results if result.group == group]


def places(results: Iterable[Result]) -> list[float]:
    """Where the results are drawn, those left out that have no place."""
    return [result.place for result in results if result.place is not None]


def places_with_wells(results: Results) -> list[float]:
    """Where the results and the wells behind them are drawn."""
    drawn = places(results)
    for result in results:
        drawn += result.detected
    return drawn


def between(low: float, high: float) -> dict[str, Any]:
    """A result that lies between two numbers as the tables write it: `value`, `censor`, `lower` and
    `upper`.

    >>> between(1.0, float("inf"))
    {'value': None, 'censor': 'right', 'lower': 1.0, 'upper': None}
    """
    if low == high:
        return {"value": low, "censor": "none", "lower": None, "upper": None}
    open_low, open_high = math.isinf(low), math.isinf(high)
    censor = "interval" if open_low == open_high else "left" if open_low else "right"
    return {
        "value": None,
        "censor": censor,
        "lower": None if censor == "left" else low,
        "upper": None if censor == "right" else high,
    }


def less(results: Results, references: Sequence[Results], *, named: str) -> list[Result]:
    """Each donor's result less its mean over `references` (log2), for the donors in all of them.

    `named` is what the contrasts call their estimand.
    """
    return [
        contrast(result, own, named)
        for result, own in _with_references(results, references)
        if len(own) == len(references)
    ]


def _with_references(
    results: Results, references: Sequence[Results]
) -> Iterator[tuple[Result, list[Result]]]:
    """Each result with those of the same donor among the references."""
    by_donor = [{result.donor: result for result in reference} for reference in references]
    for result in results:
        yield result, [each[result.donor] for each in by_donor if result.donor in each]


def contrast(result: Result, references: Results, named: str) -> Result:
    """A result less the mean of others of the same donor.

    Its error is that of both sides, where every one of them is known.
    """
    low, high = result.ends
    count = len(references)
    mean_low = math.fsum(reference.ends[0] for reference in references) / count
    mean_high = math.fsum(reference.ends[1] for reference in references) / count
    return replace(
        result,
        **between(low - mean_high, high - mean_low),
        estimand=named,
        sd=_error(result, references),
        wells=sum((each.wells for each in references), result.wells),
        undetected_wells=sum(
            (each.undetected_wells for each in references), result.undetected_wells
        ),
        detected=(),
    )


def _error(result: Result, references: Results) -> float | None:
    parts = [reference.sd for reference in references]
    if result.sd is None or None in parts:
        return None
    return math.hypot(result.sd, *(sd / len(parts) for sd in parts if sd is not None))


def data_of(rows: DataRows, responses: pl.DataFrame, **more: pl.DataType) -> pl.DataFrame:
    """The data of a figure: rows with the columns of results, then those of `more`."""
    schema = {name: responses.schema[name] for name in SHOWN} | more
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)


@dataclass(frozen=True, slots=True)
class Scored:
    """A donor's result with the score of a scale at the same visit, or the change of both."""

    result: Result
    scale: str
    score: float

    def columns(self) -> dict[str, object]:
        """The pair as a row of the data of a figure."""
        return self.result.columns() | {"scale": self.scale, "score": self.score}


Scores = Mapping[tuple[str, str], float]
"""Scores by donor and visit."""


def scores_of(clinic: pl.DataFrame, scale: str | None) -> Scores:
    """The scores of a scale that are known."""
    rows = clinic.filter(pl.col("scale") == scale, pl.col("score").is_not_null())
    return {
        (donor, visit): float(score)
        for donor, visit, score in rows.select("donor", "visit", "score").iter_rows()
    }


def scored(results: Results, scores: Scores, scale: str | None) -> list[Scored]:
    """The results with a score at the same visit."""
    return [
        Scored(result, str(scale), scores[result.donor, result.visit])
        for result in results
        if (result.donor, result.visit) in scores
    ]


def scored_data(pairs: Iterable[Scored], responses: pl.DataFrame) -> pl.DataFrame:
    """The data of a figure of results and scores."""
    rows = (pair.columns() for pair in pairs)
    return data_of(rows, responses, scale=pl.String(), score=pl.Float64())
