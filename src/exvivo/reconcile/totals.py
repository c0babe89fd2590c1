"""Ready totals held against the items that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study.answered_forms import AnsweredForms, answered_forms
from exvivo.study.clinic_records import Scale
from exvivo.study.scoring import Score
from exvivo.study.totals import is_sum_of_answered, sums_of_answered, within_rounding
from exvivo.words import shortened

_FORM = ["donor", "visit"]


@dataclass(frozen=True)
class _Beside:
    """Totals beside items: the totals of a score, where they stand, and the scores of the items as
    CLINIC has them. NaN where there is none.
    """

    forms: AnsweredForms
    score: Score
    totals: Floats
    places: list[str]
    rows: pl.DataFrame


def totals_against_their_items(held: Held) -> Iterator[Flag]:
    """Ready totals that are not the score of the items beside them."""
    for beside in _each(held):
        wrong = _disagrees(beside) & ~_partial(beside)
        if wrong.any():
            yield _contradiction(beside, wrong)


def totals_over_answered_items(held: Held) -> Iterator[Flag]:
    """Ready totals that a program made of the items that were answered, as REDCap's sum() does."""
    for beside in _each(held):
        unfinished = _disagrees(beside) & _partial(beside)
        if unfinished.any():
            yield _unfinished(beside, unfinished)


def _each(held: Held) -> Iterator[_Beside]:
    """Every score of which there are totals and items."""
    scales = {scale.id: scale for scale in held.study.scales}
    for forms in held.once("answered forms", lambda: answered_forms(held.answers, held.study)):
        for score in forms.key.scores:
            if score.id in forms.questionnaire.totals and score.id in scales:
                yield _beside(forms, score, scales[score.id], held.clinic)


def _beside(forms: AnsweredForms, score: Score, scale: Scale, clinic: pl.DataFrame) -> _Beside:
    totals, places = forms.totals(score.id)
    own = clinic.filter(scale=scale.id).select(*_FORM, "score", "lowest", "highest", "state")
    rows = forms.rows.select(_FORM).join(own, on=_FORM, how="left", maintain_order="left")
    return _Beside(forms, score, totals, places, rows)


def _disagrees(beside: _Beside) -> Bools:
    """Which totals are not the score of their items: another number, one beside a form that gives
    none, or one that its gaps do not allow. A total that stands for the score agrees with itself.
    """
    there = ~np.isnan(beside.totals)
    scores = beside.rows["score"].fill_null(np.nan).to_numpy()
    agree: Bools = within_rounding(beside.totals, scores)
    return there & ~agree


def _partial(beside: _Beside) -> Bools:
    """Which totals are sums of the answered items of a form with gaps."""
    return is_sum_of_answered(beside.totals, beside.forms, beside.score)


def _contradiction(beside: _Beside, wrong: Bools) -> Flag:
    """Totals that are another number than the items give."""
    key, lines = beside.forms.key, _lines(beside, wrong)
    ways = ", ".join(coding.id for coding in key.codings)
    coding = f" (`coding:` of {key.id}: {ways})" if len(key.codings) > 1 else ""
    other = _coding_that_fits(beside)
    coding = f": all of them agree under `coding: {other}` of {key.id}" if other else coding
    return Flag(
        table="clinic",
        row=beside.score.id,
        severity="stop",
        what=f"{_count(beside, wrong)} are not the score of their items: {_first(lines)}",
        why="both are of one form: an answer, the total or the coding of the answers is wrong",
        cure=f"correct the answers, the total, or how the answers are coded{coding}",
        place=beside.score.id,
        evidence=tuple(lines),
        scope=_scope(beside, wrong),
    )


def _unfinished(beside: _Beside, unfinished: Bools) -> Flag:
    """Totals that were made of a form with gaps as if it had none."""
    lines = _lines(beside, unfinished)
    return Flag(
        table="clinic",
        row=beside.score.id,
        severity="look",
        what=f"{_count(beside, unfinished)} are made of answered items only: {_first(lines)}",
        why=(
            "a program summed a form with gaps as if it had none (REDCap's sum() does); the score "
            "of the items follows the rule of the questionnaire, and is the one that is used"
        ),
        cure=f"recalculate them, or remove {beside.score.id} from `totals` of study.yaml",
        place=beside.score.id,
        evidence=tuple(lines),
        scope=_scope(beside, unfinished),
    )


def _coding_that_fits(beside: _Beside) -> str:
    """Another coding of the answers, in which every total of a whole form is their score."""
    forms, used = beside.forms, beside.forms.questionnaire
    whole = forms.given(beside.score.id).all(axis=1) & ~np.isnan(beside.totals)
    for coding in forms.key.codings:
        other = replace(forms, questionnaire=replace(used, coding=coding.id))
        for sums in sums_of_answered(other, beside.score)[1:2]:
            if whole.any() and within_rounding(beside.totals, sums)[whole].all():
                return coding.id
    return ""


def _count(beside: _Beside, which: Bools) -> str:
    return f"{which.sum()} of {(~np.isnan(beside.totals)).sum()} totals of {beside.score.id}"


def _first(lines: list[str]) -> str:
    return shortened(lines, separator="; ")


def _lines(beside: _Beside, which: Bools) -> list[str]:
    return [_words(beside, place) for place in np.flatnonzero(which).tolist()]


def _scope(beside: _Beside, which: Bools) -> Scope:
    donors = beside.rows.filter(pl.Series(which))["donor"].unique(maintain_order=True)
    return Scope(scales=(beside.score.id,), donors=tuple(donors))


def _words(beside: _Beside, place: int) -> str:
    """A total and what its items give, with its file and line."""
    row = beside.rows.row(place, named=True)
    total = f"{beside.places[place]}: {beside.totals[place]:g} for donor {row['donor']}"
    if row["score"] is not None:
        return f"{total}, its items give {row['score']:.5g}"
    gaps = int((~beside.forms.given(beside.score.id)[place]).sum())
    if row["state"] == "not applicable":
        return f"{total}, whose form was not asked"
    return f"{total}, its items give none ({gaps} not answered; {_range(row)})"


def _range(row: dict[str, float | None]) -> str:
    """What the gaps of a form allow."""
    if row["lowest"] is None or row["highest"] is None:
        return "no bounds"
    return f"{row['lowest']:g} to {row['highest']:g}"
