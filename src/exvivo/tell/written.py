"""The files of a report, each written once: a second one at the same path would take the place of
what the page already links to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from exvivo.errors import Bug


@dataclass(frozen=True)
class Written:
    """A folder and the paths in it that are written, as file systems tell them apart: Windows and
    macOS know no capitals.
    """

    folder: Path
    paths: set[str] = field(default_factory=set)

    def text(self, name: str, text: str) -> Path:
        """Write a text to a path of the folder, with the same bytes on every system; gives the
        file. Raises `Bug` where the path is written already.
        """
        return self.bytes(name, text.encode("utf-8"))

    def bytes(self, name: str, content: bytes) -> Path:
        """Write the bytes of a file to a path of the folder. Raises `Bug` as `text` does."""
        folded = name.casefold()
        if folded in self.paths:
            raise Bug(f"{name}: two files of the results have this path")
        self.paths.add(folded)
        path = self.folder / name
        path.write_bytes(content)
        return path
