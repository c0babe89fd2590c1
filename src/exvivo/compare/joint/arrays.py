"""QUANTITIES and CLINIC to the arrays of the joint model, and what of them it cannot say anything
about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.compare.design import FEWEST, FEWEST_SCORED
from exvivo.compare.joint.model import JointData, Series, Wells
from exvivo.study import Association, Difference, Measured, Specificity, Study, groups_of
from exvivo.tables import CLINIC, QUANTITIES, check

_FIRST_VISIT = "1"
_SAME = 1e-9
"""Results no further apart (log2) than this are the same: what is left is rounding."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question asks of the joint model: its data, or the `reason` why there are none.

    `left_out` says of series, and `unscored` of scales, why they are not in the model; all asked
    ones appear in it or in `data`.
    """

    data: JointData | None = None
    reason: str = ""
    left_out: dict[Series, str]
    unscored: dict[str, str]
    warnings: tuple[str, ...] = ()


def arrays_of(
    quantities: pl.DataFrame, clinic: pl.DataFrame, *, study: Study, question: Measured
) -> Asked:
    """The wells of every analyte of the asked assays, and the scores an association asks for, as
    arrays.

    Wells of the first visit and of the asked cell type, of all groups with enough donors. Scores
    are those of the group an association is about, at the same visit, in standard deviations of
    that group. Nothing is put in the place of a missing or undetected result.
    """
    check(QUANTITIES, quantities)
    check(CLINIC, clinic)
    if not isinstance(question, Difference | Specificity | Association):
        return _nothing(question, f"the joint model answers no question of kind {question.ask}")
    if isinstance(question, Specificity) and question.against_cell_type:
        return _nothing(question, "the joint model holds one kind of cells only")
    wells, reason = _wells(quantities, question, study)
    visits = sorted(wells["visit"].unique().to_list(), key=_visit_order)
    wells = wells.filter(pl.col("visit") == visits[0]) if visits else wells
    several = (
        ()
        if len(visits) < 2
        else (f"several visits were measured; this is visit {visits[0]} only",)
    )
    groups = [
        g.id
        for g in study.groups
        if wells.filter(pl.col("group") == g.id)["donor"].n_unique() >= FEWEST
    ]
    reason = reason or _few(groups, wells, question, study)
    if reason:
        return _nothing(question, reason, several)
    wells = wells.filter(pl.col("group").is_in(groups)).sort(
        "assay", "analyte", "donor", "condition", "culture", "plate"
    )
    left_out = _left_out(wells, question, study)
    kept = [s for s in _series(wells) if s not in left_out]
    if not any(s in kept for s in _asked(question)):
        return Asked(
            reason="; ".join(dict.fromkeys(left_out[s] for s in _asked(question) if s in left_out)),
            left_out=left_out,
            unscored={},
            warnings=several,
        )
    donors, unscored, score = _scores(wells, clinic, question, visits[0])
    scales = [scale for scale in getattr(question, "scales", ()) if scale not in unscored]
    if isinstance(question, Association) and not scales:
        return Asked(
            reason="; ".join(dict.fromkeys(unscored.values())),
            left_out=left_out,
            unscored=unscored,
            warnings=several,
        )
    data = _data(wells, kept, groups, donors, tuple(scales), score, question, study)
    return Asked(data=data, left_out=left_out, unscored=unscored, warnings=several)


def _nothing(question: Measured, reason: str, warnings: tuple[str, ...] = ()) -> Asked:
    return Asked(
        reason=reason,
        left_out=dict.fromkeys(_asked(question), reason),
        unscored={},
        warnings=warnings,
    )


def _asked(question: Measured) -> list[Series]:
    return [Series(assay, analyte) for assay in question.assays for analyte in question.analytes]


def _series(wells: pl.DataFrame) -> list[Series]:
    return [
        Series(*row)
        for row in wells.select("assay", "analyte").unique(maintain_order=True).iter_rows()
    ]


def _wells(quantities: pl.DataFrame, question: Measured, study: Study) -> tuple[pl.DataFrame, str]:
    """The donors' wells of the asked assays, cells and conditions (0 unstimulated or the only one,
    1 stimulated).
    """
    control = study.control_stimulus()
    stimulus = pl.col("stimulus") if control is None else pl.col("stimulus").fill_null(control)
    first = stimulus.is_null() if control is None else stimulus == control
    asked = stimulus == question.stimulus if question.stimulus else pl.lit(False)
    condition = pl.when(first).then(0).when(asked).then(1)
    found = (
        quantities.filter(
            pl.col("donor").is_not_null(),
            pl.col("group").is_not_null(),
            pl.col("assay").is_in(question.assays),
            (pl.col("censor") != "none") | pl.col("value").is_not_null(),
        )
        .with_columns(
            pl.col("visit").fill_null(_FIRST_VISIT),
            pl.col("culture").fill_null(""),
            condition.cast(pl.Int64).alias("condition"),
            pl.when(pl.col("censor") == "none")
            .then("value")
            .otherwise(pl.col("lower").fill_null(-np.inf))
            .alias("low"),
            pl.when(pl.col("censor") == "none")
            .then("value")
            .otherwise(pl.col("upper").fill_null(np.inf))
            .alias("high"),
        )
        .filter(pl.col("condition").is_not_null())
    )
    if question.cell_type:
        found = found.filter(pl.col("cell_type") == question.cell_type)
    kinds = found["cell_type"].unique().drop_nulls().sort().to_list()
    if len(kinds) > 1:
        return found, f"the question names none of the cell types {', '.join(kinds)}"
    if question.stimulus and control is None:
        return found, "the study has no unstimulated condition to compare with"
    return found, "" if found.height else "there is no result to answer it with"


def _visit_order(visit: str) -> tuple[float, str]:
    """Visits that are numbers in the order of the numbers, others after them by name."""
    try:
        return float(visit), visit
    except ValueError:
        return float("inf"), visit


def _few(groups: list[str], wells: pl.DataFrame, question: Measured, study: Study) -> str:
    """The asked group with too few donors."""
    for group in groups_of(question):
        if group not in groups:
            n = wells.filter(pl.col("group") == group)["donor"].n_unique()
            return f"{study.name_of(group)}: {n} donors with a result; at least {FEWEST} are needed"
    return ""


def _left_out(wells: pl.DataFrame, question: Measured, study: Study) -> dict[Series, str]:
    """Why each series that cannot be estimated cannot; asked ones without any well are among
    them.
    """
    split = wells.partition_by("assay", "analyte", as_dict=True, maintain_order=True)
    troubles = {
        Series(*map(str, key)): _trouble(frame, question, study) for key, frame in split.items()
    }
    absent = {
        s: "there is no result to answer it with" for s in _asked(question) if s not in troubles
    }
    return {s: why for s, why in troubles.items() if why} | absent


def _trouble(frame: pl.DataFrame, question: Measured, study: Study) -> str:
    conditions = ("unstimulated", "stimulated") if question.stimulus else ("",)
    for number, name in enumerate(conditions):
        mine = frame.filter(pl.col("condition") == number)
        if mine.is_empty():
            return f"no {name} well" if name else "no well"
        if mine.filter(pl.col("censor") == "none").is_empty():
            return f"every {name} well is undetected".replace("  ", " ")
        for group in groups_of(question):
            detected = mine.filter(pl.col("group") == group, pl.col("censor") == "none")[
                "donor"
            ].n_unique()
            if detected < FEWEST:
                return (
                    f"{study.name_of(group)}: {detected} donors with a detected {name} well; at least {FEWEST} are needed"
                ).replace("  ", " ")
    spread = (
        frame.filter(pl.col("censor") == "none")
        .group_by("group", "condition", maintain_order=True)
        .agg(pl.col("value").max() - pl.col("value").min())
    )
    if (spread["value"] < _SAME).all():
        return "the donors of each group all have the same result"
    return _confounded(frame, groups_of(question))


def _confounded(frame: pl.DataFrame, groups: Sequence[str]) -> str:
    if len(groups) < 2:
        return ""
    held = (
        frame.filter(pl.col("group").is_in(groups))
        .group_by("plate", maintain_order=True)
        .agg(pl.col("group").n_unique(), pl.col("donor").n_unique())
    )
    apart = (held["group"] < 2).all() and (held["donor"] > 1).any()
    return "group confounded with plate: no plate holds donors of both groups" if apart else ""


def _scores(
    wells: pl.DataFrame, clinic: pl.DataFrame, question: Measured, visit: str
) -> tuple[list[tuple[str, str]], dict[str, str], Floats]:
    """Donors with their groups; scales that say nothing, and why; scores (donors, scales) of the
    others, NaN where missing.
    """
    whose = wells.select("donor", "group").unique(maintain_order=True).sort("donor")
    donors = [(str(donor), str(group)) for donor, group in whose.iter_rows()]
    unscored: dict[str, str] = {}
    columns: list[list[float]] = []
    if not isinstance(question, Association):
        return donors, unscored, np.empty((1, len(donors), 0))
    for scale in question.scales:
        given = clinic.filter(pl.col("scale") == scale, pl.col("visit") == visit).drop_nulls(
            "score"
        )
        scored = dict(given.select("donor", "score").iter_rows())
        mine = np.array(
            [scored.get(d, np.nan) if group == question.within else np.nan for d, group in donors]
        )
        seen = mine[~np.isnan(mine)]
        if len(seen) < FEWEST_SCORED:
            unscored[scale] = (
                f"{scale}: {len(seen)} donors with a score; at least {FEWEST_SCORED} are needed"
            )
        elif np.ptp(seen) == 0:
            unscored[scale] = f"{scale}: every donor has the same score"
        else:
            columns.append(list((mine - seen.mean()) / seen.std(ddof=1)))
    return donors, unscored, np.array(columns).T.reshape(1, len(donors), len(columns))


def _data(
    wells: pl.DataFrame,
    kept: list[Series],
    groups: list[str],
    donors: list[tuple[str, str]],
    scales: tuple[str, ...],
    score: Floats,
    question: Measured,
    study: Study,
) -> JointData:
    number = {s: i for i, s in enumerate(kept)}
    mine = np.array(
        [number.get(Series(*row), -1) for row in wells.select("assay", "analyte").iter_rows()]
    )
    wells, mine = wells.filter(mine >= 0), mine[mine >= 0]
    keys, loading = _loadings(wells)
    plates = tuple(wells["plate"].unique().sort().to_list())
    arrays = Wells(
        series=mine.astype(np.intp),
        condition=wells["condition"].to_numpy().astype(np.intp),
        donor=_places(wells["donor"], [d for d, _ in donors]),
        plate=_places(wells["plate"], plates),
        culture=_places(wells["culture"], wells["culture"].unique().sort().to_list()),
        sd=_errors(wells, mine),
        loading=loading,
    )
    control = study.control_stimulus() or ""
    return JointData(
        series=tuple(kept),
        conditions=(control, question.stimulus) if question.stimulus else (control,),
        groups=tuple(groups),
        donors=tuple(d for d, _ in donors),
        plates=plates,
        group=np.array([groups.index(group) for _, group in donors], dtype=np.intp),
        wells=arrays,
        lower=wells["low"].to_numpy()[None],
        upper=wells["high"].to_numpy()[None],
        scales=scales,
        score=score,
        keys=keys,
    )


def _places(column: pl.Series, names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[name] for name in column.to_list()], dtype=np.intp)


def _errors(wells: pl.DataFrame, series: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Floats:
    """The known sd of each well, 0 where none is known.

    What an undetected well states is the error of its bound. A well at that bound errs as the
    detected well nearest to it does, so it is given that one's where it is larger.
    """
    value, sd = wells["value"].to_numpy(), wells["sd"].fill_null(0.0).to_numpy().copy()
    bound = wells["high"].to_numpy()
    bound = np.where(np.isfinite(bound), bound, wells["low"].to_numpy())
    known = sd.copy()
    for w in np.flatnonzero(np.isnan(value)):
        others = np.flatnonzero((series == series[w]) & ~np.isnan(value))
        nearest = others[np.argmin(np.abs(value[others] - bound[w]))]
        sd[w] = max(known[w], known[nearest])
    return np.asarray(sd)


def _loadings(wells: pl.DataFrame) -> tuple[tuple[str, ...], Floats]:
    """The shared errors of the wells: keys, and loadings (wells, keys); a key named twice in a well
    is summed.
    """
    rows = wells["shared"].to_list()
    keys = tuple(sorted({error["key"] for row in rows for error in row or ()}))
    number = {key: i for i, key in enumerate(keys)}
    loading = np.zeros((len(rows), len(keys)))
    for w, row in enumerate(rows):
        for error in row or ():
            loading[w, number[error["key"]]] += error["loading"]
    return keys, loading
