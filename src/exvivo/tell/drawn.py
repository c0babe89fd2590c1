"""Figures as they stand in the report, and the files beside it: data, specification and drawing.

A drawing is kept by the hash of its specification: the file of a figure names what it was drawn
from, and a later run with the same specification takes the panels from it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from exvivo.csv_text import csv_text
from exvivo.study import Study
from exvivo.tell import drawing as drawing_room
from exvivo.tell.drawing import Cell, Entry, Sheet, element, sheet_svg, sign
from exvivo.tell.figures.chart import Figure, Key, Panel, drawing
from exvivo.tell.figures.fit import fitted
from exvivo.tell.written import Written
from exvivo.visible import escaped, visible

DATA = "report_data"
_MOST = 1_200_000
"""Bytes that the figures of quality may weigh together on a page."""
_PAGE = 1_950_000
"""Bytes of a page beyond which more figures are linked: those of quality first."""
_ELEMENT = re.compile(r'<svg role="img".*?</svg>', re.DOTALL)
_SIZE = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
Kept = Mapping[str, str]
"""The drawings of the last run: the text of each SVG file by its name."""
Rows = tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass
class Drawn:
    """A figure as the page needs it, at the size of a page; its panels are drawn when they are
    first asked for, unless an earlier drawing of them is `kept`.
    """

    figure: Figure
    kept: Kept = field(default_factory=dict)

    @property
    def files(self) -> tuple[str, str, str]:
        """The csv, the specification and the drawing beside the report."""
        base = f"{DATA}/{self.figure.name}"
        return f"{base}.csv", f"{base}.vl.json", f"{base}.svg"

    @cached_property
    def specification(self) -> str:
        """The specification as a text."""
        return json.dumps(self.figure.spec(), ensure_ascii=False, allow_nan=False) + "\n"

    @cached_property
    def drawn_from(self) -> str:
        """What the drawing is made of, as a hash: the specification, the words of panels, and the
        code that draws.
        """
        words = [panel.alt for panel in self.figure.panels]
        whole = "\n".join((_code(), self.figure.name, self.specification, *words))
        return hashlib.sha256(whole.encode("utf-8")).hexdigest()

    @cached_property
    def rows(self) -> Rows:
        """The panels with their drawings, in named rows."""
        old = self.kept.get(Path(self.files[2]).name, "")
        known = _ELEMENT.findall(old) if f'data-drawn-from="{self.drawn_from}"' in old else []
        elements = known or [_drawing_of(*each) for each in self._named()]
        cells = map(_cell, elements, self.figure.panels)
        return tuple(
            (title, tuple(itertools.islice(cells, len(panels))))
            for title, panels in self.figure.rows
        )

    @cached_property
    def weight(self) -> int:
        """The bytes of the panels on a page."""
        cells = itertools.chain.from_iterable(row for _, row in self.rows)
        return sum(len(cell.element) for cell in cells)

    def _named(self) -> Iterator[tuple[Panel, str]]:
        for count, panel in enumerate(self.figure.panels, 1):
            yield panel, f"{self.figure.name}-{count}"


def page_that_fits(
    render: Callable[[set[str]], str], quality: Sequence[Drawn], answers: Sequence[Drawn]
) -> str:
    """The page that `render` makes without some figures (by name), which it links: as few as it
    takes for the page to weigh no more than it should, those of quality before those of answers.
    """
    heavy = too_heavy(quality, _MOST)
    page = render(heavy)
    for pictures in (quality, answers):
        over = len(page.encode("utf-8")) - _PAGE
        if over > 0:
            shown = [each for each in pictures if each.figure.name not in heavy]
            room = sum(each.weight for each in shown) - over
            heavy |= too_heavy(shown, max(room, 0))
            page = render(heavy)
    return page


def too_heavy(pictures: Iterable[Drawn], room: int) -> set[str]:
    """The names of the figures without which a page is better: the heaviest, until the others weigh
    no more than there is room for.
    """
    by_weight = sorted(pictures, key=lambda each: -each.weight)
    rests = itertools.accumulate((each.weight for each in reversed(by_weight)), initial=0)
    kept = sum(rest <= room for rest in rests) - 1
    return {each.figure.name for each in by_weight[: len(by_weight) - kept]}


def drawn(figure: Figure, study: Study) -> Drawn:
    """The figure at the size of a page."""
    return Drawn(fitted(_named_simulated(figure, study)))


def drawn_as_it_is(figure: Figure, study: Study) -> Drawn:
    """The figure at its own size: one whose words would not grow with it."""
    return Drawn(_named_simulated(figure, study))


def _named_simulated(figure: Figure, study: Study) -> Figure:
    """The figure with a caption that says so, where the data are simulated."""
    if not study.simulated:
        return figure
    return replace(figure, caption=f"Simulated data. {figure.caption}")


def _drawing_of(panel: Panel, name: str) -> str:
    """The element of a panel."""
    return element(drawing(panel, name=name), alt=panel.alt)


def _cell(made: str, panel: Panel) -> Cell:
    size = _SIZE.search(made)
    assert size is not None
    width, height = map(float, size.groups())
    return Cell(made, width, height, panel.title, panel.subtitle)


@cache
def _code() -> str:
    """A hash of the code that draws."""
    files = sorted(Path(drawing_room.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def write_figure(shown: Drawn, written: Written, *, simulated: bool) -> None:
    """Write the csv, the specification and the drawing of a figure."""
    table, specification, drawing_file = shown.files
    written.text(table, csv_text(shown.figure.data, simulated=simulated))
    written.text(specification, escaped(shown.specification))
    written.text(drawing_file, visible(sheet_svg(sheet_of(shown, simulated=simulated))))


def sheet_of(shown: Drawn, *, simulated: bool) -> Sheet:
    """The figure as a drawing that stands by itself."""
    figure = shown.figure
    key = [Entry(key_sign(entry), entry.label) for entry in figure.key]
    note = "Simulated data." if simulated else ""
    return Sheet(figure.caption, shown.rows, shown.drawn_from, key, note)


def key_sign(key: Key) -> str:
    """The shape of a key's entry as a small drawing."""
    return sign(key.shape, key.colour, hollow=key.hollow)
