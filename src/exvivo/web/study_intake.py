"""Instrument files that are handed in to a study: into its folder `raw`, and on its record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exvivo.web.site import Site
from exvivo.web.uploads import Handed, Intake
from exvivo.web.visitor import Visitor

RAW = "raw"
"""Where the instrument files of a study lie that was begun in the browser."""


@dataclass(frozen=True)
class StudyIntake(Intake):
    """Takes files into a study, and puts on its record who handed in which."""

    study: Path = Path()
    who: str = ""

    @classmethod
    def of(cls, site: Site, study: str, visitor: Visitor) -> StudyIntake:
        """For a study and who hands in."""
        folder = site.shelf.folder(study)
        return cls(folder / RAW, site.settings.largest, folder, visitor.name)

    def taken(self, handed: Handed) -> None:
        """Put a file that was taken on record."""
        from exvivo import store

        states = {"file": f"{RAW}/{handed.name}", "from": handed.before, "to": handed.sha256}
        texts = {"who": self.who.encode()} if self.who else {}
        store.record_decision(self.study, "edit", states, texts)
