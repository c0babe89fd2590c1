"""Invented ELISA plates of one kit, as a study folder: standards in duplicate, blanks, a bridge
sample and donors. Nothing of the package takes part in making them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

STANDARDS = (1000.0, 500.0, 250.0, 125.0, 62.5, 31.25, 15.6)
STUDY = """exvivo: 1
title: invented
groups: [{id: HC, name: healthy}, {id: FM, name: patients}]
stimuli: [{id: none, name: unstimulated, control: true}]
analytes: [{id: TNF}]
assays: [{id: protein, kind: immunoassay, unit: pg/mL, analyte: TNF}]
plates:
  - {id: P1, assay: protein, layout: plates/P1.csv, file: raw/P1.csv}
  - {id: P2, assay: protein, layout: plates/P2.csv, file: raw/P2.csv}
questions:
  - {id: q1, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF]}
"""
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]


def density(amount: float, middle: float = 500.0) -> float:
    """What a reader gives for an amount."""
    u = float((amount / middle) ** 1.15)
    return 0.05 + 3.2 * u / (1 + u)


def two_plates(
    folder: Path,
    *,
    amounts: float = 1.0,
    bridge: float = 1.0,
    blanks: Sequence[float] = (0.0, 0.0),
    readings: Mapping[str, str] | None = None,
    seed: int = 1,
) -> Path:
    """A study of two plates. On the second the amounts in the layout are `amounts` times what is in
    the wells, the bridge sample is `bridge` times as strong, and `blanks` is added to the blanks;
    `readings` are cells of the second file as they are to stand there.
    """
    rng = np.random.default_rng(seed)
    donors = ["donor,group"]
    for name in ("plates", "raw"):
        (folder / name).mkdir(parents=True)
    for plate in ("P1", "P2"):
        second = plate == "P2"
        wells: list[tuple[str, float]] = []
        for amount in np.repeat(STANDARDS, 2):
            stated = amount * (amounts if second else 1.0)
            wells.append((f"standard,{stated:g},,", density(amount)))
        wells += [("blank,,,", density(0.0) + (extra if second else 0.0)) for extra in blanks]
        strength = 200.0 * (bridge if second else 1.0)
        wells += [("calibrator,,,bridge", density(strength))] * 2
        for number, group in enumerate(("FM", "HC") * 4):
            donors.append(f"{group}{plate}{number},{group}")
            true = float(np.exp(rng.normal(5.0, 0.6)))
            wells.append((f"sample,,{group}{plate}{number},", density(true)))
        noise = np.exp(0.03 * rng.standard_normal(len(wells)))
        cells = {
            well: f"{bright * factor:.3f}"
            for well, (_, bright), factor in zip(WELLS, wells, noise, strict=False)
        }
        layout = [f"{well},{facts}" for well, (facts, _) in zip(WELLS, wells, strict=False)]
        text = "\n".join(["well,role,nominal,donor,control", *layout])
        (folder / "plates" / f"{plate}.csv").write_text(text + "\n")
        matrix = _matrix(cells | dict(readings or {}) if second else cells)
        (folder / "raw" / f"{plate}.csv").write_text(matrix)
    (folder / "donors.csv").write_text("\n".join(donors) + "\n")
    (folder / "study.yaml").write_text(STUDY)
    return folder


def _matrix(cells: Mapping[str, str]) -> str:
    lines = ["450", "," + ",".join(map(str, range(1, 13)))]
    for row in "ABCDEFGH":
        lines.append(",".join([row, *(cells.get(f"{row}{n}", "") for n in range(1, 13))]))
    return "\n".join(lines) + "\n"
