"""Whose cells the wells of a draft held: by their names, or as rows of a layout where the names
tell less than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

from exvivo.draft.assays import Assays, DraftPlate, plain_id
from exvivo.draft.matrices import Proposal, Sample, is_plate, propose
from exvivo.draft.names import Splitting, amount_in, is_role, splitting_of
from exvivo.study.layout import plain_well
from exvivo.study.name_patterns import split_by
from exvivo.study.named_wells import NamedWell, wells_of_file
from exvivo.study.sample_names import Named, Words, split, words_of

Cells = dict[str, str]
"""A row of a layout: text by column."""
_SAMPLES = ("", "sample", "spike")
_OF_NAME = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time", "replicate")
_MOST_STANDARDS = 24
"""Standards on a plate, at most."""
UNKNOWN = "?"
"""What stands in a layout where nobody told."""


@dataclass(frozen=True)
class Wells:
    """What the wells of a plate are: a pattern that splits its names, rows of a layout, a proposal
    of what a matrix holds, and standards that are named without an amount.
    """

    pattern: str = ""
    rows: tuple[Cells, ...] = ()
    proposal: Proposal | None = None
    without_amount: tuple[str, ...] = ()
    has_standards: bool = False


def named_wells_of(plate: DraftPlate) -> list[NamedWell]:
    """The wells of a plate as its files name them."""
    if plate.tubes:
        return [NamedWell(well, (name,), role, True) for well, name, role, _ in _tubes(plate)]
    return wells_of_file(plate.readings)


def _tubes(plate: DraftPlate) -> list[tuple[str, str, str, str]]:
    """Well, name, role and file of every tube: the sample's name where the files give each its own,
    else the file's name.
    """
    stated = [each.tube.sample for each in plate.tubes]
    by_sample = all(stated) and len(set(stated)) > len(stated) / 4
    rows = []
    for each in plate.tubes:
        stem = each.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        name = each.tube.sample if by_sample else stem
        rows.append((each.tube.well or plain_well(stem), name, each.tube.role, each.file))
    rows.sort(key=lambda row: natural(row[0]))
    wells = [row[0] for row in rows]
    if len(set(wells)) < len(wells):
        return [(file.rsplit("/", 1)[-1], name, role, file) for _, name, role, file in rows]
    return rows


def natural(well: str) -> tuple[str, int, str]:
    """A key that sorts A2 before A10."""
    letters = well.rstrip("0123456789")
    digits = well[len(letters) :]
    return letters, int(digits or 0), well


def sample_names(plates: Iterable[DraftPlate]) -> list[str]:
    """The names of wells that hold samples, in the order of the files."""
    wells = (well for plate in plates for well in named_wells_of(plate))
    names = [well.name for well in wells if well.role in _SAMPLES]
    return [name for name in dict.fromkeys(names) if name and not is_role(name)]


def splittings(made: Assays, known: Sequence[str]) -> dict[str, Splitting]:
    """How the names of each assay are made, by its id. Donors that one assay tells help with the
    next.
    """
    by_assay: dict[str, Splitting] = {}
    for _ in range(2):
        told = [*known, *(d for each in by_assay.values() if not each.doubt for d in each.donors)]
        for assay in made.assays:
            names = sample_names(made.of(assay))
            splitting = splitting_of(names, told) if names else None
            if splitting is not None:
                by_assay[assay] = splitting
    return by_assay


def words_of_splittings(by_assay: Mapping[str, Splitting], known: Iterable[str]) -> Words:
    """The donors and stimuli of all names."""
    donors = dict.fromkeys(chain(known, *(each.donors for each in by_assay.values())))
    stimuli = chain.from_iterable(each.stimuli for each in by_assay.values())
    return words_of(donors=list(donors), stimuli={name: plain_id(name) for name in stimuli})


def wells_of(
    plate: DraftPlate,
    splitting: Splitting | None,
    words: Words,
    sisters: Mapping[str, list[Sample]],
) -> Wells:
    """What the wells of a plate are, as far as its files tell."""
    wells = named_wells_of(plate)
    if not any(well.names for well in wells):
        return _unnamed(plate, sisters)
    pattern = splitting.pattern if splitting else "{donor}"
    standards = [well for well in wells if _is_standard(well)]
    amounts = _amounts(standards)
    unstated = [well for well in standards if well.name and not _nominal(plate, well)]
    without = [well.name for well in unstated if well.name not in amounts]
    named = tuple(dict.fromkeys(without))
    if plate.tubes:
        rows = tuple(_tube_rows(plate, pattern, words, amounts))
        return Wells("", rows, None, named, bool(standards))
    needed = [well for well in unstated if well.name in amounts]
    rows = tuple(_standard(well, amounts) for well in needed)
    return Wells(pattern, rows, None, named, bool(standards))


def _is_standard(well: NamedWell) -> bool:
    is_called = well.role in _SAMPLES and _is_name_of_standard(well.name)
    return well.role == "standard" or is_called


def _is_name_of_standard(name: str) -> bool:
    by_name = split(name, Words()) if name else None
    return (by_name is not None and by_name.role == "standard") or amount_in(name) is not None


def _nominal(plate: DraftPlate, well: NamedWell) -> bool:
    """Whether the file states the amount of a standard."""
    if plate.tubes:
        return False
    return bool(plate.readings.filter(well=well.well)["vendor_nominal"].is_not_null().any())


def _amounts(standards: Sequence[NamedWell]) -> dict[str, float]:
    """The amounts that names of standards hold: all with one unit, or bare numbers of which one is
    more than a count can be (Std 1 is no amount, Std 62.5 is); nothing where units differ.
    """
    stated = {well.name: found for well in standards if (found := amount_in(well.name))}
    units = {unit for _, unit in stated.values()}
    numbers = [number for number, _ in stated.values()]
    if len(units) != 1 or ("" in units and all(map(_may_count, numbers))):
        return {}
    return {name: number for name, (number, _) in stated.items()}


def _may_count(number: float) -> bool:
    """Whether a number may be that of a standard, not its amount."""
    return number.is_integer() and number <= _MOST_STANDARDS


def unit_of(plate: DraftPlate) -> str:
    """The unit that the names of standards hold; empty where they hold none, or several."""
    names = (well.name for well in named_wells_of(plate) if _is_standard(well))
    units = {found[1] for name in names if (found := amount_in(name))}
    return units.pop() if len(units) == 1 else ""


def _standard(well: NamedWell, amounts: Mapping[str, float]) -> Cells:
    row = {"well": well.well, "role": "standard", "control": well.name}
    if well.name in amounts:
        row["nominal"] = f"{amounts[well.name]:.12g}"
    return row


def _tube_rows(
    plate: DraftPlate, pattern: str, words: Words, amounts: Mapping[str, float]
) -> Iterator[Cells]:
    """The layout of a bead plate: one row and one file a well."""
    for well, name, role, file in _tubes(plate):
        named = NamedWell(well, (name,), role, True)
        if _is_standard(named):
            yield _standard(named, amounts) | {"file": file}
            continue
        parts = split_by(name, words, pattern) or Named(donor=UNKNOWN)
        row = {"well": well, "role": role if role not in _SAMPLES else parts.role}
        yield row | {key: asdict(parts)[key] for key in _OF_NAME} | {"file": file}


def _unnamed(plate: DraftPlate, sisters: Mapping[str, list[Sample]]) -> Wells:
    """A plate whose file names no well: what its numbers look like, to be confirmed."""
    readings = plate.readings.drop_nulls("value").unique("well", keep="first", maintain_order=True)
    values = dict(readings.select("well", "value").iter_rows())
    if plate.readings.is_empty():
        return Wells()
    if not is_plate(values) or set(plate.readings["kind"]) != {"signal"}:
        wells = plate.readings["well"].unique(maintain_order=True)
        rows = [{"well": well, "role": "sample", "donor": UNKNOWN} for well in wells]
        return Wells(rows=tuple(rows), proposal=Proposal(unknown=tuple(wells)))
    proposal = propose(values, sisters)
    return Wells(rows=tuple(rows_of(proposal)), proposal=proposal, has_standards=True)


def rows_of(proposal: Proposal) -> Iterator[Cells]:
    """The layout of a proposal, standards named Std1 (the highest) and on."""
    for number, level in enumerate(proposal.standards, start=1):
        for well in level:
            yield {"well": well, "role": "standard", "control": f"Std{number}"}
    for well, (donor, stimulus), replicate in proposal.samples:
        yield {
            "well": well,
            "role": "sample",
            "donor": donor,
            "stimulus": stimulus,
            "replicate": str(replicate),
        }
    for well in proposal.empty:
        yield {"well": well, "role": "empty"}
    for well in proposal.unknown:
        yield {"well": well, "role": "sample", "donor": UNKNOWN, "stimulus": UNKNOWN}


def samples_in_order(plate: DraftPlate, splitting: Splitting | None, words: Words) -> list[Sample]:
    """Donor and stimulus of the samples of a plate, each once, in the order of the file."""
    if splitting is None:
        return []
    parts = (split_by(name, words, splitting.pattern) for name in sample_names([plate]))
    return list(dict.fromkeys((each.donor, each.stimulus) for each in parts if each))
