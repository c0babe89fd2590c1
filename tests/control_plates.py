"""A small RT-qPCR study as a folder, from a plain table of Cq: samples of two groups, and controls
that amplify or do not. Invented numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

STUDY = """\
exvivo: 1
title: Samples beside controls that amplify
groups:
  - {id: A, name: group A}
  - {id: B, name: group B}
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: extracellular ATP}
analytes: [{id: TNF}]
assays:
  - {id: mrna, kind: qpcr, cq: vendor, cycles: 45, references: [REF],
     efficiency: {TNF: {value: 2.0, sd: 0.02}, REF: {value: 2.0, sd: 0.02}}}
plates:
  - {id: Q1, assay: mrna, layout: plates/Q1.csv, file: raw/Q1.csv}
questions:
  - {id: level, ask: difference, groups: [A, B], assays: [mrna], analytes: [TNF]}
  - {id: response, ask: difference, groups: [A, B], assays: [mrna], analytes: [TNF], stimulus: ATP}
plan: {declared: 2026-01-05}
"""
_LAYOUT = ("well", "role", "donor", "stimulus", "target", "exclude")
_TABLE = ("well", "target", "cq")


@dataclass
class ControlPlate:
    """The wells of one plate, as rows of the layout and of the table of Cq."""

    rows: list[dict[str, str]] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)

    def well(self, target: str, cq: float | None, role: str = "sample", **more: str) -> None:
        """One more well."""
        place = f"{chr(65 + len(self.rows) // 24)}{len(self.rows) % 24 + 1}"
        shown = "Undetermined" if cq is None else f"{cq:.3f}"
        row = {"well": place, "role": role, "target": target, "cq": shown, **more}
        self.rows.append(dict.fromkeys(_LAYOUT, "") | row)

    def samples(
        self, group: str, cq: Sequence[float], stimulus: str = "none", reference: float = 20.0
    ) -> None:
        """A donor for each Cq of TNF, with a well of the reference; the same donors each time."""
        for i, value in enumerate(cq):
            donor = f"{group}{i + 1}"
            self.groups[donor] = group
            self.well("TNF", value, donor=donor, stimulus=stimulus)
            self.well("REF", reference + 0.02 * i, donor=donor, stimulus=stimulus)

    def controls(self, cq: Sequence[float | None], role: str = "ntc", target: str = "TNF") -> None:
        """Controls of a target."""
        for value in cq:
            self.well(target, value, role)

    def write(self, folder: Path) -> Path:
        """The study folder."""
        for name in ("raw", "plates"):
            (folder / name).mkdir(parents=True)
        (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
        donors = [{"donor": donor, "group": group} for donor, group in self.groups.items()]
        _csv(folder / "donors.csv", ("donor", "group"), donors)
        _csv(folder / "plates" / "Q1.csv", _LAYOUT, self.rows)
        _csv(folder / "raw" / "Q1.csv", _TABLE, self.rows)
        return folder


def spread(mean: float, n: int, sd: float = 0.4, seed: int = 1) -> list[float]:
    """Cq of n donors around a mean."""
    drawn = np.random.default_rng(seed).normal(size=n)
    return [round(float(mean + sd * each), 3) for each in drawn]


def _csv(path: Path, names: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
