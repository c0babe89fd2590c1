"""How often each verdict would be given: a bar for each answer as the study assumes, and one for a
truth of zero.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.findings import Verdict
from exvivo.study import Study
from exvivo.tell.figures.axes import labelled, named_rows, quantitative
from exvivo.tell.figures.chart import HAIR, INK, Figure, Key, Layers, Panel, cell, one_row
from exvivo.tell.figures.shapes import Plane, rect
from exvivo.tell.planned.names import answer_words, if_nothing, is_nothing, percent, truth_words
from exvivo.tell.planned.records import Figured, Outlook
from exvivo.tell.terminal import MARKS

_WIDTH, _ROW = 420, 22
_HALF = 0.36
"""Half a bar, in rows."""
_PAINT: dict[Verdict, str] = {
    "supported": "#0072B2",
    "equivalent": "#7fcab0",
    "not resolved": HAIR,
    "not estimable": "#ffffff",
}
_WORDS: dict[Verdict, str] = {
    "supported": "white",
    "equivalent": INK,
    "not resolved": INK,
    "not estimable": INK,
}
_ROOM = 0.085
"""The narrowest part of a bar that has room for its percentage."""
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SHARE = [percent(tick, 0) for tick in _TICKS]
_CAPTION = (
    "How often each verdict would be given, in percent of studies of the planned size: as the "
    "study assumes, and with a true value of zero. A sign stands beside each percentage; parts of "
    "a bar under 9 % have no words and stand in the table."
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar: its name, and the share of each verdict."""

    name: str
    shares: dict[Verdict, float]

    @property
    def words(self) -> str:
        """Its parts in words."""
        return ", ".join(f"{percent(share, 0)} {each}" for each, share in self.shares.items())


def figure(outlooks: Sequence[Outlook], *, study: Study, name: str) -> Figure | None:
    """One panel with the answers of a question at one size; nothing where nothing is known."""
    bars = list(itertools.chain.from_iterable(_bars(each, study) for each in outlooks))
    if not bars:
        return None
    rows = [{"answer": bar.name, **bar.shares} for bar in bars]
    panel = Panel("", _alt(bars), cell(_WIDTH, _ROW * len(bars), _layers(bars)))
    return Figure(name, _CAPTION, one_row([panel]), pl.DataFrame(rows), tuple(_key(bars)))


def _bars(outlook: Outlook, study: Study) -> Iterator[_Bar]:
    about = answer_words(outlook, study)
    bars = [("if there is nothing", if_nothing(outlook))]
    if not is_nothing(outlook):
        bars.insert(0, (f"if it is {truth_words(outlook)}", outlook.verdicts))
    for truth, verdicts in bars:
        if verdicts:
            yield _Bar(f"{about}, {truth}".replace("|", "/"), _shares(verdicts))


def _shares(verdicts: Mapping[Verdict, Figured]) -> dict[Verdict, float]:
    return {verdict: verdicts[verdict].value for verdict in _PAINT if verdict in verdicts}


def _layers(bars: Sequence[_Bar]) -> Layers:
    axis = labelled(_TICKS, _SHARE, None) | {"grid": False}
    names = named_rows([bar.name for bar in bars], most=340)
    plane = Plane(quantitative("x", [0.0, 1.0], axis), names)
    parts = [part for row, bar in enumerate(bars) for part in _parts(row, bar)]
    for verdict in _PAINT:
        boxes = [box for owner, box in parts if owner == verdict]
        if boxes:
            edge = {"stroke": "#9aa3ab", "strokeWidth": 0.8}
            yield plane.boxes(rect(_PAINT[verdict], **edge), boxes)
            written = [box for box in boxes if box["x2"] - box["x"] >= _ROOM]
            if written:
                look = {"color": _WORDS[verdict], "baseline": "middle", "fontSize": 11}
                yield plane.text(look, [_words(verdict, box) for box in written])


def _parts(row: int, bar: _Bar) -> Iterator[tuple[Verdict, dict[str, float]]]:
    """The parts of a bar from the left."""
    start = 0.0
    for verdict, share in bar.shares.items():
        if share > 0:
            end = min(start + share, 1.0)
            box = {"x": start, "x2": end, "y": row - _HALF, "y2": row + _HALF}
            yield verdict, {at: round(value, 5) for at, value in box.items()}
            start = end


def _words(verdict: Verdict, box: dict[str, float]) -> dict[str, object]:
    share = box["x2"] - box["x"]
    middle = {"x": round(box["x"] + share / 2, 5), "y": (box["y"] + box["y2"]) / 2}
    return {**middle, "t": f"{MARKS[verdict]} {percent(share, 0)}"}


def _key(bars: Sequence[_Bar]) -> Iterator[Key]:
    shown = {verdict for bar in bars for verdict, share in bar.shares.items() if share > 0}
    for verdict, colour in _PAINT.items():
        if verdict in shown:
            is_hollow = verdict == "not estimable"
            edge = "#9aa3ab" if is_hollow else colour
            yield Key("square", edge, f"{MARKS[verdict]} {verdict}", hollow=is_hollow)


def _alt(bars: Sequence[_Bar]) -> str:
    texts = []
    for bar in bars:
        shares = ", ".join(
            f"{percent(share, 0)} {verdict}" for verdict, share in bar.shares.items()
        )
        texts.append(f"{bar.name}: {shares}")
    return f"Chances of verdicts. {'; '.join(texts)}."
