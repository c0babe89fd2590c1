"""Plain correlations of profiles: Pearson's r over genes, nothing taken off but what is asked."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.likeness.gram import weights_of
from exvivo.compare.likeness.profiles import FLAT, Profiles, nobodys


def class_means(p: Profiles) -> Floats:
    """Mean profile of every class (genes, classes), each giver weighing alike."""
    return np.asarray(p.references @ weights_of(nobodys(p))[0].T)


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
    # A class is the same for every donor, so only the donors' mean of a gene meets it.
    mean, spread = p.cultured.mean(axis=1), float(p.cultured.std())
    alone = correlations(mean[:, None], class_means(p))[0]
    return np.asarray(alone * float(mean.std()) / spread if spread > FLAT else alone * np.nan)
