"""Small designs for the tests of the joint model."""

from __future__ import annotations

from typing import Any

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.model import JointData, Series, Wells


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def wells_of(
    *,
    donors: int,
    series: int = 1,
    conditions: int = 2,
    replicates: int = 2,
    cultures: int = 1,
    plates: int = 2,
) -> Wells:
    """Every donor on the plate `donor % plates` (a further culture on the next one), all series and
    conditions.
    """
    d, a, c, k, r = (
        x.ravel().astype(np.intp)
        for x in np.meshgrid(
            *(np.arange(n) for n in (donors, series, conditions, cultures, replicates)),
            indexing="ij",
        )
    )
    del r
    return Wells(
        series=a,
        condition=c,
        donor=d,
        plate=(d + k) % plates,
        culture=k,
        sd=np.zeros(len(d)),
        loading=np.zeros((len(d), 0)),
    )


def data_of(wells: Wells, y: Floats, donors: int, **more: Any) -> JointData:
    """One or several studies of these wells, half of the donors patients."""
    y = np.atleast_2d(y)
    conditions = int(wells.condition.max()) + 1
    given: dict[str, Any] = {
        "series": tuple(Series("p", f"A{i}") for i in range(int(wells.series.max()) + 1)),
        "conditions": ("none", "ATP")[:conditions],
        "groups": ("FM", "HC"),
        "donors": tuple(map(str, range(donors))),
        "plates": tuple(map(str, range(int(wells.plate.max()) + 1))),
        "group": np.arange(donors, dtype=np.intp) // -(-donors // 2),
        "wells": wells,
        "lower": y,
        "upper": y,
    }
    return JointData(**(given | more))


def chains(
    seed: int, number: int, draws: int, rho: float, shift: float = 0.0, *, heavy: bool = False
) -> Floats:
    normal = np.random.default_rng(seed).standard_normal((number, draws))
    x = normal.copy()
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho * rho) * normal[:, t]
    x[0] += shift
    return np.asarray((np.exp(2 * x) if heavy else x)[..., None])
