"""The columns of a plain table by the names a study gives them, else by their usual ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.catalog import spelling
from exvivo.errors import Mistake
from exvivo.read.cells.table import Table


@dataclass(frozen=True)
class NamedColumns:
    """What each column is called, in lower case: as the study names it (`of_study`), else one of
    its usual names that the study does not give to another.
    """

    usual: Mapping[str, Sequence[str]]
    of_study: Mapping[str, str]

    def places(self, header: Sequence[str], key: str) -> list[int]:
        """The columns that may be the one of `key`."""
        others = {name for column, name in self.of_study.items() if column != key}
        wanted = {self.of_study[key]} if key in self.of_study else set(self.usual[key])
        return [index for index, name in enumerate(header) if name in wanted - others]

    def place(self, header: Sequence[str], key: str) -> int | None:
        """The first of them; None where there is none."""
        return next(iter(self.places(header, key)), None)

    def has(self, header: Sequence[str], *keys: str) -> bool:
        """Whether a header has a column of each key."""
        return all(self.places(header, key) for key in keys)

    def mistakes(self, table: Table) -> Iterator[Mistake]:
        """Columns the study names that are not there, and keys that two columns may be of."""
        header = [name.lower() for name in table.header]
        for key in self.usual:
            columns = [table.header[index] for index in self.places(header, key)]
            if key in self.of_study and not columns:
                yield Mistake(
                    table.top(),
                    f"no column {self.of_study[key]!r} ({key})"
                    f"{spelling.did_you_mean(self.of_study[key], table.header)}",
                    f"a column of it, {spelling.one_of(filter(None, table.header))}",
                    "correct the name under `columns` of the assay in study.yaml, or in the file",
                )
            if len(columns) > 1:
                both = " and ".join(map(repr, columns))
                yield Mistake(
                    table.top(),
                    f"{both}, each of which may be the column of {key}",
                    "one",
                    f"name it in study.yaml, in the assay: `columns: {{{key}: {columns[0]}}}`",
                )
