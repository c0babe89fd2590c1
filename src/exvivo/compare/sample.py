"""The donors one question is about, as arrays, and what is known about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.findings import Caveat, Count, On
from exvivo.study import Effect, Measured, Study


class Key(NamedTuple):
    """What a question asks for, among RESPONSES."""

    estimand: str
    assay: str
    on: str
    analyte: str
    stimulus: str | None


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
    warnings: tuple[Caveat, ...] = ()
    trouble: Caveat | None = None

    @property
    def undetected(self) -> Bools:
        """Which donors have a result that is known only by its bounds."""
        return np.asarray(self.lower != self.upper)

    @property
    def informative(self) -> Bools:
        """Which donors have a result with a value or at least one bound."""
        return np.asarray(np.isfinite(self.lower) | np.isfinite(self.upper))

    def only(self, chosen: Bools) -> Sample:
        """The same with some of the donors."""
        return self.at(np.flatnonzero(chosen))

    def at(self, rows: Ints) -> Sample:
        """The donors of these places, in this order."""
        return replace(
            self,
            donors=tuple(self.donors[i] for i in rows),
            groups=self.groups[rows],
            lower=self.lower[rows],
            upper=self.upper[rows],
            sd=self.sd[rows],
            shared=tuple(self.shared[i] for i in rows),
            plates=tuple(self.plates[i] for i in rows),
            wells=tuple(self.wells[i] for i in rows if self.wells),
        )

    def counts(self, groups: Iterable[str]) -> tuple[Count, ...]:
        """Donors per group, and how many of them are undetected."""
        return tuple(
            Count(
                group,
                n=int(np.sum(self.groups == group)),
                undetected=int(np.sum(self.undetected & (self.groups == group))),
            )
            for group in groups
        )


def samples(responses: pl.DataFrame) -> dict[Key, pl.DataFrame]:
    """The responses split by what questions ask for."""
    split = responses.partition_by(Key._fields, as_dict=True, maintain_order=True)
    return {Key(*key): frame for key, frame in split.items()}


def key_of(question: Measured, assay: str, analyte: str, on: On) -> Key:
    """Where the responses of a question stand."""
    if isinstance(question, Effect):
        return Key("effect", assay, on, analyte, question.blocked)
    estimand = "response" if question.stimulus else "level"
    return Key(estimand, assay, on, analyte, question.stimulus or None)


def sample_of(
    frames: dict[Key, pl.DataFrame],
    question: Measured,
    *,
    assay: str,
    analyte: str,
    study: Study,
    on: On = "amount",
    cell_type: str | None = None,
    visit: str | None = None,
) -> Sample:
    """The donors a question asks about, of one assay and analyte, at the lowest visit there is, or
    at the one named.

    `cell_type` stands in the place of the question's own. Where the question cannot be asked of
    these responses, the sample has no donors and says why in `trouble`.
    """
    cells = cell_type or question.cell_type
    frame = frames.get(key_of(question, assay, analyte, on))
    if frame is not None and cells:
        frame = frame.filter(pl.col("cell_type") == cells)
    if frame is not None and visit is not None:
        frame = frame.filter(pl.col("visit") == visit)
    if frame is None or frame.is_empty():
        none = Caveat("no_result", {} if visit is None else {"visit": visit})
        return _nobody(study.assay(assay).readout, cells or None, none)
    kinds = frame["cell_type"].unique().drop_nulls().sort().to_list()
    if len(kinds) > 1:
        several = Caveat("cell_type_not_named", {"cell_types": tuple(kinds)})
        return _nobody(frame["readout"][0], None, several)
    visits = sorted(frame["visit"].unique().to_list(), key=visit_order)
    warnings = () if len(visits) == 1 else (Caveat("several_visits", {"visit": visits[0]}),)
    return _arrays(frame.filter(pl.col("visit") == visits[0]).sort("donor"), warnings)


def visit_order(visit: str) -> tuple[float, str]:
    """Visits that are numbers in the order of the numbers, others after them by name."""
    try:
        return float(visit), visit
    except ValueError:
        return float("inf"), visit


def _nobody(readout: str, cell_type: str | None, trouble: Caveat) -> Sample:
    """A sample without donors, and why."""
    return Sample(
        donors=(),
        groups=np.empty(0, dtype=np.str_),
        lower=np.empty(0),
        upper=np.empty(0),
        sd=np.empty(0),
        shared=(),
        plates=(),
        visit="",
        readout=readout,
        cell_type=cell_type,
        trouble=trouble,
    )


def _end(name: str, open_end: float) -> pl.Expr:
    """One end of each result: its value where it is known, else its bound, infinite where open."""
    known = pl.col("censor") == "none"
    return pl.when(known).then("value").otherwise(pl.col(name).fill_null(open_end)).alias(name)


def _arrays(frame: pl.DataFrame, warnings: tuple[Caveat, ...]) -> Sample:
    """The donors of some rows of RESPONSES, all of one visit."""
    ends = frame.select(_end("lower", -float("inf")), _end("upper", float("inf")))
    return Sample(
        donors=tuple(frame["donor"].to_list()),
        groups=np.array(frame["group"].to_list(), dtype=np.str_),
        lower=ends["lower"].to_numpy(),
        upper=ends["upper"].to_numpy(),
        sd=frame["sd"].fill_null(float("nan")).to_numpy(),
        shared=tuple(
            {error["key"]: error["loading"] for error in errors}
            for errors in frame["shared"].to_list()
        ),
        plates=tuple(tuple(plates) for plates in frame["plates"].to_list()),
        visit=frame["visit"][0],
        readout=frame["readout"][0],
        cell_type=frame["cell_type"][0],
        wells=tuple(
            tuple(Well(**well) for well in wells or ()) for wells in frame["each_well"].to_list()
        ),
        warnings=warnings,
    )
