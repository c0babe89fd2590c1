"""How many simulated studies a test of level or coverage makes: few in the suite, many in
`scripts/calibrate`. Bands follow the number, so that both are exact.
"""

from __future__ import annotations

import os

LONG = bool(os.environ.get("EXVIVO_LONG_CALIBRATION"))


def studies(many: int, few: int) -> int:
    """`few` in the suite, `many` in a long calibration."""
    return many if LONG else few
