"""Run files of qPCR programs: closed formats, which only their own program opens, by their endings.

What to export instead is named, program by program.
"""

from __future__ import annotations

from exvivo.cells.guards import describe
from exvivo.errors import Mistake

_QUANTSTUDIO = (
    "a run file of Applied Biosystems",
    "open it in its program, and export Results and Amplification Data as .xlsx or .txt",
)
_RUN_FILES = {
    ".ixo": (
        "an experiment of the LightCycler 480",
        "open it in its program, and export the raw data as text (Export), and the table of Cp of "
        "the analysis (Export Table)",
    ),
    ".lc96p": ("a run of the LightCycler 96", "open it in its program, and export RDML"),
    ".pcrd": (
        "a run of Bio-Rad CFX",
        "open it in CFX Maestro, and export all data sheets: Quantification Cq Results and "
        "Quantification Amplification Results are read",
    ),
    ".eds": _QUANTSTUDIO,
    ".edt": _QUANTSTUDIO,
    ".sds": _QUANTSTUDIO,
}


def run_file_mistake(raw: bytes, suffix: str, source: str) -> Mistake | None:
    """What to say of a run file (its ending in lower case); None for any other file."""
    if suffix not in _RUN_FILES or describe(raw[:4096]) == "text":
        return None
    what, cure = _RUN_FILES[suffix]
    return Mistake(source, f"{what} ({suffix}), a closed format", "an export of the run", cure)
