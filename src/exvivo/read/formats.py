"""What a file format is: a module that tells its files and reads them, and what the house knows of
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exvivo.read.open_end import with_open_end
from exvivo.read.result import AssayKind, FileRead, Request


class Format(Protocol):
    """A module that reads one file format."""

    @property
    def sniff(self) -> Callable[[bytes, str], bool]:
        """Whether a file is of this format, by its bytes and its suffix in lower case (`.rdml`).
        It must be quick.
        """

    @property
    def read(self) -> Callable[[bytes, Request], FileRead]:
        """The file by its bytes. Raises `ReadError` with every mistake, and nothing else."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format: its id and name, the assay kinds it serves, the module that reads it, and
    where people read about it.

    `id` is short and stays what it is. Readers are asked in the order of the registry. `howto` is
    a page of docs/howto. `runs`: files may hold several runs. `one_well`: a file holds one well,
    which the layout names. `any_table`: it claims any text or workbook, so it stands behind all
    others of its kind.
    """

    id: str
    name: str
    serves: tuple[AssayKind, ...]
    format: Format
    howto: str
    runs: bool = False
    one_well: bool = False
    any_table: bool = False

    def sniff(self, raw: bytes, suffix: str) -> bool:
        """Whether a file is of this format."""
        return self.format.sniff(raw, suffix)

    def read(self, raw: bytes, request: Request) -> FileRead:
        """The file, read, with what rests on a last cell that may be cut among its facts. Raises
        `ReadError` with every mistake.
        """
        file = self.format.read(raw, request)
        return with_open_end(file, raw, request.source, lambda it: self.format.read(it, request))
