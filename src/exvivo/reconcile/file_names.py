"""The names of files, and what files call themselves, against the plates they are read for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from exvivo import catalog
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.atoms import atoms, joined, letters, runs
from exvivo.study import Beads, Plate, Study
from exvivo.words import listed

_TITLES = ("batch", "experiment", "instrument file", "file")
"""The facts by which a file calls itself."""


class _Called(NamedTuple):
    """A plate, the one thing that its file is called by, and where."""

    plate: Plate
    name: str
    where: str


def files_of_another_analyte(held: Held) -> Iterator[Flag]:
    """Files named by one other analyte than those of their plate, and not by their own."""
    words = _analyte_words(held.study)
    called = [each for plate in held.study.plates for each in _of_other(plate, words, held)]
    told: set[str] = set()
    for each in called:
        if each.plate.id in told:
            continue
        pair = next((other for other in called if _exchanged(each, other, held)), None)
        together = [each, pair] if pair else [each]
        told.update(one.plate.id for one in together)
        yield _another_analyte(together, held)


def _analyte_words(study: Study) -> dict[str, str]:
    """Every way to write an analyte of the study or the catalog. What is a stimulus, a group or a
    donor too is left out.
    """
    words: dict[str, str] = {}
    for entry in catalog.analytes().values():
        words |= {joined(atoms(each)): entry.id for each in (entry.id, entry.name, *entry.also)}
    for analyte in study.analytes:
        own = catalog.known_as(analyte.id) or analyte.id
        names = filter(None, (analyte.id, analyte.name))
        words |= {joined(atoms(each)): own for each in names if letters(atoms(each)) > 1}
    others = {part for text in _other_words(study) for part in atoms(text)}
    others |= {joined(atoms(text)) for text in _other_words(study)}
    return {word: analyte for word, analyte in words.items() if word not in others}


def _other_words(study: Study) -> Iterator[str]:
    """The words of a study that are no analyte."""
    for records in (study.stimuli, study.groups, study.cell_types):
        for record in records:
            yield from (record.id, record.name)
    yield from study.donors["donor"]


def _of_other(plate: Plate, words: Mapping[str, str], held: Held) -> Iterator[_Called]:
    """The plate with the one other analyte that its file names."""
    own = _own_analytes(plate, held)
    of_study = {catalog.known_as(each.id) or each.id for each in held.study.analytes}
    for where, text in _titles(plate, held):
        named = {words[run.word] for run in runs(atoms(text), words)}
        if not named or not own:
            continue
        is_one = len(named) == 1 and not named & own
        if is_one and (len(own) == 1 or named <= of_study):
            yield _Called(plate, named.pop(), where)
        return


def _own_analytes(plate: Plate, held: Held) -> set[str]:
    """The analytes of a plate, as the catalog calls them."""
    assay = held.study.assay(plate.assay)
    if isinstance(assay, Beads):
        return {catalog.known_as(each) or each for each in assay.panel}
    analytes = held.wells_of(plate.id)["analyte"].drop_nulls()
    channels = held.wells_of(plate.id)["channel"].unique(maintain_order=True)
    others = {known for known in map(catalog.known_as, channels) if known}
    return {catalog.known_as(each) or each for each in analytes.unique()} | others


def _titles(plate: Plate, held: Held) -> Iterator[tuple[str, str]]:
    """What the file of a plate is called: by its own name, then inside."""
    for name in filter(None, (plate.file, plate.curves)):
        yield name, PurePosixPath(name).stem
        facts = held.headers.get(name, {})
        yield from ((f"{name}, {key}", facts[key]) for key in _TITLES if facts.get(key))


def _exchanged(one: _Called, other: _Called, held: Held) -> bool:
    """Whether two files are named by one another's analyte."""
    return other.name in _own_analytes(one.plate, held) and one.name in _own_analytes(
        other.plate, held
    )


def _another_analyte(called: list[_Called], held: Held) -> Flag:
    words = [
        f"{each.where} is named by {each.name}, and is read for "
        f"{listed(sorted(_own_analytes(each.plate, held)))} (plate {each.plate.id})"
        for each in called
    ]
    ids = tuple(each.plate.id for each in called)
    return Flag(
        table="wells",
        row=f"plate{'s' * (len(ids) > 1)} {listed(ids)}",
        severity="stop",
        what="; ".join(words),
        why="numbers of one analyte would be told as those of another",
        cure=(
            "exchange the two files in study.yaml"
            if len(ids) > 1
            else "name the right file at the plate in study.yaml; if only its name is wrong, "
            "accept it with that reason"
        ),
        place=ids[0],
        evidence=tuple(words),
        scope=Scope(assays=_assays(each.plate for each in called), plates=ids),
    )


def _assays(plates: Iterable[Plate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plate.assay for plate in plates))


# Files that are called by another plate.


def files_of_another_plate(held: Held) -> Iterator[Flag]:
    """Files that call themselves by the id of one other plate: two by one another's contradict the
    study.
    """
    words = {joined(atoms(plate.id)): plate.id for plate in held.study.plates if _tells(plate.id)}
    called: dict[str, _Called] = {}
    for plate in held.study.plates:
        for where, text in _titles(plate, held):
            named = {words[run.word] for run in runs(atoms(text), words)}
            if named and plate.id not in named and len(named) == 1:
                called.setdefault(plate.id, _Called(plate, named.pop(), where))
            elif named:
                break
    for each in called.values():
        other = called.get(each.name)
        if other is not None and other.name == each.plate.id and each.plate.id < other.plate.id:
            yield _another_plate(each, other)


def _tells(plate: str) -> bool:
    """Whether the id of a plate has a letter and a digit, and so is no common word."""
    parts = atoms(plate)
    return letters(parts) > 0 and any(part.isdigit() for part in parts)


def _another_plate(one: _Called, other: _Called) -> Flag:
    words = [f"{each.where} is read for plate {each.plate.id}" for each in (one, other)]
    return Flag(
        table="wells",
        row=f"plates {one.plate.id} and {other.plate.id}",
        severity="stop",
        what=f"files named by one another's plate: {'; '.join(words)}",
        why="each donor of the two plates would get the numbers of another one",
        cure="exchange the two files in study.yaml; if only the names are wrong, accept it",
        place=one.plate.id,
        evidence=tuple(words),
        scope=Scope(
            assays=_assays((one.plate, other.plate)), plates=(one.plate.id, other.plate.id)
        ),
    )


def files_numbered_otherwise(held: Held) -> Iterator[Flag]:
    """Plates of one assay whose files and layouts have the same numbers in their names, in another
    order.
    """
    for assay in held.study.assays:
        plates = [plate for plate in held.study.plates if plate.assay == assay.id and plate.file]
        files = [_last_number(plate.file) for plate in plates]
        layouts = [_last_number(plate.layout) for plate in plates]
        distinct = len(plates) > 1 and len(set(files)) == len(plates) and None not in files
        if distinct and files != layouts and set(files) == set(layouts):
            yield _numbered_otherwise(
                [
                    plate
                    for plate in plates
                    if _last_number(plate.file) != _last_number(plate.layout)
                ]
            )


def _last_number(name: str) -> int | None:
    """The last number of a file's name."""
    digits = [int(part) for part in atoms(PurePosixPath(name).stem) if part.isdigit()]
    return digits[-1] if digits else None


def _numbered_otherwise(plates: list[Plate]) -> Flag:
    words = [f"{plate.file} with {plate.layout} (plate {plate.id})" for plate in plates]
    ids = tuple(plate.id for plate in plates)
    return Flag(
        table="wells",
        row=f"plates {listed(ids)}",
        severity="look",
        what=f"files and layouts whose names have other numbers: {listed(words)}",
        why="files or layouts exchanged between plates give each donor the numbers of another one",
        cure="check that each file stands with its own layout in study.yaml",
        place=ids[0],
        evidence=tuple(words),
        scope=Scope(assays=_assays(plates), plates=ids),
    )
