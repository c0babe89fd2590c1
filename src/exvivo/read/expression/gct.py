"""GCT (#1.2 and #1.3): two lines above the header state how many rows and columns the table has;
#1.3 also has columns and rows of annotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from exvivo.cells.messages import read_error
from exvivo.read.expression.grid import Grid
from exvivo.read.result import Ignored
from exvivo.words import shortened

_VERSIONS = {"#1.2": 2, "#1.3": 4}
"""How many numbers the second line has, by the first."""
_NAMES = {"#1.2": 2, "#1.3": 1}
"""The columns before the samples that every table of a version has."""


@dataclass
class Gct:
    """What a GCT states of itself. `ignored` is what of it is not read; `lines` are those of its
    table, in their places.
    """

    source: str
    version: str
    rows: int
    columns: int
    row_notes: int
    column_notes: int
    lines: list[str]
    ignored: list[Ignored] = field(default_factory=list)

    def without_annotation(self, grid: Grid) -> Grid:
        """The grid without columns and rows of annotation. Raises `ReadError` where it does not
        have as many genes and samples as the file states.
        """
        named = _NAMES[self.version]
        found = len(grid.lines) - self.column_notes, len(grid.header) - named - self.row_notes
        if found != (self.rows, self.columns):
            raise read_error(
                f"{self.source}:2",
                f"{found[0]} genes and {found[1]} samples in the table",
                f"{self.rows} genes and {self.columns} samples, as this line states",
                "export the table again: it may break off; or correct this line",
            )
        notes = grid.header[named : named + self.row_notes]
        self._ignore("columns", notes)
        self._ignore("rows", grid.texts(0)[: self.column_notes])
        kept = [at for at, name in enumerate(grid.header) if name not in notes]
        return replace(
            grid,
            header=tuple(grid.header[at] for at in kept),
            cells=grid.cells[self.column_notes :, kept],
            lines=grid.lines[self.column_notes :],
        )

    def _ignore(self, what: str, names: Sequence[str]) -> None:
        if names:
            self.ignored.append(Ignored(f"{what} {shortened(names)}", "annotation of a GCT file"))


def gct_of(lines: list[str], source: str) -> Gct | None:
    """What a GCT file states in its first two lines; nothing for any other file. Raises `ReadError`
    where the second does not say how large the table is.
    """
    version = lines[0].strip("\ufeff \t,") if lines else ""
    if version not in _VERSIONS:
        return None
    stated = lines[1].split() if len(lines) > 1 else []
    if len(stated) != _VERSIONS[version] or not all(part.isdecimal() for part in stated):
        raise read_error(
            f"{source}:2",
            f"{' '.join(stated) or 'nothing'!r} below {version}",
            f"{_VERSIONS[version]} numbers: how many rows and columns the table has",
            "export the table again as GCT, or remove both lines above the header",
        )
    rows, columns, row_notes, column_notes = [*map(int, stated), 0, 0][:4]
    table = ["", "", *lines[2:]]
    return Gct(source, version, rows, columns, row_notes, column_notes, table)
