"""The people of a study as counts that name nobody: the first table, and who could be singled out.

Age stands in bands of ten years, a category by its levels, a medication by the classes of its ATC
codes, a number by mean and standard deviation. Medians, quartiles, smallest and largest values are
those of persons and are not told; nor is any day. Only what is declared under `characteristics` is
told, and sex and age by the names of their columns: a column that nobody declared may hold names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, product
from statistics import fmean, stdev

import polars as pl

from exvivo.study import Study
from exvivo.study.clinic_records import Characteristic
from exvivo.study.ids import WITHDRAWN
from exvivo.study.unknown import number_of
from exvivo.tell import words
from exvivo.tell.quality import QualityTable
from exvivo.tell.share.suppress import Counted, Printed, printed, smallest_class

HIDDEN = "hidden"
"""What stands where a number is not printed."""
_AGE = frozenset({"age", "alter", "age_years", "age (years)", "age_at_visit"})
_SEX = frozenset({"sex", "gender", "geschlecht"})
_BAND = 10
_ATC = re.compile(r"[A-DGHJL-NPRSV]\d\d(?:[A-Z]{1,2}(?:\d\d)?)?")
_BETWEEN = re.compile(r"[;,|/+]")
_NOT_KNOWN, _NOT_ASKED = "not known", "not applicable"
_OTHERS = "others, too few to name"
Cells = Sequence[str]
"""The cells of a column, donor by donor; empty where it is not known."""


@dataclass(frozen=True)
class Level:
    """The level of each donor of a characteristic: what a row of the table counts. `by` is what
    somebody knows who knows it.
    """

    name: str
    of: tuple[str, ...]
    order: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class People:
    """The donors of the groups that are large enough to be told of."""

    study: Study
    smallest: int

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that are told of, in the order of the study."""
        sizes = Counter(self._every("group"))
        return tuple(each.id for each in self.study.groups if sizes[each.id] >= self.smallest)

    @cached_property
    def too_small(self) -> tuple[str, ...]:
        """The names of the groups that are not: with people, but too few."""
        sizes = Counter(self._every("group"))
        return tuple(each.name for each in self.study.groups if 0 < sizes[each.id] < self.smallest)

    @cached_property
    def _stayed(self) -> pl.DataFrame:
        """The donors without those who withdrew."""
        donors = self.study.donors
        if "donor" not in donors.columns:
            return donors
        return donors.filter(~pl.col("donor").str.starts_with(WITHDRAWN))

    def _every(self, column: str) -> list[str]:
        if column not in self._stayed.columns:
            return []
        return [str(cell or "").strip() for cell in self._stayed[column].to_list()]

    @cached_property
    def group_of(self) -> tuple[str, ...]:
        """The group of each donor who is told of."""
        return tuple(group for group in self._every("group") if group in self.groups)

    def cells(self, column: str) -> Cells:
        """A column of the donors who are told of."""
        pairs = zip(self._every("group"), self._every(column), strict=True)
        return [cell for group, cell in pairs if group in self.groups]

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many people each group has."""
        return Counter(self.group_of)

    @cached_property
    def known(self) -> tuple[Characteristic, ...]:
        """What is told of: declared, or sex and age by their names."""
        columns = self.study.donors.columns
        declared = [each for each in self.study.characteristics if each.id in columns]
        names = {each.id for each in declared}
        return (
            *declared,
            *(each for each in map(_by_name, columns) if each and each.id not in names),
        )

    @cached_property
    def not_told(self) -> tuple[str, ...]:
        """The columns of donors.csv that are not told of."""
        names = {"donor", "group", *(each.id for each in self.known if each.kind != "date")}
        return tuple(name for name in self.study.donors.columns if name not in names)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """Everything that is counted by levels."""
        return tuple(chain.from_iterable(_levels(each, self) for each in self.known))


def _by_name(column: str) -> Characteristic | None:
    """Sex or age, by the name of the column."""
    plain = column.strip().casefold()
    if plain in _AGE:
        return Characteristic(id=column, kind="number")
    return Characteristic(id=column, kind="category") if plain in _SEX else None


def is_age(characteristic: Characteristic) -> bool:
    """Whether a number is an age in years: it is told in bands."""
    names = {characteristic.id.strip().casefold(), characteristic.name.strip().casefold()}
    return characteristic.kind == "number" and bool(names & _AGE)


def band_of(age: str) -> str:
    """The ten years in which an age lies; empty where it is none.

    >>> band_of("49"), band_of("50.5"), band_of("")
    ('40 to 49', '50 to 59', '')
    """
    years = number_of(age) if age else None
    if years is None:
        return _NOT_ASKED if age == _NOT_ASKED else ""
    start = int(years // _BAND) * _BAND
    return f"{start} to {start + _BAND - 1}"


def _levels(characteristic: Characteristic, people: People) -> Iterator[Level]:
    """What is counted of a characteristic; nothing of a day, or of a number that has a mean."""
    cells, name = people.cells(characteristic.id), characteristic.name or characteristic.id
    match characteristic.kind:
        case "medication":
            yield from _medications(name, cells, people.smallest)
        case "number" if is_age(characteristic):
            bands = _level(name, [band_of(cell) for cell in cells])
            yield replace(bands, by=f"{name} in bands of ten years")
        case "number" if not is_measured(cells, people.smallest):
            yield _joined(_level(name, cells), people.smallest)
        case "category" | "yes or no":
            yield _joined(_level(name, cells, characteristic.levels), people.smallest)
        case "number" | "date":
            return


def is_measured(cells: Cells, smallest: int) -> bool:
    """Whether a number has so many different values that its mean tells no count: of two values,
    the mean says how many people have which.
    """
    return len({cell for cell in cells if number_of(cell) is not None}) >= 2 * smallest


def _level(name: str, cells: Cells, order: Sequence[str] = ()) -> Level:
    """The levels of some cells: in the given order, then numbers by size, then words."""
    rest = sorted({*cells} - {*order, "", _NOT_ASKED}, key=lambda cell: (_size(cell), cell))
    known = [level for level in (*order, *rest) if level in cells]
    ends = [each for each, cell in ((_NOT_ASKED, _NOT_ASKED), (_NOT_KNOWN, "")) if cell in cells]
    return Level(name, tuple(cell or _NOT_KNOWN for cell in cells), (*known, *ends), name)


def _size(cell: str) -> float:
    """The number at the beginning of a cell; behind all others where there is none."""
    number = number_of(cell.split(" ")[0])
    return float("inf") if number is None else number


def _joined(level: Level, smallest: int) -> Level:
    """Levels of too few people in all groups together as one: their very name would tell."""
    counts = Counter(level.of)
    rare = {name for name in level.order if counts[name] < smallest} - {_NOT_KNOWN, _NOT_ASKED}
    if not rare:
        return level
    of = tuple(_OTHERS if name in rare else name for name in level.of)
    left = [name for name in level.order if name not in rare]
    place = sum(name not in (_NOT_KNOWN, _NOT_ASKED) for name in left)
    return replace(level, of=of, order=(*left[:place], _OTHERS, *left[place:]))


def _medications(name: str, cells: Cells, smallest: int) -> Iterator[Level]:
    """Each class of ATC codes (the first three signs) that enough people take, yes or no."""
    taken = [classes_of(cell) for cell in cells]
    counts = Counter(chain.from_iterable(taken))
    for each in sorted(each for each, count in counts.items() if count >= smallest):
        takes = ["yes" if each in classes else "no" for classes in taken]
        of = [told if cell else "" for told, cell in zip(takes, cells, strict=True)]
        yield _level(f"{name}, {each}", of, ("yes", "no"))


def classes_of(cell: str) -> frozenset[str]:
    """The classes of the ATC codes in a cell; names of drugs have none.

    >>> sorted(classes_of("N06AX21; N02BF02"))
    ['N02', 'N06']
    """
    words = (word.strip().upper() for word in _BETWEEN.split(cell))
    return frozenset(word[:3] for word in words if _ATC.fullmatch(word))


def counted(level: Level, people: People) -> Printed:
    """The counts of each level by group, without those that are hidden."""
    pairs = Counter(zip(level.of, people.group_of, strict=True))
    rows = tuple(_in_groups(pairs, name, people) for name in level.order)
    return printed(
        Counted(rows, tuple(people.sizes[group] for group in people.groups)), people.smallest
    )


def _in_groups(pairs: Mapping[tuple[str, str], int], name: str, people: People) -> tuple[int, ...]:
    """How many people of each group have a level."""
    return tuple(pairs[name, group] for group in people.groups)


def people_table(people: People) -> QualityTable:
    """The first table: how many people, and what is known of them, by group."""
    heads = ("people", *(people.study.name_of(group) for group in people.groups))
    rows = [("in all", *(str(people.sizes[group]) for group in people.groups))]
    for level in people.levels:
        shown = counted(level, people)
        rows += [
            _row(f"{level.name}: {name}", cells)
            for name, cells in zip(level.order, shown, strict=True)
        ]
    rows += chain.from_iterable(_means(each, people) for each in people.known)
    return QualityTable("People by group", heads, rows)


def _row(name: str, cells: Iterable[int | None]) -> tuple[str, ...]:
    return (name, *(HIDDEN if cell is None else str(cell) for cell in cells))


def _means(characteristic: Characteristic, people: People) -> Iterator[tuple[str, ...]]:
    """Mean and standard deviation of a number by group."""
    if characteristic.kind != "number" or is_age(characteristic):
        return
    cells = people.cells(characteristic.id)
    if not is_measured(cells, people.smallest):
        return
    unit = f", {characteristic.unit}" if characteristic.unit else ""
    name = f"{characteristic.name or characteristic.id}{unit}: mean (sd)"
    of_groups: dict[str, list[str]] = {group: [] for group in people.groups}
    for group, cell in zip(people.group_of, cells, strict=True):
        of_groups[group].append(cell)
    yield (name, *(_mean(own, people.smallest) for own in of_groups.values()))


def _mean(cells: Cells, smallest: int) -> str:
    """`22.1 (2.6)` of enough people; three digits, of which nobody's value is worked out."""
    numbers = [value for cell in cells if cell and (value := number_of(cell)) is not None]
    if len(numbers) < 2 * smallest or len({*numbers}) < smallest:
        return HIDDEN
    return f"{words.amount_of(fmean(numbers))} ({words.amount_of(float(f'{stdev(numbers):.2g}'))})"


@dataclass(frozen=True)
class Singled:
    """How many people are the only one with what is known of them, of how many; and k, the number
    of people in the rarest combination. `by` says what is known.
    """

    by: str
    only_one: int
    k: int
    people: int
    small: int


def singled_out(people: People) -> tuple[Singled, ...]:
    """Who could be singled out by somebody who knows people: by everything that a table of donors
    holds, with age in bands, by each level alone, and by what is printed.
    """
    known = [each for each in people.known if _is_exact(each)]
    exact = [_exact(each, people) for each in known]
    names = [each.name or each.id for each in known]
    levels = people.levels
    ways = [
        (_by(names), exact),
        (_by([level.by for level in levels]), [level.of for level in levels]),
        *((f"{_by([level.by])} alone", [level.of]) for level in levels if len(levels) > 1),
        ("by all that is printed there", [_as_printed(level, people) for level in levels]),
    ]
    return tuple(_singled(by, known, people) for by, known in ways)


def _by(names: Sequence[str]) -> str:
    """What somebody knows of a donor."""
    return f"by {words.listed(['group', *names])}"


def _is_exact(characteristic: Characteristic) -> bool:
    """Whether a characteristic is one that people know of one another: no measured number."""
    return characteristic.kind in ("category", "yes or no", "medication") or is_age(characteristic)


def _exact(characteristic: Characteristic, people: People) -> tuple[str, ...]:
    return tuple(people.cells(characteristic.id))


def _as_printed(level: Level, people: People) -> tuple[str, ...]:
    """The level of each donor as far as its count is printed."""
    shown = counted(level, people)
    places = product(level.order, people.groups)
    told = {
        place: HIDDEN if cell is None else place[0]
        for place, cell in zip(places, chain.from_iterable(shown), strict=True)
    }
    return tuple(told[pair] for pair in zip(level.of, people.group_of, strict=True))


def _singled(by: str, known: Sequence[Sequence[str]], people: People) -> Singled:
    keys = list(zip(people.group_of, *known, strict=True))
    only_one, k = smallest_class(keys)
    sizes = Counter(keys)
    small = sum(size for size in sizes.values() if size < people.smallest)
    return Singled(by, only_one, k, len(keys), small)
