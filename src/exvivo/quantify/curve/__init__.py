"""Calibration curves: standards with known amounts turn readings into concentrations with limits
and error.
"""

from exvivo.quantify.curve.calibrate import STANDARDS, Curves, calibrate
from exvivo.quantify.curve.fit import Fits, fit_curves
from exvivo.quantify.curve.points import LEVELS_FOR_4PL
from exvivo.quantify.curve.readings import Reads, read_off
from exvivo.quantify.curve.rows import curve_rows, key_of, shared_errors

__all__ = [
    "LEVELS_FOR_4PL",
    "STANDARDS",
    "Curves",
    "Fits",
    "Reads",
    "calibrate",
    "curve_rows",
    "fit_curves",
    "key_of",
    "read_off",
    "shared_errors",
]
