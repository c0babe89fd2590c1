"""What the draws of the joint model say: differences, the contrast of one analyte with others,
correlations with scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.model import Draws, JointData, Series
from exvivo.study import Association, Difference, Measured, Specificity

What = Literal["response", "unstimulated", "stimulated", "level", "contrast", "correlation"]
"""What a number of the model is; see `Posterior`."""
RELIABILITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Assumed reliabilities of a donor's result for which a correlation is shown where the design tells
none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of the model: the series it is about, those it is held against, and its draws
    (chains, draws).
    """

    series: Series
    what: What
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
    what: What
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


def unit_of(what: What) -> str:
    """The unit of a number of the model."""
    return "correlation" if what == "correlation" else "log2 fold"


def quantities_of(data: JointData, draws: Draws, question: Measured) -> list[Quantity]:
    """Every number a question asks of the draws of one study: those of all its series, the asked
    ones' contrasts and correlations.
    """
    if isinstance(question, Difference | Specificity):
        return list(_of_groups(data, draws, question))
    return list(_correlations(data, draws, question)) if isinstance(question, Association) else []


def _of_groups(
    data: JointData, draws: Draws, question: Difference | Specificity
) -> Iterator[Quantity]:
    """Differences of all series, and contrasts of the asked ones."""
    by_what = differences(data, draws, *question.groups)
    for what, values in by_what.items():
        for a, series in enumerate(data.series):
            yield Quantity(series=series, what=what, draws=values[0, ..., a])
    whole = by_what["response" if len(data.conditions) == 2 else "level"]
    yield from _contrasts(data, whole[0], question)


def _correlations(data: JointData, draws: Draws, question: Association) -> Iterator[Quantity]:
    """Correlations of each asked series with each scale, of the group's own covariance if it has
    one.
    """
    block = data.groups.index(question.within) if draws.correlation.shape[3] > 1 else 0
    correlation, several = draws.correlation[0, :, :, block], data.several_cultures
    for a, series in enumerate(data.series):
        if series.analyte not in question.analytes:
            continue
        for k, scale in enumerate(data.scales):
            yield Quantity(
                series=series,
                what="correlation",
                draws=correlation[:, :, a, k],
                scale=scale,
                corrected=bool(several[a]),
            )


def differences(data: JointData, draws: Draws, first: str, second: str) -> dict[What, Floats]:
    """The first group's mean minus the second's: (B, chains, draws, series) in the response and in
    each condition (or level).
    """
    a, b = data.groups.index(first), data.groups.index(second)
    apart = draws.mean[..., a] - draws.mean[..., b]
    conditions = len(data.conditions)
    wells = apart[..., : len(data.series) * conditions]
    if conditions == 1:
        return {"level": wells}
    unstimulated, stimulated = wells[..., ::2], wells[..., 1::2]
    response = stimulated - unstimulated
    return {"response": response, "unstimulated": unstimulated, "stimulated": stimulated}


def _contrasts(
    data: JointData, whole: Floats, question: Difference | Specificity
) -> Iterator[Quantity]:
    """Each asked series less the mean of those it is held against; `whole` (chains, draws,
    series).
    """
    for a, series in enumerate(data.series):
        others = _compared(data, series, question)
        if series.analyte in question.analytes and others:
            yield Quantity(
                series=series,
                what="contrast",
                draws=whole[..., a] - whole[..., others].mean(axis=-1),
                against=tuple(data.series[i] for i in others),
            )


def _compared(data: JointData, series: Series, question: Difference | Specificity) -> list[int]:
    """The series that one is held against: named ones, else all others of its assay."""
    named = question.against if isinstance(question, Specificity) else ()
    return [
        i
        for i, s in enumerate(data.series)
        if s.assay == series.assay and s != series and (not named or s.analyte in named)
    ]


def posterior(quantity: Quantity, *, alpha: float) -> Posterior:
    """Mean, sd, equal-tailed interval and probability of the direction."""
    drawn = quantity.draws.ravel()
    lower, upper = np.quantile(drawn, [alpha / 2, 1 - alpha / 2]).tolist()
    estimate = float(drawn.mean())
    uncorrected = quantity.what == "correlation" and not quantity.corrected
    return Posterior(
        series=quantity.series,
        what=quantity.what,
        unit=unit_of(quantity.what),
        against=quantity.against,
        scale=quantity.scale,
        estimate=estimate,
        sd=float(drawn.std(ddof=1)),
        lower=lower,
        upper=upper,
        positive=float((drawn > 0).mean()),
        corrected=quantity.corrected,
        curve=attenuation(estimate, lower, upper) if uncorrected else (),
    )


def attenuation(
    estimate: float, lower: float, upper: float, reliabilities: Sequence[float] = RELIABILITIES
) -> tuple[Reliable, ...]:
    """A correlation divided by the root of each assumed reliability (Spearman 1904, doi
    10.2307/1412159); ends held within 1.

    >>> [round(row.estimate or 0, 3) for row in attenuation(0.5, 0.1, 0.8, (0.25, 1.0))]
    [1.0, 0.5]
    """
    return tuple(_reliable(estimate, lower, upper, reliability) for reliability in reliabilities)


def _reliable(estimate: float, lower: float, upper: float, reliability: float) -> Reliable:
    root = reliability**0.5
    return Reliable(
        reliability=reliability,
        estimate=estimate / root if abs(estimate) / root <= 1.0 else None,
        lower=max(min(lower / root, 1.0), -1.0),
        upper=max(min(upper / root, 1.0), -1.0),
    )
