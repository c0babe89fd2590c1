"""What one answer of many studies is made of, and how studies that are alike are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import SAME_RESULT
from exvivo.compare.estimate import Estimates, NotEstimable
from exvivo.compare.many.alike import Alike
from exvivo.compare.many.layout import Results
from exvivo.compare.methods.regression import coefficients_of
from exvivo.compare.sides import Sides
from exvivo.study import Question
from exvivo.units import LOG2_FOLD, Unit


@dataclass(frozen=True)
class About:
    """What an answer is about; `scale` is empty where none is asked."""

    question: Question
    assay: str
    analyte: str
    scale: str = ""
    unit: Unit = LOG2_FOLD


@dataclass(frozen=True)
class Answered:
    """One answer of many studies, before its family is looked at: estimates (studies,) and the
    degrees of freedom of their errors, NaN where there is none. `behind` are the donors of a
    difference by least squares.
    """

    about: About
    estimates: Estimates
    df: Floats
    behind: Results | None = None


Numbers = tuple[Estimates, Floats]
"""Estimates of some studies and their degrees of freedom."""
Method = Callable[[Alike], Numbers | None]
"""What answers studies that are alike; None where their layout allows no answer. May raise
NotEstimable.
"""


def answered(
    about: About,
    studies: int,
    patterns: Iterable[Alike],
    method: Method,
    behind: Results | None = None,
) -> Answered:
    """The answer of all studies, one layout after another."""
    whole = np.full((5, studies), np.nan)
    for one in patterns:
        try:
            numbers = method(one)
        except NotEstimable:
            continue
        if numbers is not None:
            estimates, df = numbers
            ends = (estimates.estimate, estimates.lower, estimates.upper, estimates.p, df)
            whole[:, one.studies] = np.stack(np.broadcast_arrays(*ends))
    return Answered(about, Estimates(*whole[:4]), whole[4], behind)


def unanswered(about: About, studies: int) -> Answered:
    """The place of an answer that no study gives."""
    return answered(about, studies, (), lambda one: None)


def of_sides(sides: Sides, values: Floats, *, alpha: float) -> Numbers:
    """The first side less the second of each study (studies, donors). Raises NotEstimable."""
    fits = coefficients_of(sides.weights, values)
    first, second = (vary(values[:, side]) for side in (sides.first, ~sides.first))
    return fits.estimates(alpha=alpha).where(first | second), fits.df


def vary(values: Floats) -> Bools:
    """Which studies' results (studies, donors) differ by more than rounding."""
    return np.asarray(np.ptp(values, axis=1) >= SAME_RESULT)
