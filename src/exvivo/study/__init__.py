"""The study folder: study.yaml, donors.csv and the plate layouts, read into one frozen `Study`."""

from exvivo.study.load import load
from exvivo.study.records import (
    Analyte,
    Assay,
    Association,
    Beads,
    CellType,
    Change,
    Difference,
    Effect,
    Efficiency,
    Group,
    Identity,
    Immunoassay,
    Limit,
    Measured,
    Mediation,
    OneCopy,
    Plan,
    Plate,
    Qpcr,
    Question,
    Results,
    Scale,
    Specificity,
    Stimulus,
    Study,
    Treatment,
    groups_of,
)
from exvivo.study.schema import json_schema

__all__ = [
    "Analyte", "Assay", "Association", "Beads", "CellType", "Change", "Difference", "Effect", "Efficiency", "Group", "Identity",
    "Immunoassay", "Limit", "Measured", "Mediation", "OneCopy", "Plan", "Plate", "Qpcr", "Question", "Results", "Scale", "Specificity",
    "Stimulus", "Study", "Treatment", "groups_of", "json_schema", "load",
]  # fmt: skip
