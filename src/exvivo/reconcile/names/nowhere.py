"""Donors whom no name in a file speaks of, where it names the others; and amounts in names that
are not those of the stimulus.
"""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.atoms import Quantity, quantities
from exvivo.reconcile.names.plate import NamedPlate, Record, named_plates
from exvivo.words import counted, shortened

_MOST = 0.5
"""The share of donors that a file names where it names donors at all."""
_SHOWN = 4
_AMOUNTS = ("mass", "molar", "units")


def donors_named_nowhere(held: Held) -> Iterator[Flag]:
    """Donors of a layout whose wells all have names of nobody, where most others are named."""
    for plate in named_plates(held):
        wells = _by_donor(plate)
        named = {
            donor for donor, own in wells.items() if any("donor" in plate.says(w) for w in own)
        }
        absent = [donor for donor in wells if donor not in named]
        if absent and len(named) > _MOST * len(wells):
            yield _nowhere(plate, absent, wells)


def _by_donor(plate: NamedPlate) -> dict[str, list[str]]:
    """The wells of each donor that have a name."""
    wells: dict[str, list[str]] = {}
    for well, record in plate.records.items():
        if record.donor and record.role == "sample" and well in plate.names:
            wells.setdefault(record.donor, []).append(well)
    return wells


def _nowhere(plate: NamedPlate, absent: list[str], wells: dict[str, list[str]]) -> Flag:
    shown = [f"{donor} ({plate.names[wells[donor][0]].text!r} in the file)" for donor in absent]
    return Flag(
        table="wells",
        row=f"plate {plate.id}: {shortened(absent, _SHOWN)}",
        severity="look",
        what=(
            f"{counted(len(absent), 'donor is', 'donors are')} named otherwise in the file of "
            f"{plate.id}, which names the others: {shortened(shown, _SHOWN)}"
        ),
        why="the wells may be other people's",
        cure="compare with the notes of the day; accept this flag where it is their other name",
        place=plate.id,
        evidence=tuple(shown),
        scope=Scope(assays=(plate.assay,), plates=(plate.id,), donors=tuple(absent)),
    )


def doses_named_otherwise(held: Held) -> Iterator[Flag]:
    """Wells whose name has one amount, and whose stimulus has one of another size."""
    for plate in named_plates(held):
        known = _known(plate)
        odd = {well: each for well, each in plate.records.items() if _is_odd(plate, well, known)}
        if odd:
            yield _other_dose(plate, odd)


def _known(plate: NamedPlate) -> frozenset[Quantity]:
    """The amounts of all doses of the layout: exchanged ones are told with the names."""
    doses = {record.dose for record in plate.records.values() if record.dose}
    return frozenset[Quantity]().union(*(quantities(dose) for dose in doses))


def _is_odd(plate: NamedPlate, well: str, known: frozenset[Quantity]) -> bool:
    record = plate.records[well]
    if well not in plate.names or record.role != "sample" or not record.dose:
        return False
    named, stated = quantities(plate.names[well].text), quantities(record.dose)
    odd = (kind for kind in _AMOUNTS if _differs(_of(named, kind), _of(stated, kind)))
    return not named & known and any(odd)


def _of(amounts: frozenset[Quantity], kind: str) -> set[float]:
    return {size for each, size in amounts if each == kind}


def _differs(named: set[float], stated: set[float]) -> bool:
    return len(named) == len(stated) == 1 and named != stated


def _other_dose(plate: NamedPlate, odd: dict[str, Record]) -> Flag:
    shown = [
        f"{well} ({plate.names[well].text!r} in the file, {record.dose} in the study)"
        for well, record in odd.items()
    ]
    donors = dict.fromkeys(str(record.donor) for record in odd.values() if record.donor)
    stimuli = dict.fromkeys(str(record.stimulus) for record in odd.values() if record.stimulus)
    return Flag(
        table="wells",
        row=f"plate {plate.id}: {shortened(list(odd), _SHOWN)}",
        severity="look",
        what=f"the file names another dose than the study: {shortened(shown, _SHOWN)}",
        why="a tenth of the dose is another experiment",
        cure="correct the dose, in the layout where only some wells had it",
        place=plate.id,
        evidence=tuple(shown),
        scope=Scope(
            assays=(plate.assay,),
            plates=(plate.id,),
            donors=tuple(donors),
            stimuli=tuple(stimuli),
        ),
    )
