"""Where a report comes from. Everything is handed in: no clock, no look at the machine."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a report was made of: the version, the study as it was read, every input file, every
    parameter.

    `inputs` are (path in the study folder, sha256, bytes); `ignored` are (file, column or block,
    why it was not read); `headers` are (file, the facts it states about itself), one entry each
    time a file was read.
    """

    version: str
    study_hash: str
    inputs: tuple[tuple[str, str, int], ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    ignored: tuple[tuple[str, str, str], ...] = ()
    headers: tuple[tuple[str, dict[str, str]], ...] = ()
