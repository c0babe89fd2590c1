"""A small planned study that is drawn in tests."""

from __future__ import annotations

from exvivo.study import Study
from exvivo.study.nodes import Caster, compose

PLANNED = """
exvivo: 1
title: A planned study
groups: [{id: FM, name: patients, n: 3}, {id: HC, name: healthy people, n: 3}]
cell_types: [{id: iMG, name: microglia-like cells}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}, {id: IL6}]
assays:
  - {id: mrna, kind: qpcr, references: [RPLP0, UBC]}
  - id: protein
    kind: beads
    classifier: [APC-Cy7-A, APC-A]
    directions: [falling, rising]
    reporter: PE-A
    panel: {TNF: D9, IL6: A7}
    scatter: [FSC-A, SSC-A]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [mrna, protein], analytes: [TNF, IL6],
     stimulus: ATP}
  - {id: pain, ask: association, within: FM, assays: [mrna], analytes: [TNF], scales: [VAS],
     stimulus: ATP, adjust: [age]}
  - {id: drug, ask: treatment, within: FM, assays: [protein], analytes: [TNF], stimulus: ATP,
     exposure: pregabalin, exposed: "yes", not_exposed: ["never"]}
plan: {wells: 2}
assumptions:
  effects: [{stimulus: ATP, fold: 3}, {column: pregabalin, value: "yes", stimulus: ATP, fold: 0.8}]
  levels: [{assays: [protein], amount: 64}]
  scores: [{scale: VAS, group: FM, mean: 60, sd: 15}, {scale: VAS, group: HC, mean: 8, sd: 6}]
  shares: [{column: pregabalin, value: "yes", shares: {FM: 0.5, HC: 0}}]
"""


def planned(text: str = PLANNED) -> Study:
    """The study that a study.yaml declares."""
    caster = Caster("study.yaml")
    study = caster.cast(compose(text, file="study.yaml"), Study)
    assert isinstance(study, Study), caster.mistakes
    return study
