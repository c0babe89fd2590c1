"""`exclude`: leave something out of every result, with a reason, on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.cli.preview import preview_option, print_outlook, print_recorded
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    import polars as pl

    from exvivo.gather import Gathered, Progress


@click.command(short_help="Leave wells or a donor out, with a reason, on record.")
@folder_argument(default=".")
@click.option("--wells", help="Q1:A1, Q1:A1-A3 along a row or column, Q1:A1:B3 for a block.")
@click.option("--plate", help="The plate, where --wells does not name it.")
@click.option("--sample", help="The name that an instrument file gives the wells.")
@click.option("--donor", help="All wells of a donor.")
@click.option("--culture", help="All wells of a culture.")
@click.option("--analyte", help="Only the readings of this analyte.")
@click.option("--reason", required=True, help="Why, in words.")
@click.option("--who", help="Who decided it.")
@click.option(
    "--labels",
    type=click.Choice(["hidden", "seen"]),
    help="Whether whoever decided it could see the groups.",
)
@preview_option
@as_json_option
def exclude(folder: Path, preview: bool, as_json: bool, **said: str | None) -> None:
    """Leave wells of the study in FOLDER out of every result, or the readings of one analyte in
    them.

    Adds a line to FOLDER/exclusions.csv and a row to the record. Nothing is deleted: the report
    shows what was left out, by whom and why, and every answer it touches without and with it. With
    --preview, only says what each answer would become.
    """
    with door(folder, as_json), steps(as_json) as progress:
        _exclude(folder, said, (preview, as_json), progress)


def _exclude(
    folder: Path, said: dict[str, str | None], how: tuple[bool, bool], progress: Progress
) -> None:
    from exvivo.cache import Cache
    from exvivo.decide.decisions import drafted_exclusion, outlook
    from exvivo.gather import gather
    from exvivo.record import renew_page
    from exvivo.store import decide

    preview, as_json = how
    draft = drafted_exclusion(folder, _line(said, folder), today())
    if preview:
        print_outlook(outlook(folder, draft, progress), as_json, progress)
        return
    cache = Cache.of(folder)
    gathered = gather(folder, progress=progress, drafts=draft.drafts, cache=cache)
    row = decide(folder, draft.decision, name=draft.name, before=draft.before, after=draft.after)
    renew_page(folder)
    progress("")
    wells = _last(gathered)
    if as_json:
        print_json({"left_out": wells.to_dicts(), "row": row.number, "hash": row.hash})
        return
    echo_lines([_told(wells, gathered), *_again(wells, gathered), *_notes(wells, gathered)])
    print_recorded(draft.name, row, folder)


def today() -> str:
    """The day it is here, as tables have it."""
    return datetime.now(UTC).astimezone().date().isoformat()


def _line(said: dict[str, str | None], folder: Path) -> dict[str, str]:
    """What was said as a line of exclusions; `Q1:A1` names plate and wells."""
    from exvivo.study.ids import ids
    from exvivo.study.load import read_study_file

    line = {name: " ".join((text or "").split()) for name, text in said.items()}
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


def _last(gathered: Gathered) -> pl.DataFrame:
    """The wells of the line that was added, the last one."""
    exclusions = gathered.study.exclusions
    return exclusions.filter(line=exclusions["line"][-1])


def _told(wells: pl.DataFrame, gathered: Gathered) -> str:
    """What is left out, in a line."""
    said: dict[str, Any] = wells.row(0, named=True)
    of = f"{gathered.study.name_of(said['analyte'])} of " if said["analyte"] else ""
    places = [f"{plate} {well}" for plate, well in wells.select("plate", "well").iter_rows()]
    count = counted(len(places), "well")
    return f"Left out: {of}{count} ({shortened(places)}): {said['reason']}"


def _again(wells: pl.DataFrame, gathered: Gathered) -> list[str]:
    """That earlier lines left all of it out already, so that this one changes no answer."""
    whole = gathered.study.exclusions
    earlier = whole.filter(whole["line"] != wells["line"][0])
    met = wells.join(earlier, on=["plate", "well"], suffix="_earlier")
    is_held = met["analyte_earlier"].is_null() | (met["analyte_earlier"] == met["analyte"])
    held = met.filter(is_held.fill_null(value=False))
    if held.select("plate", "well").n_unique() < wells.select("plate", "well").n_unique():
        return []
    lines = shortened(held["line_earlier"].unique(maintain_order=True).to_list())
    return [f"All of it was left out already, by {lines}: no answer changes by this."]


def _notes(wells: pl.DataFrame, gathered: Gathered) -> list[str]:
    """What is to be known of wells that cannot be put back."""
    layout = gathered.study.layout.join(wells, on=["plate", "well"], how="semi")
    nobodys = layout.filter(role_within="empty")["donor"].null_count()
    if not nobodys:
        return []
    what = counted(nobodys, "of them is", "of them are")
    return [
        f"{what} `empty` in the layout, without a donor: no answer can be shown with that in. Give "
        "wells back their role and donor there, so that both answers can stand side by side."
    ]
