"""The donors one question is about, as arrays, and what was measured of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare.terms import Term, terms_of
from exvivo.findings import Caveat, Count, On
from exvivo.study import Effect, Measured, Study
from exvivo.study.question_records import condition_of
from exvivo.study.visits import ordered

_BELOW = 1.0
"""How far (log2) below a single copy a well must read to contradict it."""


class Key(NamedTuple):
    """What a question asks for, among RESPONSES."""

    estimand: str
    assay: str
    on: str
    analyte: str
    stimulus: str | None


class NearControl(NamedTuple):
    """The controls that a well is not clearly apart from: their role, what they bear on it
    (`bound`, `share`, `doubt`), what they show (Cq, or signal), the share of its signal that may be
    theirs, how many there are and how many amplify.
    """

    role: str
    bears: str
    shows: float | None
    share: float | None
    wells: float | None
    amplified: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Well:
    """A well behind a donor's result: log2 `value` or bounds, its `sd`, and the value of one copy
    where they are counted.

    `run_end` is the value that shows last in a run: a counted well without a value read less (where
    it is not known, it held no copy). `side` is 1 for stimulated (or the only condition), -1 for
    unstimulated; `weight` is what the well counts in the result.
    """

    side: float
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    sd: float | None = None
    one_copy: float | None = None
    one_copy_sd: float | None = None
    run_end: float | None = None
    weight: float | None = None
    plate: str | None = None
    well: str | None = None
    culture: str | None = None
    near_control: NearControl | None = None

    def between(self, low: float, high: float) -> Well:
        """The well with another value, or other bounds."""
        if low == high:
            return replace(self, value=low, lower=None, upper=None)
        lower, upper = (end if np.isfinite(end) else None for end in (low, high))
        return replace(self, value=None, lower=lower, upper=upper)


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
    terms: tuple[Term, ...] = ()
    warnings: tuple[Caveat, ...] = ()
    trouble: Caveat | None = None

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """Lower and upper ends of the results."""
        return self.lower, self.upper

    @property
    def undetected(self) -> Bools:
        """Which donors have a result that is known only by its bounds."""
        return np.asarray(self.lower != self.upper)

    @property
    def informative(self) -> Bools:
        """Which donors have a result with a value or at least one bound."""
        return np.asarray(np.isfinite(self.lower) | np.isfinite(self.upper))

    @property
    def seen_wells(self) -> tuple[tuple[Well, ...], ...]:
        """The wells of each donor; where they are not kept, the donor's result as the one thing
        seen of it.
        """
        if any(self.wells):
            return self.wells
        rows = zip(self.lower.tolist(), self.upper.tolist(), self.sd.tolist(), strict=True)
        return tuple((_as_well(*row),) for row in rows)

    def only(self, chosen: Bools) -> Sample:
        """The same with some of the donors."""
        return self.at(np.flatnonzero(chosen))

    def of(self, *groups: str) -> Sample:
        """The donors of these groups."""
        return self.only(np.isin(self.groups, groups))

    def without_each(self) -> Iterator[Sample]:
        """The donors with one of them left out, each in turn."""
        return map(self.only, ~np.eye(len(self.donors), dtype=np.bool_))

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
            terms=tuple(term.at(rows) for term in self.terms),
        )

    @property
    def telling(self) -> Sample:
        """The donors whose result says anything."""
        return self.only(self.informative)

    def count(self, group: str) -> Count:
        """The donors of one group, and how many of them are undetected."""
        donors = self.of(group)
        return Count(group, len(donors.donors), int(donors.undetected.sum()))


def _as_well(low: float, high: float, sd: float) -> Well:
    """A donor's result as a well: its value, or its closed bounds."""
    well = Well(side=1.0, sd=sd if np.isfinite(sd) and sd > 0 else None)
    return well.between(low, high)


def samples(responses: pl.DataFrame) -> dict[Key, pl.DataFrame]:
    """The responses split by what questions ask for."""
    split = responses.partition_by(Key._fields, as_dict=True, maintain_order=True)
    return {Key(*key): frame for key, frame in split.items()}


def key_of(question: Measured, assay: str, analyte: str, on: On) -> Key:
    """Where the responses of a question stand."""
    if isinstance(question, Effect):
        return Key("effect", assay, on, analyte, question.blocked)
    return Key(
        "response" if question.stimulus else "level",
        assay,
        on,
        analyte,
        question.stimulus or condition_of(question) or None,
    )


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
    """The donors a question asks about, of one assay and analyte, at the first visit there is, or
    at the one named.

    `cell_type` stands in the place of the question's own. Where the question cannot be asked of
    these responses, the sample has no donors and says why in `trouble`.
    """
    cells = cell_type or question.cell_type
    frame = _rows(frames.get(key_of(question, assay, analyte, on)), cells, visit)
    if frame is None:
        none = Caveat("no_result", {} if visit is None else {"visit": visit})
        return _nobody(study.assay(assay).readout, cells or None, none)
    kinds = frame["cell_type"].unique().drop_nulls().sort().to_list()
    if len(kinds) > 1:
        several = Caveat("cell_type_not_named", {"cell_types": tuple(kinds)})
        return _nobody(frame["readout"][0], None, several)
    return _at_first_visit(frame, study)


def _rows(frame: pl.DataFrame | None, cells: str | None, visit: str | None) -> pl.DataFrame | None:
    """The rows of some cells at a visit (of all, where none are named); None where there are
    none.
    """
    if frame is not None and cells:
        frame = frame.filter(cell_type=cells)
    if frame is not None and visit is not None:
        frame = frame.filter(visit=visit)
    return None if frame is None or frame.is_empty() else frame


def _at_first_visit(frame: pl.DataFrame, study: Study) -> Sample:
    """The donors at the first visit of some rows, with a warning where there are several, and
    where copies are counted by a single copy that wells contradict.
    """
    visits = ordered(frame["visit"].unique(), study.visits)
    sample = _arrays(frame.filter(visit=visits[0]).sort("donor"), study)
    warnings = [Caveat("several_visits", {"visit": visits[0]})] if len(visits) > 1 else []
    below = sum(map(_below_one_copy, chain(*sample.wells)))
    if below and sample.undetected.any():
        warnings.append(Caveat("below_one_copy", {"n": below}))
    return replace(sample, warnings=tuple(warnings))


def _below_one_copy(well: Well) -> bool:
    """Whether a well reads less than a single copy surely would."""
    if well.one_copy is None or well.value is None:
        return False
    return well.value < well.one_copy - max(_BELOW, 3 * (well.one_copy_sd or 0.0))


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
    value = pl.when(pl.col("censor") == "none").then("value")
    return value.otherwise(pl.col(name).fill_null(open_end)).alias(name)


def loadings_of(errors: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """How much each shared error moves a result, by the key of the error."""
    return {error["key"]: error["loading"] for error in errors}


def loading_matrix(shared: Iterable[Mapping[str, float]], keys: Sequence[str]) -> Floats:
    """The loadings (results, errors) of the errors with these keys, 0 where a result has none."""
    rows = []
    for loadings in shared:
        rows.append([loadings.get(key, 0.0) for key in keys])
    return np.array(rows)


def _wells(wells: Iterable[Mapping[str, Any]] | None) -> tuple[Well, ...]:
    """The wells behind one result."""
    return tuple(map(_well, wells or ()))


def _well(row: Mapping[str, Any]) -> Well:
    """A well of its row."""
    near = row["near_control"]
    return Well(**{**row, "near_control": NearControl(**near) if near else None})


def _arrays(frame: pl.DataFrame, study: Study) -> Sample:
    """The donors of some rows of RESPONSES, all of one visit."""
    ends = frame.select(_end("lower", -float("inf")), _end("upper", float("inf")))
    return Sample(
        donors=tuple(frame["donor"].to_list()),
        groups=np.array(frame["group"].to_list(), dtype=np.str_),
        lower=ends["lower"].to_numpy(),
        upper=ends["upper"].to_numpy(),
        sd=frame["sd"].fill_null(float("nan")).to_numpy(),
        shared=tuple(map(loadings_of, frame["shared"].to_list())),
        plates=tuple(map(tuple, frame["plates"].to_list())),
        visit=frame["visit"][0],
        readout=frame["readout"][0],
        cell_type=frame["cell_type"][0],
        wells=tuple(map(_wells, frame["each_well"].to_list())),
        terms=terms_of(frame, study),
    )
