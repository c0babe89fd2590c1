"""Similarity of profiles: Pearson's correlation over genes of what is left of each after the mean
over the reference classes was taken off.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.likeness.profiles import FLAT, Profiles


def similarities(p: Profiles, *, without: int | None = None) -> Floats:
    """Similarity of every donor's profile to every class (donors, classes): Pearson's r of centred
    genes; NaN where there is none.

    A donor's own reference samples take no part in the class the donor is compared with, as long as
    others gave that class; `without` leaves out one more reference sample.
    """
    everyone = np.ones(len(p.people), dtype=np.bool_)
    if without is not None:
        everyone[without] = False
    similar = _similar(p.cultured, class_means(p, everyone))
    for donor in np.flatnonzero(p.own.any(axis=1)):
        means = class_means(p, everyone & ~p.own[donor])
        similar[donor] = _similar(p.cultured[:, [donor]], means)[0]
    return similar


def class_means(p: Profiles, kept: Bools) -> Floats:
    """Mean profile of every class over the reference samples kept, or over all of a class none of
    whose samples is.
    """
    return np.column_stack([_class_mean(p, p.of(name), kept) for name in p.names])


def _class_mean(p: Profiles, members: Bools, kept: Bools) -> Floats:
    """Mean profile of one class."""
    chosen = members & kept if (members & kept).any() else members
    return np.asarray(p.references[:, chosen].mean(axis=1))


def _similar(cultured: Floats, means: Floats) -> Floats:
    centre = means.mean(axis=1, keepdims=True)
    return correlations(cultured - centre, means - centre)


def correlations(x: Floats, y: Floats) -> Floats:
    """Pearson's r of every column of x with every column of y; NaN for a column without spread."""
    unit_x, unit_y = _unit_columns(x), _unit_columns(y)
    return np.asarray(np.clip(unit_x.T @ unit_y, -1.0, 1.0))


def _unit_columns(columns: Floats) -> Floats:
    """Columns less their mean, of length 1; NaN where they have no spread."""
    centred = columns - columns.mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    return np.asarray(centred / np.where(norm > FLAT, norm, np.nan))


def pooled(p: Profiles) -> Floats:
    """Pearson's r of all genes of all donors, not centred, with the mean profile of every class
    (classes,).
    """
    means = class_means(p, np.ones(len(p.people), dtype=np.bool_))
    each = np.repeat(means, len(p.donors), axis=0)
    return np.asarray(correlations(p.cultured.reshape(-1, 1), each)[0])
