"""What somebody chose of a table that they handed in: which column names the donor, where the group
stands, which columns are kept, and how its numbers are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Row, Rows
from exvivo.study.decimal_marks import with_points
from exvivo.study.ids import id_trouble
from exvivo.web.people.handed import HandedColumn, HandedTable, short_id
from exvivo.web.people.merge import Line
from exvivo.words import shortened

COLUMN, PREFIX, EVERYBODY = "column", "prefix", "everybody"
"""Where the group of a donor stands: in a column, in the letters of the id, or it is one group."""
_OWN = ("donor", "group", "visit")


@dataclass(frozen=True)
class GroupSource:
    """Where the groups stand: `kind` is empty where they are not given; `at` is the column, `word`
    the one group of everybody.
    """

    kind: str = ""
    at: int = 0
    word: str = ""

    @property
    def value(self) -> str:
        """As a form sends it."""
        return f"{self.kind}:{self.at if self.kind == COLUMN else self.word}" if self.kind else ""

    @classmethod
    def of(cls, text: str) -> GroupSource:
        """As a form sent it."""
        kind, _, rest = text.partition(":")
        if kind == COLUMN:
            return cls(kind, int(rest) if rest.isascii() and rest.isdigit() else -1)
        return cls(kind, word=rest) if kind in (PREFIX, EVERYBODY) else cls()


@dataclass(frozen=True)
class ChosenGroup:
    """What a word of the table stands for: a group of the study, or a new one with its name."""

    id: str
    name: str
    is_new: bool


@dataclass(frozen=True)
class Choices:
    """Everything that was chosen. `thousands` are the columns whose commas stand between
    thousands; `groups` says what each word of the table stands for.
    """

    donor: int
    group: GroupSource
    visit: int | None
    keep: frozenset[int]
    thousands: frozenset[int] = frozenset()
    decimals: frozenset[int] = frozenset()
    groups: Mapping[str, ChosenGroup] = field(default_factory=dict)


def proposed(handed: HandedTable) -> Choices:
    """What the table itself proposes."""
    source = GroupSource()
    if handed.kind == "donors" and handed.group is not None:
        source = GroupSource(COLUMN, handed.group)
    elif handed.kind == "donors" and handed.prefixes:
        source = GroupSource(PREFIX)
    kept = (column.at for column in handed.columns if not column.may_name)
    return Choices(handed.donor, source, handed.visit, frozenset(kept))


def others(handed: HandedTable, choices: Choices) -> list[HandedColumn]:
    """The columns that are neither donor, group nor visit."""
    own = {choices.donor, choices.visit}
    if choices.group.kind == COLUMN:
        own.add(choices.group.at)
    return [column for column in handed.columns if column.at not in own]


def group_words(handed: HandedTable, choices: Choices) -> list[str]:
    """The words that stand for groups."""
    source = choices.group
    if source.kind == COLUMN and source.at in range(len(handed.columns)):
        return handed.words(source.at)
    if source.kind == PREFIX:
        return list(dict.fromkeys(handed.prefixes.values()))
    return [source.word] if source.kind == EVERYBODY and source.word else []


def matched(words: list[str], known: Mapping[str, str]) -> dict[str, ChosenGroup]:
    """The group of the study that each word names by its id or its name, else a new one."""
    by_word = {**{name.casefold(): key for key, name in known.items()}}
    by_word |= {key.casefold(): key for key in known}
    made: dict[str, ChosenGroup] = {}
    for word in words:
        own = by_word.get(word.casefold())
        taken = {*known, *(group.id for group in made.values())}
        new = ChosenGroup(short_id(word, taken), word, True)
        made[word] = ChosenGroup(own, known[own], False) if own else new
    return made


def lines_of(handed: HandedTable, choices: Choices) -> tuple[tuple[str, ...], list[Line]]:
    """The header and the rows as the study shall have them. Raises `StudyError` with everything
    that is to choose or to fix first.
    """
    if slips := [*_slips(handed, choices)]:
        raise StudyError(slips)
    kept = [column for column in others(handed, choices) if column.at in choices.keep]
    own = ["donor", *(["group"] if choices.group.kind else [])]
    own += ["visit"] if choices.visit is not None else []
    header = (*own, *(column.heading for column in kept))
    lines = [_line(row, handed, choices, kept) for row in _pointed(handed, choices)]
    return header, lines


def _line(
    row: tuple[str, ...], handed: HandedTable, choices: Choices, kept: list[HandedColumn]
) -> Line:
    donor = " ".join(row[choices.donor].split())
    line = {"donor": donor}
    if choices.group.kind:
        word = _word(row, donor, handed, choices.group)
        line["group"] = choices.groups[word].id if word in choices.groups else word
    if choices.visit is not None:
        line["visit"] = row[choices.visit]
    return line | {column.heading: row[column.at] for column in kept}


def _word(row: tuple[str, ...], donor: str, handed: HandedTable, source: GroupSource) -> str:
    """The word for the group of a row."""
    if source.kind == COLUMN:
        return row[source.at]
    return handed.prefixes.get(donor, "") if source.kind == PREFIX else source.word


def _pointed(handed: HandedTable, choices: Choices) -> list[tuple[str, ...]]:
    """The rows with decimal points in the columns of numbers with decimal commas, and without
    commas between thousands.
    """
    names = [str(column.at) for column in handed.columns]
    rows = list(handed.rows)
    for column in handed.columns:
        at = column.at
        if column.commas:
            table = Rows("", tuple(names), _as_rows(rows, names), separator=";")
            pointed = with_points(table, [str(at)]).rows
            rows = [_set(row, at, new[str(at)]) for row, new in zip(rows, pointed, strict=True)]
        elif at in choices.thousands:
            rows = [_set(row, at, row[at].replace(",", "")) for row in rows]
        elif at in choices.decimals:
            rows = [_set(row, at, row[at].replace(",", ".")) for row in rows]
    return rows


def _as_rows(rows: list[tuple[str, ...]], names: list[str]) -> tuple[Row, ...]:
    return tuple(Row("", dict(zip(names, row, strict=True))) for row in rows)


def _set(row: tuple[str, ...], at: int, cell: str) -> tuple[str, ...]:
    return (*row[:at], cell, *row[at + 1 :])


def _slips(handed: HandedTable, choices: Choices) -> Iterator[Mistake]:
    """What is to choose or to fix before the table can be put in."""
    if choices.donor not in range(len(handed.columns)):
        yield Mistake("the table", "no column of donors", "one column", "choose it")
        return
    yield from _repeated(handed, choices)
    kept = [column for column in others(handed, choices) if column.at in choices.keep]
    for column in kept:
        if column.heading in _OWN:
            finding = f"another column called `{column.heading}`"
            yield Mistake("the table", finding, "each column once", "leave it out, or rename it")
        if column.two_ways and column.at not in choices.thousands | choices.decimals:
            yield Mistake(
                f"the column {column.heading}",
                f"`{column.two_ways}`, which can be read in two ways",
                "whether the comma is a decimal mark, or stands between thousands",
                "choose it in the column `look at`",
            )
    for word, group in choices.groups.items():
        if group.is_new and (trouble := id_trouble(group.id)):
            yield Mistake(f"the group {word}", *trouble)


def _repeated(handed: HandedTable, choices: Choices) -> Iterator[Mistake]:
    """Rows without a donor, and rows that are there twice."""
    seen: dict[tuple[str, str], int] = {}
    twice: list[str] = []
    for number, row in enumerate(handed.rows, start=1):
        donor = " ".join(row[choices.donor].split())
        visit = row[choices.visit] if choices.visit is not None else ""
        if not donor:
            finding = "no donor"
            yield Mistake(f"line {number} of the table", finding, "a code name", "fill the cell")
        elif (donor, visit) in seen:
            twice.append(donor)
        seen.setdefault((donor, visit), number)
    if twice:
        what = "each donor once" if handed.kind == "donors" else "each donor once a visit"
        cure = "remove the other lines; scores of visits belong into the table of scores"
        if handed.kind == "clinic":
            cure = "choose the column that says the visit, or remove the other lines"
        finding = f"several lines of {shortened(list(dict.fromkeys(twice)))}"
        yield Mistake("the table", finding, what, cure)
