"""A question of identity that can be answered: its profiles, their inner products, and what is
asked of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from exvivo.arrays import Floats, Texts
from exvivo.compare.estimate import Estimate
from exvivo.compare.likeness.gram import Asked, Gram, every_class, gram_of, weights_of
from exvivo.compare.likeness.interval import (
    Givers,
    Likenesses,
    Slopes,
    givers_of,
    likenesses,
    over_both,
)
from exvivo.compare.likeness.profiles import Profiles
from exvivo.findings import Estimand, Facts, Finding
from exvivo.study import Identity
from exvivo.units import COEFFICIENT

EXPRESSION = "expression"
"""What stands for the assay and the readout of these findings."""


@dataclass(frozen=True)
class Likeness:
    """A question that can be answered: its profiles, donors' groups, the empty finding, and what is
    compared: inner products `gram`, `weights` (donors or 1, classes, people) of the reference
    samples in the classes, and the `givers` of these.
    """

    question: Identity
    alpha: float
    profiles: Profiles
    groups: Texts
    blank: Finding
    gram: Gram
    weights: Floats
    givers: Givers

    @cached_property
    def every(self) -> Likenesses:
        """Similarities to every class, centred at the mean of all."""
        return self.of(every_class(len(self.profiles.names)))

    @property
    def similar(self) -> Floats:
        """Similarities (donors, classes); NaN where there is none."""
        return self.every.similar

    def of(self, asked: Asked) -> Likenesses:
        """Similarities to anything else that is made of the classes."""
        return likenesses(self.gram, self.weights, asked, self.givers)

    def place(self, cell: str) -> int:
        """The column of a class."""
        return self.profiles.names.index(cell)

    @property
    def libraries(self) -> Facts:
        """The smallest and largest sum of counts, where expression came from counts."""
        if self.profiles.libraries is None:
            return {}
        low, high = self.profiles.libraries
        return {"smallest_library": low, "largest_library": high}

    @property
    def others(self) -> list[str]:
        """The classes that the asked one is compared with."""
        return [name for name in self.profiles.names if name != self.question.like]

    def less(self, name: str) -> Floats:
        """Weights (classes,) of the asked class less another one."""
        weights = np.zeros(len(self.profiles.names))
        weights[[self.place(self.question.like), self.place(name)]] = 1.0, -1.0
        return weights

    def contrast(self, name: str) -> Finding:
        """The empty finding of the contrast with one other class."""
        return contrast_with(name, self.question, self.blank)

    def slopes(self, name: str) -> Slopes:
        """The contrast with one other class, for each donor."""
        return self.every.contrast(self.less(name))

    def estimated(self, slopes: Slopes) -> Estimate:
        """The mean of some donors, with the interval over them and over the givers."""
        return over_both(slopes, self.givers, alpha=self.alpha)

    def estimate(self, name: str) -> Estimate:
        """The contrast with one other class."""
        return self.estimated(self.slopes(name))

    def beside(self, analyte: str) -> Finding:
        """The empty finding of a number beside the answers."""
        return replace(
            self.blank,
            part="beside",
            analyte=analyte,
            unit=COEFFICIENT,
            method_facts=self.libraries,
        )


def likeness_of(
    question: Identity, profiles: Profiles, groups: Texts, blank: Finding, *, alpha: float
) -> Likeness:
    """A question with what its profiles are compared by."""
    gram, weights = gram_of(profiles), weights_of(profiles)
    givers = givers_of(gram, weights, profiles.givers)
    return Likeness(question, alpha, profiles, groups, blank, gram, weights, givers)


def contrast_with(name: str, question: Identity, blank: Finding) -> Finding:
    """The empty finding of the contrast with one other class; no name: with other references."""
    facts = {"like": question.like, "against": name}
    estimand = Estimand("similarity_contrast", facts)
    return replace(blank, analyte=name or question.like, estimand=estimand)
