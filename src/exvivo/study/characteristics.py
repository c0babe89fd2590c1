"""What is known of each donor beside the group: the columns of donors.csv by their kinds.

A kind is declared (`characteristics` of study.yaml), or the usual one of a column's name (age, bmi:
numbers; sex: categories); a column of words alone is a category. Codes 1, 2, 3 are numbers to look
at and may be kinds: a column of numbers without a declaration is not summarised, however few
different ones it has (told by how many there are, ten donors make of each age a category).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from exvivo.errors import Mistake
from exvivo.study.clinic_records import Characteristic
from exvivo.study.days import day_of
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.files import DONORS_FILE
from exvivo.study.records import Study
from exvivo.study.unknown import number_of
from exvivo.words import shortened

Why = Literal["numbers", "numbers and words", "days", "many words"]
"""Why a column of donors.csv is not summarised."""
Cells = list[str]
"""The cells of a column, donor by donor; empty where it is not known."""
_OWN = ("donor", "group")
_NUMBERS = frozenset(
    {"age", "alter", "age_years", "age (years)", "age_at_visit", "bmi", "bmi_kg_m2"}
)
_CATEGORIES = frozenset({"sex", "gender", "geschlecht"})
_MOST_WORDS = 8
"""Different words of a column of words that nobody declared: of more, each may be a person's."""
YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "si", "sí", "sim"})
NO = frozenset({"no", "n", "false", "0", "nein", "non", "nao", "não", "none"})


@dataclass(frozen=True, slots=True)
class Unsummarised:
    """A column of donors.csv that is not summarised, and why: its kind must be declared."""

    column: str
    why: Why


def is_usual(column: str) -> bool:
    """Whether the name of a column tells its kind: age, body mass index, sex."""
    return column.strip().casefold() in _NUMBERS | _CATEGORIES


def cells_of(study: Study, column: str) -> Cells:
    """The cells of a column of donors.csv, in the order of its donors."""
    return [str(cell or "").strip() for cell in study.donors[column].to_list()]


def known_characteristics(study: Study) -> tuple[Characteristic, ...]:
    """Every column of donors.csv whose kind is known: the declared ones in their order, then the
    others in that of the table. A column without any cell is none.
    """
    declared = [each for each in study.characteristics if each.id in study.donors.columns]
    rest = (kind_of(study, column) for column in _others(study))
    return (*declared, *(each for each in rest if isinstance(each, Characteristic)))


def unsummarised(study: Study) -> tuple[Unsummarised, ...]:
    """The columns of donors.csv that have something in them and no known kind."""
    kinds = (kind_of(study, column) for column in _others(study))
    return tuple(each for each in kinds if isinstance(each, Unsummarised))


def _others(study: Study) -> Iterator[str]:
    """The columns of donors.csv that are not declared."""
    declared = {each.id for each in study.characteristics}
    return (name for name in study.donors.columns if name not in _OWN and name not in declared)


def kind_of(study: Study, column: str) -> Characteristic | Unsummarised | None:
    """A column that is not declared, by its name or its words; None where it is empty."""
    known = [cell for cell in cells_of(study, column) if cell]
    if not known:
        return None
    numbers = sum(number_of(cell) is not None for cell in known)
    plain = column.strip().casefold()
    if plain in _NUMBERS and numbers == len(known):
        return Characteristic(id=column, kind="number")
    if plain in _CATEGORIES:
        return Characteristic(id=column, kind="category")
    why = _why_not(known, numbers)
    return Unsummarised(column, why) if why else Characteristic(id=column, kind="category")


def _why_not(known: Cells, numbers: int) -> Why | None:
    """Why the cells of a column do not tell its kind; None where all are words."""
    if numbers == len(known):
        return "numbers"
    if numbers:
        return "numbers and words"
    if all(day_of(cell) for cell in known):
        return "days"
    return "many words" if len({*known}) > _MOST_WORDS else None


def declared_kind(study: Study, column: str) -> str:
    """The kind that study.yaml declares of a column; empty where it declares none."""
    return next((each.kind for each in study.characteristics if each.id == column), "")


def levels_of(characteristic: Characteristic, cells: Iterable[str]) -> tuple[str, ...]:
    """The levels of a category: as declared, then those that stand in the table beside them."""
    return tuple(dict.fromkeys((*characteristic.levels, *sorted({*cells} - {""}))))


def yes_or_no(cell: str) -> bool | None:
    """Whether a cell says yes; None where it says neither.

    >>> yes_or_no("Yes"), yes_or_no("0"), yes_or_no("perhaps")
    (True, False, None)
    """
    plain = cell.casefold()
    return True if plain in YES else False if plain in NO else None


def characteristic_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Characteristics of columns that donors.csv lacks, or whose cells are of another kind."""
    if not study.donors.width:
        return
    for i, each in enumerate(study.characteristics):
        at = entry.at("characteristics", i)
        if [other.id for other in study.characteristics].index(each.id) != i:
            yield at.mistake(f"characteristic `{each.id}` again", "each once", "remove one entry")
        elif each.id not in study.donors.columns:
            columns = [name for name in study.donors.columns if name not in _OWN]
            yield from at.undeclared("id", (each.id,), columns, "column of donors.csv")
        else:
            yield from _cell_mistakes(each, study)


def _cell_mistakes(characteristic: Characteristic, study: Study) -> Mistakes:
    """The cells of a column that are not of its declared kind, as one mistake."""
    wrong = list(_other_kind(characteristic, study))
    if not wrong:
        return
    expected, cure = _EXPECTED[characteristic.kind]
    if characteristic.kind == "category":
        expected = f"one of its levels: {shortened(characteristic.levels)}"
    place = f"{DONORS_FILE}, column `{characteristic.id}`"
    yield Mistake(place, shortened(wrong), expected, cure)


def _other_kind(characteristic: Characteristic, study: Study) -> Iterator[str]:
    """Cells that are not of the declared kind, each with its donor."""
    donors: Sequence[str] = study.donors["donor"].to_list()
    for donor, cell in zip(donors, cells_of(study, characteristic.id), strict=True):
        if cell and not _is_of_kind(characteristic, cell):
            yield f"{cell} ({donor})"


def _is_of_kind(characteristic: Characteristic, cell: str) -> bool:
    match characteristic.kind:
        case "number":
            return number_of(cell) is not None
        case "yes or no":
            return yes_or_no(cell) is not None
        case "date":
            return day_of(cell) is not None
        case "category":
            return not characteristic.levels or cell in characteristic.levels
        case "medication":
            return True


_UNKNOWN = "a word for not known goes under `missing` of study.yaml"
_EXPECTED = {
    "number": ("numbers", f"write the number alone, or declare another kind; {_UNKNOWN}"),
    "yes or no": ("yes or no (or 1 and 0)", f"write yes or no, or declare a category; {_UNKNOWN}"),
    "date": ("dates (2026-03-01)", f"write year, month and day; {_UNKNOWN}"),
    "category": ("one of its levels", f"correct the cell, or add the level; {_UNKNOWN}"),
    "medication": ("", ""),
}
