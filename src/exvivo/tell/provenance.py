"""Where a report comes from. Everything is handed in: no clock, no look at the machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from exvivo.past import Locked, LookAt

Header = tuple[str, dict[str, str]]
"""A file and the facts it states about itself."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a report was made of: the version, the study as it was read, every input file, every
    parameter.

    `inputs` are (path in the study folder, sha256, bytes); `ignored` are (file, column or block,
    why it was not read); `headers` has one entry each time a file was read. `decided` is the hash
    of the last decision on record, `locks` are those on record, `look` that of declared looks.
    """

    version: str
    study_hash: str
    inputs: tuple[tuple[str, str, int], ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    ignored: tuple[tuple[str, str, str], ...] = ()
    headers: tuple[Header, ...] = ()
    decided: str = ""
    locks: tuple[Locked, ...] = ()
    look: LookAt | None = None

    def headers_of(self, files: Collection[str]) -> tuple[Header, ...]:
        """The headers of some files, in the order they were read."""
        return tuple(header for header in self.headers if header[0] in files)

    @property
    def software(self) -> str:
        """The version of exvivo. What it stands on is no part of a report: the same study gives the
        same page with other packages, and the record of the run names them.
        """
        return f"exvivo {self.version}"
