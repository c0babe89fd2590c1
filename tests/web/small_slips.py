"""Slips in the small study, for tests of what the door says of them."""

from __future__ import annotations

from pathlib import Path


def copy_a_donor(folder: Path) -> None:
    """Give the wells of one donor the results of another, as a slip in a spreadsheet does."""
    file = folder / "raw" / "P1.csv"
    lines = file.read_text("utf-8").splitlines()
    for own, other in zip(range(5, 9), range(1, 5), strict=True):
        lines[own] = f"{lines[own].split(',')[0]},{lines[other].split(',')[1]}"
    file.write_text("\n".join(lines) + "\n", "utf-8")
