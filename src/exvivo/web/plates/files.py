"""A layout as a file for other programs: lines and grids for a spreadsheet, and the plate setups
that the programs of CFX and QuantStudio instruments take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.study.edited import written
from exvivo.study.edited_layout import layout_text
from exvivo.visible import visible_cell
from exvivo.web.plates.layouts import Shown, Wells
from exvivo.web.plates.sizes import SIZES, letters, place, size_of, wells_of_size

_OF_SAMPLE = ("donor", "visit", "cell_type", "stimulus", "dose", "time")
"""What the name of a sample is made of: replicates share one."""
_TASKS = {"standard": "STANDARD", "ntc": "NTC", "sample": "UNKNOWN", "spike": "UNKNOWN"}
_SETUP = (
    "Well",
    "Well Position",
    "Sample Name",
    "Sample Color",
    "Biogroup Name",
    "Biogroup Color",
    "Target Name",
    "Target Color",
    "Task",
    "Reporter",
    "Quencher",
    "Quantity",
    "Comments",
)
"""The columns of a setup of QuantStudio's Design & Analysis."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CFX = ("Row", "Column", "*Target Name", "*Sample Name", "*Biological Group")


def sample_name(cells: dict[str, str]) -> str:
    """How an instrument's program may call a well: the sample, or the control.

    >>> sample_name({"role": "sample", "donor": "FM01", "stimulus": "ATP", "replicate": "2"})
    'FM01 ATP'
    >>> sample_name({"role": "ntc"}), sample_name({"role": "standard", "control": "Std1"})
    ('NTC', 'Std1')
    """
    role = cells.get("role", "")
    if cells.get("donor"):
        return " ".join(cells[name] for name in _OF_SAMPLE if cells.get(name))
    if role in ("", "empty"):
        return ""
    return cells.get("control") or {"ntc": "NTC", "no_rt": "no RT"}.get(role, role)


def as_lines(layout: Shown) -> bytes:
    """A line a well."""
    wells = layout.wells.items()
    return layout_text(
        {well: {name: _harmless(text) for name, text in cells.items()} for well, cells in wells}
    )


def as_grids(layout: Shown) -> bytes:
    """A grid for each column that is filled, one below the other, as a spreadsheet has it."""
    filled = dict.fromkeys(name for cells in layout.wells.values() for name in cells)
    size = size_of(layout.wells, least=6)
    grids = [row for name in filled for row in (*_grid(layout.wells, name, size), ())]
    return _csv(grids)


def _grid(wells: Wells, name: str, size: int) -> Iterator[Sequence[str]]:
    rows, columns = SIZES[size]
    yield (name, *map(str, range(1, columns + 1)))
    for row in range(rows):
        letter = letters(row)
        named = (f"{letter}{column + 1}" for column in range(columns))
        yield (letter, *(wells.get(well, {}).get(name, "") for well in named))


def for_cfx(layout: Shown) -> bytes:
    """The wells as CFX Maestro imports them into a plate (Import, from csv)."""
    rows = []
    for well in wells_of_size(layout.size):
        row, column = place(well) or (0, 0)
        cells = layout.wells.get(well, {})
        name, target = sample_name(cells), cells.get("target", "")
        rows.append((letters(row), str(column + 1), target, name, cells.get("stimulus", "")))
    return _csv([_CFX, *rows])


def for_quantstudio(layout: Shown) -> bytes:
    """The wells as Design & Analysis and QuantStudio software import them (plate setup)."""
    size = layout.size
    rows = [_setup_row(at, well, layout.wells) for at, well in enumerate(wells_of_size(size), 1)]
    filled = [row for row in rows if row[2]]
    lines = ["\t".join(row) for row in (_SETUP, *filled)]
    head = [f"* Block Type = {size}-Well Block", "", "[Sample Setup]"]
    return ("\r\n".join([*head, *lines]) + "\r\n").encode()


def _setup_row(at: int, well: str, wells: Wells) -> tuple[str, ...]:
    cells = wells.get(well, {})
    role, name = cells.get("role", ""), _no_tab(sample_name(cells))
    quantity = cells.get("nominal", "") if role == "standard" else ""
    target, group = _no_tab(cells.get("target", "")), _no_tab(cells.get("stimulus", ""))
    task = _TASKS.get(role, "UNKNOWN") if target else ""
    return (str(at), well, name, "", group, "", target, "", task, "", "", quantity, "")


def _no_tab(text: str) -> str:
    return _harmless(" ".join(text.split()))


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of texts, none of which a spreadsheet runs as a formula."""
    return "".join(written(list(map(_harmless, row)), ",") + "\r\n" for row in rows).encode()


def _harmless(text: str) -> str:
    """A cell that is only a text; a number stays one."""
    seen = visible_cell(text)
    return f"'{seen}" if seen.startswith(_FORMULA) and not is_number(seen) else seen


def is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


FORMS = {
    "lines.csv": (as_lines, "text/csv", "One line a well (csv)"),
    "grids.csv": (as_grids, "text/csv", "Grids, as a spreadsheet shows a plate (csv)"),
    "cfx.csv": (for_cfx, "text/csv", "Plate for CFX Maestro (csv)"),
    "quantstudio.txt": (for_quantstudio, "text/plain", "Plate setup for QuantStudio (txt)"),
}
"""The files by the end of their names: how each is made, its type, and what it is."""
