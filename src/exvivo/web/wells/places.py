"""From a mistake or a flag to the page on which it can be looked at and fixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from exvivo.errors import Mistake
from exvivo.flagged import Flag
from exvivo.sources import Sources
from exvivo.study import Study
from exvivo.study.files import (
    CLINIC_FILE,
    CULTURES_FILE,
    DONORS_FILE,
    EXCLUSIONS_FILE,
    STUDY_FILE,
    forms_of,
)

_AT = re.compile(r"(?P<file>[^:\n]+\.\w{2,5}):(?P<line>\d+)")
_KEY = re.compile(r"([A-Za-z_]+):")
_ON_PLATE = re.compile(r"(?:[A-Z]|A[A-F])0?(?:[1-9]|[1-3][0-9]|4[0-8])")
"""A well of a plate, up to 1536 of them."""
_MOST = 8
"""Wells of a flag that get a link of their own."""
_FORMS = {
    "open": ("the open questions", "/open"),
    "title": ("the open questions", "/open"),
    "questions": ("the questions", "/questions"),
    "plan": ("the questions", "/questions"),
    "plates": ("the plates", "/plates"),
    "groups": ("the people", "/people"),
    "scales": ("the scales", "/scales"),
    "redcap": ("the people", "/people"),
}
"""The page for each key of study.yaml that has one."""


@dataclass(frozen=True)
class Link:
    """A page of the study: its words, and its address below that of the study."""

    label: str
    address: str


def is_on_plate(text: str) -> bool:
    """Whether a text is the name of a well of a plate with up to 1536.

    >>> is_on_plate("A1"), is_on_plate("AF48"), is_on_plate("AG1"), is_on_plate("FM10 none")
    (True, True, False, False)
    """
    return _ON_PLATE.fullmatch(text) is not None


def segment(text: str) -> str:
    """A name as a part of an address."""
    return quote(text, safe="")


def of_people(where: str) -> bool:
    """Whether a place is in a table of people, whose cells not everybody may see."""
    return where.startswith("redcap/") or any(
        where == name or where.startswith((f"{name}:", f"{name},", f"{name} "))
        for name in (*forms_of(DONORS_FILE), *forms_of(CLINIC_FILE))
    )


def _row_of_people(where: str, line: int) -> Link:
    """The table of people that a mistake stands in, at its row where that is known."""
    is_clinic = where.startswith(CLINIC_FILE.removesuffix("csv"))
    words, page = ("the scores", "/people/scores") if is_clinic else ("the people", "/people")
    return Link(words, f"{page}#line-{line}" if line else page)


def of_mistake(mistake: Mistake, study: Study | None, sources: Sources | None) -> list[Link]:
    """The pages on which a mistake can be fixed, the best first. One that stands for many alike
    names several places.
    """
    places = [(at["file"].strip(" ,"), int(at["line"])) for at in _AT.finditer(mistake.where)]
    places = places or [(mistake.where.partition(":")[0], 0)]
    links = (link for place in places for link in _of_place(*place, study, sources))
    return list(dict.fromkeys(links))[:_MOST]


def _of_place(file: str, line: int, study: Study | None, sources: Sources | None) -> Iterator[Link]:
    """The pages for a line of a file."""
    if file == STUDY_FILE:
        yield from _of_study_file(line, sources)
    elif of_people(file):
        yield _row_of_people(file, line)
    elif file in forms_of(CULTURES_FILE):
        yield Link("the people", "/people")
    elif file in forms_of(EXCLUSIONS_FILE):
        yield Link("what is left out", "/wells#left-out")
    elif study is not None:
        yield from _of_plate_file(file, line, study, sources)


def _of_study_file(line: int, sources: Sources | None) -> Iterator[Link]:
    """The form of the key that a line belongs to, and the line itself."""
    lines = _lines(STUDY_FILE, sources)
    keys = [found[1] for each in lines[:line] if (found := _KEY.match(each))]
    if keys and keys[-1] in _FORMS:
        yield Link(*_FORMS[keys[-1]])
    yield Link(f"line {line} of study.yaml" if line else "study.yaml", f"/check/study#L{line}")


def _of_plate_file(file: str, line: int, study: Study, sources: Sources | None) -> Iterator[Link]:
    """The plate that a layout is of, at the well of the line; the files, for any other."""
    plates = [plate.id for plate in study.plates if plate.layout == file]
    if not plates:
        yield Link("the files", "/files")
        return
    cells = _cells(_lines(file, sources), line)
    plate = next((each for each in plates if each in cells), plates[0])
    well = next((cell for cell in cells if is_on_plate(cell)), "")
    yield plate_editor(plate, well)


def plate_editor(plate: str, well: str = "") -> Link:
    """The editor of a plate, at a well where one is named."""
    at = f"?well={segment(well)}" if well else ""
    label = f"plate {plate}, well {well}" if well else f"plate {plate}"
    return Link(label, f"/plates/{segment(plate)}{at}")


def _lines(file: str, sources: Sources | None) -> list[str]:
    raw = sources.texts.get(file, b"") if sources else b""
    return raw.decode("utf-8", errors="replace").splitlines()


def _cells(lines: list[str], line: int) -> list[str]:
    """The cells of a line of a csv, whatever separates them."""
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return [cell.strip().strip('"') for cell in re.split(r"[,;\t]", text)]


def of_flag(flag: Flag, study: Study | None) -> list[Link]:
    """The pages on which a flag can be looked at: its wells, else its plate, people or files."""
    if study is None:
        return []
    wells = wells_of(flag, study)
    links = [well_page(plate, well) for plate, well in wells[:_MOST]]
    plates = [plate.id for plate in study.plates if plate.id == flag.place]
    if not links and not plates and flag.scope:
        plates = list(flag.scope.plates)[:_MOST]
    if len(links) < len(wells) or not links:
        links += [Link(f"plate {each}", f"/wells/{segment(each)}") for each in plates]
    return [*links, *_others(flag)]


def well_page(plate: str, well: str) -> Link:
    """The page of a well."""
    return Link(f"{plate} {well}", f"/wells/{segment(plate)}/{segment(well)}")


def _others(flag: Flag) -> Iterator[Link]:
    scope = flag.scope
    if scope and (scope.donors or scope.columns):
        yield Link("the people", "/people")
    if scope and scope.scales:
        yield Link("the scores", "/people/scores")
    if scope and scope.questions:
        yield Link("the questions", "/questions")


def wells_of(flag: Flag, study: Study) -> list[tuple[str, str]]:
    """The wells that a flag rests on, by its evidence: `A1` of its plate, or `Q1 A1`; of a flag of
    wells that names none, those of the donors it is about.
    """
    plates = {plate.id for plate in study.plates}
    own = flag.place if flag.place in plates else ""
    named = dict.fromkeys(
        pair for fact in flag.evidence for pair in _named(fact.partition("|")[0], own, plates)
    )
    return list(named) or _of_donors(flag, study)


def _of_donors(flag: Flag, study: Study) -> list[tuple[str, str]]:
    """The wells of the donors that a flag of wells is about, on the plates it is about."""
    import polars as pl

    scope = flag.scope
    if flag.table != "wells" or scope is None or not scope.donors:
        return []
    plates = [
        plate.id
        for plate in study.plates
        if plate.id in (scope.plates or (plate.id,))
        and plate.assay in (scope.assays or (plate.assay,))
    ]
    layout = study.layout.filter(pl.col("donor").is_in(scope.donors), pl.col("plate").is_in(plates))
    return [(str(plate), str(well)) for plate, well in layout.select("plate", "well").iter_rows()]


def _named(fact: str, own: str, plates: set[str]) -> Iterator[tuple[str, str]]:
    if own and is_on_plate(fact):
        yield own, fact
        return
    for sign in (" ", ":"):
        plate, _, well = fact.partition(sign)
        if plate in plates and is_on_plate(well):
            yield plate, well
