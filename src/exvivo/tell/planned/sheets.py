"""The layout of a study on paper: for each plate its map and a list of what goes where, on A4; at
the end how groups lie on plates, and what the layout protects from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from exvivo.study import Study
from exvivo.tell.drawing.text import FONT, escaped, px, shortened_to, width_of, words
from exvivo.tell.figures.chart import grouped
from exvivo.tell.planned.balance import (
    balance_rows,
    effects_words,
    made_words,
    protected_lines,
)
from exvivo.tell.planned.maps import INK, LINE, MUTED, Legend, key_entries, map_of, place_of
from exvivo.tell.planned.pdf import pages_pdf
from exvivo.tell.planned.records import LayoutMaps, MappedPlate, MappedWell

WIDTH, HEIGHT = 842.0, 595.0
"""A4 across, in points."""
_EDGE = 30.0
_HEAD, _FOOT = 62.0, 74.0
"""Room above and below a map."""
_TITLE, _BODY, _SMALL = 18.0, 10.0, 9.0
_ROW = 14.5
_ROWS = 33
"""Rows of a list that fit on a page."""
_LINES = 34
"""Lines of sentences that fit on a page."""


@dataclass
class _Page:
    """A page that is being drawn."""

    parts: list[str] = field(default_factory=list)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = _BODY,
        colour: str = INK,
        more: str = "",
    ) -> None:
        """Words that begin at a place on their baseline."""
        self.parts.append(
            words([text], x, y, size=size, align="left", more=f' fill="{colour}"{more}')
        )

    def line(self, x: float, y: float, wide: float, *, colour: str = LINE) -> None:
        """A thin line across."""
        self.parts.append(
            f'<path stroke="{colour}" stroke-width="0.6" d="M{px(x)},{px(y)}h{px(wide)}"/>'
        )

    def svg(self, title: str) -> str:
        """The page as a drawing."""
        size = f'width="{px(WIDTH)}" height="{px(HEIGHT)}" viewBox="0 0 {px(WIDTH)} {px(HEIGHT)}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}">'
            f"<title>{escaped(title)}</title>"
            f'<path fill="#fff" d="M0,0H{px(WIDTH)}V{px(HEIGHT)}H0z"/>{"".join(self.parts)}</svg>\n'
        )


def layout_pdf(maps: LayoutMaps, study: Study) -> bytes:
    """Every page of a layout as one PDF of A4 pages."""
    return pages_pdf(layout_sheets(maps, study))


def layout_sheets(maps: LayoutMaps, study: Study) -> list[str]:
    """The pages of a layout as SVG texts: the map of each plate and its list, then the balance."""
    legend = Legend.of(maps.plates, study)
    sheets: list[str] = []
    for plate in maps.plates:
        sheets.append(_map_sheet(plate, maps, legend, study))
        sheets += _list_sheets(plate, legend, study)
    return [*sheets, *_balance_sheets(maps, study)]


def _map_sheet(plate: MappedPlate, maps: LayoutMaps, legend: Legend, study: Study) -> str:
    page = _headed(f"Plate {plate.plate}", plate, study)
    inside = WIDTH - 2 * _EDGE
    drawn, size = map_of(
        plate, study, legend, width=inside, height=HEIGHT - _HEAD - _FOOT - 2 * _EDGE + 30
    )
    page.parts.append(f'<g transform="translate({px(_EDGE)},{px(_HEAD)})">{drawn}</g>')
    _key(page, plate, legend, study, _HEAD + size[1] + 18)
    page.text(made_words(maps), _EDGE, HEIGHT - _EDGE - 18, size=_SMALL, colour=MUTED)
    _blanks(page, HEIGHT - _EDGE)
    return page.svg(f"Plate {plate.plate}")


def _headed(title: str, plate: MappedPlate | None, study: Study) -> _Page:
    page = _Page()
    page.text(title, _EDGE, _EDGE + 14, size=_TITLE, more=' font-weight="600"')
    under = shortened_to(study.title or "", WIDTH - 2 * _EDGE - 220, _BODY)
    page.text(under, _EDGE, _EDGE + 28, colour=MUTED)
    if plate is not None:
        about = ", ".join(filter(None, (f"day {plate.day}" if plate.day else "", plate.file)))
        page.text(about, WIDTH - _EDGE - width_of(about, _BODY), _EDGE + 14, colour=MUTED)
    return page


def _key(page: _Page, plate: MappedPlate, legend: Legend, study: Study, down: float) -> None:
    """What the signs of a map stand for, with how many wells or donors there are of each."""
    x = _EDGE
    for drawn, text in key_entries([plate], legend, study):
        if x + 18 + width_of(text, _BODY) > WIDTH - _EDGE:
            x, down = _EDGE, down + 15
        page.parts.append(f'<g transform="translate({px(x)},{px(down - 11)})">{drawn}</g>')
        page.text(text, x + 18, down)
        x += 18 + width_of(text, _BODY) + 16


def _blanks(page: _Page, down: float) -> None:
    """Lines to write on."""
    x = _EDGE
    for label in ("Done by", "Date", "Lot", "Remarks"):
        page.text(label, x, down, size=_SMALL, colour=MUTED)
        start = x + width_of(label, _SMALL) + 4
        wide = WIDTH - _EDGE - start if label == "Remarks" else 120.0
        page.line(start, down + 2, wide, colour=MUTED)
        x = start + wide + 14


def _list_sheets(plate: MappedPlate, legend: Legend, study: Study) -> Iterator[str]:
    """What goes where: a row for each donor and stimulus, to be ticked off."""
    rows = [part for row in _listed(plate, legend, study) for part in _wrapped(row)]
    for first in range(0, len(rows), _ROWS):
        page = _headed(f"Plate {plate.plate}: what goes where", plate, study)
        _table(page, ("", "donor", "group", "stimulus", "wells"), rows[first : first + _ROWS], _AT)
        yield page.svg(f"Plate {plate.plate}, what goes where")


_AT = (0.0, 20.0, 130.0, 330.0, 470.0)
"""Where the columns of a list begin."""
_BOX = "\N{BALLOT BOX}"


def _listed(plate: MappedPlate, legend: Legend, study: Study) -> Iterator[tuple[str, ...]]:
    samples: dict[tuple[str, str], list[MappedWell]] = {}
    for well in plate.wells:
        if well.kind == "sample":
            samples.setdefault((well.donor, well.stimulus), []).append(well)
    order = list(legend.stimuli)
    for donor, stimulus in sorted(samples, key=lambda pair: (pair[0], order.index(pair[1]))):
        wells = samples[donor, stimulus]
        yield _BOX, donor, study.name_of(wells[0].group), study.name_of(stimulus), _wells(wells)
    yield from _of_known_content(plate)


def _of_known_content(plate: MappedPlate) -> Iterator[tuple[str, ...]]:
    """Standards with their amounts, blanks and controls."""
    for kind in ("standard", "blank", "control", "bridge"):
        own = [well for well in plate.wells if well.kind == kind]
        alike = grouped(((well.label, well.amount), well) for well in own)
        for (label, amount), wells in alike.items():
            name = f"S{label}" if kind == "standard" else label
            name = "" if name.casefold() == kind else name
            yield _BOX, kind, name, amount and f"amount {amount}", ", ".join(_names(wells))


def _names(wells: Sequence[MappedWell]) -> list[str]:
    """The names of wells, row by row."""
    return [well.well for well in sorted(wells, key=lambda well: place_of(well.well))]


def _wrapped(row: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A row in as many as its wells take: a list at the bench leaves none out."""
    *cells, wells = row
    first, *others = list(_broken(wells, WIDTH - 2 * _EDGE - _AT[-1] - 8)) or [""]
    yield (*cells, first)
    for part in others:
        yield (*[""] * len(cells), part)


def _wells(wells: Sequence[MappedWell]) -> str:
    ordered = sorted(wells, key=lambda well: (well.label, place_of(well.well)))
    return ", ".join(f"{well.well} ({well.label})" if well.label else well.well for well in ordered)


def _table(
    page: _Page, header: Sequence[str], rows: Sequence[Sequence[str]], at: Sequence[float]
) -> None:
    """A table from the head of a page on."""
    down = _HEAD + 20
    for name, x in zip(header, at, strict=True):
        page.text(name, _EDGE + x, down, size=_SMALL, colour=MUTED)
    page.line(_EDGE, down + 4, WIDTH - 2 * _EDGE, colour=INK)
    ends = [*at[1:], WIDTH - 2 * _EDGE]
    for row in rows:
        down += _ROW
        for text, x, end in zip(row, at, ends, strict=True):
            _cell(page, text, _EDGE + x, down, end - x - 8)
        page.line(_EDGE, down + 4, WIDTH - 2 * _EDGE)


def _cell(page: _Page, text: str, x: float, y: float, room: float) -> None:
    if text == _BOX:
        path = f"M{px(x + 2)},{px(y - 8)}h9v9h-9z"
        page.parts.append(f'<path fill="none" stroke="{INK}" stroke-width="0.8" d="{path}"/>')
    else:
        page.text(shortened_to(text, room, _BODY), x, y)


def _balance_sheets(maps: LayoutMaps, study: Study) -> Iterator[str]:
    """How groups lie on plates before and after, and what the layout protects from."""
    rows = balance_rows(maps, study)
    at = (0.0, 110.0, 240.0, 560.0, 680.0)
    for first in range(0, len(rows), _ROWS):
        page = _headed("Balance", None, study)
        header = ("plate", "wells", "of", "one plain randomisation", "as laid out")
        _table(page, header, rows[first : first + _ROWS], at)
        yield page.svg("Balance")
    yield from _worth_sheets(maps, study)


def _worth_sheets(maps: LayoutMaps, study: Study) -> Iterator[str]:
    """What the layout protects from, in sentences, on as many pages as they take."""
    lines = (*protected_lines(maps, study), effects_words(maps))
    parts = [part for line in lines for part in (*_broken(line, WIDTH - 2 * _EDGE), "")]
    for first in range(0, len(parts), _LINES):
        page = _headed("What the layout protects from", None, study)
        for place, part in enumerate(parts[first : first + _LINES]):
            page.text(part, _EDGE, _HEAD + 20 + 14 * place, size=_BODY)
        yield page.svg("What the layout protects from")


def _broken(text: str, room: float) -> Iterator[str]:
    """A text in lines that have room."""
    line = ""
    for word in text.split():
        if line and width_of(f"{line} {word}", _BODY) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
