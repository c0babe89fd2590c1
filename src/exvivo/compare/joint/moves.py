"""A move for donors' conditions with no detected well, which leaves the posterior as it is.

Such wells and their donor hold one another in place, draw after draw: here both are shifted
together by one number (a group move, Liu and Sabatti 2000, doi 10.1093/biomet/87.2.353), drawn as
it lies given everything but that number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.structure import Structure
from exvivo.compare.joint.truncated import truncated_normal


@dataclass(frozen=True)
class Blind:
    """Donors' conditions with no detected well, at most one a donor and chain: whose, and their
    wells and cells.

    Wells and cells are listed one unit after another, `well_unit` and `cell_unit` say whose;
    `well_start` where each begins.
    """

    chain: Ints
    donor: Ints
    dimension: Ints
    well: Ints
    well_unit: Ints
    well_start: Ints
    cell: Ints
    cell_unit: Ints
    lower: Floats
    upper: Floats


def blind_units(
    lower: Floats, upper: Floats, design: Structure, conditions: int, chains: int
) -> tuple[Blind, ...]:
    """The units of all chains, so split that no chain and donor comes twice in one part. Bounds (B,
    W) are sorted as the design.
    """
    owner = (
        design.well_donor * design.width + design.well_series * conditions + design.well_condition
    )
    units = np.unique(owner)
    parts: dict[int, list[tuple[int, Ints]]] = {}
    undetected: Bools = lower != upper
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], units, side="right")
    starts = np.r_[0, ends[:-1]]
    for b in range(len(lower)):
        counted: dict[int, int] = {}
        for unit, start, end in zip(units, starts, ends, strict=True):
            wells = order[start:end]
            if undetected[b, wells].all():
                donor = int(unit) // design.width
                turn = counted.get(donor, 0)
                counted[donor] = turn + 1
                parts.setdefault(turn, []).append((b, wells))
    return tuple(_blind(found, owner, lower, upper, design, chains) for found in parts.values())


def _blind(
    found: list[tuple[int, Ints]],
    owner: Ints,
    lower: Floats,
    upper: Floats,
    design: Structure,
    chains: int,
) -> Blind:
    """One part, repeated for the chains of each study."""
    each = [(b * chains + c, b, wells) for b, wells in found for c in range(chains)]
    sizes = np.array([len(wells) for _, _, wells in each])
    well = np.concatenate([wells for *_, wells in each])
    study = np.repeat([b for _, b, _ in each], sizes)
    cells = [np.unique(design.well_cell[wells]) for *_, wells in each]
    unit = np.array([owner[wells[0]] for *_, wells in each])
    return Blind(
        chain=np.array([chain for chain, *_ in each]),
        donor=unit // design.width,
        dimension=unit % design.width,
        well=well,
        well_unit=np.repeat(np.arange(len(each)), sizes),
        well_start=np.r_[0, np.cumsum(sizes)[:-1]],
        cell=np.concatenate(cells),
        cell_unit=np.repeat(np.arange(len(each)), [len(mine) for mine in cells]),
        lower=lower[study, well],
        upper=upper[study, well],
    )


def shift(
    parts: tuple[Blind, ...],
    y: Floats,
    eta: Floats,
    u: Floats,
    covariance: Floats,
    block: Ints,
    rng: np.random.Generator,
) -> None:
    """Shift each unit's wells, cells and donor effect by one draw of all shifts that keep its wells
    within their bounds.
    """
    if not parts:
        return
    precision = np.linalg.inv(covariance)
    for part in parts:
        row = precision[part.chain, block[part.donor], part.dimension]
        at = (part.chain, part.donor, part.dimension)
        own = row[np.arange(len(row)), part.dimension]
        mean = -(row * u[part.chain, part.donor]).sum(axis=1) / own
        wells = (part.chain[part.well_unit], part.well)
        low = np.maximum.reduceat(part.lower - y[wells], part.well_start)
        high = np.minimum.reduceat(part.upper - y[wells], part.well_start)
        root = np.sqrt(own)
        by = (
            mean
            + truncated_normal(
                (low - mean) * root, np.maximum(high - mean, low - mean + 1e-12) * root, rng
            )
            / root
        )
        u[at] += by
        y[wells] += by[part.well_unit]
        eta[part.chain[part.cell_unit], part.cell] += by[part.cell_unit]
