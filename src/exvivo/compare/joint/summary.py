"""What the draws of the joint model say: differences, the contrast of one analyte with others,
correlations with scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.model import Draws, JointData, Series
from exvivo.study import Association, Difference, Measured, Specificity

RELIABILITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Assumed reliabilities of a donor's result for which a correlation is shown where the design tells
none.
"""
_MOST_CURVE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of the model: the series it is about, those it is held against, and its draws
    (chains, draws).
    """

    series: Series
    what: str
    draws: Floats
    against: tuple[Series, ...] = ()
    scale: str | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliable:
    """A correlation if the donors' results had this reliability; `estimate` is None where no
    correlation could be so high.
    """

    reliability: float
    estimate: float | None
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """The posterior of one number: mean, sd, interval, and the probability that it is above 0. Or
    the `reason` why not.

    `what` is `response`, `unstimulated`, `stimulated` or `level` (differences of the groups),
    `contrast` (difference of responses less the mean of those of the series `against`) or
    `correlation` with the scale. `corrected`: free of the error between cultures or days, because
    the design tells it; where it does not, `curve` shows what each reliability would make of it.
    """

    series: Series
    what: str
    unit: str
    against: tuple[Series, ...] = ()
    scale: str | None = None
    estimate: float | None = None
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None
    positive: float | None = None
    corrected: bool = False
    curve: tuple[Reliable, ...] = ()
    reason: str = ""

    @property
    def verdict(self) -> str:
        """`not estimable`, or empty: the model shows its numbers beside an answer and gives no
        verdict of its own.
        """
        return "not estimable" if self.reason else ""


def quantities_of(data: JointData, draws: Draws, question: Measured) -> list[Quantity]:
    """Every number a question asks of the draws of one study: those of all its series, the asked
    ones' contrasts and correlations.
    """
    found: list[Quantity] = []
    if isinstance(question, Difference | Specificity):
        by_what = differences(data, draws, *question.groups)
        for what, values in by_what.items():
            found += [
                Quantity(series=s, what=what, draws=values[0, ..., a])
                for a, s in enumerate(data.series)
            ]
        whole = by_what["response" if len(data.conditions) == 2 else "level"][0]
        found += _contrasts(data, whole, question)
    if isinstance(question, Association):
        block = data.groups.index(question.within) if draws.correlation.shape[3] > 1 else 0
        several = data.several_cultures
        found += [
            Quantity(
                series=s,
                what="correlation",
                draws=draws.correlation[0, :, :, block, a, k],
                scale=scale,
                corrected=bool(several[a]),
            )
            for a, s in enumerate(data.series)
            if s.analyte in question.analytes
            for k, scale in enumerate(data.scales)
        ]
    return found


def differences(data: JointData, draws: Draws, first: str, second: str) -> dict[str, Floats]:
    """The first group's mean minus the second's: (B, chains, draws, series) in the response and in
    each condition (or level).
    """
    a, b = data.groups.index(first), data.groups.index(second)
    conditions = len(data.conditions)
    apart = draws.mean[..., a] - draws.mean[..., b]
    each = [apart[..., c : len(data.series) * conditions : conditions] for c in range(conditions)]
    if conditions == 1:
        return {"level": each[0]}
    return {"response": each[1] - each[0], "unstimulated": each[0], "stimulated": each[1]}


def _contrasts(
    data: JointData, whole: Floats, question: Difference | Specificity
) -> list[Quantity]:
    """Each asked series less the mean of those it is held against: named ones, else all others of
    its assay.
    """
    made = []
    for a, series in enumerate(data.series):
        if series.analyte not in question.analytes:
            continue
        named = question.against if isinstance(question, Specificity) else ()
        others = [
            i
            for i, s in enumerate(data.series)
            if s.assay == series.assay and s != series and (not named or s.analyte in named)
        ]
        if others:
            drawn = whole[..., a] - whole[..., others].mean(axis=-1)
            made.append(
                Quantity(
                    series=series,
                    what="contrast",
                    draws=drawn,
                    against=tuple(data.series[i] for i in others),
                )
            )
    return made


def posterior(quantity: Quantity, *, alpha: float) -> Posterior:
    """Mean, sd, equal-tailed interval and probability of the direction."""
    drawn = quantity.draws.ravel()
    lower, upper = np.quantile(drawn, [alpha / 2, 1 - alpha / 2])
    related = quantity.what == "correlation"
    estimate = float(drawn.mean())
    curve = (
        ()
        if not related or quantity.corrected
        else attenuation(estimate, float(lower), float(upper))
    )
    return Posterior(
        series=quantity.series,
        what=quantity.what,
        unit="correlation" if related else "log2 fold",
        against=quantity.against,
        scale=quantity.scale,
        estimate=estimate,
        sd=float(drawn.std(ddof=1)),
        lower=float(lower),
        upper=float(upper),
        positive=float((drawn > 0).mean()),
        corrected=quantity.corrected,
        curve=curve,
    )


def attenuation(
    estimate: float, lower: float, upper: float, reliabilities: Sequence[float] = RELIABILITIES
) -> tuple[Reliable, ...]:
    """A correlation divided by the root of each assumed reliability (Spearman 1904, doi
    10.2307/1412159); ends held within 1.

    >>> [round(row.estimate or 0, 3) for row in attenuation(0.5, 0.1, 0.8, (0.25, 1.0))]
    [1.0, 0.5]
    """
    rows = []
    for reliability in reliabilities:
        root = reliability**0.5
        ends = np.clip([lower / root, upper / root], -_MOST_CURVE, _MOST_CURVE)
        possible = abs(estimate) / root <= _MOST_CURVE
        rows.append(
            Reliable(
                reliability=reliability,
                estimate=estimate / root if possible else None,
                lower=float(ends[0]),
                upper=float(ends[1]),
            )
        )
    return tuple(rows)
