"""What names say by the habit of their own file, where the study declares no word for it.

`RA01 A`, `RA01 B`: the study does not know A and B, but where A goes with one stimulus in the wells
of all other donors, a donor in whom it goes with another one has two conditions exchanged. And
wells that a file calls by one name are of one sample, where its other names are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from exvivo.reconcile.names.atoms import Atoms, atoms, joined, numbers, runs, without
from exvivo.reconcile.names.plate import Difference, NamedPlate, Record
from exvivo.reconcile.names.vocabulary import Field
from exvivo.study import Study

_HABIT = 0.8
"""The share of wells, or of names, that makes a habit."""
_DONORS, _NAMES = 3, 3
"""The fewest donors, or names of several wells, that show one."""
_SAMPLES = ("sample", "spike")
_ONE_SAMPLE: tuple[tuple[Field, ...], ...] = (("donor",), ("stimulus", "dose", "time"), ("visit",))
"""Fields of which one name has one value each."""
_Values = tuple[str | None, ...]
"""What a layout says of a well in some fields."""
_LAST_PART = re.compile(r"[_\s.-]+[^_\s.-]+$")
"""What names end with where they tell a condition (`B_sid_13_HBS`)."""


class _Well(NamedTuple):
    """A sample well of a plate with what its name leaves unexplained."""

    plate: NamedPlate
    well: str
    text: str
    record: Record
    rest: Hashable

    def difference(self, field: Field, usual: str) -> Difference:
        """The well as one that contradicts its name."""
        says: Mapping[Field, frozenset[str]] = {field: frozenset({usual})}
        return Difference(self.well, self.text, self.record, says, (field,))


class Learned(NamedTuple):
    """Differences of a plate that habit tells; `certain`: the names have words for it, not only
    numbers, and nearly all of them keep to it.
    """

    plate: NamedPlate
    differences: list[Difference]
    certain: bool


def learned(plates: Sequence[NamedPlate]) -> Iterator[Learned]:
    """The wells whose names contradict the habit of their assay, or plate."""
    for assay in dict.fromkeys(plate.assay for plate in plates):
        own = [plate for plate in plates if plate.assay == assay]
        for plate, differences in _by_plate(_other_condition(own)):
            yield from _of_condition(plate, differences)
    for plate in plates:
        yield from _of_plate(plate)


def _of_condition(plate: NamedPlate, differences: Sequence[Difference]) -> Iterator[Learned]:
    """Differences of names that have words, and of those that have numbers only."""
    words = list(filter(_has_letters, differences))
    plain = [each for each in differences if each not in words]
    yield from (Learned(plate, each, each is words) for each in (words, plain) if each)


def _of_plate(plate: NamedPlate) -> Iterator[Learned]:
    """The wells of one plate that have the name of another sample of it."""
    mixed = list(_names_of_others(plate))
    if mixed:
        yield Learned(plate, mixed, certain=True)
        return
    beginnings = list(_other_beginning(plate))
    if beginnings:
        yield Learned(plate, beginnings, certain=_keep_to_it(plate, len(beginnings)))


def _by_plate(
    wells: Iterator[tuple[_Well, str]],
) -> Iterator[tuple[NamedPlate, list[Difference]]]:
    plates: dict[str, tuple[NamedPlate, list[Difference]]] = {}
    for well, usual in wells:
        _, differences = plates.setdefault(well.plate.id, (well.plate, []))
        differences.append(well.difference("stimulus", usual))
    yield from plates.values()


def _has_letters(difference: Difference) -> bool:
    """Whether a name has words beside its donor."""
    rest = _beside_donor(difference.name, difference.record)
    return any(not part.isdigit() for part in rest)


def _beside_donor(name: str, record: Record) -> Atoms:
    """The parts of a name beside its donor."""
    parts = atoms(name)
    donor = joined(atoms(record.donor or ""))
    return without(parts, list(runs(parts, {donor})))


def _named_samples(plate: NamedPlate) -> Iterator[tuple[str, str, Record]]:
    """The sample wells that have a name: well, name, and what the layout says of it."""
    for well, record in plate.records.items():
        if record.role in _SAMPLES and well in plate.names:
            yield well, plate.names[well].text, record


def _few(differ: int, agree: int) -> bool:
    """Whether so few names differ that the others make a habit."""
    return differ <= (1 - _HABIT) * (agree + differ)


# A part of a name that goes with one stimulus.


def _other_condition(plates: Sequence[NamedPlate]) -> Iterator[tuple[_Well, str]]:
    """Wells whose name goes with another stimulus in the other donors, and that stimulus."""
    wells = [well for plate in plates for well in _unexplained(plate)]
    habits = {rest: _habit(wells, rest) for rest in dict.fromkeys(each.rest for each in wells)}
    if len(set(filter(None, habits.values()))) < 2:
        return
    for well in wells:
        usual = habits[well.rest]
        if usual is not None and well.record.stimulus != usual:
            yield well, usual


def _unexplained(plate: NamedPlate) -> Iterator[_Well]:
    """The sample wells whose name tells the donor and, by the words of the study, no stimulus."""
    for well, name, record in _named_samples(plate):
        says = plate.says(well)
        told = says.get("donor", frozenset()) == {record.donor} and "stimulus" not in says
        if record.stimulus and told:
            rest = _beside_donor(name, record)
            words = tuple(part for part in rest if not part.isdigit())
            yield _Well(plate, well, name, record, words or rest)


def _habit(wells: Sequence[_Well], rest: Hashable) -> str | None:
    """The stimulus that a part of a name goes with, in nearly all donors who have it."""
    own = [well for well in wells if well.rest == rest]
    pairs = {(well.record.donor, well.record.stimulus) for well in own}
    usual, count = Counter(stimulus for _, stimulus in pairs).most_common(1)[0]
    donors = {donor for donor, _ in pairs}
    return usual if count >= max(_DONORS, _HABIT * len(donors)) else None


# One name, one sample.


def _names_of_others(plate: NamedPlate) -> Iterator[Difference]:
    """Wells that have the name of another donor's sample, another condition or visit."""
    for fields in _ONE_SAMPLE:
        yield from _one_name(plate, fields)


def _one_name(plate: NamedPlate, fields: Sequence[Field]) -> Iterator[Difference]:
    """Wells of a name that is another sample's in most of its wells, where names are of one sample
    each and the wells' own sample has a name of its own: a name that stands for several samples on
    purpose is none of theirs.
    """
    groups = [group for group in _by_name(plate) if len(group) > 1]
    mixed = [group for group in groups if len(_values(group, fields)) > 1]
    if len(groups) - len(mixed) < max(_NAMES, _HABIT * len(groups)):
        return
    whose = {value for group in groups for value in _usual(group, ("donor", *fields))}
    for group in mixed:
        usual = _usual(group, fields) or list(_values(group, fields))
        for well in group:
            own, instead = _of(well, fields), [each for each in usual if each != _of(well, fields)]
            if instead and (_of(well, ("donor", *fields)) in whose):
                place = next(i for i, each in enumerate(fields) if own[i] != instead[0][i])
                yield well.difference(fields[place], instead[0][place] or "none stated")


def _by_name(plate: NamedPlate) -> list[list[_Well]]:
    """The sample wells of each name."""
    groups: dict[str, list[_Well]] = {}
    for well, name, record in _named_samples(plate):
        if record.donor:
            group = groups.setdefault(joined(atoms(name)) or name, [])
            group.append(_Well(plate, well, name, record, name))
    return list(groups.values())


def _of(well: _Well, fields: Sequence[Field]) -> _Values:
    return tuple(getattr(well.record, field) for field in fields)


def _values(group: Sequence[_Well], fields: Sequence[Field]) -> Counter[_Values]:
    return Counter(_of(well, fields) for well in group)


def _usual(group: Sequence[_Well], fields: Sequence[Field]) -> list[_Values]:
    """What most wells of a name are; nothing where half of them or more are something else."""
    value, count = _values(group, fields).most_common(1)[0]
    return [value] if count > 0.5 * len(group) else []


# Names that begin as those of one donor.


def _other_beginning(plate: NamedPlate) -> Iterator[Difference]:
    """Wells whose name begins as most wells of one other donor do, and of no third."""
    wells = list(_begun(plate))
    usual = _usual_beginnings(wells)
    for well in wells:
        donor = usual.get(str(well.rest))
        if donor is not None and donor != well.record.donor:
            yield well.difference("donor", donor)


def _begun(plate: NamedPlate) -> Iterator[_Well]:
    """The sample wells whose name tells no donor, with its beginning: all but the last part."""
    for well, name, record in _named_samples(plate):
        if "donor" not in plate.says(well):
            yield _Well(plate, well, name, record, _LAST_PART.sub("", name))


def _usual_beginnings(wells: Sequence[_Well]) -> dict[str, str]:
    """The donor whose wells mostly begin so, by beginnings that are one donor's only."""
    totals = Counter(well.record.donor for well in wells)
    counts = Counter((str(well.rest), well.record.donor) for well in wells)
    usual: dict[str, list[str]] = {}
    for (beginning, donor), count in counts.items():
        if count > 1 and count > 0.5 * totals[donor]:
            usual.setdefault(beginning, []).append(donor or "")
    return {beginning: donors[0] for beginning, donors in usual.items() if len(donors) == 1}


def _keep_to_it(plate: NamedPlate, different: int) -> bool:
    """Whether nearly all names of a plate begin as its donor's do."""
    wells = list(_begun(plate))
    usual = _usual_beginnings(wells)
    agree = sum(usual.get(str(well.rest)) == well.record.donor for well in wells)
    return len(usual) >= _DONORS and agree >= _HABIT * (agree + different)


# Numbers that go with a dose or a time.


def doses_by_number(plate: NamedPlate) -> Learned:
    """Wells whose name has the number of another dose or time of their stimulus (`RA01 LPS 10`),
    where nearly all names have that of their own.
    """
    differences = _by_numbers(plate, "dose") or _by_numbers(plate, "time")
    return Learned(plate, differences, certain=True)


def _by_numbers(plate: NamedPlate, field: Field) -> list[Difference]:
    declared = _declared(plate, field)
    agree, differ = 0, []
    for well, name, record in _named_samples(plate):
        by_number = declared.get(record.stimulus, {})
        if len(by_number) < 2:
            continue
        told = {by_number[number] for number in _own_numbers(name, record) & by_number.keys()}
        agree += told == {getattr(record, field)}
        if len(told) == 1 and getattr(record, field) not in told:
            says: Mapping[Field, frozenset[str]] = {field: frozenset(told)}
            differ.append(Difference(well, name, record, says, (field,)))
    return differ if _few(len(differ), agree) else []


def _declared(plate: NamedPlate, field: Field) -> dict[str | None, dict[float, str]]:
    """The doses, or times, of each stimulus in the layout, by the number that only they have."""
    declared: dict[str | None, dict[float, str]] = {}
    for record in plate.records.values():
        value = getattr(record, field)
        own = numbers(value or "")
        if len(own) == 1:
            declared.setdefault(record.stimulus, {})[next(iter(own))] = value
    return declared


def _own_numbers(name: str, record: Record) -> frozenset[float]:
    """The numbers of a name beside that of its donor."""
    rest = _beside_donor(name, record)
    return frozenset(float(part) for part in rest if part.isdigit())


def replicates_by_number(plate: NamedPlate, study: Study) -> list[tuple[str, str, str]]:
    """Wells whose name has one number, and that of another replicate: well, name, and the replicate
    of the layout.
    """
    rows = study.layout.filter(plate=plate.id).drop_nulls(["donor", "replicate"])
    known = {float(each) for each in rows["replicate"] if each.isdigit()}
    agree, differ = 0, []
    for well, replicate in rows.select("well", "replicate").iter_rows():
        if well in plate.names and replicate.isdigit() and len(known) > 1:
            name = plate.names[well].text
            told = _own_numbers(name, plate.records[well])
            agree += told == {float(replicate)}
            if len(told & known) == len(told) == 1 and float(replicate) not in told:
                differ.append((well, name, replicate))
    return differ if _few(len(differ), agree) else []
