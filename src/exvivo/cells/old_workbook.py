"""Old Excel workbooks (.xls), read in a process of their own.

A damaged one may make its reader ask for all memory there is, which ends the process that asks, or
follow a ring for ever. So the process that opens it has a limit of memory and of time, and whatever
becomes of it is one error here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from exvivo.cells.cell import Cell, OddCell, number_cell
from exvivo.cells.guards import LARGEST_SHEET
from exvivo.cells.messages import read_error
from exvivo.errors import ReadError

_SECONDS = 60
_MEMORY = 4 << 30
_TOO_LARGE = 3
_LOCKED = 4
_REASONS = {
    _TOO_LARGE: "a sheet of more cells than results need",
    _LOCKED: "a workbook with a password",
}
"""What the exit codes of the process mean."""

_PROGRAM = f"""
import io, json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
except (ImportError, ValueError, OSError):
    pass  # the limit of time remains
from python_calamine import CalamineWorkbook

def written(cell):
    if isinstance(cell, bool):
        return [str(cell).upper()]
    return cell if isinstance(cell, (str, float)) else [str(cell)]

try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
except Exception as error:
    sys.exit({_LOCKED} if type(error).__name__ == "PasswordError" else 1)
sheets = {{}}
for name in book.sheet_names:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > {LARGEST_SHEET}:
        sys.exit({_TOO_LARGE})
    sheets[name] = [[written(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
sys.stdout.write(json.dumps(sheets))
"""


def read_old_sheets(raw: bytes, source: str) -> dict[str, list[list[Cell]]]:
    """Every sheet of an .xls workbook as rows of cells, by its name. Raises `ReadError` for one
    that is not sound.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _PROGRAM],
            input=raw,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise _unsound(source) from None
    if done.returncode:
        raise _unsound(source, done.returncode)
    sheets: dict[str, list[list[Any]]] = json.loads(done.stdout)
    return {name: [list(map(_cell, row)) for row in rows] for name, rows in sheets.items()}


def _cell(value: str | float | list[str]) -> Cell:
    if isinstance(value, list):
        return OddCell(value[0])
    return number_cell(value) if isinstance(value, float) else value.strip()


def _unsound(source: str, code: int = 1) -> ReadError:
    return read_error(
        source,
        _REASONS.get(code, "an old workbook that cannot be read"),
        "a sound .xls workbook of at most 20 million cells a sheet, without a password",
        "export it again, or open it and save it as .xlsx",
    )
