"""Wells, or a donor, left out of every result: what a person said as a line of exclusions, and the
line put into the table and on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.gather import Gathered, Progress, unwatched

if TYPE_CHECKING:
    import polars as pl

    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row


@dataclass(frozen=True)
class LeftOut:
    """A line of exclusions that was added to the file `name`: its `wells` (rows of EXCLUSIONS), the
    study with it, and the row of the record that says so.
    """

    wells: pl.DataFrame
    gathered: Gathered
    name: str
    row: Row

    @property
    def held_before(self) -> list[str]:
        """The earlier lines that left all of it out already; none where it changes anything."""
        whole = self.gathered.study.exclusions
        earlier = whole.filter(whole["line"] != self.wells["line"][0])
        met = self.wells.join(earlier, on=["plate", "well"], suffix="_earlier")
        is_held = met["analyte_earlier"].is_null() | (met["analyte_earlier"] == met["analyte"])
        held = met.filter(is_held.fill_null(value=False))
        places = self.wells.select("plate", "well").n_unique()
        if held.select("plate", "well").n_unique() < places:
            return []
        return [str(line) for line in held["line_earlier"].unique(maintain_order=True)]

    @property
    def nobodys(self) -> int:
        """How many of its wells are `empty` in the layout, without a donor: no answer can be shown
        with these in.
        """
        layout = self.gathered.study.layout.join(self.wells, on=["plate", "well"], how="semi")
        return int(layout.filter(role_within="empty")["donor"].null_count())


def line_of(words: Mapping[str, str | None], folder: Path) -> dict[str, str]:
    """What a person said as a line of exclusions; `Q1:A1` names plate and wells. Raises
    `StudyError` where study.yaml cannot be read.
    """
    from exvivo.study.ids import ids
    from exvivo.study.load import read_study_file

    line = {name: " ".join((text or "").split()) for name, text in words.items()}
    if not line["plate"]:
        plates = ids(read_study_file(folder)[0].plates)
        line["plate"], line["wells"] = _plate_and_wells(line["wells"], plates)
    return line


def _plate_and_wells(text: str, plates: Sequence[str]) -> tuple[str, str]:
    """The plate in front of wells, where one is named; what is no well is one that is unknown."""
    from exvivo.study.layout import is_well

    named = [plate for plate in plates if text.startswith(f"{plate}:")]
    if named:
        plate = max(named, key=len)
        return plate, text.removeprefix(f"{plate}:")
    plate, colon, wells = text.partition(":")
    return (plate, wells) if colon and not is_well(plate) else ("", text)


def leave_out(folder: Path, draft: Draft, progress: Progress = unwatched) -> LeftOut:
    """Add the line of a draft to the table and to the record. Raises `StudyError` or `ReadError`
    where the study has mistakes with it, and `StoreError` where the table changed meanwhile.
    """
    from exvivo.cache import Cache
    from exvivo.gather import gather
    from exvivo.plan.blinding import seen
    from exvivo.record import renew_page
    from exvivo.store import decide

    gathered = gather(folder, progress=progress, drafts=draft.drafts, cache=Cache.of(folder))
    row = decide(folder, draft.decision, name=draft.name, before=draft.before, after=draft.after)
    renew_page(folder)
    shown = seen(folder, gathered)
    return LeftOut(last_line(shown), shown, draft.name, row)


def last_line(gathered: Gathered) -> pl.DataFrame:
    """The wells of the last line of exclusions, which is the one that a draft adds."""
    exclusions = gathered.study.exclusions
    return exclusions.filter(line=exclusions["line"][-1])
