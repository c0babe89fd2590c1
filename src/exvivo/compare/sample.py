"""The donors one question is about, as arrays, and what was found about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Texts
from exvivo.study import Effect, Measured, Study
from exvivo.tables import SIGNAL

Key = tuple[str, str, str, str | None]
"""Estimand, assay, analyte and stimulus: what a question asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Well:
    """A well behind a donor's result: log2 `value` or bounds, its `sd`, and the value of one copy
    where they are counted.

    `side` is 1 for stimulated (or the only condition), -1 for unstimulated.
    """

    side: float
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    sd: float | None = None
    one_copy: float | None = None
    one_copy_sd: float | None = None


@dataclass(frozen=True)
class Sample:
    """The donors of one question: each result lies between `lower` and `upper`, which are equal
    where it is known.
    """

    donors: tuple[str, ...]
    groups: Texts
    lower: Floats
    upper: Floats
    sd: Floats
    shared: tuple[dict[str, float], ...]
    plates: tuple[tuple[str, ...], ...]
    visit: str
    readout: str
    cell_type: str | None
    wells: tuple[tuple[Well, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def undetected(self) -> Bools:
        """Which donors have a result that is known only by its bounds."""
        return np.asarray(self.lower != self.upper)

    def only(self, chosen: Bools) -> Sample:
        """The same with some of the donors."""
        rows = np.flatnonzero(chosen)
        return Sample(
            tuple(self.donors[i] for i in rows),
            self.groups[rows],
            self.lower[rows],
            self.upper[rows],
            self.sd[rows],
            tuple(self.shared[i] for i in rows),
            tuple(self.plates[i] for i in rows),
            self.visit,
            self.readout,
            self.cell_type,
            tuple(self.wells[i] for i in rows if self.wells),
            self.warnings,
            self.trouble,
        )

    def counts(self, groups: Iterable[str]) -> list[dict[str, Any]]:
        """Donors per group and how many of them are undetected, as the FINDINGS table wants
        them.
        """
        return [
            {
                "group": g,
                "n": int(np.sum(self.groups == g)),
                "undetected": int(np.sum(self.undetected & (self.groups == g))),
            }
            for g in groups
        ]


def samples(responses: pl.DataFrame) -> dict[Key, pl.DataFrame]:
    """The responses split by what questions ask for."""
    split = responses.partition_by(
        "estimand", "assay", "analyte", "stimulus", as_dict=True, maintain_order=True
    )
    return {
        (str(k[0]), str(k[1]), str(k[2]), None if k[3] is None else str(k[3])): frame
        for k, frame in split.items()
    }


def sample_of(
    frames: dict[Key, pl.DataFrame],
    question: Measured,
    *,
    assay: str,
    analyte: str,
    study: Study,
    cell_type: str | None = None,
    visit: str | None = None,
) -> Sample:
    """The donors a question asks about, of one assay and analyte, at the lowest visit there is, or
    at the one named.

    `cell_type` stands in the place of the question's own. Where the question cannot be asked of
    these responses, the sample has no donors and says why in `trouble`.
    """
    estimand = (
        "effect" if isinstance(question, Effect) else "response" if question.stimulus else "level"
    )
    stimulus = question.blocked if isinstance(question, Effect) else question.stimulus or None
    cells = cell_type or question.cell_type
    frame = frames.get((estimand, assay, analyte, stimulus))
    if frame is not None and cells:
        frame = frame.filter(pl.col("cell_type") == cells)
    if frame is not None and visit is not None:
        frame = frame.filter(pl.col("visit") == visit)
    if frame is None or frame.is_empty():
        when = f" at visit {visit}" if visit is not None else ""
        readout = study.assay(assay.removesuffix(SIGNAL)).readout
        return _nobody(readout, cells or None, f"there is no result{when} to answer it with")
    kinds = frame["cell_type"].unique().drop_nulls().sort().to_list()
    if len(kinds) > 1:
        return _nobody(
            frame["readout"][0],
            None,
            f"the question names none of the cell types {', '.join(kinds)}",
        )
    visits = sorted(frame["visit"].unique().to_list(), key=_visit_order)
    warnings = (
        ()
        if len(visits) == 1
        else (f"several visits were measured; this is visit {visits[0]} only",)
    )
    return _arrays(frame.filter(pl.col("visit") == visits[0]).sort("donor"), warnings=warnings)


def _visit_order(visit: str) -> tuple[float, str]:
    """Visits that are numbers in the order of the numbers, others after them by name."""
    try:
        return float(visit), visit
    except ValueError:
        return float("inf"), visit


def _nobody(readout: str, cell_type: str | None, trouble: str) -> Sample:
    none = np.empty(0)
    return Sample(
        (),
        np.empty(0, dtype=np.str_),
        none,
        none,
        none,
        (),
        (),
        "",
        readout,
        cell_type,
        trouble=trouble,
    )


def _arrays(frame: pl.DataFrame, *, warnings: tuple[str, ...]) -> Sample:
    known = frame["censor"] == "none"
    bounds = frame.select(
        pl.when(known)
        .then("value")
        .otherwise(pl.col("lower").fill_null(-float("inf")))
        .alias("lower"),
        pl.when(known)
        .then("value")
        .otherwise(pl.col("upper").fill_null(float("inf")))
        .alias("upper"),
        pl.col("sd").fill_null(float("nan")),
    )
    return Sample(
        tuple(frame["donor"].to_list()),
        np.array(frame["group"].to_list(), dtype=np.str_),
        bounds["lower"].to_numpy(),
        bounds["upper"].to_numpy(),
        bounds["sd"].to_numpy(),
        tuple({s["key"]: s["loading"] for s in shared} for shared in frame["shared"].to_list()),
        tuple(tuple(plates) for plates in frame["plates"].to_list()),
        frame["visit"][0],
        frame["readout"][0],
        frame["cell_type"][0],
        tuple(
            tuple(Well(**well) for well in wells or ()) for wells in frame["each_well"].to_list()
        ),
        warnings,
    )
