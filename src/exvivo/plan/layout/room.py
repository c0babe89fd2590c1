"""How many donors a plate has room for, and on how many plates an assay goes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools
from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.allot import Place
from exvivo.plan.layout.fixed import Fixed, fixed_of, placed
from exvivo.plan.layout.samples import Donor, controls_of, samples_of
from exvivo.plan.layout.slots import slots_of
from exvivo.plan.layout.wishes import Wishes
from exvivo.simulate.population import DataModel
from exvivo.study import Assay, Beads, Plate, Qpcr, Study
from exvivo.study.question_records import Compared

_NUMBERED = re.compile(r"(.*?)(\d+)$")


@dataclass(frozen=True)
class Room:
    """The plates of an assay, each with whether it is new; the wells of standards and blanks by
    number; which wells are usable for samples; wells of each sample; donors that a plate can hold;
    the qPCR targets that have a plate of each map to themselves.
    """

    assay: Assay
    plates: tuple[tuple[Plate, bool], ...]
    fixed: Mapping[int, Fixed]
    usable: Bools
    wells: int
    donors: int
    targets: tuple[str, ...] = ()


def room_of(
    model: DataModel, assay: Assay, donors: Sequence[Donor], wishes: Wishes, closed: Bools
) -> Room:
    """The room of an assay on as many plates as are wished, declared or needed. Raises `StudyError`
    where the samples do not fit.
    """
    declared = [plate for plate in model.study.plates if plate.assay == assay.id]
    room = _empty(model, assay, wishes, closed)
    room = replace(room, targets=_targets(model, assay, declared, wishes))
    count = wishes.plates or len(declared) or _needed(len(donors), room.donors)
    if not count or count * room.donors < len(donors):
        raise StudyError(_too_many(model, room, donors, wishes, count))
    if count > len(donors):
        raise StudyError(_too_few(assay, len(donors), count))
    return replace(room, plates=tuple(_plates(model.study, assay, declared, count)))


def _empty(model: DataModel, assay: Assay, wishes: Wishes, closed: Bools) -> Room:
    """The room on each plate of an assay, before it is known how many there are."""
    by_rows = wishes.pipetting == "row12"
    fixed, usable = placed(wishes.shape, ~closed, fixed_of(assay, wishes), by_rows=by_rows)
    held = _held(model, usable, wishes, model.wells)
    return Room(assay, (), fixed, usable, model.wells, held)


def _plates(
    study: Study, assay: Assay, declared: Sequence[Plate], count: int
) -> Iterator[tuple[Plate, bool]]:
    """So many plates, each with whether it is new: those that are declared first."""
    for plate in declared[:count]:
        yield plate, False
    for plate in _new_plates(study, assay, declared, count - len(declared[:count])):
        yield plate, True


def _targets(
    model: DataModel, assay: Assay, declared: Sequence[Plate], wishes: Wishes
) -> tuple[str, ...]:
    """The targets that get a plate each: the analytes that are asked, then the references."""
    if not wishes.each_target or not isinstance(assay, Qpcr):
        return ()
    if declared:
        raise StudyError(_declared_already(declared[0]))
    names = {analyte: target for target, analyte in assay.targets.items()}
    asked = dict.fromkeys(s.analyte for s in model.series if s.assay == assay.id)
    return (*(names.get(analyte, analyte) for analyte in asked), *assay.references)


def _declared_already(plate: Plate) -> Mistake:
    """A plate of which it is not known which target it holds."""
    return Mistake(
        "--each-target",
        f"plate {plate.id} of assay {plate.assay}, declared in study.yaml",
        "no plate of it yet: each target gets plates of its own",
        f"take the plates of {plate.assay} out of study.yaml first",
    )


def _held(model: DataModel, usable: Bools, wishes: Wishes, wells: int) -> int:
    """How many donors a plate holds beside its controls, with so many wells a sample."""
    rng = np.random.default_rng(0)
    slots = len(slots_of(wishes.pipetting, wishes.shape, usable, wells, rng=rng))
    copies = wells if wishes.pipetting == "free" else 1
    samples = len(samples_of(model, Donor(id="", group="")))
    return max(slots - copies * len(controls_of(wishes)), 0) // (samples * copies)


def _needed(donors: int, room: int) -> int:
    """The plates that some donors need; 0 where a plate holds none."""
    return -(-donors // room) if room else 0


def _too_few(assay: Assay, donors: int, count: int) -> Mistake:
    """More plates than donors: a plate would stay empty, since donors are not split."""
    return Mistake(
        f"assay {assay.id}",
        f"{donors} donors for {count} plates",
        "at least one donor a plate: the samples of a donor stay together",
        f"take at most {donors} plates (--plates {donors})",
    )


def _too_many(
    model: DataModel, room: Room, donors: Sequence[Donor], wishes: Wishes, count: int
) -> Mistake:
    """More wells than plates, with the smallest changes that mend it."""
    samples = len(samples_of(model, donors[0]))
    asked = len(donors) * samples * model.wells
    finding = (
        f"{len(donors)} donors x {samples} samples x {model.wells} wells = {asked} wells for "
        f"{_plates_there(wishes, count)}"
    )
    cures = "; or ".join(_cures(model, room, len(donors), wishes, count))
    return Mistake(f"assay {room.assay.id}", finding, _fitting(room, wishes), cures)


def _plates_there(wishes: Wishes, count: int) -> str:
    """The plates that there are, in words."""
    plates = f"{count} plates" if count > 1 else "one plate"
    return f"{plates} that study.yaml declares" if count and not wishes.plates else plates


def _fitting(room: Room, wishes: Wishes) -> str:
    """What a plate has room for, in words."""
    return (
        f"at most {room.donors} whole donors a plate: {int(room.usable.sum())} of its "
        f"{wishes.shape.size} wells are free for samples, pipetted as `{wishes.pipetting}`"
    )


def _cures(model: DataModel, room: Room, donors: int, wishes: Wishes, count: int) -> Iterator[str]:
    """What would fit, the smallest change of each kind."""
    if needed := _needed(donors, room.donors):
        yield f"take {needed} plates (--plates {needed})"
    each = -(-donors // max(count, 1))
    for wells in range(model.wells - 1, 0, -1):
        if _held(model, room.usable, wishes, wells) >= each:
            yield f"take {wells} wells a sample (--wells {wells})"
            break
    free = replace(wishes, pipetting="free")
    if wishes != free and _held(model, room.usable, free, model.wells) >= each:
        yield "place single wells (--pipetting free)"
    yield _larger(wishes)


def _larger(wishes: Wishes) -> str:
    """How there would be more room on a plate, or more plates."""
    if wishes.plate == "96":
        return "take plates of 384 wells (--plate 384)"
    return "split the study over more days or donors over more plates"


def _new_plates(
    study: Study, assay: Assay, declared: Sequence[Plate], count: int
) -> Iterator[Plate]:
    """Plates that study.yaml does not declare yet, named after its last one, else after the
    assay.
    """
    taken = {plate.id for plate in study.plates}
    names = (name for name in _names(assay, declared) if name not in taken)
    for name in itertools.islice(names, count):
        layout, file = f"plates/{name}.csv", _file_of(assay, name)
        yield Plate(id=name, assay=assay.id, layout=layout, file=file)


def _names(assay: Assay, declared: Sequence[Plate]) -> Iterator[str]:
    """Names that go on after the last plate of an assay."""
    last = _NUMBERED.fullmatch(declared[-1].id) if declared else None
    stem, number = (last[1], int(last[2])) if last else (f"{assay.id}_", 0)
    return (f"{stem}{following}" for following in itertools.count(number + 1))


def _file_of(assay: Assay, plate: str) -> str:
    """Where the file of a plate will lie; a bead array on a cytometer has one a well."""
    if isinstance(assay, Beads):
        return ""
    return f"raw/{plate}.rdml" if isinstance(assay, Qpcr) else f"raw/{plate}.csv"


def refuse_groups_apart(
    study: Study, donors: Sequence[Donor], places: Mapping[str, Place], wishes: Wishes
) -> None:
    """Raises `StudyError` where groups that a question compares never share a plate or a day: group
    and plate could not be told apart.
    """
    mistakes: list[Mistake] = []
    for what, at in _kinds_of_places(places, wishes).items():
        apart = [each for each in _compared(study) if _never_together(each, donors, at)]
        if apart:
            mistakes.append(_apart(what, len(set(at.values())), _smallest(apart, donors)))
    if mistakes:
        raise StudyError(mistakes)


def _smallest(compared: Sequence[tuple[str, ...]], donors: Sequence[Donor]) -> int:
    """The donors of the smallest group that is compared."""
    sizes = Counter(donor.group for donor in donors)
    return min(sizes[group] for groups in compared for group in groups)


def _compared(study: Study) -> list[tuple[str, ...]]:
    """The groups that each question compares."""
    return [question.groups for question in study.questions if isinstance(question, Compared)]


def _never_together(groups: Sequence[str], donors: Sequence[Donor], at: Mapping[str, int]) -> bool:
    """Whether no place holds donors of all these groups."""
    there = [{at[donor.id] for donor in donors if donor.group == group} for group in groups]
    return not set.intersection(*there)


def _kinds_of_places(places: Mapping[str, Place], wishes: Wishes) -> dict[str, dict[str, int]]:
    """The plate of every donor, and the day where there are days."""
    kinds = {"plate": {name: place.plate for name, place in places.items()}}
    if wishes.days:
        kinds["day"] = {name: place.day for name, place in places.items()}
    return kinds


def _apart(what: str, count: int, most: int) -> Mistake:
    return Mistake(
        f"--{what}s",
        f"{count} {what}s, and every one of them holds donors of one group only",
        f"{what}s with donors of all groups that are compared: else group and {what} cannot be "
        "told apart",
        f"take at most {most} {what}s (--{what}s {most}), where need be with fewer wells a sample "
        "(--wells) or larger plates",
    )
