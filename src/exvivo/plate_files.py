"""The instrument files of one plate: read, or taken from the cache where all that they were read
with is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from exvivo.cache import Cache, Frames
    from exvivo.errors import Mistake
    from exvivo.read import FileRead
    from exvivo.sources import Content, Sources
    from exvivo.study import Assay, Plate, Study
    from exvivo.study.instrument_files import FileOfWell

File = tuple[str, "FileRead"]
"""An instrument file that was read, by its name."""


@dataclass(frozen=True)
class Asked:
    """All that decides how the files of a plate are read, but for their bytes. `files` are their
    names, each with its well where a file holds one well, in the order in which they are read.
    """

    plate: str
    file: str
    curves: str
    run: str
    assay: Assay
    analytes: tuple[str, ...]
    files: tuple[FileOfWell, ...]


@dataclass
class PlateRead:
    """The files of a plate that could be read, and the mistakes of the others; `whole` says whether
    all were.
    """

    files: list[File] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    whole: bool = True


class _NotWhole(Exception):
    """A plate with a mistake, which is not kept."""

    def __init__(self, read: PlateRead) -> None:
        super().__init__()
        self.read = read


def read_files(plate: Plate, study: Study, sources: Sources, cache: Cache) -> PlateRead:
    """A plate's file, or its one file a well. Files that are not there are mistakes already."""
    asked = _asked(plate, study)
    if asked is None:
        return PlateRead(whole=False)
    readable, contents, mistakes = _contents(asked, sources)
    if readable != asked.files:
        read = _read(replace(asked, files=readable), contents)
        return PlateRead(read.files, [*mistakes, *read.mistakes], whole=False)
    arguments = (repr(asked), *(content.sha256 for content in contents))
    try:
        frames = cache.frames("plate", arguments, lambda: _frames(asked, contents))
    except _NotWhole as error:
        return error.read
    return PlateRead(_files_of(frames))


def _asked(plate: Plate, study: Study) -> Asked | None:
    """How the files of a plate are read; None where it has no assay. Curves come first: they tell
    the cycles of the run, which a file of Cq may not.
    """
    from exvivo.study.instrument_files import files_of

    assay = _assay_of(plate, study)
    if assay is None:
        return None
    files = sorted(files_of(plate, study), key=lambda file: file[0] != plate.curves)
    return Asked(
        plate=plate.id,
        file=plate.file,
        curves=plate.curves,
        run=plate.run,
        assay=assay,
        analytes=tuple(analyte.id for analyte in study.analytes),
        files=tuple(files),
    )


def _assay_of(plate: Plate, study: Study) -> Assay | None:
    """The assay of a plate, with the plate's own analyte where it names one."""
    from exvivo.study import Immunoassay

    assay = next((assay for assay in study.assays if assay.id == plate.assay), None)
    own = plate.analyte if isinstance(assay, Immunoassay) else ""
    return replace(assay, analyte=own) if own and isinstance(assay, Immunoassay) else assay


def _contents(
    asked: Asked, sources: Sources
) -> tuple[tuple[FileOfWell, ...], list[Content], list[Mistake]]:
    """The files that can be read, their bytes, and the mistakes of those that are there and
    cannot.
    """
    from exvivo.errors import ReadError

    readable: list[FileOfWell] = []
    contents: list[Content] = []
    mistakes: list[Mistake] = []
    for file in asked.files:
        try:
            contents.append(sources.read(file[0]))
            readable.append(file)
        except ReadError as error:
            mistakes += [] if sources.trouble(file[0]) else error.mistakes
    return tuple(readable), contents, mistakes


def _read(asked: Asked, contents: Sequence[Content]) -> PlateRead:
    """The files by their bytes."""
    from exvivo.errors import ReadError

    read = PlateRead()
    assay, constant_well = asked.assay, _constant_well(asked, contents)
    for (name, well), content in zip(asked.files, contents, strict=True):
        try:
            file = _read_file(content, well, replace(asked, assay=assay), constant_well)
        except ReadError as error:
            read.mistakes += error.mistakes
            read.whole = False
            continue
        read.files.append((name, file))
        if name == asked.curves:
            assay = _with_cycles(assay, file)
    read.files = _in_order(read.files, asked.file)
    return read


def _read_file(content: Content, well: str | None, asked: Asked, constant_well: str) -> FileRead:
    from exvivo.read import read_plate

    return read_plate(
        content,
        source=content.name,
        plate=asked.plate,
        assay=asked.assay,
        well=well,
        run=asked.run,
        analytes=asked.analytes,
        constant_well=constant_well,
    )


def _in_order(files: Iterable[File], first: str) -> list[File]:
    """The files without what the software left out in any of them, the plate's own before that of
    its curves.
    """
    every = list(files)
    left_out = frozenset[tuple[str, str]]().union(*(read.left_out for _, read in every))
    rest = [(name, read.without(left_out)) for name, read in every]
    return sorted(rest, key=lambda file: file[0] != first)


def _constant_well(asked: Asked, contents: Sequence[Content]) -> str:
    """The well that every one-well file of the plate states, where it is the same in all."""
    from exvivo.read.cytometer.facts import constant_well

    raw = {content.name: content.raw for content in contents}
    tubes = [name for name, well in asked.files if well]
    return constant_well(list(dict.fromkeys(tubes)), lambda name, *part: raw[name][slice(*part)])


def _with_cycles(assay: Assay, curves: FileRead) -> Assay:
    """The assay with the cycles its curves run to, for the file of Cq that does not say."""
    from exvivo.study import Qpcr

    ends = curves.readings["x"].drop_nulls().list.max().drop_nulls()
    if not isinstance(assay, Qpcr) or assay.cycles is not None or ends.is_empty():
        return assay
    return replace(assay, cycles=int(ends.to_numpy().max()))


# The files of a plate as tables, and back.


def _frames(asked: Asked, contents: Sequence[Content]) -> Frames:
    """The files as tables for the cache. Raises `_NotWhole` after a mistake."""
    import polars as pl

    from exvivo.tables import READINGS, VENDOR

    read = _read(asked, contents)
    if not read.whole:
        raise _NotWhole(read)
    files = [file for _, file in read.files]
    return (
        _sizes(read.files),
        pl.concat([READINGS.frame(), *(file.readings for file in files)]),
        pl.concat([VENDOR.frame(), *(file.vendor for file in files)]),
        _pairs([[(part.what, part.why) for part in file.ignored] for file in files]),
        _pairs([file.header.items() for file in files]),
        _pairs([sorted(file.left_out) for file in files]),
    )


def _sizes(files: Sequence[File]) -> pl.DataFrame:
    """Which rows of the tables are of which file."""
    import polars as pl

    rows = [(name, read.readings.height, read.vendor.height) for name, read in files]
    schema = {"name": pl.String, "readings": pl.Int64, "vendor": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _pairs(of_files: Sequence[Iterable[tuple[str, str]]]) -> pl.DataFrame:
    """Two texts a row, by the number of their file."""
    import polars as pl

    rows = [(i, *pair) for i, pairs in enumerate(of_files) for pair in pairs]
    schema = {"file": pl.Int64, "first": pl.String, "second": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _files_of(frames: Frames) -> list[File]:
    """The files that `_frames` made tables of."""
    from exvivo.read import FileRead, Ignored

    sizes, readings, vendor, *texts = frames
    ignored, headers, left_out = (_by_file(text, sizes.height) for text in texts)
    files: list[File] = []
    first = [0, 0]
    for i, (name, *heights) in enumerate(sizes.iter_rows()):
        read = FileRead(
            readings.slice(first[0], heights[0]),
            tuple(Ignored(*part) for part in ignored[i]),
            dict(headers[i]),
            vendor.slice(first[1], heights[1]),
            frozenset(left_out[i]),
        )
        files.append((name, read))
        first = [begin + height for begin, height in zip(first, heights, strict=True)]
    return files


def _by_file(pairs: pl.DataFrame, files: int) -> list[list[tuple[str, str]]]:
    """The pairs of each file."""
    of_files: list[list[tuple[str, str]]] = [[] for _ in range(files)]
    for file, first, second in pairs.iter_rows():
        of_files[file].append((first, second))
    return of_files
