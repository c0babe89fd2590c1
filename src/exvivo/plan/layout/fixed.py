"""The wells of a plate that are no samples: standards and blanks, side by side from the first
columns on (from the first rows on where whole rows are pipetted), as people look for them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools
from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.wishes import EDGE, Wishes
from exvivo.study import Assay, Beads, Immunoassay, Qpcr
from exvivo.study.files import STUDY_FILE
from exvivo.study.ids import ids
from exvivo.study.positions import PlateShape, Positions
from exvivo.study.well_ranges import UnclearWells, wells_of


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """One thing of known content: its role, its name and amount, and in how many wells it is."""

    role: str
    wells: int
    name: str = ""
    nominal: float | None = None


def fixed_of(assay: Assay, wishes: Wishes) -> list[Fixed]:
    """The standards and blanks of a plate of an assay. Raises `StudyError` where an assay is read
    off standards and nobody names their amounts.
    """
    standards = list(_standards(assay, wishes))
    if wishes.standards and not standards and _needs_standards(assay):
        raise StudyError(_no_standards(assay))
    return [*standards, *_blanks(assay, wishes)]


def _blanks(assay: Assay, wishes: Wishes) -> Iterator[Fixed]:
    """The blanks of a plate, of qPCR the controls without template."""
    if wishes.blanks and isinstance(assay, (Qpcr, Beads, Immunoassay)):
        role = "ntc" if isinstance(assay, Qpcr) else "blank"
        yield Fixed(role=role, wells=wishes.blanks)


def amounts_by_assay(assays: Sequence[Assay], wishes: Wishes) -> Mapping[str, tuple[float, ...]]:
    """The wished amounts of standards by assay: those under no name are of the one assay that must
    have standards and has none, else of the one that may. Raises `StudyError` where several could
    be meant (pg/mL of a protein are no copies of an mRNA), or one that is not laid out.
    """
    named = {name: amounts for name, amounts in wishes.amounts.items() if name}
    mistakes = [_no_such_assay(name, assays) for name in named if name not in ids(assays)]
    if unnamed := wishes.amounts.get(""):
        open_ = [assay for assay in assays if assay.id not in named and not _names_standards(assay)]
        needing = [assay for assay in open_ if _needs_standards(assay)] or open_
        if len(needing) > 1:
            mistakes.append(_unclear_amounts(needing, unnamed))
        named |= {assay.id: unnamed for assay in needing}
    if mistakes:
        raise StudyError(mistakes)
    return named


def _no_such_assay(name: str, assays: Sequence[Assay]) -> Mistake:
    """Amounts for an assay that is not laid out."""
    known = ids(assays)
    expected = f"an assay that is laid out, {spelling.one_of(known, name)}"
    finding = f"{name!r}{spelling.did_you_mean(name, known)}"
    return Mistake("--amounts", finding, expected, f"write --amounts {known[0]}=10000,2500")


def _unclear_amounts(assays: Sequence[Assay], amounts: Sequence[float]) -> Mistake:
    """Amounts that could be of several assays, whose units differ."""
    text = ",".join(f"{amount:g}" for amount in amounts)
    cure = " ".join(f"--amounts {assay.id}={text}" for assay in assays)
    return Mistake(
        "--amounts",
        f"{text} for {' and '.join(ids(assays))}",
        "the amounts of each assay by itself, in its own unit",
        f"write for each its own: {cure}",
    )


def _names_standards(assay: Assay) -> bool:
    return isinstance(assay, (Beads, Immunoassay)) and bool(assay.standards)


def _needs_standards(assay: Assay) -> bool:
    return isinstance(assay, (Beads, Immunoassay)) and assay.result == "curve"


def _standards(assay: Assay, wishes: Wishes) -> Iterator[Fixed]:
    """The standards that study.yaml names for an assay, else those of the wished amounts."""
    named = assay.standards if isinstance(assay, (Beads, Immunoassay)) else {}
    for name, amount in named.items():
        yield Fixed(role="standard", wells=wishes.standards, name=name, nominal=amount)
    if not named and isinstance(assay, (Beads, Immunoassay, Qpcr)):
        for number, amount in enumerate(wishes.amounts.get(assay.id, ()), start=1):
            name = f"S{number}"
            yield Fixed(role="standard", wells=wishes.standards, name=name, nominal=amount)


def _no_standards(assay: Assay) -> Mistake:
    return Mistake(
        f"{STUDY_FILE}: assays > {assay.id}",
        "no `standards`",
        "the amount of each standard, since the results are read off them",
        "declare them (`standards: {S1: 10000, S2: 2500}`), give --amounts "
        f"{assay.id}=10000,2500, or write "
        "--standards 0 where they are on a plate of their own",
    )


def forbidden_of(shape: PlateShape, texts: Sequence[str]) -> Bools:
    """Which wells of a plate (wells,) stay empty. Raises `StudyError` for what is no well."""
    closed = np.zeros(shape.size, dtype=np.bool_)
    mistakes: list[Mistake] = []
    for text in texts:
        try:
            closed |= _closed_by(shape, text)
        except UnclearWells as slip:
            expected = f"wells of a plate of {shape.size} (A1, A1:B3), or `{EDGE}`"
            mistakes.append(Mistake("--forbid", str(slip), expected, slip.cure))
    if mistakes:
        raise StudyError(mistakes)
    return closed


def _closed_by(shape: PlateShape, text: str) -> Bools:
    """The wells that a text forbids (wells,). Raises `UnclearWells`."""
    if text.strip().casefold() == EDGE:
        return Positions.of(shape, range(shape.size)).edge > 0
    return np.isin(shape.wells, wells_of(text, shape.wells))


def placed(
    shape: PlateShape, usable: Bools, fixed: Sequence[Fixed], *, by_rows: bool
) -> tuple[dict[int, Fixed], Bools]:
    """The wells of some things of known content, by their numbers, and what is usable then. What
    has no room any more has no well: whoever counts samples sees that there is none for them.
    """
    numbers = np.arange(shape.size).reshape(shape.rows, shape.columns)
    lines = numbers.T if by_rows else numbers
    free, wells = usable.copy(), dict[int, Fixed]()
    for each in fixed:
        block = _free_block(lines.tolist(), each.wells, free)
        free[block] = False
        wells |= dict.fromkeys(block, each)
    return wells, free


def _free_block(lines: list[list[int]], wells: int, free: Bools) -> list[int]:
    """The first wells side by side that are free; none where there is no room."""
    return next((block for block in _blocks(lines, wells) if free[block].all()), [])


def _blocks(lines: list[list[int]], wells: int) -> Iterator[list[int]]:
    """Wells side by side, going down the first columns, then the next ones."""
    for start in range(0, len(lines[0]) - wells + 1, wells):
        for line in lines:
            yield line[start : start + wells]
