"""One change of one value, and what happens where somebody else changed it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.errors import ExvivoError

Where = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell or value: where it stands, what the page showed there (`was`), and what it is to be
    (`now`). None is nothing: not there before, or to be taken away.

    A value of study.yaml stands at its path, records by what names them, and is YAML in one line
    (`exvivo.study.splice`); a cell of a table at (key of the row, column), of a layout at (well,
    field), and is its text.
    """

    where: Where
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that somebody else changed meanwhile, to `theirs`."""

    where: Where
    was: str | None
    now: str | None
    theirs: str | None


class Conflict(ExvivoError):
    """The file is no longer the one that the page showed: nothing was written.

    `clean` are the edits whose values nobody touched, `clashes` those that somebody did; `current`
    is the version of the file as it is, against which both can be sent again.
    """

    def __init__(
        self,
        file: str,
        expected: str,
        current: str,
        clashes: tuple[Clash, ...] = (),
        clean: tuple[Edit, ...] = (),
    ) -> None:
        super().__init__(f"{file} was changed meanwhile")
        self.file = file
        self.expected = expected
        self.current = current
        self.clashes = clashes
        self.clean = clean
