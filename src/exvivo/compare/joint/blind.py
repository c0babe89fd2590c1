"""Donors' conditions with no detected well: which they are, and their wells and cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.structure import Structure


@dataclass(frozen=True)
class Blind:
    """Donors' conditions of one series with no detected well: chain, donor and dimension of each,
    and their wells.

    Wells are listed one unit after another, `well_unit` names the unit; `well_start` is where each
    begins. `lower` and `upper` are the bounds of the wells.
    """

    chain: Ints
    donor: Ints
    dimension: Ints
    well: Ints
    well_unit: Ints
    well_start: Ints
    lower: Floats
    upper: Floats


def blind_units(lower: Floats, upper: Floats, design: Structure, chains: int) -> tuple[Blind, ...]:
    """The units of all chains, those of each series. Bounds (B, W) are sorted as the design."""
    units: list[list[tuple[int, Ints]]] = [[] for _ in design.data.series]
    for study, undetected in enumerate(lower != upper):
        for wells in _undetected_units(undetected, design):
            units[design.well_series[wells[0]]].append((study, wells))
    return tuple(_blind(own, lower, upper, design, chains) for own in units)


def _undetected_units(undetected: Bools, design: Structure) -> Iterator[Ints]:
    """The wells of each donor's condition with no detected well in one study."""
    order = np.argsort(design.well_unit, kind="stable")
    starts = np.unique(design.well_unit[order], return_index=True)[1]
    for wells in np.split(order, starts[1:]):
        if undetected[wells].all():
            yield wells


def _blind(
    units: list[tuple[int, Ints]],
    lower: Floats,
    upper: Floats,
    design: Structure,
    chains: int,
) -> Blind:
    """The units (study, wells) of one series, repeated for the chains of each study."""
    study = np.repeat(np.array([study for study, _ in units], dtype=np.intp), chains)
    wells: list[Ints] = []
    for _, own in units:
        wells += [own] * chains
    well, well_unit, well_start = _listed(wells)
    donor, dimension = np.divmod(design.well_unit[well[well_start]], design.data.dimensions)
    return Blind(
        chain=study * chains + np.tile(np.arange(chains), len(units)),
        donor=donor,
        dimension=dimension,
        well=well,
        well_unit=well_unit,
        well_start=well_start,
        lower=lower[study[well_unit], well],
        upper=upper[study[well_unit], well],
    )


def _listed(parts: list[Ints]) -> tuple[Ints, Ints, Ints]:
    """Arrays one after another, the number of the array each entry is from, and where each
    begins.
    """
    sizes = [len(part) for part in parts]
    starts = np.r_[0, np.cumsum(sizes)].astype(np.intp)[: len(parts)]
    joined = np.concatenate([np.empty(0, dtype=np.intp), *parts])
    return joined, np.repeat(np.arange(len(parts)), sizes), starts
