"""The rule that holds the names in instrument files against the layouts: one message for what one
slip explains, be it a layout turned by 180 degrees or two plates exchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.exchanged import Exchanged, exchanged
from exvivo.reconcile.names.learned import (
    Learned,
    doses_by_number,
    learned,
    replicates_by_number,
)
from exvivo.reconcile.names.moved import Moved, moved
from exvivo.reconcile.names.plate import Difference, NamedPlate, named_plates
from exvivo.reconcile.names.vocabulary import Field
from exvivo.words import counted, listed, shortened

_SHOWN = 5
_KINDS: tuple[tuple[Field, ...], ...] = (
    ("role",),
    ("donor", "group", "culture", "visit", "cell_type"),
    ("stimulus",),
    ("dose", "time"),
)
"""Fields whose contradictions are told together."""
_ONE_IS_WRONG = "one of the two is wrong, and a number given to the wrong sample looks right"
_CORRECT = (
    "compare layout and file with the notes of the day, and correct the layout; where the names in "
    "the file are the wrong ones (a template of an earlier plate), accept it with that reason"
)


def names_against_layout(held: Held) -> Iterator[Flag]:
    """Wells that the instrument file calls by another donor, stimulus, dose, time or role than the
    layout gives them.
    """
    plates = named_plates(held)
    told: set[str] = set()
    for swap in exchanged(plates):
        told.update(plate.id for plate in swap.plates)
        yield _exchanged(swap)
    for plate in plates:
        if plate.id not in told:
            yield from _of_plate(plate)


def _of_plate(plate: NamedPlate) -> Iterator[Flag]:
    """One flag where another way to lay out the plate explains all, else one of each kind."""
    if not (plate.differences or plate.displaced):
        return
    way = moved(plate)
    if way is not None:
        yield _moved(plate, way)
    else:
        yield from _each_kind(plate)


def names_out_of_habit(held: Held) -> Iterator[Flag]:
    """Wells whose name goes with another donor, stimulus or dose than theirs in the rest of the
    file, by parts that the study has no word for.
    """
    plates = [plate for plate in named_plates(held) if not plate.differences]
    for each in (*learned(plates), *map(doses_by_number, plates)):
        if each.differences:
            yield _out_of_habit(each)


def replicates_named_otherwise(held: Held) -> Iterator[Flag]:
    """Wells whose name has the number of another replicate, where nearly all names have their own.
    No result depends on which of two replicates is the first.
    """
    for plate in named_plates(held):
        own = [] if plate.differences else replicates_by_number(plate, held.study)
        if own:
            wells = [f"{well} ({name!r}, replicate {number})" for well, name, number in own]
            yield _other_replicate(plate.id, wells)


def _other_replicate(plate: str, wells: list[str]) -> Flag:
    return Flag(
        table="wells",
        row=f"plate {plate}: {counted(len(wells), 'well')}",
        severity="note",
        what=f"the file numbers replicates otherwise than the layout: {shortened(wells, _SHOWN)}",
        why="no result depends on it, but a line too many would move the wells after it as well",
        cure="correct the column `replicate`, if the file is right",
        place=plate,
        evidence=tuple(wells),
    )


def _out_of_habit(each: Learned) -> Flag:
    own, plate = each.differences, each.plate
    wells = shortened([one.well for one in own], _SHOWN)
    number = counted(len(own), "well is", "wells are")
    return Flag(
        table="wells",
        row=f"plate {plate.id}: {wells}",
        severity="stop" if each.certain else "look",
        what=(f"{number} named in the file as those of another sample of the layout{_by(own)}"),
        why=f"the other names of the file keep to one sample each; {_ONE_IS_WRONG}",
        cure=_CORRECT,
        place=plate.id,
        evidence=_evidence(own),
        scope=_scope(plate, own),
    )


def _exchanged(swap: Exchanged) -> Flag:
    differences = [each for plate in swap.plates for each in plate.differences]
    pairs = [f"the file of {file} with the layout of {layout}" for file, layout in swap.pairs]
    ids = [plate.id for plate in swap.plates]
    return Flag(
        table="wells",
        row=f"plates {listed(ids)}",
        severity="stop",
        what=f"files or layouts are exchanged: by the names of their wells {listed(pairs)} agrees",
        why=f"{counted(len(differences), 'well')} of {listed(ids)} would be other people's",
        cure="exchange the two under `plates` in study.yaml",
        place=ids[0],
        evidence=_evidence(differences),
        scope=Scope(
            assays=tuple(dict.fromkeys(plate.assay for plate in swap.plates)), plates=tuple(ids)
        ),
    )


def _moved(plate: NamedPlate, way: Moved) -> Flag:
    number = counted(len(plate.differences) + len(plate.displaced), "well")
    empty = [f"{well} ({plate.names[well].text!r} in the file)" for well in plate.displaced]
    return Flag(
        table="wells",
        row=f"plate {plate.id}",
        severity="stop",
        what=(
            f"the layout of {plate.id} agrees with the names in its file when it is {way.words} "
            f"({way.agree} wells agree then); as it stands {number} contradict it: "
            f"{_few(plate.differences, 3) or shortened(empty, 3)}"
        ),
        why="every number of these wells would be given to another sample",
        cure=f"correct the layout: it has to be {way.words}",
        place=plate.id,
        evidence=(*_evidence(plate.differences), *empty),
        scope=Scope(assays=(plate.assay,), plates=(plate.id,)),
    )


def _each_kind(plate: NamedPlate) -> Iterator[Flag]:
    """A flag for each kind of fields in which names contradict the layout."""
    for fields in _KINDS:
        own = [each for each in plate.differences if each.fields[0] in fields]
        if own:
            yield _differing(plate, own)


def _differing(plate: NamedPlate, own: Sequence[Difference]) -> Flag:
    number = counted(len(own), "well is", "wells are")
    return Flag(
        table="wells",
        row=f"plate {plate.id}: {shortened([each.well for each in own], _SHOWN)}",
        severity="stop",
        what=f"{number} named otherwise in the file than in the layout{_by(own)}",
        why=_ONE_IS_WRONG,
        cure=_CORRECT,
        place=plate.id,
        evidence=_evidence(own),
        scope=_scope(plate, own),
    )


def _few(differences: Sequence[Difference], most: int = _SHOWN) -> str:
    return shortened([each.words for each in differences], most, separator="; ")


def _evidence(differences: Iterable[Difference]) -> tuple[str, ...]:
    return tuple(
        f"{each.well}|{each.name}|{each.record.words(each.fields)}" for each in differences
    )


def _by(own: Sequence[Difference]) -> str:
    """What is taken for what, and the first wells: fewer where it is the same in many."""
    pairs = Counter(_pair(each) for each in own)
    if None in pairs or len(pairs) > _SHOWN or len(pairs) == len(own):
        return f": {_few(own)}"
    words = [f"{pair} in {counted(n, 'well')}" for pair, n in pairs.items()]
    return f": {', '.join(words)}; {_few(own, 2)}"


def _pair(difference: Difference) -> str | None:
    """What the layout says and what the file says instead, if that is one thing."""
    field = difference.fields[0]
    instead = sorted(difference.says[field])
    if field == "role" or len(instead) != 1:
        return None
    whose = f"{difference.record.donor} " if field != "donor" else ""
    return f"{whose}{getattr(difference.record, field)} is {instead[0]} in the file"


def _scope(plate: NamedPlate, own: Sequence[Difference]) -> Scope:
    """The donors and stimuli concerned, by layout and by file; of controls and standards every
    answer of the plate.
    """
    donors: dict[str, None] = {}
    stimuli: dict[str, None] = {}
    for each in own:
        if each.record.donor is None:
            return Scope(assays=(plate.assay,), plates=(plate.id,))
        donors |= dict.fromkeys((each.record.donor, *sorted(each.says.get("donor", ()))))
        if each.fields == ("stimulus",):
            named = filter(None, (each.record.stimulus, *sorted(each.says["stimulus"])))
            stimuli |= dict.fromkeys(named)
    only_stimuli = all(each.fields == ("stimulus",) for each in own)
    return Scope(
        assays=(plate.assay,),
        plates=(plate.id,),
        donors=tuple(donors),
        stimuli=tuple(stimuli) if only_stimuli else (),
    )
