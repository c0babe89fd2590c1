"""Plates as plate readers export them, and how tests read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Immunoassay

LETTERS = "ABCDEFGHIJKLMNOP"


def elisa(**fields: Any) -> Immunoassay:
    return Immunoassay(**({"id": "protein", "kind": "immunoassay", "analyte": "TNF"} | fields))


def reading(
    folder: Path, raw: bytes | str, name: str = "p.csv", *, run: str = "", **fields: Any
) -> FileRead:
    path = folder / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(path, source=f"raw/{name}", plate="P1", assay=elisa(**fields), run=run)


def real(path: Path, *, run: str = "", **fields: Any) -> FileRead:
    return read_plate(path, source=path.name, plate="P1", assay=elisa(**fields), run=run)


def mistakes(
    folder: Path, raw: bytes | str, name: str = "p.csv", *, run: str = "", **fields: Any
) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, raw, name, run=run, **fields)
    return str(caught.value)


def read_or_refused(folder: Path, raw: bytes, name: str, **fields: Any) -> FileRead | None:
    """The file read, or None where it was refused; nothing else may come of it."""
    try:
        read = reading(folder, raw or b" ", name, **fields)
    except ReadError as error:
        assert error.mistakes and all(
            m.where and m.found and m.expected and m.cure for m in error.mistakes
        )
        return None
    assert read.readings.height > 0
    return read


def values(read: FileRead, block: str | None = None) -> dict[str, float | None]:
    """The value of every well, of one reading where there are several."""
    readings = read.readings if block is None else read.readings.filter(block=block)
    assert readings["well"].is_unique().all()
    return dict(readings.select("well", "value").iter_rows())


def why(read: FileRead) -> dict[str, str]:
    return {ignored.what: ignored.why for ignored in read.ignored}


def plate(rows: int = 8, columns: int = 12, *, plus: float = 0.0) -> dict[str, float]:
    """A value for every well that tells its row and its column."""
    return {
        f"{LETTERS[r]}{c + 1}": round(plus + r + 1 + (c + 1) / 100, 3)
        for r in range(rows)
        for c in range(columns)
    }


def matrix(wells: Mapping[str, object], *, corner: str = "") -> list[list[object]]:
    """The wells as rows of cells, with letters and column numbers."""
    letters = list(dict.fromkeys(well[0] for well in wells))
    numbers = sorted({int(well[1:]) for well in wells})
    return [
        [corner, *numbers],
        *([letter, *(wells[f"{letter}{n}"] for n in numbers)] for letter in letters),
    ]


def text(rows: Sequence[Sequence[object]], separator: str = ",", *, comma: bool = False) -> str:
    """Rows as a text, with decimal commas where asked."""

    def cell(value: object) -> str:
        return str(value).replace(".", ",") if comma and isinstance(value, float) else str(value)

    return "".join(separator.join(map(cell, row)) + "\n" for row in rows)
