"""Lists of what a reader needs to judge an assay, item by item: known, checked, or missing.

A list is an aid for authors and reviewers, and no certificate. What the tables and files show comes
first; what people state in study.yaml stands beside it, and fills what no file states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import polars as pl

from exvivo.study import CellType, Stimulus, Study
from exvivo.tell import words

Status = Literal["known", "checked: fine", "checked: look", "missing"]
KNOWN: Status = "known"
FINE: Status = "checked: fine"
LOOK: Status = "checked: look"
MISSING: Status = "missing"

ASSAYS_TABLE, QUANTITIES_TABLE = "table assays", "table quantities"
STUDY, LAYOUTS = "study.yaml", "plate layouts"
_MOST_FILES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an item: one of the status words, the facts, and where they come from."""

    status: Status
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: an item with its answer, empty where it is missing."""

    name: str
    status: Status
    what: str
    source: str


Part = tuple[str, tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class ReportingItems:
    """The list of one assay, in parts; `intro` says what it is and what it is not."""

    title: str
    intro: str
    parts: tuple[Part, ...]


F = TypeVar("F")
Check = Callable[[F], Answer | None]
"""What answers an item from the facts of an assay."""
Asked = tuple[tuple[str, tuple[tuple[str, Check[F] | None], ...]], ...]
"""The parts of a list with their items; None where only people can answer."""


def plain_fact(what: str, source: str) -> Answer:
    """A fact that there is nothing to check about."""
    return Answer(KNOWN, what, source)


def complete(what: str, source: str, *, mistakes: object) -> Answer:
    """A fact, to be looked at where something of it lacks or differs."""
    return Answer(LOOK if mistakes else KNOWN, what, source)


def checked(what: str, source: str, *, mistakes: object) -> Answer:
    """A fact that was checked: fine, or to be looked at where there are mistakes."""
    return Answer(LOOK if mistakes else FINE, what, source)


def answered(asked: Asked[F], facts: F, given: Mapping[str, str]) -> tuple[Part, ...]:
    """Every item with its answer; `given` are the items that people state, by name."""
    by_name = {_plain(name): what for name, what in given.items()}
    parts = [(part, tuple(_items(items, facts, by_name))) for part, items in asked]
    names = {_plain(item.name) for item in items_of(parts)}
    more = tuple(
        Item(name, KNOWN, what, STUDY) for name, what in given.items() if _plain(name) not in names
    )
    return (*parts, ("also stated", more)) if more else tuple(parts)


def items_of(parts: Iterable[Part]) -> Iterator[Item]:
    """The items of all parts."""
    for _, items in parts:
        yield from items


def _plain(name: str) -> str:
    """A name without what people write in different ways: case, dashes, underscores."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _items(
    asked: Iterable[tuple[str, Check[F] | None]], facts: F, given: Mapping[str, str]
) -> Iterator[Item]:
    for name, check in asked:
        yield _item(name, check(facts) if check else None, given.get(_plain(name), ""))


def _item(name: str, answer: Answer | None, stated: str) -> Item:
    """An item from what files and tables show, and from what people stated of it."""
    if answer is None:
        return Item(name, KNOWN, stated, STUDY) if stated else Item(name, MISSING, "", "")
    if not stated:
        return Item(name, answer.status, answer.what, answer.source)
    what = f"{stated} (stated); {answer.what}"
    return Item(name, answer.status, what, f"{STUDY}, {answer.source}")


def counts(parts: Sequence[Part]) -> str:
    """How many items have each status: `30 items known, 5 checked and fine, ...`."""
    statuses = [item.status for item in items_of(parts)]
    look = words.counted(statuses.count(LOOK), "item")
    return (
        f"{statuses.count(KNOWN)} items known, {statuses.count(FINE)} checked and fine, {look} to "
        f"look at, {statuses.count(MISSING)} missing"
    )


def files_of(files: Sequence[str]) -> str:
    """File names, or their number where they are many."""
    return ", ".join(files) if len(files) <= _MOST_FILES else f"{len(files)} instrument files"


def raw_files(files: Sequence[str], formats: Answer | None, *, named: str) -> Answer | None:
    """The raw files with their format, `named` as the list names them."""
    if not files:
        return None
    kind = f" ({formats.what})" if formats else ""
    return plain_fact(f"{named}{kind}, each with its sha256 under Provenance", "input files")


def cells(study: Study) -> tuple[str, bool]:
    """The cells and how they were made, and whether that is stated of all of them."""
    cells = list(map(_with_protocol, study.cell_types))
    complete = all(cell.protocol for cell in study.cell_types)
    return "; ".join(cells) + ("" if complete else "; not stated how they were made"), complete


def _with_protocol(cell: CellType) -> str:
    """The cells, with how they were made where that is stated."""
    return f"{cell.name}: {cell.protocol}" if cell.protocol else cell.name


def treatment(study: Study, wells: pl.DataFrame) -> Answer:
    """The stimuli with dose and time, from study.yaml or the layouts."""
    given = [stimulus for stimulus in study.stimuli if not stimulus.control]
    if not given:
        return plain_fact("no stimulus was given", STUDY)
    texts = "; ".join(map(_with_dose_and_time, given))
    bare = [stimulus.name for stimulus in given if _lacks_dose_or_time(stimulus, wells)]
    if bare:
        lacking = f"dose or time not stated for {words.listed(bare)}"
        return Answer(LOOK, f"{texts}: {lacking}", STUDY)
    return plain_fact(texts, f"{STUDY}, {LAYOUTS}")


def _with_dose_and_time(stimulus: Stimulus) -> str:
    details = ", ".join(filter(None, (stimulus.dose, stimulus.time)))
    return f"{stimulus.name} {details}".rstrip()


def _lacks_dose_or_time(stimulus: Stimulus, wells: pl.DataFrame) -> bool:
    layout = wells.filter(stimulus=stimulus.id)
    return any(
        not stated and layout[column].null_count()
        for column, stated in (("dose", stimulus.dose), ("time", stimulus.time))
    )
