"""A plain oracle of likeness, straight from the definition: class means as columns of genes,
numpy's own correlation, slopes by finite differences; no inner product and no line of exvivo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from exvivo.arrays import Floats

Classes = dict[str, Floats]
"""The samples of every class (genes, samples), a giver each."""


def plain(profile: Floats, means: Floats, towards: Floats, centre: Floats) -> float:
    """Similarity of a profile to a mix of class means (genes, classes)."""
    middle = means @ centre
    return float(np.corrcoef(profile - middle, means @ towards - middle)[0, 1])


def plain_each(profiles: Floats, means: Floats, towards: Floats, centre: Floats) -> Floats:
    """Similarities (profiles, asked) of the columns of a table."""
    found = np.empty((profiles.shape[1], len(towards)))
    for d, t in np.ndindex(found.shape):
        found[d, t] = plain(profiles[:, d], means, towards[t], centre)
    return found


@dataclass(frozen=True)
class Plain:
    """Donors (genes, donors) and references, and what is asked: a contrast of the first class with
    the second, each centred at the mean of all classes, or Fisher's z of the first alone.
    """

    donors: Floats
    classes: Classes
    alone: bool = False

    @property
    def means(self) -> Floats:
        """Class means (genes, classes)."""
        return np.column_stack([samples.mean(axis=1) for samples in self.classes.values()])

    def values(self, means: Floats) -> Floats:
        """What is asked of every donor."""
        k = len(self.classes)
        first, second = plain_each(self.donors, means, np.eye(k)[:2], np.full(k, 1 / k)).T
        return np.asarray(np.arctanh(first) if self.alone else first - second)

    def moved(self, place: int, by: Floats) -> float:
        """How far the mean moves with a class mean, per unit of `by` (genes,)."""
        step, means = np.zeros_like(self.means), self.means
        step[:, place] = 1e-4 * by
        ends = self.values(means + step).mean(), self.values(means - step).mean()
        return float(ends[0] - ends[1]) / 2e-4

    def squares(self, place: int, residuals: Floats) -> float:
        """What some residuals would move the mean by in a class, squared and summed."""
        return sum(self.moved(place, column) ** 2 for column in residuals.T)

    def interval(self) -> tuple[float, float, float]:
        """Estimate and both ends, as docs/methods/identity.md says it."""
        n = self.donors.shape[1]
        sizes = np.array([samples.shape[1] for samples in self.classes.values()])
        degrees = sizes - 1
        residuals = [s - s.mean(axis=1, keepdims=True) for s in self.classes.values()]
        parts = []
        for place, (size, df) in enumerate(zip(sizes, degrees, strict=True)):
            squares = [self.squares(place, some) for some in residuals]
            pooled = sum(squares) / degrees.sum()
            drawn = (2 * pooled + squares[place]) / (2 + df)
            parts.append(max(drawn, squares[place] / df if df else 0.0) / size)
        values, part = self.values(self.means), np.array(parts)
        own, of_givers = values.var(ddof=1) / n, 2 * part.sum()
        df_givers = min(part.sum() ** 2 / (part**2 / (2 + degrees)).sum(), degrees.sum())
        both = own + of_givers
        df = both**2 / (own**2 / (n - 1) + of_givers**2 / df_givers)
        half, shift = stats.t.ppf(0.975, df) * np.sqrt(both), self.shift(residuals)
        low, high = values.mean() - half - max(shift, 0), values.mean() + half + max(-shift, 0)
        return float(values.mean()), float(low), float(high)

    def shift(self, residuals: list[Floats]) -> float:
        """How far the mean is off for the noise of the class means."""
        k, n = len(self.classes), self.donors.shape[1]
        sizes = np.array([some.shape[1] for some in residuals])
        squares = np.array([((some - some.mean(axis=0)) ** 2).sum() for some in residuals])
        drawn = (2 * squares.sum() / (sizes - 1).sum() + squares) / (2 + sizes - 1)
        noise = np.maximum(drawn, squares / np.maximum(sizes - 1, 1)) / sizes
        off = np.zeros((n, 2))
        for d, x in enumerate(self.donors.T):
            for t in range(2):
                v = (self.means[:, t] - self.means.mean(axis=1)) * 1.0
                u = x - self.means.mean(axis=1)
                u, v = u - u.mean(), v - v.mean()
                weights = np.eye(k)[t] - 1 / k
                uv = u @ v + (weights / k) @ noise
                uu = max(u @ u - noise.sum() / k**2, u @ u / 4)
                vv = max(v @ v - weights**2 @ noise, v @ v / 4)
                r = u @ v / np.sqrt(u @ u * (v @ v))
                off[d, t] = r - np.clip(uv / np.sqrt(uu * vv), -1, 1)
                if self.alone:
                    off[d, t] /= 1 - r**2
        return float(off[:, 0].mean() if self.alone else (off[:, 0] - off[:, 1]).mean())
