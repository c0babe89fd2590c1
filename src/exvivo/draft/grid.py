"""A layout drawn as the plate: a name a well, as it would stand in a laboratory's own sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from exvivo.draft.wells import UNKNOWN, Cells
from exvivo.study.sample_names import Named, Words, split

_NAMED = ("donor", "stimulus", "replicate")
_SAID = {"well", "role", "control", *_NAMED}
"""What the name in a cell can say."""


def grid_text(rows: Sequence[Cells], words: Words) -> str:
    """The rows of a layout as a grid of names, csv; empty where a name would not be read back as it
    stands, or a row says more than a name.
    """
    if not all(_is_read_back(row, _name(row), words) for row in rows):
        return ""
    return _drawn({row["well"]: _name(row) for row in rows})


def _name(row: Cells) -> str:
    """What stands in the cell of a well."""
    if row["role"] == "empty":
        return ""
    if row["role"] != "sample":
        return row.get("control", "") or row["role"].capitalize()
    parts = dict.fromkeys(row.get(key, "") for key in _NAMED)
    return UNKNOWN if UNKNOWN in parts else " ".join(filter(None, parts))


def _is_read_back(row: Cells, name: str, words: Words) -> bool:
    """Whether a name says again all that the row does."""
    if any(cell and key not in _SAID for key, cell in row.items()):
        return False
    return name in ("", UNKNOWN) or _means(split(name, words), row)


def _means(told: Named | None, row: Cells) -> bool:
    """Whether what a name says is what the row says."""
    if told is None or told.role != row["role"]:
        return False
    return row["role"] != "sample" or all(getattr(told, key) == row.get(key, "") for key in _NAMED)


def _drawn(names: Mapping[str, str]) -> str:
    """Names by well as a grid: numbers above, letters at the left."""
    letters = sorted({well[0] for well in names})
    numbers = sorted({int(well[1:]) for well in names})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *numbers])
    writer.writerows(_line(letter, numbers, names) for letter in letters)
    return text.getvalue()


def _line(letter: str, numbers: Sequence[int], names: Mapping[str, str]) -> list[str]:
    """One row of a plate."""
    return [letter, *(names.get(f"{letter}{number}", "") for number in numbers)]
