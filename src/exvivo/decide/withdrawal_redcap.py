"""A donor who withdraws from a study whose people come from REDCap: the lines of the person's
records go out of the export, the link to the person is erased, and the donor stays in donors.csv
under a code, with the group.

All other lines of the export stay byte for byte, cells that run over several lines included.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exvivo.errors import Mistake
    from exvivo.read.redcap import Project
    from exvivo.sources import Sources
    from exvivo.study import Study
    from exvivo.study.clinic_records import Redcap
    from exvivo.study.edited import Cells


@dataclass(frozen=True)
class RedcapPart:
    """What a withdrawal changes of a REDCap project: files with their new bytes, a table of links
    outside the study folder that a person has to change, the export, and the donor's records.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    export: str = ""
    records: tuple[str, ...] = ()


def redcap_part(folder: Path, donor: str, code: str, study: Study) -> RedcapPart:
    """The export without a donor's records, the table of links without the donor, and donors.csv
    with the code. Nothing where the donor is in no record.

    Raises `StudyError` where the export lies outside the study folder, or the project's XML holds
    records.
    """
    from exvivo.errors import StudyError
    from exvivo.sources import Sources

    redcap = study.redcap
    if redcap is None:
        return RedcapPart()
    sources = Sources(folder).below(study.raw_roots, study.limits.bounds)
    project = _project(sources, redcap, study)
    records = tuple(each for each, name in project.donors.items() if name == donor)
    if not records:
        return RedcapPart()
    if mistakes := [*_out_of_reach(folder, redcap), *_records_in_xml(sources, redcap)]:
        raise StudyError(mistakes)
    lines = {row.line for row in project.rows if row.record in records}
    export = without_lines(sources.read(redcap.data).raw, lines)
    links, by_hand = _links(folder, donor, redcap, sources)
    donors = _donors(code, donor, study, sources)
    files = {redcap.data: export, **links, **donors}
    return RedcapPart(files, by_hand, redcap.data, records)


def _project(sources: Sources, redcap: Redcap, study: Study) -> Project:
    """The project, with the donor of each record."""
    from exvivo.read.redcap import read_project

    return read_project(
        sources.read(redcap.dictionary),
        sources.read(redcap.data),
        redcap,
        events=sources.read(redcap.events) if redcap.events else None,
        links=sources.read(redcap.links) if redcap.links else None,
        donors=study.donors["donor"].to_list(),
    )


def without_lines(raw: bytes, lines: Collection[int]) -> bytes:
    """An export without the rows that begin on some lines."""
    from exvivo.cells.text_rows import separator_of
    from exvivo.study.csv_lines import codec_of, written_rows

    codec = codec_of(raw)
    text = raw.decode(codec)
    header = next(filter(str.strip, text.splitlines()), "")
    rows = written_rows(text, separator_of(header))
    return "".join(row.text for row in rows if row.line not in lines).encode(codec)


def _is_within(folder: Path, name: str) -> bool:
    """Whether a file lies in the study folder."""
    return Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder))


def _out_of_reach(folder: Path, redcap: Redcap) -> Iterator[Mistake]:
    """An export that lies elsewhere: it would bring the person back."""
    from exvivo.errors import Mistake

    if not _is_within(folder, redcap.data):
        cure = "copy the export into the study folder, name it there, and give the command again"
        finding = f"{redcap.data}, which lies outside the study folder"
        yield Mistake("study.yaml redcap", finding, "an export in the study folder", cure)


def _records_in_xml(sources: Sources, redcap: Redcap) -> Iterator[Mistake]:
    """The XML of a project that holds its records too."""
    from exvivo.errors import Mistake

    if redcap.xml and b"<SubjectData" in sources.read(redcap.xml).raw:
        cure = "download the XML without records (metadata only), and give the command again"
        yield Mistake(redcap.xml, "records of people", "codes, events and forms only", cure)


def _links(
    folder: Path, donor: str, redcap: Redcap, sources: Sources
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The table of links without the donor; its name where a person has to change it."""
    from exvivo.study.edited import edited
    from exvivo.study.headings import Columns

    if not redcap.links:
        return {}, ()
    if not _is_within(folder, redcap.links):
        return {}, (redcap.links,)

    def without(cells: Cells) -> Cells | None:
        return None if cells["donor"] == donor else cells

    raw, columns = sources.read(redcap.links).raw, Columns(("record", "donor"), open=True)
    return {redcap.links: edited(raw, file=redcap.links, columns=columns, change=without)}, ()


def tables_on_disk(folder: Path, study: Study, texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The texts of a study as they lie in its folder: donors.csv of a study with a REDCap project
    is not the list of donors that was made of it.
    """
    from exvivo.sources import Sources
    from exvivo.study.files import DONORS_FILE, form_there

    if study.redcap is None:
        return dict(texts)
    sources = Sources(folder)
    file = form_there(sources, DONORS_FILE)
    own = {file: sources.read(file).raw} if sources.is_there(file) else {}
    return {name: raw for name, raw in texts.items() if name != DONORS_FILE} | own


def _donors(code: str, donor: str, study: Study, sources: Sources) -> dict[str, bytes]:
    """donors.csv with the code of a donor who was in the export only."""
    from exvivo.study.edited import with_row
    from exvivo.study.files import DONORS_FILE, form_there
    from exvivo.study.headings import Columns

    file = form_there(sources, DONORS_FILE)
    raw = sources.read(file).raw if sources.is_there(file) else None
    group = study.donors.filter(donor=donor)["group"].item()
    columns = Columns(("donor", "group"), open=True)
    return {file: with_row(raw, file=file, columns=columns, cells={"donor": code, "group": group})}
