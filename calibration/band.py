"""A measured share with the band it must lie in: exact, from the binomial distribution."""

from __future__ import annotations

from dataclasses import dataclass

RARE = 0.01
"""How often a method that keeps its promise may lie outside its band by chance."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many of `trials` were hits, and the shares that would be no surprise.

    `design_effect` is how much more the count varies than independent trials would (answers of one
    study are related): the band is that of trials / design_effect independent trials.
    """

    what: str
    hits: int
    trials: int
    least: float
    most: float = 1.0
    design_effect: float = 1.0

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.trials

    @property
    def band(self) -> tuple[float, float]:
        """The lowest and highest share that a method between `least` and `most` gives by chance.

        >>> Share(what="coverage", hits=95, trials=100, least=0.95, most=0.95).band
        (0.89, 1.0)
        """
        from scipy.stats import binom

        n = max(round(self.trials / self.design_effect), 1)
        low = 0.0 if self.least == 0 else float(binom.ppf(RARE / 2, n, self.least)) / n
        high = 1.0 if self.most == 1 else float(binom.ppf(1 - RARE / 2, n, self.most)) / n
        return low, high

    @property
    def holds(self) -> bool:
        """Whether the share lies in its band."""
        low, high = self.band
        return low <= self.value <= high
