"""An answer beside itself with everything put back that people left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from exvivo.compare.estimate import warned
from exvivo.findings import Caveat, Facts, Finding, findings_of, rows_of
from exvivo.study.ids import WITHDRAWN
from exvivo.tables import FINDINGS, WITH_AND_WITHOUT

_ABOUT = ("question", "assay", "analyte", "scale", "cell_type", "visit")
_SIDE = ("n", "estimate", "lower", "upper", "p", "p_adjusted", "verdict")
_NUMBERS = ("estimate", "lower", "upper", "p", "p_adjusted")
_SAME = 1e-9
Key = tuple[Any, ...]


@dataclass(frozen=True)
class PutBack:
    """The answers with everything put back; `unknown` says why there are none. `nobodys` counts
    the wells, by assay, that could not be put back.
    """

    answers: Sequence[Finding] = ()
    unknown: str = ""
    nobodys: Mapping[str, int] = field(default_factory=dict)


def with_and_without(
    findings: pl.DataFrame, back: PutBack, left_out: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """FINDINGS in which answers are warned whose verdict hangs on what was left out; and
    WITH_AND_WITHOUT, a row for every answer that could have had a well that is left out, or whose
    numbers change.
    """
    within = {_key(answer): answer for answer in back.answers}
    wells = _wells_left_out(left_out)
    kept, rows = [], []
    for finding in findings_of(findings):
        other = within.get(_key(finding)) if finding.part == "answer" else None
        count = wells[_key(finding)] if finding.part == "answer" else 0
        if count or (other is not None and _differs(finding, other)):
            rows.append(_row(finding, other, count, back))
        kept.append(finding if other is None else _warned(finding, other, count))
    return FINDINGS.frame(rows_of(kept)), WITH_AND_WITHOUT.frame(rows)


def _key(finding: Finding) -> Key:
    return tuple(getattr(finding, name) for name in _ABOUT[:4])


def _wells_left_out(left_out: pl.DataFrame) -> Counter[Key]:
    """How many wells each answer lacks because people left them out; without those of donors who
    withdrew, which nobody puts back.
    """
    withdrew = pl.col("donor").str.starts_with(WITHDRAWN).fill_null(value=False)
    own = left_out.filter(pl.col("well").is_not_null(), ~withdrew, code="excluded")
    return Counter(own.select(_ABOUT[:4]).iter_rows())


def _differs(answer: Finding, other: Finding) -> bool:
    """Whether two answers say something else."""
    if (answer.verdict, answer.n) != (other.verdict, other.n):
        return True
    pairs = ((getattr(answer, name), getattr(other, name)) for name in _NUMBERS)
    return any(_apart(one, two) for one, two in pairs)


def _apart(one: float | None, two: float | None) -> bool:
    if one is None or two is None or one == two:
        return (one is None) != (two is None)
    return not abs(one - two) <= _SAME * max(abs(one), abs(two))


def _warned(answer: Finding, other: Finding, wells: int) -> Finding:
    """The answer, warned where its verdict is another one with what was left out."""
    if answer.verdict == other.verdict:
        return answer
    facts: Facts = {"with": str(other.verdict), "wells": wells}
    return warned(answer, Caveat("exclusions_decide", facts))


def _row(answer: Finding, other: Finding | None, wells: int, back: PutBack) -> dict[str, object]:
    own = answer.row()
    return {
        **{name: own[name] for name in (*_ABOUT, "unit", *_SIDE)},
        **dict(_with_side(other)),
        "wells": wells,
        "nobodys": back.nobodys.get(answer.assay, 0),
        "unknown": back.unknown or None,
    }


def _with_side(other: Finding | None) -> Iterable[tuple[str, object]]:
    """The numbers with what was left out, under their names."""
    row = other.row() if other else {}
    return ((f"with_{name}", row.get(name)) for name in _SIDE)


def changed(
    before: Sequence[Finding], after: Sequence[Finding]
) -> Iterator[tuple[Finding, Finding]]:
    """The answers that differ between two sides, in the order of the second."""
    known = {_key(answer): answer for answer in before}
    for answer in after:
        other = known.get(_key(answer))
        if other is not None and _differs(other, answer):
            yield other, answer
