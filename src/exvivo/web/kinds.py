"""What the files of a folder are: which instrument wrote each, its plates, wells and analytes, and
why a file was not read. A file is looked into once, until it changes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from exvivo.draft.recognise import RawPlate, Recognised, recognise_file
from exvivo.read.result import Ignored
from exvivo.web.uploads import sha256_of
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONE_AT_A_TIME = threading.Lock()
"""Files are looked into one after another: a large one is then in memory once."""
_KEPT = 4096
_SHOWN = 6
_NO_CYCLES = "it does not say how many cycles were run; the assay has to (`cycles`)"


@dataclass(frozen=True)
class PlateKind:
    """A plate (or run, or table) of a file: its run where there are several, its wells, and the
    names of what was measured; `trouble` is what is to fix before it can be read.
    """

    run: str
    wells: int
    measured: tuple[str, ...]
    day: str
    trouble: str

    @property
    def analytes(self) -> str:
        """What was measured, a few names of it."""
        return shortened(list(self.measured), _SHOWN)


@dataclass(frozen=True)
class FileKind:
    """A file: its name, its bytes, what wrote it, its plates; `why` it is none of those that are
    read (empty: it is one); `ignored` is what of it was not read. Tubes of one folder stand
    together: `files` is how many they are, `names` and `hashes` their names and sha256.
    `samples` are the columns of a table of gene expression.
    """

    name: str
    size: int
    format: str
    plates: tuple[PlateKind, ...] = ()
    why: str = ""
    files: int = 1
    sha256: str = ""
    ignored: tuple[Ignored, ...] = ()
    names: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()

    @property
    def measured(self) -> str:
        """What was measured: analytes of its first plate, or samples of a table of expression."""
        return self.plates[0].analytes if self.plates else shortened(list(self.samples), _SHOWN)

    @property
    def wells(self) -> int:
        """The wells of all its plates."""
        return sum(plate.wells for plate in self.plates)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is to fix, each thing once."""
        return tuple(dict.fromkeys(plate.trouble for plate in self.plates if plate.trouble))


def kinds_of(folder: Path, names: Iterable[str]) -> list[FileKind]:
    """What the files of a folder are, by their names; tubes of one folder as one."""
    kinds = [_kind_of(folder / name, name) for name in names]
    return list(_together(kinds))


def kind_of(folder: Path, name: str) -> FileKind:
    """What one file is."""
    return _kind_of(folder / name, name)


def summary(kinds: Sequence[FileKind]) -> str:
    """How many files, plates and tables of gene expression, in words."""
    files = sum(kind.files for kind in kinds)
    plates = sum(len(kind.plates) for kind in kinds)
    tables = sum(bool(kind.samples) for kind in kinds)
    told = [counted(files, "file")]
    told += [counted(plates, "plate")] if plates or not tables else []
    told += [counted(tables, "table") + " of gene expression"] if tables else []
    return ", ".join(told)


def _kind_of(path: Path, name: str) -> FileKind:
    about = path.stat()
    with _ONE_AT_A_TIME:
        return _looked_into(path, name, about.st_size, about.st_mtime_ns, about.st_ino)


@lru_cache(_KEPT)
def _looked_into(path: Path, name: str, size: int, changed: int, place: int) -> FileKind:
    """What a file is, as it was when it had this size, time and place."""
    kind = _summed_up(recognise_file(path, name), name, size)
    digest = sha256_of(path)
    return replace(kind, sha256=digest, names=(name,), hashes=(digest,))


def _summed_up(what: Recognised, name: str, size: int) -> FileKind:
    if what.unread:
        return FileKind(name, size, "", why=what.unread[0][1])
    if what.expression:
        table = what.expression[0]
        return FileKind(name, size, table.words, samples=table.samples)
    if what.tubes:
        tube = what.tubes[0].tube
        channels = tuple(short for short, _ in tube.channels)
        return FileKind(name, size, "FCS", (PlateKind("", 1, channels, "", ""),))
    plates = tuple(_plate(each) for each in what.plates)
    ignored = tuple(dict.fromkeys(part for each in what.plates for part in each.ignored))
    return FileKind(name, size, what.plates[0].format, plates, ignored=ignored)


def _plate(plate: RawPlate) -> PlateKind:
    readings = plate.readings
    trouble = plate.trouble or (_NO_CYCLES if plate.needs_cycles else "")
    channels = readings["channel"].drop_nulls().unique(maintain_order=True).to_list()
    day = next((v for k, v in plate.header.items() if "date" in k or "end" in k), "")
    return PlateKind(plate.run, readings["well"].n_unique(), tuple(channels), day, trouble)


def _together(kinds: Iterable[FileKind]) -> Iterator[FileKind]:
    """Tubes of one folder as one line; every other file on its own."""
    tubes: dict[str, list[FileKind]] = {}
    for kind in kinds:
        if kind.format == "FCS":
            tubes.setdefault(str(PurePosixPath(kind.name).parent), []).append(kind)
        else:
            yield kind
    for folder, group in tubes.items():
        if len(group) == 1:
            yield group[0]
            continue
        measured = group[0].plates[0].measured
        yield FileKind(
            "" if folder == "." else f"{folder}/",
            sum(kind.size for kind in group),
            "FCS",
            (PlateKind("", len(group), measured, "", ""),),
            files=len(group),
            names=tuple(kind.name for kind in group),
            hashes=tuple(kind.sha256 for kind in group),
        )
