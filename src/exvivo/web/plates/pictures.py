"""A plate as a small picture: a square a well, by its role."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from exvivo.web.plates.layouts import Form, Shown
from exvivo.web.plates.sizes import SIZES, place

_WORDS = {"ntc": "no template", "no_rt": "no RT", "qc": "quality control", "": "no role"}
_EDGE = 0.86


@dataclass(frozen=True)
class Picture:
    """The rows and columns of a plate, the path of the wells of each role, and both in words."""

    rows: int
    columns: int
    paths: tuple[tuple[str, str], ...]
    words: str


def picture(layout: Shown) -> Picture:
    """The picture of a layout; without rows where it has none."""
    by_role: dict[str, list[str]] = {}
    for well in layout.wells:
        by_role.setdefault(layout.wells[well].get("role", ""), []).append(well)
    rows, columns = SIZES[layout.size] if layout.wells else (0, 0)
    paths = tuple((role or "none", _path(wells)) for role, wells in by_role.items())
    return Picture(rows, columns, paths, _words(layout))


def _path(wells: list[str]) -> str:
    """Squares at the places of wells."""
    places = [at for well in wells if (at := place(well))]
    return "".join(
        f"M{column + 0.07:.2f} {row + 0.07:.2f}h{_EDGE}v{_EDGE}h-{_EDGE}z" for row, column in places
    )


def _words(layout: Shown) -> str:
    if layout.form is Form.NAMES and not layout.wells:
        return "wells as the instrument file names them"
    if layout.is_list:
        return f"{len(layout.others) + len(layout.wells)} samples in a table"
    if layout.form is Form.UNREADABLE:
        return "a layout that cannot be read"
    if not layout.wells:
        return "no layout yet"
    counts = Counter(cells.get("role", "") for cells in layout.wells.values())
    parts = [f"{count} {_WORDS.get(role, role)}" for role, count in counts.items()]
    return f"{layout.size} wells: " + ", ".join(parts)
