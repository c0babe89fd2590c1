"""The melting curves of an Applied Biosystems export: fluorescence of one well along temperature.

`Melt Curve Raw Data` of the instruments' own software names no target (one of 12K Flex does), `Melt
Curve Raw` of Design & Analysis does. Layout as public exports and parsers of it show; no real file
with melting curves was at hand.
"""

from __future__ import annotations

from exvivo.cells.text import Unreadable, is_blank
from exvivo.read.qpcr.applied_biosystems_tables import Line, Plate, Table, as_number, required_well
from exvivo.read.qpcr.shared import Reaction

_Points = list[tuple[float, float]]
_SEVERAL = (
    "melting curves of wells with several targets",
    "the file does not say which target they are of",
)


def read_melting(table: Table, plate: Plate) -> None:
    """Every melting curve (`melt`), of the target its lines name, else of the only one its well
    has.
    """
    curves: dict[tuple[str, str], tuple[Reaction, _Points]] = {}
    targets = _targets(plate)
    for line in table.lines:
        well = required_well(line, plate)
        if well is None or is_blank(line.text("fluorescence")):
            continue
        of_well = targets.get(well, [""])
        target = line.text("target") or of_well[0]
        if len(of_well) > 1 and not line.text("target"):
            plate.note(*_SEVERAL, well)
            continue
        if (well, target) not in curves:
            curves[well, target] = (_reaction(line, well, target), [])
        curves[well, target][1].extend(_points(line, plate))
    for reaction, points in curves.values():
        plate.reactions.melt(reaction, points)


def _targets(plate: Plate) -> dict[str, list[str]]:
    """The targets of each well as the other tables state them."""
    targets: dict[str, list[str]] = {}
    for well, target in plate.stated:
        if target:
            targets.setdefault(well, []).append(target)
    return targets


def _reaction(line: Line, well: str, target: str) -> Reaction:
    where = f"{line.where('fluorescence')}, well {well} {target}".rstrip()
    return Reaction(where=where, block=line.table.name, well=well, channel=target)


def _points(line: Line, plate: Plate) -> _Points:
    """Temperature and fluorescence of a line; none, and a mistake, where a cell is no number."""
    try:
        temperature, fluorescence = (
            as_number(line.cell(name), plate.mark) for name in ("temperature", "fluorescence")
        )
    except Unreadable:
        plate.complain(
            "a point of a melting curve that is no number",
            "a temperature and a fluorescence",
            "export the run again",
            line.quoted("fluorescence"),
        )
        return []
    return [(temperature, fluorescence)]
