"""Figures as they stand in the report, and the files beside it: data, specification and drawing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exvivo.csv_text import csv_text
from exvivo.study import Study
from exvivo.tell.drawing import Cell, Entry, Sheet, element, sheet_svg, sign, size_of
from exvivo.tell.figures.chart import Figure, Key, Panel, drawing
from exvivo.tell.figures.fit import fitted

DATA = "report_data"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as the page needs it: its panels already drawn, in named rows."""

    figure: Figure
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]

    @property
    def files(self) -> tuple[str, str, str]:
        """The csv, the specification and the drawing beside the report."""
        base = f"{DATA}/{self.figure.name}"
        return f"{base}.csv", f"{base}.vl.json", f"{base}.svg"


def drawn(figure: Figure, study: Study) -> Drawn:
    """The figure at the size of a page, with every panel drawn."""
    if study.simulated:
        figure = replace(figure, caption=f"Simulated data. {figure.caption}")
    figure = fitted(figure)
    return Drawn(figure, tuple(_rows(figure)))


def _rows(figure: Figure) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    counter = itertools.count(1)
    for title, panels in figure.rows:
        yield title, tuple(_cell(panel, f"{figure.name}-{next(counter)}") for panel in panels)


def _cell(panel: Panel, name: str) -> Cell:
    drawing_of_panel = drawing(panel, name=name)
    width, height = size_of(drawing_of_panel)
    made = element(drawing_of_panel, alt=panel.alt)
    return Cell(made, width, height, panel.title, panel.subtitle)


def write_figure(shown: Drawn, folder: Path, *, simulated: bool) -> None:
    """Write the csv, the specification and the drawing of a figure."""
    figure, (table, specification, drawing_file) = shown.figure, shown.files
    write_text(folder / table, csv_text(figure.data, simulated=simulated))
    spec = json.dumps(figure.spec(), ensure_ascii=False, allow_nan=False)
    write_text(folder / specification, spec + "\n")
    write_text(folder / drawing_file, sheet_svg(sheet_of(shown, simulated=simulated)))


def sheet_of(shown: Drawn, *, simulated: bool) -> Sheet:
    """The figure as a drawing that stands by itself."""
    figure = shown.figure
    key = [Entry(key_sign(entry), entry.label) for entry in figure.key]
    return Sheet(figure.caption, shown.rows, key, "Simulated data." if simulated else "")


def write_text(path: Path, text: str) -> None:
    """Write a text with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def key_sign(key: Key) -> str:
    """The shape of a key's entry as a small drawing."""
    return sign(key.shape, key.colour, hollow=key.hollow)
