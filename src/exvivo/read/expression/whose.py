"""Whose the samples of a table are and how they were made: by their names, by a table `samples`, or
by both where they agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from exvivo.catalog import spelling
from exvivo.cells.text import is_blank
from exvivo.errors import Mistake, ReadError
from exvivo.read.expression.grid import grid_of, lines_in
from exvivo.sources import Content
from exvivo.words import listed, shortened

Role = Literal["cultured", "reference"]
SAMPLE = "sample"
"""The column of the table `samples` that names columns of the tables of expression."""
FIELDS = ("cell", "donor", "batch", "condition")
"""What else that table may say."""
_NOTHING = "none no nothing resting untreated unstimulated unactivated control ctrl - na n/a"
NOTHING_DONE = frozenset(_NOTHING.split())
"""What people write where nothing was done to cells, in small letters."""


class Origin(NamedTuple):
    """Whose a sample is and how it was made; empty where nothing says so. Without a cell it is
    nobody's sample.
    """

    cell: str = ""
    donor: str = ""
    batch: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Said:
    """The table `samples`: what it says of each column, the line that says it, and the file."""

    file: str = ""
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def of(self, name: str, what: str) -> str:
        """What it says of a sample; empty where it says nothing."""
        return self.rows.get(name, {}).get(what, "")

    def place(self, name: str, what: str) -> str:
        """The address of what it says of a sample."""
        return f"{self.file}:{self.lines[name]} column {what}"


NOTHING_SAID = Said()


@dataclass(frozen=True)
class Samples:
    """Whose the samples of a table are: the role of the table, the cultured cells and their
    condition, the donors of the study, and what a table `samples` says.
    """

    role: Role
    cultured: str
    condition: str
    donors: Collection[str]
    said: Said = NOTHING_SAID

    @property
    def form(self) -> str:
        """How a column of a sample is named, in words."""
        if self.role == "cultured":
            return "a donor of donors.csv (donor, or donor:name)"
        return "a reference sample, CELL:NAME"

    def is_sample(self, name: str) -> bool:
        """Whether a name is a sample's."""
        return name in self.said.rows or self.is_named(name)

    def is_named(self, name: str) -> bool:
        """Whether a name is a sample's whatever the table `samples` says."""
        return bool(self.named(name).cell)

    def may_be_own(self, name: str) -> bool:
        """Whether a name is a sample's of this table, or one's that is misspelt."""
        origin = self.origin(name)
        is_known = origin.donor in self.donors if self.role == "cultured" else origin.cell
        return bool(is_known or (name not in self.said.rows and self.hint(name)))

    def named(self, name: str) -> Origin:
        """What the name of a column says by itself."""
        if self.role == "reference":
            return reference_in(name, self.donors)
        donor = donor_in(name, self.donors)
        return Origin(self.cultured, donor, "", self.condition) if donor else Origin()

    def hint(self, name: str) -> str:
        """What the name of no sample may be meant for, as a message says it."""
        donors = self.donors if self.role == "cultured" else ()
        return spelling.did_you_mean(name.partition(":")[0].strip(), (*self.said.rows, *donors))

    def origin(self, name: str) -> Origin:
        """Whose a sample is, by its name and the table `samples`."""
        named = self.named(name)
        if self.role == "cultured":
            named = Origin(self.cultured, named.donor, "", self.condition)
        told = (self.said.of(name, what) for what in FIELDS)
        return Origin(*(by_table or by_name for by_table, by_name in zip(told, named, strict=True)))

    def mistakes(self, names: Sequence[str], top: str) -> Iterator[Mistake]:
        """Samples of which the table `samples` says too little, or what cannot be; and names that
        are a donor's but for their spelling. `top` is the address of the names.
        """
        for name in names:
            if name in self.said.rows:
                yield from self._against_name(name)
                yield from self._too_little(name)
                yield from self._odd_condition(name)
            else:
                yield from self._nearly_a_donor(name, top)

    def _nearly_a_donor(self, name: str, top: str) -> Iterator[Mistake]:
        """The name of a reference, CELL:NAME, whose NAME is a donor's but for its spelling."""
        donor = name.partition(":")[2].partition(":")[0].strip()
        if self.role == "reference" and self._is_look_alike(donor):
            yield Mistake(
                top,
                f"a column {name!r}{spelling.did_you_mean(donor, self.donors)}",
                "a donor as donors.csv has it, or a person outside the study by a name of another "
                "look",
                "write the donor as in donors.csv",
            )

    def _odd_condition(self, name: str) -> Iterator[Mistake]:
        """A condition that says that nothing was done."""
        told = self.said.of(name, "condition")
        if told.casefold() in NOTHING_DONE:
            yield Mistake(
                self.said.place(name, "condition"),
                f"the condition {told!r}",
                "what was done to the cells that may be seen in their genes",
                "leave the cell empty where nothing was",
            )

    def _against_name(self, name: str) -> Iterator[Mistake]:
        named = self.named(name)
        by_name = named if self.role == "reference" else self.origin_without_table(name)
        for what, own in zip(FIELDS, by_name, strict=True):
            told = self.said.of(name, what)
            if told and own and told != own:
                yield Mistake(
                    self.said.place(name, what),
                    f"{told!r} of the sample {name}",
                    f"{own!r}, as {self._source_of(what)} says",
                    f"correct one of them; where both are right, rename the column {name} so that "
                    "its name does not say it",
                )

    def origin_without_table(self, name: str) -> Origin:
        """What is known of a cultured sample beside the table `samples`."""
        return Origin(self.cultured, self.named(name).donor, "", self.condition)

    def _source_of(self, what: str) -> str:
        if self.role == "reference" or what == "donor":
            return "the name of its column"
        return "the question (`cell_type`)" if what == "cell" else "the question (`condition`)"

    def _too_little(self, name: str) -> Iterator[Mistake]:
        origin = self.origin(name)
        if not origin.cell:
            yield Mistake(
                f"{self.said.file}:{self.said.lines[name]}",
                f"no cell of the reference {name}",
                "what cells it is of",
                "fill the column `cell`, or name the column CELL:NAME",
            )
        if self.role == "cultured" and origin.donor not in self.donors:
            told = f"{origin.donor!r} as the donor of {name}" if origin.donor else "no donor"
            hint = spelling.did_you_mean(origin.donor, self.donors) if origin.donor else ""
            yield Mistake(
                f"{self.said.file}:{self.said.lines[name]}",
                f"{told}{hint}",
                f"a donor of donors.csv for {name}, whose cells were cultured",
                "fill or correct the column `donor`, or add the donor to donors.csv",
            )
        elif self._is_look_alike(origin.donor):
            yield Mistake(
                self.said.place(name, "donor"),
                f"the donor {origin.donor!r}{spelling.did_you_mean(origin.donor, self.donors)}",
                "a donor as donors.csv has it, or a person outside the study by a name of another "
                "look",
                "write the donor as in donors.csv",
            )

    def _is_look_alike(self, donor: str) -> bool:
        alike = {spelling.key(one) for one in self.donors if one != donor}
        return bool(donor) and donor not in self.donors and spelling.key(donor) in alike


def donor_in(name: str, donors: Collection[str]) -> str:
    """The donor a sample is named by: the whole name, or what stands before a colon. Empty where
    that is no donor.

    >>> donor_in("P1:well 2", {"P1"}), donor_in("P12", {"P1"})
    ('P1', '')
    """
    parts = name.split(":")
    starts = (":".join(parts[:end]).strip() for end in range(len(parts), 0, -1))
    return next((start for start in starts if start in donors), "")


def reference_in(name: str, donors: Collection[str]) -> Origin:
    """The cell of a reference sample, CELL:NAME, and the donor where NAME is one. Of another name
    the donor, where it is one's: a donor is no cell.

    >>> reference_in("monocyte:P1", {"P1"}).donor, reference_in("length", {"P1"}).cell
    ('P1', '')
    """
    cell, _, rest = (part.strip() for part in name.partition(":"))
    if cell and rest and cell not in donors:
        return Origin(cell, donor_in(rest, donors))
    return Origin("", donor_in(name, donors))


def read_samples(content: Content, source: str) -> Said:
    """The table `samples`. Raises `ReadError` with all its mistakes: no column `sample`, columns of
    another name, rows without a sample, samples twice.
    """
    grid = grid_of(lines_in(content, source), source, content.sha256, frozenset({SAMPLE}))
    columns = {name.strip().lower(): at for at, name in enumerate(grid.header)}
    mistakes = list(_odd_columns(grid.top(), columns))
    if mistakes:
        raise ReadError(mistakes)
    texts = {what: grid.texts(at) for what, at in columns.items()}
    names = texts[SAMPLE]
    mistakes += _odd_samples(source, names, grid.lines)
    if mistakes:
        raise ReadError(mistakes)
    told = [what for what in FIELDS if what in texts]
    parts = (
        zip(*(_filled(what, texts[what]) for what in told), strict=True)
        if told
        else ((),) * len(names)
    )
    rows = {name: dict(zip(told, row, strict=True)) for name, row in zip(names, parts, strict=True)}
    return Said(source, rows, dict(zip(names, grid.lines, strict=True)))


def _filled(what: str, texts: Sequence[str]) -> list[str]:
    """The cells of a column, empty where they say NA or the like, as in a table of expression. That
    of a condition may say none: what was done to the cells is asked there.
    """
    kept = "none" if what == "condition" else ""
    return ["" if is_blank(text) and text.lower() != kept else text for text in texts]


def _odd_columns(top: str, columns: Collection[str]) -> Iterator[Mistake]:
    allowed = (SAMPLE, *FIELDS)
    form = f"`{SAMPLE}`, and any of {listed([f'`{name}`' for name in FIELDS])}"
    if SAMPLE not in columns:
        first = f"the first columns are: {shortened(sorted(columns))}"
        yield Mistake(
            top,
            f"no column `{SAMPLE}`; {first}",
            form,
            "name the column that holds the names of samples so",
        )
    for name in sorted(set(columns) - set(allowed)):
        hint = spelling.did_you_mean(name, allowed)
        yield Mistake(
            top,
            f"a column {name or '(no name)'!r}{hint}",
            form,
            "correct its name, or remove the column",
        )


def _odd_samples(source: str, names: Sequence[str], lines: Sequence[int]) -> Iterator[Mistake]:
    times = Counter(names)
    seen: set[str] = set()
    for name, line in zip(names, lines, strict=True):
        if not name:
            yield Mistake(
                f"{source}:{line} column {SAMPLE}",
                "a row without a sample",
                "the name of a column of a table of expression",
                "fill or remove the row",
            )
        elif times[name] > 1 and name in seen:
            yield Mistake(
                f"{source}:{line} column {SAMPLE}",
                f"the sample {name} again ({times[name]} times in all)",
                "each sample in one row",
                "remove the others",
            )
        seen.add(name)


def not_there(said: Said, cultured: Collection[str], references: Collection[str]) -> list[Mistake]:
    """Samples of the table that no table of expression has, or both have."""
    mistakes = []
    for name, line in said.lines.items():
        where = f"{said.file}:{line} column {SAMPLE}"
        places = (name in cultured) + (name in references)
        if places == 0:
            every = [*cultured, *references]
            mistakes.append(
                Mistake(
                    where,
                    f"no column {name!r} in either table{spelling.did_you_mean(name, every)}",
                    "the name of a column of `profiles` or `references`",
                    "write the name as the table has it, or remove the row",
                )
            )
        elif places > 1:
            mistakes.append(
                Mistake(
                    where,
                    f"a column {name!r} in both tables",
                    "a name that one of the tables has",
                    "rename the column in one of them",
                )
            )
    return mistakes
