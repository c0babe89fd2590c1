"""How many donors a plate has room for, and on how many plates an assay goes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from exvivo.words import counted

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


def rooms_of(
    model: DataModel,
    assays: Sequence[Assay],
    donors: Sequence[Donor],
    wishes: Wishes,
    closed: Bools,
) -> list[Room]:
    """The room of each assay on as many plates as are wished, declared or needed. Raises
    `StudyError` where what stands on the plates is not known, else where samples do not fit: with
    cures that hold for all assays, since one number of plates is wished for all.
    """
    bare = _all(_bare_room(model, assay, wishes, closed) for assay in assays)
    wanted = _Wanted(model, len(donors), wishes, bare)
    mistakes = [mistake for room in bare for mistake in wanted.slips(room)]
    if mistakes:
        raise StudyError(mistakes)
    return [_on_plates(room, wanted.count(room), model.study) for room in bare]


def _all(rooms: Iterable[Callable[[], Room]]) -> list[Room]:
    """All rooms. Raises `StudyError` with the mistakes of every one."""
    made: list[Room] = []
    mistakes: list[Mistake] = []
    for room in rooms:
        try:
            made.append(room())
        except StudyError as error:
            mistakes += error.mistakes
    if mistakes:
        raise StudyError(mistakes)
    return made


def _bare_room(model: DataModel, assay: Assay, wishes: Wishes, closed: Bools) -> Callable[[], Room]:
    """The room of one plate of an assay, once it is asked for."""

    def room() -> Room:
        by_rows = wishes.pipetting == "row12"
        fixed, usable = placed(wishes.shape, ~closed, fixed_of(assay, wishes), by_rows=by_rows)
        held = _held(model, usable, wishes, model.wells)
        targets = _targets(model, assay, _declared(model.study, assay), wishes)
        return Room(assay, (), fixed, usable, model.wells, held, targets)

    return room


def _declared(study: Study, assay: Assay) -> list[Plate]:
    """The plates of an assay in study.yaml."""
    return [plate for plate in study.plates if plate.assay == assay.id]


def _on_plates(room: Room, count: int, study: Study) -> Room:
    """The room of an assay on so many plates, those of study.yaml first."""
    declared = _declared(study, room.assay)
    old = declared[:count]
    new = _new_plates(study, room.assay, declared, count - len(old))
    return replace(room, plates=(*((each, False) for each in old), *((each, True) for each in new)))


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


@dataclass(frozen=True)
class _Wanted:
    """How many donors are to go onto the plates of all assays, and the room that each has."""

    model: DataModel
    donors: int
    wishes: Wishes
    rooms: Sequence[Room]

    def count(self, room: Room) -> int:
        """The plates of an assay: as wished, declared or needed; 0 where one holds no donor."""
        return self.stated(room) or _needed(self.donors, room.donors)

    def stated(self, room: Room) -> int:
        """The plates that somebody stated; 0 for as many as it takes."""
        return self.wishes.plates or len(_declared(self.model.study, room.assay))

    def slips(self, room: Room) -> Iterator[Mistake]:
        """What is in the way of an assay."""
        count = self.count(room)
        if not count or count * room.donors < self.donors:
            yield self.too_many(room)
        elif count > self.donors:
            yield _too_few(room.assay, self.donors, count)

    def too_many(self, room: Room) -> Mistake:
        """More wells than plates, with the smallest changes that fix it."""
        samples = len(samples_of(self.model, Donor(id="", group="")))
        asked, count = self.donors * samples * self.model.wells, self.count(room)
        plates = f"{count} plates" if count > 1 else "one plate"
        declared = "" if self.wishes.plates or not count else " that study.yaml declares"
        finding = (
            f"{self.donors} donors x {samples} samples x {counted(self.model.wells, 'well')} = "
            f"{asked} wells for {plates}{declared}"
        )
        expected = (
            f"at most {room.donors} whole donors a plate: {int(room.usable.sum())} of its "
            f"{self.wishes.shape.size} wells are free for samples, pipetted as "
            f"`{self.wishes.pipetting}`"
        )
        return Mistake(f"assay {room.assay.id}", finding, expected, "; or ".join(self.cures()))

    def cures(self) -> Iterator[str]:
        """What would fit every assay, the smallest change of each kind."""
        needed = [_needed(self.donors, room.donors) for room in self.rooms]
        if all(needed) and max(needed) <= self.donors:
            yield f"take {max(needed)} plates of each assay (--plates {max(needed)})"
        for wells in range(self.model.wells - 1, 0, -1):
            if self.fits(self.wishes, wells):
                yield f"take {counted(wells, 'well')} a sample (--wells {wells})"
                break
        free = replace(self.wishes, pipetting="free")
        if self.wishes.pipetting != "free" and self.fits(free, self.model.wells):
            yield "place single wells (--pipetting free)"
        if self.wishes.plate == "96":
            yield "take plates of 384 wells (--plate 384)"
        else:
            yield "split the study over more days or donors over more plates"

    def fits(self, wishes: Wishes, wells: int) -> bool:
        """Whether all donors fit onto as many plates, with so many wells a sample."""
        return all(
            max(self.count(room), 1) * _held(self.model, room.usable, wishes, wells) >= self.donors
            for room in self.rooms
        )


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
