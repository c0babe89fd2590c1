"""One edit, and what became of it where somebody else was there first."""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.errors import ExvivoError

Where = tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """One cell or value: where it stands, what the page showed, and what it is to be.

    In a layout it stands at (well, column), or (plate, well, column) where the file holds several
    plates; in a table at (key of the row, column); in study.yaml at the keys that lead there, with
    lists by the ids of their records: ("questions", "more_tnf", "margin").

    None for `was` is nothing there; for `now`, take it away. Of study.yaml both are YAML, else the
    text of the cell. In a table, (key,) alone is the whole row: `now` None takes it out.
    """

    where: Where
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Clash:
    """A value that two people changed: what both saw, what one wants, and what the other wrote."""

    where: Where
    was: str | None
    now: str | None
    theirs: str | None


class Conflict(ExvivoError):
    """The file is not the version that the edits were made on. Nothing was written.

    `current` is the version that it has; `clashes` are the edits of values that somebody else
    changed too, `clean` the others. Both are empty where a whole file was to be put in its place.
    """

    def __init__(
        self,
        file: str,
        versions: tuple[str, str],
        clashes: tuple[Clash, ...] = (),
        clean: tuple[Edit, ...] = (),
    ) -> None:
        self.file = file
        self.expected, self.current = versions
        self.clashes = clashes
        self.clean = clean
        super().__init__(f"{file} was changed by somebody else")
