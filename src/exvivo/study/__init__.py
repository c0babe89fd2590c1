"""The study folder: study.yaml, donors.csv and the plate layouts, read into one frozen `Study`."""

from exvivo.study.load import load
from exvivo.study.question_records import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Measured,
    Mediation,
    Question,
    Specificity,
    Treatment,
    groups_of,
)
from exvivo.study.records import (
    Analyte,
    Assay,
    Beads,
    CellType,
    Efficiency,
    Group,
    Immunoassay,
    Limit,
    OneCopy,
    Plan,
    Plate,
    Qpcr,
    Results,
    Scale,
    Stimulus,
    Study,
)
from exvivo.study.schema import json_schema

__all__ = [
    "Analyte", "Assay", "Association", "Beads", "CellType", "Change", "Difference", "Effect", "Efficiency", "Group", "Identity",
    "Immunoassay", "Limit", "Measured", "Mediation", "OneCopy", "Plan", "Plate", "Qpcr", "Question", "Results", "Scale", "Specificity",
    "Stimulus", "Study", "Treatment", "groups_of", "json_schema", "load",
]  # fmt: skip
