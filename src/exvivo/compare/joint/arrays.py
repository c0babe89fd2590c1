"""QUANTITIES and CLINIC to the arrays of the joint model, and what of them it cannot say anything
about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.compare.design import FEWEST, FEWEST_SCORED
from exvivo.compare.joint.model import JointData, Series, Wells
from exvivo.study import Association, Difference, Measured, Specificity, Study, groups_of
from exvivo.study.visits import ordered
from exvivo.table import check
from exvivo.tables import CLINIC, QUANTITIES

_FIRST_VISIT = "1"
_ROUNDING = 1e-9
"""Results no further apart (log2) than this are the same: what is left is rounding."""
_NO_RESULT = "there is no result to answer it with"
_DETECTED = pl.col("censor") == "none"


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


@dataclass(frozen=True, kw_only=True)
class _Selected:
    """The wells a question is about, at one visit, and the groups with enough donors; or the
    `reason` why the model cannot answer.
    """

    wells: pl.DataFrame
    visit: str = _FIRST_VISIT
    groups: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """The scales with scores: `values` (1, donors, scales) in standard deviations of the group, NaN
    where missing; and of the other scales why they say nothing.
    """

    scales: tuple[str, ...]
    values: Floats
    unscored: dict[str, str]


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
    selected = _selected(quantities, question, study)
    if selected.reason:
        left_out = dict.fromkeys(_asked(question), selected.reason)
        return _refused(selected, left_out, {}, [selected.reason])
    left_out = _left_out(selected.wells, question, study)
    asked = _asked(question)
    series = [s for s in _series(selected.wells) if s not in left_out]
    if not any(s in series for s in asked):
        return _refused(selected, left_out, {}, (left_out[s] for s in asked if s in left_out))
    donors = _donors(selected.wells)
    scores = _scores(donors, clinic, question, selected.visit)
    if isinstance(question, Association) and not scores.scales:
        return _refused(selected, left_out, scores.unscored, scores.unscored.values())
    return Asked(
        data=_data(selected, series, donors, scores, question, study),
        left_out=left_out,
        unscored=scores.unscored,
    )


def _refused(
    selected: _Selected,
    left_out: dict[Series, str],
    unscored: dict[str, str],
    reasons: Iterable[str],
) -> Asked:
    """No data, for these reasons, each given once."""
    return Asked(
        reason="; ".join(dict.fromkeys(reasons)),
        left_out=left_out,
        unscored=unscored,
    )


def _asked(question: Measured) -> list[Series]:
    asked: list[Series] = []
    for assay in question.assays:
        asked += [Series(assay, analyte) for analyte in question.analytes]
    return asked


def _series(wells: pl.DataFrame) -> list[Series]:
    """The series that have wells, in the order of the wells."""
    pairs = wells.select("assay", "analyte").unique(maintain_order=True)
    return [Series(*row) for row in pairs.iter_rows()]


def _donors(wells: pl.DataFrame) -> list[tuple[str, str]]:
    """Donors with their groups, sorted."""
    pairs = wells.select("donor", "group").unique(maintain_order=True).sort("donor")
    return list(pairs.iter_rows())


def _selected(quantities: pl.DataFrame, question: Measured, study: Study) -> _Selected:
    """The wells of the first visit, of groups with enough donors; or why there is no answer."""
    reason = _unanswerable(question)
    if reason:
        return _Selected(wells=quantities, reason=reason)
    wells = _wells(quantities, question, study)
    visits = ordered(wells["visit"].unique(), study.visits) or [_FIRST_VISIT]
    reason = _unclear(wells, question, study) or _later(visits)
    counted = _count_donors(wells)
    groups = tuple(g.id for g in study.groups if counted.get(g.id, 0) >= FEWEST)
    return _Selected(
        wells=wells.filter(pl.col("group").is_in(groups)).sort(
            "assay", "analyte", "donor", "condition", "culture", "plate"
        ),
        visit=visits[0],
        groups=groups,
        reason=reason or _few(groups, counted, question, study),
    )


def _unanswerable(question: Measured) -> str:
    """Why the model answers no question like it."""
    if not isinstance(question, Difference | Specificity | Association):
        return f"the joint model answers no question of kind {question.ask}"
    if isinstance(question, Specificity) and question.against_cell_type:
        return "the joint model holds one kind of cells only"
    if question.condition:
        return "the joint model answers no level under a stimulus"
    if not isinstance(question, Specificity) and question.answer != _PLAIN[question.ask]:
        return "the joint model holds no covariates and no groups together"
    return ""


_PLAIN = {"difference": "unadjusted", "association": "within"}
"""The `answer` of a question that the joint model can stand beside."""


def _later(visits: Sequence[str]) -> str:
    """Why several visits are not answered: a first visit alone is not what stands beside it."""
    if len(visits) < 2:
        return ""
    return f"the joint model holds no visits, and there are several: {', '.join(visits)}"


def _unclear(wells: pl.DataFrame, question: Measured, study: Study) -> str:
    """Why these wells are not those of one question."""
    kinds = wells["cell_type"].unique().drop_nulls().sort().to_list()
    if len(kinds) > 1:
        return f"the question names none of the cell types {', '.join(kinds)}"
    if question.stimulus and study.control_stimulus() is None:
        return "the study has no unstimulated condition to compare with"
    return "" if wells.height else _NO_RESULT


def _wells(quantities: pl.DataFrame, question: Measured, study: Study) -> pl.DataFrame:
    """The donors' wells of the asked assays, cells and conditions (0 unstimulated or the only one,
    1 stimulated), each between `low` and `high`.
    """
    wells = quantities.filter(
        pl.col("donor").is_not_null(),
        pl.col("group").is_not_null(),
        pl.col("assay").is_in(question.assays),
        ~_DETECTED | pl.col("value").is_not_null(),
    )
    if question.cell_type:
        wells = wells.filter(pl.col("cell_type") == question.cell_type)
    return wells.with_columns(
        pl.col("visit").fill_null(_FIRST_VISIT),
        pl.col("culture").fill_null(""),
        condition=_condition(question, study.control_stimulus()),
        low=_bound("lower", -np.inf),
        high=_bound("upper", np.inf),
    ).filter(pl.col("condition").is_not_null())


def _condition(question: Measured, control: str | None) -> pl.Expr:
    """The number of a well's condition; null where it is not asked for."""
    unstimulated = pl.lit(control, dtype=pl.String)
    stimulus = pl.col("stimulus").fill_null(unstimulated)
    first = pl.when(stimulus.eq_missing(unstimulated)).then(0)
    asked = first.when(stimulus == question.stimulus).then(1) if question.stimulus else first
    return asked.cast(pl.Int64)


def _bound(end: str, far: float) -> pl.Expr:
    """One bound of a well: its value where it is detected, `far` where there is none."""
    return pl.when(_DETECTED).then("value").otherwise(pl.col(end).fill_null(far))


def _count_donors(wells: pl.DataFrame) -> dict[str, int]:
    """How many donors each group has."""
    counted = wells.group_by("group", maintain_order=True).agg(pl.col("donor").n_unique())
    return dict(counted.iter_rows())


def _few(groups: Sequence[str], counted: dict[str, int], question: Measured, study: Study) -> str:
    """The asked group with too few donors."""
    for group in groups_of(question):
        if group not in groups:
            n, name = counted.get(group, 0), study.name_of(group)
            return f"{name}: {n} donors with a result; at least {FEWEST} are needed"
    return ""


def _left_out(wells: pl.DataFrame, question: Measured, study: Study) -> dict[Series, str]:
    """Why each series that cannot be estimated cannot; asked ones without any well are among
    them.
    """
    split = wells.partition_by("assay", "analyte", as_dict=True, maintain_order=True)
    troubles = {
        Series(*map(str, key)): _trouble(frame, question, study) for key, frame in split.items()
    }
    absent = {s: _NO_RESULT for s in _asked(question) if s not in troubles}
    return {s: why for s, why in troubles.items() if why} | absent


def _trouble(frame: pl.DataFrame, question: Measured, study: Study) -> str:
    """Why a series cannot be estimated."""
    groups = groups_of(question)
    for number, name in enumerate(("unstimulated ", "stimulated ") if question.stimulus else ("",)):
        wells = frame.filter(pl.col("condition") == number)
        if wells.is_empty():
            return f"no {name}well"
        trouble = _undetected(wells.filter(_DETECTED), name, groups, study)
        if trouble:
            return trouble
    spread = (
        frame.filter(_DETECTED)
        .group_by("group", "condition", maintain_order=True)
        .agg(pl.col("value").max() - pl.col("value").min())
    )
    if (spread["value"] < _ROUNDING).all():
        return "the donors of each group all have the same result"
    return _confounded(frame, groups)


def _undetected(detected: pl.DataFrame, name: str, groups: Sequence[str], study: Study) -> str:
    """Why the `detected` wells of one condition are too few."""
    if detected.is_empty():
        return f"every {name}well is undetected"
    counted = _count_donors(detected)
    for group in groups:
        n = counted.get(group, 0)
        if n < FEWEST:
            return (
                f"{study.name_of(group)}: {n} donors with a detected {name}well; "
                f"at least {FEWEST} are needed"
            )
    return ""


def _confounded(frame: pl.DataFrame, groups: Sequence[str]) -> str:
    """Whether plates and groups cannot be told apart, in words."""
    if len(groups) < 2:
        return ""
    plates = (
        frame.filter(pl.col("group").is_in(groups))
        .group_by("plate", maintain_order=True)
        .agg(pl.col("group").n_unique(), pl.col("donor").n_unique())
    )
    apart = (plates["group"] < 2).all() and (plates["donor"] > 1).any()
    return "group confounded with plate: no plate holds donors of both groups" if apart else ""


def _scores(
    donors: list[tuple[str, str]], clinic: pl.DataFrame, question: Measured, visit: str
) -> _Scores:
    """The scores of the group an association is about."""
    if not isinstance(question, Association):
        return _Scores(scales=(), values=np.empty((1, len(donors), 0)), unscored={})
    clinic = clinic.filter(pl.col("visit") == visit).drop_nulls("score")
    unscored: dict[str, str] = {}
    columns: dict[str, Floats] = {}
    for scale in question.scales:
        column = _column(clinic.filter(pl.col("scale") == scale), donors, question.within)
        given = column[~np.isnan(column)]
        reason = _uninformative(given)
        if reason:
            unscored[scale] = f"{scale}: {reason}"
        else:
            columns[scale] = (column - given.mean()) / given.std(ddof=1)
    values = np.array(list(columns.values())).T.reshape(1, len(donors), len(columns))
    return _Scores(scales=tuple(columns), values=values, unscored=unscored)


def _column(clinic: pl.DataFrame, donors: list[tuple[str, str]], within: str) -> Floats:
    """The score of each donor of the group, NaN for others and where it is missing."""
    scores = dict(clinic.select("donor", "score").iter_rows())
    return np.array([scores.get(d, np.nan) if group == within else np.nan for d, group in donors])


def _uninformative(given: Floats) -> str:
    """Why scores say nothing."""
    if len(given) < FEWEST_SCORED:
        return f"{len(given)} donors with a score; at least {FEWEST_SCORED} are needed"
    return "every donor has the same score" if np.ptp(given) == 0 else ""


def _data(
    selected: _Selected,
    series: list[Series],
    donors: list[tuple[str, str]],
    scores: _Scores,
    question: Measured,
    study: Study,
) -> JointData:
    """The arrays of these series."""
    number = {s: i for i, s in enumerate(series)}
    pairs = selected.wells.select("assay", "analyte").iter_rows()
    of_well = np.array([number.get(Series(*pair), -1) for pair in pairs], dtype=np.intp)
    wells = selected.wells.filter(of_well >= 0)
    keys, loading = _loadings(wells)
    names, control = [donor for donor, _ in donors], study.control_stimulus() or ""
    plates = wells["plate"].unique().sort().to_list()
    return JointData(
        series=tuple(series),
        conditions=(control, question.stimulus) if question.stimulus else (control,),
        groups=selected.groups,
        donors=tuple(names),
        plates=tuple(plates),
        group=_places([group for _, group in donors], selected.groups),
        wells=_placed(wells, of_well[of_well >= 0], names, plates, loading),
        lower=wells["low"].to_numpy()[None],
        upper=wells["high"].to_numpy()[None],
        scales=scores.scales,
        score=scores.values,
        keys=keys,
    )


def _placed(
    wells: pl.DataFrame, series: Ints, donors: list[str], plates: list[str], loading: Floats
) -> Wells:
    """The wells by their places in the names."""
    return Wells(
        series=series,
        condition=wells["condition"].to_numpy().astype(np.intp),
        donor=_places(wells["donor"], donors),
        plate=_places(wells["plate"], plates),
        culture=_places(wells["culture"], wells["culture"].unique().sort().to_list()),
        sd=_errors(wells, series),
        loading=loading,
    )


def _places(entries: Sequence[str] | pl.Series, names: Sequence[str]) -> Ints:
    """The place of each entry in the names."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[name] for name in entries], dtype=np.intp)


def _errors(wells: pl.DataFrame, series: Ints) -> Floats:
    """The known sd of each well, 0 where none is known.

    What an undetected well states is the error of its bound. A well at that bound errs as the
    detected well nearest to it does, so it is given that one's where it is larger.
    """
    value, stated = wells["value"].to_numpy(), wells["sd"].fill_null(0.0).to_numpy()
    low, high = wells["low"].to_numpy(), wells["high"].to_numpy()
    bound = np.where(np.isfinite(high), high, low)
    detected = ~np.isnan(value)
    sd = stated.copy()
    for w in np.flatnonzero(~detected):
        candidates = np.flatnonzero((series == series[w]) & detected)
        nearest = candidates[np.argmin(np.abs(value[candidates] - bound[w]))]
        sd[w] = max(stated[w], stated[nearest])
    return sd


def _loadings(wells: pl.DataFrame) -> tuple[tuple[str, ...], Floats]:
    """The shared errors of the wells: keys, and loadings (wells, keys); a key named twice in a well
    is summed.
    """
    rows = [row or () for row in wells["shared"].to_list()]
    named: set[str] = set()
    for row in rows:
        named.update(error["key"] for error in row)
    keys = tuple(sorted(named))
    number = {key: i for i, key in enumerate(keys)}
    loading = np.zeros((len(rows), len(keys)))
    for w, row in enumerate(rows):
        for error in row:
            loading[w, number[error["key"]]] += error["loading"]
    return keys, loading
