"""Donors' conditions with no detected well: which they are, and their wells and cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.structure import Structure


@dataclass(frozen=True)
class Blind:
    """Donors' conditions with no detected well: chain, donor and dimension of each, and their wells
    and cells.

    Wells and cells are listed one unit after another, `well_unit` and `cell_unit` name the unit;
    `well_start` is where each begins. `lower` and `upper` are the bounds of the wells.
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


def blind_units(lower: Floats, upper: Floats, design: Structure, chains: int) -> tuple[Blind, ...]:
    """The units of all chains, so split that no chain and donor comes twice in one part. Bounds (B,
    W) are sorted as the design.
    """
    parts: dict[int, list[tuple[int, Ints]]] = {}
    for study, undetected in enumerate(lower != upper):
        counted: dict[int, int] = {}
        for donor, wells in _undetected_units(undetected, design):
            turn = counted.get(donor, 0)
            counted[donor] = turn + 1
            parts.setdefault(turn, []).append((study, wells))
    return tuple(_blind(units, lower, upper, design, chains) for units in parts.values())


def blind_of_series(
    lower: Floats, upper: Floats, design: Structure, chains: int
) -> tuple[Blind, ...]:
    """The units of each series, of all chains."""
    units: list[list[tuple[int, Ints]]] = [[] for _ in design.data.series]
    for study, undetected in enumerate(lower != upper):
        for _, wells in _undetected_units(undetected, design):
            units[design.well_series[wells[0]]].append((study, wells))
    return tuple(_blind(own, lower, upper, design, chains) for own in units)


def _undetected_units(undetected: Bools, design: Structure) -> Iterator[tuple[int, Ints]]:
    """Donor and wells of each donor's condition with no detected well in one study."""
    order = np.argsort(design.well_unit, kind="stable")
    units, starts = np.unique(design.well_unit[order], return_index=True)
    for unit, wells in zip(units.tolist(), np.split(order, starts[1:]), strict=True):
        if undetected[wells].all():
            yield unit // design.data.dimensions, wells


def _blind(
    units: list[tuple[int, Ints]],
    lower: Floats,
    upper: Floats,
    design: Structure,
    chains: int,
) -> Blind:
    """One part of units (study, wells), repeated for the chains of each study."""
    study = np.repeat(np.array([study for study, _ in units], dtype=np.intp), chains)
    wells: list[Ints] = []
    for _, own in units:
        wells += [own] * chains
    cells = [np.unique(design.well_cell[own]) for own in wells]
    well, well_unit, well_start = _listed(wells)
    cell, cell_unit, _ = _listed(cells)
    donor, dimension = np.divmod(design.well_unit[well[well_start]], design.data.dimensions)
    return Blind(
        chain=study * chains + np.tile(np.arange(chains), len(units)),
        donor=donor,
        dimension=dimension,
        well=well,
        well_unit=well_unit,
        well_start=well_start,
        cell=cell,
        cell_unit=cell_unit,
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
