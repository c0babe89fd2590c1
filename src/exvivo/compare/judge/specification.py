"""Would other defensible choices have answered alike? Every declared choice crossed with every
other, all cells shown.

The cells are not independent and none is better for being larger: the grid shows how much of an
answer is choice. The answer stays the one declared (Steegen et al. 2016, doi
10.1177/1745691616658637; Simonsohn et al. 2020, doi 10.1038/s41562-020-0912-z).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from exvivo.findings import Estimand, Finding
from exvivo.methods import Family
from exvivo.units import LOG2_FOLD

FEWEST_CELLS = 3
"""Cells from which a grid is shown."""
Measure = Literal["expression", "concentration", "signal"]
Choices = tuple[Measure, Family, Literal["unadjusted", "adjusted"]]
"""What a cell was made from, the family of its method, and whether covariates were adjusted for."""


def grid(cells: Sequence[tuple[Choices, Finding]]) -> list[Finding]:
    """Each cell as a finding of part `robustness` with its choices; nothing where there are too few
    cells.

    Cells that could not be estimated stay, with their reason; those that are no fold
    (probabilities) have no place on the axis and are left to the table beside the answer.
    """
    folds = [(choices, cell) for choices, cell in cells if cell.unit is LOG2_FOLD]
    if len(folds) < FEWEST_CELLS:
        return []
    return [_in_grid(choices, cell) for choices, cell in folds]


def _in_grid(choices: Choices, cell: Finding) -> Finding:
    """A finding as a cell of the grid, with the choices that made it."""
    return replace(
        cell,
        part="robustness",
        choices=choices,
        estimand=Estimand("specification_cell"),
        warnings=(),
        p_permutation=None,
        effect_size=None,
    )
