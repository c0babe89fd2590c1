"""Instrument files that are copies of one another."""

from __future__ import annotations

from collections.abc import Mapping

from exvivo.errors import Mistake
from exvivo.study import Study
from exvivo.study.entry import Mistakes
from exvivo.study.instrument_files import files_of


def copied_files(hashes: Mapping[str, str], study: Study) -> Mistakes:
    """Instrument files of other names and the same bytes: one measurement would count as two.

    `hashes` is the sha256 of each file of the study by its path, in the order of their paths.
    """
    measured: set[str] = set()
    for plate in study.plates:
        measured.update(name for name, _ in files_of(plate, study))
    first: dict[str, str] = {}
    for path, sha256 in hashes.items():
        if path in measured and first.setdefault(sha256, path) != path:
            yield Mistake(
                path,
                f"the same bytes as {first[sha256]}",
                "a measurement of its own in each instrument file",
                "export the right file in its place: this one is a copy",
            )
