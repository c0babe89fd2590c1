"""A small study that asks every kind of question, written as a folder; and ways to write it else.

Invented numbers: 8 patients and 7 controls, three conditions, two visits, two kinds of cells, two
tables of results that hold both groups, a score, an exposure, and profiles of expression. Its summary
is declared in five languages.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from every_summary import SUMMARY

GROUPS = {"FM": 8, "HC": 7}
CONDITIONS = ("none", "ATP", "ATP_A438079")
ANALYTES = ("TNF", "IL6", "IL10")
CELLS = ("iMG", "MDM")
VISITS = ("1", "2")

QUESTIONS = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF, IL6, IL10],
     stimulus: ATP, cell_type: iMG, margin: 1}
  - {id: levels, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF, IL6, IL10],
     cell_type: iMG}
  - {id: pain, ask: association, within: FM, assays: [secreted], analytes: [TNF, IL6],
     scales: [VAS], stimulus: ATP, cell_type: iMG}
  - {id: only_tnf, ask: specificity, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     against: [IL10], stimulus: ATP, cell_type: iMG}
  - {id: only_img, ask: specificity, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     cell_type: iMG, against_cell_type: MDM, stimulus: ATP}
  - {id: a_year, ask: change, within: FM, assays: [secreted], analytes: [TNF], visits: [1, 2],
     cell_type: iMG, stimulus: ATP}
  - {id: a_year_of_pain, ask: change, within: FM, assays: [secreted], analytes: [TNF],
     visits: [1, 2], scales: [VAS], cell_type: iMG, stimulus: ATP}
  - {id: blocked, ask: effect, within: FM, assays: [secreted], analytes: [TNF], stimulus: ATP,
     blocked: ATP_A438079, cell_type: iMG}
  - {id: on_pregabalin, ask: treatment, within: FM, assays: [secreted], analytes: [TNF],
     stimulus: ATP, exposure: pregabalin, exposed: yes, cell_type: iMG}
  - {id: through_tnf, ask: mediation, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     scales: [VAS], stimulus: ATP, cell_type: iMG}
  - {id: which_cells, ask: identity, cell_type: iMG, like: microglia, profiles: raw/profiles.csv,
     references: raw/references.csv, scale: log2}
"""

STUDY = """\
exvivo: 1
title: Every kind of question
groups:
  - {{id: FM, name: people with fibromyalgia}}
  - {{id: HC, name: healthy people}}
cell_types:
  - {{id: iMG, name: induced microglia-like cells}}
  - {{id: MDM, name: monocyte-derived macrophages}}
stimuli:
  - {{id: none, name: unstimulated, control: true}}
  - {{id: ATP, name: extracellular ATP}}
  - {{id: ATP_A438079, name: ATP with the antagonist A-438079}}
analytes:
  - {{id: TNF}}
  - {{id: IL6}}
  - {{id: IL10}}
assays:
  - {{id: secreted, kind: results, readout: protein, unit: {unit}, sample: sample}}
plates:
{plates}
scales:
  - {{id: VAS, name: "pain, visual analogue scale", lowest: 0, highest: 100, higher_is: worse}}
questions:{questions}
plan: {{permutations: 199, seed: 1}}
{summary}"""

Row = dict[str, str]


@dataclass
class EveryQuestion:
    """The study as rows of text; `write` puts it into a folder. Laws change what they must."""

    unit: str = "pg/mL"
    donors: list[Row] = field(default_factory=list)
    clinic: list[Row] = field(default_factory=list)
    layouts: dict[str, list[Row]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    profiles: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    questions: str = QUESTIONS
    summary: str = SUMMARY

    def write(self, folder: Path) -> Path:
        """The study folder."""
        for name in ("raw", "plates"):
            (folder / name).mkdir(parents=True)
        _csv(folder / "donors.csv", self.donors)
        _csv(folder / "clinic.csv", self.clinic)
        for plate, rows in self.layouts.items():
            _csv(folder / "plates" / f"{plate}.csv", rows)
            _csv(folder / "raw" / f"{plate}.csv", self.tables[plate])
        _csv(folder / "raw" / "profiles.csv", self.profiles)
        _csv(folder / "raw" / "references.csv", self.references)
        plates = "\n".join(
            f"  - {{id: {plate}, assay: secreted, layout: plates/{plate}.csv, "
            f"file: raw/{plate}.csv}}"
            for plate in self.layouts
        )
        text = STUDY.format(
            unit=self.unit, plates=plates, questions=self.questions, summary=self.summary
        )
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        return folder

    def rename(self, new: Callable[[str], str]) -> None:
        """Every donor by another name."""
        for row in (
            *self.donors,
            *self.clinic,
            *(r for rows in self.layouts.values() for r in rows),
        ):
            row["donor"] = new(row["donor"])
        for row in self.profiles:
            for name in [name for name in row if name != "gene"]:
                row[new(name)] = row.pop(name)


def every_question(seed: int = 5) -> EveryQuestion:
    """The study, the same for the same seed; two of its IL6 results are below a limit."""
    rng = np.random.default_rng(seed)
    study = EveryQuestion()
    for group, number in GROUPS.items():
        for i in range(1, number + 1):
            _add_donor(study, f"{group}{i:02d}", group, i, rng)
    for row in study.tables["t1"][:2]:
        row["IL6"] = "<2.5"
    _add_profiles(study, rng)
    return study


def _add_donor(
    study: EveryQuestion, donor: str, group: str, i: int, rng: np.random.Generator
) -> None:
    """A donor's rows in every table: plates hold both groups, odd donors on t1, even on t2."""
    plate = "t1" if i % 2 else "t2"
    own = {analyte: rng.normal(0, 0.4) for analyte in ANALYTES}
    exposed = "yes" if i % 4 in (1, 2) else "no"
    study.donors.append(
        {"donor": donor, "group": group, "age": str(30 + 3 * i), "pregabalin": exposed}
    )
    for visit in VISITS:
        pain = 20 + 30 * (group == "FM") + 8 * own["TNF"] + rng.normal(0, 6)
        study.clinic.append({"donor": donor, "visit": visit, "VAS": f"{pain:.1f}"})
        for cell in CELLS:
            for condition in CONDITIONS:
                sample = f"{donor} {visit} {cell} {condition}"
                study.layouts.setdefault(plate, []).append(
                    {
                        "well": sample,
                        "role": "sample",
                        "donor": donor,
                        "visit": visit,
                        "cell_type": cell,
                        "stimulus": condition,
                    }
                )
                amounts = {a: _amount(a, group, condition, own[a], rng) for a in ANALYTES}
                study.tables.setdefault(plate, []).append({"sample": sample, **amounts})


def _amount(analyte: str, group: str, condition: str, own: float, rng: np.random.Generator) -> str:
    """A concentration: a twofold response to ATP, larger in patients for TNF, halved if blocked."""
    response = {"none": 0.0, "ATP": 1.0, "ATP_A438079": 0.3}[condition]
    if analyte == "TNF" and group == "FM":
        response *= 2.0
    return f"{2 ** (6 + own + response + rng.normal(0, 0.2)):.4f}"


def _add_profiles(study: EveryQuestion, rng: np.random.Generator) -> None:
    """Profiles of the patients' cells, nearer to microglia than to monocytes in forty genes."""
    classes = {name: rng.normal(0, 1, 40) for name in ("microglia", "monocyte", "fibroblast")}
    donors = [row["donor"] for row in study.donors]
    for gene in range(40):
        base = rng.normal(6, 2)
        likeness = base + 0.8 * classes["microglia"][gene] + 0.2 * classes["monocyte"][gene]
        study.profiles.append(
            {"gene": f"G{gene}"} | {d: f"{likeness + rng.normal(0, 0.3):.4f}" for d in donors}
        )
        study.references.append(
            {"gene": f"G{gene}"}
            | {
                f"{name}:{sample}": f"{base + values[gene] + rng.normal(0, 0.2):.4f}"
                for name, values in classes.items()
                for sample in ("s1", "s2")
            }
        )


def _csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
