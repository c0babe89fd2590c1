"""What a study may read: files of its folder and of those it declares under `raw_roots`, within its
`limits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path, PurePath

from exvivo.errors import Mistake
from exvivo.sources import Sources, Trouble, printable
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.question_records import Identity
from exvivo.study.records import Study

_OF_PLATES = ("file", "curves", "melt", "layout")
_INSIDE = "a file of the study, named from its folder"


def sound_roots(roots: Iterable[str]) -> tuple[str, ...]:
    """The folders of `raw_roots` that a file may lie below."""
    return tuple(root for root in roots if not _slip_of(root))


def wall_mistakes(study: Study, entry: Entry, sources: Sources) -> Mistakes:
    """Folders that are no root, and names that lead out of the study."""
    for at, root in enumerate(study.raw_roots):
        if slip := _slip_of(root):
            cure = "write the whole path of the folder that the files lie in"
            expected = "the whole path of a folder, as /mnt/share/runs"
            yield entry.at("raw_roots", at).mistake(slip, expected, cure)
    yield from _limit_mistakes(study, entry.at("limits"))
    for place, field, name in _named_files(study, entry):
        if (why := sources.trouble(name)) and why.is_wall:
            yield _way_out(place, field, name, why)


def _limit_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Limits under which no file could be read."""
    for field in fields(study.limits):
        value = getattr(study.limits, field.name)
        if value < 1:
            yield entry.mistake(
                f"{value}", "1 or more", "raise it, or leave it out", field=field.name
            )


def _slip_of(root: str) -> str:
    """What is wrong with a root; empty where it may stand."""
    path = Path(root)
    if printable(root) != root:
        return f"a name with a sign that cannot be printed: {printable(root)}"
    if not path.is_absolute():
        return f"{root!r}, no whole path"
    return "the root of this computer, which holds everything" if _is_all(path) else ""


def _is_all(path: Path) -> bool:
    real = path.resolve()
    return real == real.parent


def _named_files(study: Study, entry: Entry) -> Iterator[tuple[Entry, str, str]]:
    """The files that study.yaml names, each with the record and the field that name it."""
    for at, plate in enumerate(study.plates):
        for field in _OF_PLATES:
            if name := getattr(plate, field):
                yield entry.at("plates", at), field, name
    for at, question in enumerate(study.questions):
        if isinstance(question, Identity):
            for field, name in question.named_files.items():
                yield entry.at("questions", at), field, name


def _way_out(place: Entry, field: str, name: str, why: Trouble) -> Mistake:
    finding = f"{why}: {printable(name)}"
    return place.mistake(finding, _INSIDE, _cure(field, name, why), field=field)


def _cure(field: str, name: str, why: Trouble) -> str:
    """What to do about a file that lies outside the study, or whose name is none."""
    if why.code != "outside":
        return why.cure
    put = f"put the file into raw/ and write `{field}: raw/{PurePath(name).name}`"
    return f"{put}, or name the folder it is in under `raw_roots` in study.yaml"
