"""The study folder: study.yaml, donors.csv and the plate layouts, read into one frozen `Study`."""

from exvivo.study.load import load
from exvivo.study.records import (
    Analyte,
    Assay,
    Association,
    Beads,
    CellType,
    Difference,
    Efficiency,
    Group,
    Immunoassay,
    Limit,
    OneCopy,
    Plan,
    Plate,
    Qpcr,
    Question,
    Results,
    Scale,
    Stimulus,
    Study,
)
from exvivo.study.schema import json_schema

__all__ = [
    "Analyte", "Assay", "Association", "Beads", "CellType", "Difference", "Efficiency", "Group", "Immunoassay", "Limit", "OneCopy", "Plan",
    "Plate", "Qpcr", "Question", "Results", "Scale", "Stimulus", "Study", "json_schema", "load",
]  # fmt: skip
