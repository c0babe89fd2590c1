"""The files of a study folder that it has itself: their names, and which of them are there."""

from __future__ import annotations

from pathlib import Path

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.sources import ABSENT, Sources

UNTITLED = "My study: what it asks, in one line"
"""The title of a study that nobody has given one yet."""
STUDY_FILE = "study.yaml"
DONORS_FILE = "donors.csv"
DONORS_OF_REDCAP = "redcap-donors.csv"
"""Under this name the record keeps the donors of a REDCap project, which were made of its export:
donors.csv may stand beside it as a file of its own.
"""
CLINIC_FILE = "clinic.csv"
CULTURES_FILE = "cultures.csv"
EXCLUSIONS_FILE = "exclusions.csv"
PLANNED = "planned"
"""The folder of what the commands of `plan` write. No run reads it, and no lock counts its files:
whatever is to be taken of it (a layout) is put among the study's own tables first.
"""

WORKBOOKS = (".xlsx", ".xls")
"""What a table of the study folder may be instead of csv."""


def table_of(sources: Sources, file: str, *, largest: int = 0) -> bytes:
    """The bytes of a table of the study itself, which are kept as they were read; `largest` where
    it has a bound of its own. Raises `StudyError` where it cannot be read.
    """
    if why := sources.trouble(file):
        absent = "put the file there, or correct its name in study.yaml"
        raise StudyError(Mistake(file, why.finding, "a csv table", why.cure or absent))
    try:
        return sources.read(file, keep=True, largest=largest).raw
    except ReadError as error:
        raise StudyError(error.mistakes) from None


def table_file(sources: Sources, name: str) -> str:
    """The name of a table of the study folder: the csv, or the workbook where there is no csv.

    Raises `StudyError` where there are several: one of them would be read by nobody.
    """
    stem = name.removesuffix(".csv")
    there = [each for each in forms_of(name) if sources.is_there(each)]
    if len(there) > 1:
        raise StudyError(
            Mistake(
                name,
                f"{' and '.join(there)}, which may say different things",
                f"one table of the {stem}",
                "keep the right one, and move the other out of the folder",
            )
        )
    return there[0] if there else name


def named_file(sources: Sources, name: str) -> str:
    """As `table_file`, for a table the study must have: a file of another name that may be meant is
    told.
    """
    file = table_file(sources, name)
    likely = "" if sources.is_there(file) else likely_file(sources.root, name)
    if likely:
        form = Path(likely).suffix.lower()
        right = name.removesuffix(".csv") + (form if form in WORKBOOKS else ".csv")
        finding = f"{ABSENT.finding}; there is {likely} (did you mean that?)"
        raise StudyError(Mistake(name, finding, "a csv table or .xlsx", f"save it as {right}"))
    return file


def form_there(sources: Sources, name: str) -> str:
    """The name under which a table of the study folder is there; the csv's where it is not."""
    return next((each for each in forms_of(name) if sources.is_there(each)), name)


def forms_of(name: str) -> list[str]:
    """The names a table of the study folder may have."""
    return [name, *(name.removesuffix(".csv") + suffix for suffix in WORKBOOKS)]


def likely_file(root: Path, name: str) -> str:
    """A file of the folder that may be meant for a table that is not there; empty without any."""
    try:
        there = sorted(path.name for path in root.iterdir() if path.is_file())
    except OSError:
        return ""
    stem = name.removesuffix(".csv").casefold()
    return next((each for each in there if each.casefold().rpartition(".")[0] == stem), "")
