"""Answers of many studies counted: what a planner wants to know of them, as sums that add up over
parts of a simulation.

A study without an answer counts as such, never as one that claimed nothing: `studies` are all,
`answered` those with an interval and a p value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.compare.many import ManyAnswers
from exvivo.findings import Verdict
from exvivo.study import Question, Study
from exvivo.study.question_records import margin_of, margin_wants_reason

VERDICTS: tuple[Verdict, ...] = ("supported", "equivalent", "not resolved", "not estimable")
KEY = ("size", "zero", "question", "assay", "analyte", "scale")
"""What a row is about: the number of the size, whether nothing that is asked was true, the
answer.
"""
COUNTS = (
    "studies",
    "answered",
    "supported",
    "equivalent",
    "not_resolved",
    "alone",
    "alone_equivalent",
    "wrong",
    "covered",
    "family_claims",
)
"""Counts of studies. `alone`: the answer by itself claims, without the correction over its family,
and `alone_equivalent`: by itself it lies inside its margin, and does not;
`wrong`: supported, on the wrong side of nothing; `covered`: the truth lies in the interval;
`family_claims`: some answer of the family is supported.
"""
SUMS = (
    "claimed",
    "claimed_squares",
    "half_width",
    "half_width_squares",
    "estimate",
    "estimate_squares",
)
"""Sums over answered studies; `claimed` of |estimate| over those that are supported."""
STUDIES = ("supported_in", "equivalent_in")
"""In which studies: a bit for each, as hexadecimal text, so that sizes that were drawn with the
same people can be held against each other study by study.
"""


Truth = Mapping[tuple[str, str, str, str], float]
"""True values by question, assay, analyte and scale."""


def tallied(
    answers: Sequence[ManyAnswers],
    truth: Truth,
    *,
    study: Study,
    size: int,
    zero: bool,
) -> pl.DataFrame:
    """One row an answer: what it is about, its truth, counts and sums."""
    margins = {q.id: m for q in study.questions if (m := usable_margin(q)) is not None}
    families = _families(answers)
    rows = []
    for one in answers:
        about = (one.question, one.assay, one.analyte, one.scale)
        counted = {
            **_row(one, truth.get(about, np.nan), families[one.family]),
            **_alone(one, study.plan.alpha, margins.get(one.question)),
        }
        rows.append({"size": size, "zero": zero, **_named(one), **counted})
    return pl.DataFrame(rows, infer_schema_length=None)


def _named(one: ManyAnswers) -> dict[str, str]:
    return {
        "question": one.question,
        "assay": one.assay,
        "analyte": one.analyte,
        "scale": one.scale,
        "unit": one.unit.id,
        "family": one.family,
    }


def _families(answers: Iterable[ManyAnswers]) -> dict[str, Bools]:
    """The studies in which some answer of each family is supported."""
    claims: dict[str, Bools] = {}
    for one in answers:
        supported = np.asarray(one.verdict == VERDICTS.index("supported"))
        claims[one.family] = claims.get(one.family, np.zeros_like(supported)) | supported
    return claims


def usable_margin(question: Question) -> float | None:
    """The margin within which an answer may be called equivalent."""
    return None if margin_wants_reason(question) else margin_of(question)


def _alone(one: ManyAnswers, alpha: float, margin: float | None) -> dict[str, float]:
    """What an answer says by itself."""
    with np.errstate(invalid="ignore"):
        claims: Bools = one.excludes_null & (one.p <= alpha)
        inside = np.zeros_like(claims)
        if margin is not None:
            inside = (-margin < one.lower) & (one.upper < margin)
    return {"alone": int(claims.sum()), "alone_equivalent": int((inside & ~claims).sum())}


def _row(one: ManyAnswers, truth: float, family: Bools) -> dict[str, float | str]:
    """Counts and sums of one answer."""
    null = one.unit.null
    estimable: Bools = one.verdict != VERDICTS.index("not estimable")
    supported: Bools = one.verdict == VERDICTS.index("supported")
    with np.errstate(invalid="ignore"):
        beside = (one.estimate - null) * (truth - null) < 0
        covered = estimable & (one.lower <= truth) & (truth <= one.upper)
    return {
        "truth": truth,
        "studies": len(one.p),
        "answered": int(estimable.sum()),
        **_verdicts(one),
        "supported_in": _bits(supported),
        "equivalent_in": _bits(one.verdict == VERDICTS.index("equivalent")),
        "wrong": int((supported & beside).sum()),
        "covered": int(covered.sum()),
        "family_claims": int(family.sum()),
        **_sums("claimed", np.abs(one.estimate - null)[supported]),
        **_sums("half_width", one.half_width[estimable]),
        **_sums("estimate", (one.estimate - null)[estimable]),
    }


def _verdicts(one: ManyAnswers) -> dict[str, int]:
    """How many studies have each verdict but the last."""
    counts = np.bincount(one.verdict, minlength=len(VERDICTS)).tolist()
    return {name.replace(" ", "_"): n for name, n in zip(VERDICTS[:3], counts[:3], strict=True)}


def _bits(studies: Bools) -> str:
    """A bit for each study."""
    return np.packbits(studies).tobytes().hex()


def _sums(name: str, values: Floats) -> dict[str, float]:
    """A sum and the sum of squares; a value that is no number (an open interval) is left out."""
    finite = values[np.isfinite(values)]
    return {name: float(finite.sum()), f"{name}_squares": float(finite @ finite)}


def added_up(tallies: pl.DataFrame) -> pl.DataFrame:
    """The tallies of all parts, one row a size and answer."""
    named = ("unit", "family", "truth")
    sums = (pl.col(name).sum() for name in (*COUNTS, *SUMS))
    bits = (pl.col(name).str.join("") for name in STUDIES)
    return tallies.group_by(KEY, maintain_order=True).agg(
        *(pl.col(name).first() for name in named), *sums, *bits
    )
