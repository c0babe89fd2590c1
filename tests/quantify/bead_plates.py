"""Plates of beads whose letters are sizes, simulated without any code of the package, and the real
plate of that kind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.study.records import Analyte, Beads, Plate, Study
from exvivo.tables import LAYOUT, WELLS

POSITIONS = tuple(f"A{n}" for n in (4, 5, 6, 7, 8, 10)) + tuple(
    f"B{n}" for n in (2, 3, 4, 5, 6, 7, 9)
)
"""The thirteen beads of a LEGENDplex kit."""
LEVELS = (0.0, 2.4, 9.8, 39.0, 156.0, 625.0, 2500.0, 10000.0)
STEP = 0.75
"""Distance of neighbouring beads on the natural log of the classifier."""


def legendplex_assay(positions: tuple[str, ...] = POSITIONS, **other: Any) -> Beads:
    fields = {
        "classifier": ("APC",),
        "reporter": "PE",
        "scatter": ("FSC-A", "SSC-A"),
        "letters": "scatter",
        "panel": {f"X{p}": p for p in positions},
        **other,
    }
    return Beads(id="protein", kind="beads", **fields)


def study_of(assay: Beads, *plates: str) -> Study:
    return Study(
        exvivo=1,
        title="beads",
        groups=(),
        analytes=tuple(Analyte(id=a) for a in assay.panel),
        assays=(assay,),
        plates=tuple(Plate(id=p, assay=assay.id, layout=f"plates/{p}.csv") for p in plates),
        layout=LAYOUT.frame(),
    )


def sized_tube(
    rng: np.random.Generator,
    reporter: dict[str, float],
    *,
    beads: int = 200,
    sizes: tuple[float, float] = (0.45, 0.35),
    doublets: float = 0.0,
    moved: float = 0.0,
    smaller: float = 0.0,
    blur: float = 0.04,
    particles: float = 0.0,
) -> tuple[dict[str, Floats], Floats]:
    """Events of one tube, and the position of each (index into `reporter`, -1: debris or two beads
    in one drop).

    sizes: log difference of the B to the A beads in forward and side scatter. moved: log shift of
    the classifier; smaller: log shift of both scatters; blur: log sd of both. Height and area of a
    pulse follow one another far closer. particles: unlabelled particles about as large as beads, as
    a part of their number.
    """
    parts, whose = [], []
    for i, (position, level) in enumerate(reporter.items()):
        n = int(rng.poisson(beads))
        large, number = position[0] == "B", int(position[1:])
        parts.append(
            np.stack(
                [
                    np.exp(11.5 + sizes[0] * large - smaller + blur * rng.normal(size=n)),
                    np.exp(11.8 + sizes[1] * large - smaller + 1.5 * blur * rng.normal(size=n)),
                    np.exp(4.0 + STEP * number + moved + 0.07 * rng.normal(size=n)),
                    level * np.exp(0.25 * rng.normal(size=n)),
                ]
            )
        )
        whose.append(np.full(n, i))
    events, which = np.concatenate(parts, axis=1), np.concatenate(whose)
    height = events[0] * np.exp(0.01 * rng.normal(size=which.size))
    double = rng.random(which.size) < doublets
    partner = rng.permutation(which.size)
    events[:, double] += events[:, partner[double]]
    height[double] = np.maximum(height[double], height[partner[double]]) * 1.1
    which[double] = -1
    debris = np.exp(
        rng.uniform([9, 9, 3, 3], [13, 13.5, 12, 9], size=(int(0.05 * which.size), 4))
    ).T
    dull = np.exp(
        rng.normal(
            [11.6, 11.8, 2.5, 4], [0.25, 0.3, 0.25, 0.5], size=(int(particles * which.size), 4)
        )
    ).T
    debris = np.concatenate([debris, dull], axis=1)
    n = debris.shape[1]
    events = np.concatenate([events, debris], axis=1)
    order = rng.permutation(events.shape[1])
    found = dict(zip(("FSC-A", "SSC-A", "APC", "PE"), events[:, order], strict=True))
    found["FSC-H"] = np.concatenate([height, debris[0]])[order]
    return found, np.concatenate([which, np.full(n, -1)])[order]


def rows_of(
    well: str, channels: dict[str, Floats], *, plate: str = "L1", **other: Any
) -> list[dict[str, object]]:
    return [
        {
            "source": f"raw/{plate}_{well}.fcs",
            "sha256": "0" * 64,
            "block": "1",
            "plate": plate,
            "well": well,
            "channel": channel,
            "kind": "bead_events",
            "censor": "none",
            "unit": "au",
            "y": values.tolist(),
            "assay": "protein",
            "readout": "protein",
            "role": "sample",
            "dilution": 1.0,
            **other,
        }
        for channel, values in channels.items()
    ]


def reporters(
    rng: np.random.Generator, dose: float, positions: tuple[str, ...] = POSITIONS
) -> dict[str, float]:
    """Mean reporter of every bead at a dose; curves differ from bead to bead."""
    middle = {p: 300.0 * (1 + i) for i, p in enumerate(positions)}
    return {
        p: 20 + 60000 * dose / (middle[p] + dose) * np.exp(0.05 * rng.normal()) for p in positions
    }


def sized_plate(
    rng: np.random.Generator, positions: tuple[str, ...] = POSITIONS, **tube: Any
) -> tuple[list[dict[str, object]], Floats]:
    """Standards and four samples of 700; rows of WELLS in the order of wells, and the position of
    every event in it.
    """
    rows, truth = [], []
    doses = [("standard" if d else "blank", d) for d in LEVELS for _ in (1, 2)] + [
        ("sample", 700.0)
    ] * 4
    for i, (role, dose) in enumerate(doses):
        channels, whose = sized_tube(rng, reporters(rng, dose, positions), **tube)
        nominal = dose if role == "standard" else None
        rows += rows_of(f"T{i:02}", channels, role=role, nominal=nominal)
        truth.append(whose)
    return rows, np.concatenate(truth)


def real_plate(folder: Path) -> tuple[pl.DataFrame, Beads]:
    """The 18 tubes of the real plate, on raw scale. Top standards: 10 000, then 1:4; analytes are
    named by position.
    """
    rows = []
    for path in sorted((folder / "beads/legendplex/plate_csv").glob("*.csv.gz")):
        kit, level, replicate = path.name.split("_")[0].split("-")
        assert kit == "K3"
        events = pl.read_csv(path).with_columns(pl.col("FL6-H", "FL2-H").sinh())
        role = "sample" if level[0] == "S" else "standard" if level != "C0" else "blank"
        nominal = 10000.0 / 4.0 ** (7 - int(level[1])) if role == "standard" else None
        channels = {c: events[c].cast(pl.Float64).to_numpy() for c in events.columns}
        rows += rows_of(f"{level}-{replicate}", channels, role=role, nominal=nominal, plate="K3")
    assay = legendplex_assay(
        classifier=("FL6-H",), reporter="FL2-H", panel={p: p for p in POSITIONS}
    )
    return WELLS.frame(rows), assay
