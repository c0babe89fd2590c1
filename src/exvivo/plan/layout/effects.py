"""What positions are assumed to do to the results on a plate, as a covariance of its wells.

Model of the log2 result of well w on plate p, beside whose cells are in it:

::

    e_pw = sum_k f_k(w) b_pk,     b_pk ~ N(0, s_k^2), independent, new on every plate

f_k are the features of `exvivo.study.positions`; channels are one feature for each row and each
column (those of a pipette). The covariance of two wells of a plate is K = sum_k s_k^2 f_k f_k', of
low rank; wells of different plates have none. A contrast of wells with weights z has the variance
z' K z from its places, which is sum_k s_k^2 (z' f_k)^2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.study.positions import FeatureName, Positions

_FEATURES: dict[str, tuple[FeatureName, ...]] = {
    "edge": ("edge",),
    "rows": ("rows",),
    "columns": ("columns",),
    "curvature": ("bowl of rows", "bowl of columns", "twist"),
    "drift": ("drift",),
}
"""The features that each effect is made of."""


@dataclass(frozen=True, kw_only=True)
class PositionEffects:
    """The standard deviation (log2) of each effect over plates; all are assumptions.

    `edge`: outermost wells against the others (0.3 is 23 %; outer wells of two brands of 96-well
    plates were 16 % and 35 % lower in metabolic activity: Mansoury et al. 2021, "The edge effect:
    a global problem"). `rows`, `columns`: last row (column) against the first. `curvature`: ends
    against the middle, along rows, along columns and across. `drift`: the well that is read last
    against the first one. `channels`: one channel of a pipette against the others, for rows and for
    columns.
    """

    edge: float = 0.3
    rows: float = 0.3
    columns: float = 0.3
    curvature: float = 0.2
    drift: float = 0.3
    channels: float = 0.05

    def __post_init__(self) -> None:
        """Raises `StudyError` for an SD that is none."""
        wrong = [f"{name} {sd:g}" for name, sd in self.sds.items() if not 0 <= sd < np.inf]
        if wrong or not any(self.sds.values()):
            raise StudyError(_no_sds(", ".join(wrong) or "all of them 0"))

    @property
    def sds(self) -> dict[str, float]:
        """Each effect with its SD."""
        return {name: float(sd) for name, sd in asdict(self).items()}

    def of_tubes(self) -> PositionEffects:
        """What is left of them where every sample has a tube: the drift of the read-out."""
        drift = self.drift or 1.0
        none = dict.fromkeys((field.name for field in fields(self)), 0.0)
        return PositionEffects(**{**none, "drift": drift})

    def covariance(self, positions: Positions) -> Floats:
        """K (wells, wells) of some wells of one plate, log2 squared. What the plate does to all
        these wells alike is taken off: it cancels, or is the plate's own.
        """
        features = self.features(positions)
        centred = features - features.mean(axis=0)
        return np.asarray(centred @ centred.T)

    def features(self, positions: Positions) -> Floats:
        """The features, each times its SD (wells, features)."""
        columns = list(self.of_plate(positions))
        if self.channels:
            columns += list(self.channels * _one_each(positions))
        return np.column_stack(columns)

    def of_plate(self, positions: Positions) -> Iterator[Floats]:
        """The features of every effect but the channels, each times its SD (wells,)."""
        named = positions.features()
        for effect, parts in _FEATURES.items():
            sd = self.sds[effect]
            if sd:
                yield from (sd * named[part] for part in parts)


def _no_sds(finding: str) -> Mistake:
    """SDs that are none."""
    cure = "write an SD in log2, such as 0.3; 0 leaves one effect out"
    return Mistake("position effects", finding, "SDs of 0 or more", cure)


def _one_each(positions: Positions) -> Floats:
    """One feature for each row and each column (features, wells)."""
    rows = _each_of(positions.shape.rows, positions.row)
    columns = _each_of(positions.shape.columns, positions.column)
    return np.concatenate([rows, columns])


def _each_of(count: int, at: Ints) -> Floats:
    """One feature for each of so many lines: the wells that are in it (lines, wells)."""
    return np.asarray(np.arange(count)[:, None] == at, dtype=np.float64)
