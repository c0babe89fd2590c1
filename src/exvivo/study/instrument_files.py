"""The instrument files a study names: each is there, can be read, and is the file of one plate or
one well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.csv_rows import Rows
from exvivo.study.files import cure, trouble
from exvivo.study.records import Plate, Results, Study

_LISTED = 4
"""Files a message names before it counts them."""


def absent_files(table: Rows, mine: list[int], plate: Plate, root: Path) -> Iterator[Mistake]:
    """Files of the column `file` that cannot be read: one mistake for all of a kind, with the first
    line by its number.
    """
    if plate.file or "file" not in table.header:
        return
    kinds: dict[str, list[tuple[int, str]]] = {}
    for index in mine:
        name = table.rows[index]["file"]
        if table.rows[index].get("role") != "empty" and name and (found := _trouble(root, name)):
            kinds.setdefault(found, []).append((index, name))
    for found, absent in kinds.items():
        names = [name for _, name in absent]
        more = f", ... ({len(names)} files in all)" if len(names) > _LISTED else ""
        mend = "put the files there, correct the column `file`, or give wells without one the role `empty`"
        yield Mistake(
            table.where(absent[0][0]),
            f"{found}: " + ", ".join(names[:_LISTED]) + more,
            "the instrument file of each well, named from the study folder",
            cure(found, absent=mend),
        )


def _trouble(root: Path, name: str) -> str:
    if Path(name).is_absolute():
        return "a path from the root of this computer, which no other has"
    return trouble(root / name)


def file_mistakes(root: Path, plate: Plate) -> Iterator[Mistake]:
    """The files of a plate that cannot be read."""
    for name, field in ((plate.file, "file"), (plate.curves, "curves")):
        if name and (found := _trouble(root, name)):
            mend = f"put it there, or correct `{field}` in study.yaml"
            if Path(name).is_absolute():
                mend = f"put the file into raw/ and write `{field}: raw/{Path(name).name}`"
            yield Mistake(
                name,
                f"{found} (plate {plate.id})",
                "the instrument file of the plate, named from the study folder",
                cure(found, absent=mend),
            )


def shared_files(study: Study, layout: pl.DataFrame) -> Iterator[Mistake]:
    """Instrument files named a second time, as copied lines do: the same numbers would count as
    other people's.

    An RDML file may hold a run for each plate, and a table of results may serve plates that share
    no sample.
    """
    plates = {plate.id: plate for plate in study.plates}
    seen: dict[str, list[tuple[str, str]]] = {}
    for plate in study.plates:
        for name in filter(None, (plate.file, plate.curves)):
            before = seen.setdefault(normpath(name), [])
            yield from (
                _twice(name, where, f"plate {plate.id}", field="`file` or `run`")
                for other, where in before
                if not _apart(plates[other], plate, study, layout)
            )
            before.append((plate.id, f"plate {plate.id}"))
    rows = layout.filter(pl.col("role") != "empty").drop_nulls("file")
    for plate_id, well, name, line in rows.select("plate", "well", "file", "line").iter_rows():
        if plates[plate_id].file:
            continue
        before = seen.setdefault(normpath(name), [])
        if before:
            yield _twice(
                name,
                before[0][1],
                f"well {well} of plate {plate_id}",
                field="the column `file`",
                place=line,
            )
        before.append((plate_id, f"well {well} of plate {plate_id} ({line})"))


def _twice(name: str, first: str, again: str, *, field: str, place: str = "") -> Mistake:
    return Mistake(
        place or name,
        f"{name} for {first} and again for {again}",
        "each file for one plate or well",
        f"correct {field}: one of the two is a copied line",
    )


def _apart(first: Plate, second: Plate, study: Study, layout: pl.DataFrame) -> bool:
    """Whether two plates of one file read different things of it."""
    if first is second:
        return False
    if first.run and second.run and first.run != second.run:
        return True
    kinds = {assay.id: assay for assay in study.assays}
    if not all(isinstance(kinds.get(plate.assay), Results) for plate in (first, second)):
        return False
    if first.assay != second.assay:
        return True
    rows = layout.filter(pl.col("role") != "empty")
    wells = [set(rows.filter(plate=plate.id)["well"]) for plate in (first, second)]
    return not wells[0] & wells[1]
