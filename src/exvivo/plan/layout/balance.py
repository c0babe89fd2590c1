"""How evenly samples lie on the plates: by one plain randomisation, and as they are laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypedDict

from exvivo.plan.layout.laid import LaidAssay, LaidPlate, PlannedLayout
from exvivo.plan.layout.samples import Sample
from exvivo.study.positions import PlateShape

_Key = tuple[str, str]
"""What is counted, and of which kind."""


class Balance(TypedDict):
    """Wells of a kind on a plate: `before`, by one plain randomisation; `after`, as laid out.
    `what` is `group`, `stimulus`, `day`, `edge` (group and stimulus of the wells on the edge), or a
    column of donors.csv.
    """

    assay: str
    plate: str
    what: str
    value: str
    before: int
    after: int


def balance_of(planned: PlannedLayout) -> list[Balance]:
    """The balance of every plate."""
    return [row for assay in planned.assays for row in _of_assay(planned, assay)]


def _of_assay(planned: PlannedLayout, assay: LaidAssay) -> Iterator[Balance]:
    for plate in assay.plates:
        before = _counts(planned, assay, plate.plain.items())
        after = _counts(planned, assay, _laid(plate))
        yield from _rows(assay.assay, plate.plate.id, before, after)


def _rows(assay: str, plate: str, before: Counter[_Key], after: Counter[_Key]) -> Iterator[Balance]:
    """A row for everything that is counted on a plate, before or after."""
    for what, value in sorted({*before, *after}):
        yield Balance(
            assay=assay,
            plate=plate,
            what=what,
            value=value,
            before=before[what, value],
            after=after[what, value],
        )


def _laid(plate: LaidPlate) -> Iterator[tuple[str, Sample]]:
    """The wells that hold samples of donors."""
    for well in plate.wells:
        if well.sample is not None and not well.sample.control:
            yield well.well, well.sample


def _counts(
    planned: PlannedLayout, assay: LaidAssay, wells: Iterable[tuple[str, Sample]]
) -> Counter[_Key]:
    """How many wells of each kind."""
    counts: Counter[_Key] = Counter()
    for well, sample in wells:
        counts.update(_kinds(planned, assay, well, sample))
    return counts


def _kinds(planned: PlannedLayout, assay: LaidAssay, well: str, sample: Sample) -> Iterator[_Key]:
    """All that a well counts for."""
    yield "group", sample.group
    if sample.stimulus:
        yield "stimulus", sample.stimulus
    if day := planned.places[assay.assay][sample.donor].day:
        yield "day", str(day)
    yield from planned.donor(sample.donor).traits.items()
    if _is_on_edge(planned, well):
        yield "edge", _condition(sample)


def _condition(sample: Sample) -> str:
    """The group of a sample, and its stimulus where it has one."""
    return f"{sample.group} {sample.stimulus}".strip()


def _is_on_edge(planned: PlannedLayout, well: str) -> bool:
    """Whether a well is among the outermost ones of a plate; a tube has no edge."""
    return planned.wishes.plate != "tubes" and _is_edge(planned.wishes.shape, well)


def _is_edge(shape: PlateShape, well: str) -> bool:
    row, column = shape.place(well)
    return row in (0, shape.rows - 1) or column in (0, shape.columns - 1)
