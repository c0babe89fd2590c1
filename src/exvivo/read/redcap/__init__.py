"""A REDCap project: its data dictionary and an export of its records, read as they are."""

from exvivo.read.redcap.dictionary import Dictionary, Field, read_dictionary
from exvivo.read.redcap.project import Cell, CellState, Place, Project, Row
from exvivo.read.redcap.reading import read_project
from exvivo.read.redcap.tables import read_redcap

__all__ = [
    "Cell",
    "CellState",
    "Dictionary",
    "Field",
    "Place",
    "Project",
    "Row",
    "read_dictionary",
    "read_project",
    "read_redcap",
]
