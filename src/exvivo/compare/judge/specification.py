"""Would other defensible choices have answered alike? Every declared choice crossed with every
other, all cells shown.

The cells are not independent and none is better for being larger: the grid shows how much of an
answer is choice. The answer stays the one declared (Steegen et al. 2016, doi
10.1177/1745691616658637; Simonsohn et al. 2020, doi 10.1038/s41562-020-0912-z).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exvivo.compare.finding import LOG2_FOLD, Finding
from exvivo.tables import BETWEEN_CHOICES

FEWEST = 3
"""Cells from which a grid is shown."""
CHOICE = "one cell of the specification grid"


def grid(cells: Sequence[tuple[tuple[str, ...], Finding]]) -> list[Finding]:
    """Each cell as a finding of part `robustness`; its choices stand in the estimand. Nothing where
    there are too few cells.

    Cells that could not be estimated stay, with their reason; those that are no fold
    (probabilities) have no place on the axis and are left to the table beside the answer.
    """
    folds = [(choices, cell) for choices, cell in cells if cell.unit == LOG2_FOLD]
    if len(folds) < FEWEST:
        return []
    return [
        replace(
            cell,
            part="robustness",
            estimand=BETWEEN_CHOICES.join(choices),
            method=f"{CHOICE}: {cell.method}",
            warnings=[],
            p_permutation=None,
            effect_size=None,
        )
        for choices, cell in folds
    ]
