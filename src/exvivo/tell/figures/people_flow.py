"""The flow of people through a study: a box for each stage, and between two boxes who was lost and
why. It is drawn without colours, in one column that fits a phone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from exvivo.study import Study
from exvivo.tell.drawing.text import width_of
from exvivo.tell.figures.axes import quantitative
from exvivo.tell.figures.chart import INK, MUTED, Figure, Panel, Spec, cell, one_row
from exvivo.tell.figures.shapes import Plane, rule
from exvivo.tell.stages import Loss, Stage
from exvivo.words import counted, listed

NAME = "people_flow"
_WIDTH, _LINE, _PAD, _GAP = 350.0, 16.0, 9.0, 16.0
_STEM, _INDENT = 24.0, 44.0
"""Where the line between boxes runs, and where the words beside it begin."""
_SIZE = 12.0
_ARROW = 5.0


@dataclass(frozen=True, slots=True)
class _Box:
    """A box from `top` to `bottom` with its lines of words; losses have no frame."""

    top: float
    bottom: float
    lines: tuple[str, ...]
    framed: bool


def figure(stages: Sequence[Stage], *, study: Study, name: str = NAME) -> Figure | None:
    """One panel; None without people."""
    if not stages or not sum(stages[0].groups):
        return None
    names = [study.name_of(group.id) for group in study.groups]
    boxes = list(_boxes(stages, names))
    panel = Panel("", _alt(stages, names), cell(_WIDTH, boxes[-1].bottom + 1, _layers(boxes)))
    caption = (
        "The way of the people into the answers: each box says how many came so far, and the words "
        "between two boxes who came no further, and why."
    )
    return Figure(name, caption, one_row([panel]), _data(stages, study))


def _boxes(stages: Sequence[Stage], names: Sequence[str]) -> Iterator[_Box]:
    """The boxes from the top, each stage followed by its losses."""
    top = 1.0
    for number, stage in enumerate(stages):
        lines = (f"{stage.name.capitalize()}: {sum(stage.groups)}", *_by_group(stage.groups, names))
        bottom = top + len(lines) * _LINE + 2 * _PAD
        yield _Box(top, bottom, lines, framed=True)
        top = bottom + _GAP
        if stage.losses:
            words = [line for loss in stage.losses for line in _loss_lines(loss, names)]
            bottom = top + len(words) * _LINE
            yield _Box(top, bottom, tuple(words), framed=False)
            top = bottom + _GAP
        elif number < len(stages) - 1:
            top += _GAP / 2


def _by_group(groups: Sequence[int], names: Sequence[str]) -> list[str]:
    """How many of each group, in as many lines as it takes."""
    parts = [f"{name} {n}" for name, n in zip(names, groups, strict=True)]
    return _wrapped("  ·  ".join(parts), _WIDTH - 2 * _PAD)


def _loss_lines(loss: Loss, names: Sequence[str]) -> list[str]:
    """Who was lost for one reason, in as many lines as it takes."""
    return _wrapped(_loss(loss, names), _WIDTH - _INDENT)


def _loss(loss: Loss, names: Sequence[str]) -> str:
    """`2 withdrew (patients 1, controls 1)`."""
    parts = [f"{name} {n}" for name, n in zip(names, loss.groups, strict=True) if n]
    return f"{sum(loss.groups)}: {loss.why} ({', '.join(parts)})"


def _wrapped(text: str, room: float) -> list[str]:
    """A text in lines that fit a width in pixels."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, _SIZE) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _layers(boxes: Sequence[_Box]) -> list[Spec]:
    """Frames, the line that joins them with its arrows, and the words."""
    height = boxes[-1].bottom + 1
    plane = Plane(quantitative("x", [0, _WIDTH], None), quantitative("y", [height, 0], None))
    frames = [box for box in boxes if box.framed]
    joined = list(pairwise(frames))
    return [
        plane.upright(
            rule(MUTED, 1.2),
            [{"x": _STEM, "y": a.bottom, "b": b.top - _ARROW} for a, b in joined],
        ),
        plane.layer(
            {"type": "point", "shape": "triangle-down", "color": MUTED, "filled": True, "size": 45},
            [{"x": _STEM, "y": b.top - _ARROW} for _, b in joined],
        ),
        *(_frame(plane, each) for each in frames),
        _words(plane, [box for box in boxes if box.framed], _PAD, first=True),
        _words(plane, [box for box in boxes if box.framed], _PAD, first=False),
        _words(plane, [box for box in boxes if not box.framed], _INDENT, first=False),
    ]


def _frame(plane: Plane, box: _Box) -> Spec:
    """The four sides of a box."""
    left, right = 1.0, _WIDTH - 1.0
    corners = [(left, box.top), (right, box.top), (right, box.bottom), (left, box.bottom)]
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    rows = [{"x": x, "y": y, "b": b, "d": d} for (x, y), (b, d) in sides]
    return plane.lines(rule(INK, 1.2), rows)


def _words(plane: Plane, boxes: Sequence[_Box], across: float, *, first: bool) -> Spec:
    """The first line of boxes, bold, or the others."""
    rows = []
    for box in boxes:
        pad = _PAD if box.framed else 0.0
        for number, line in enumerate(box.lines):
            if (number == 0 and box.framed) is first:
                y = box.top + pad + (number + 0.5) * _LINE
                rows.append({"x": across, "y": y, "t": line})
    mark: Spec = {"color": INK, "fontSize": _SIZE, "align": "left", "baseline": "middle"}
    return plane.text({**mark, "fontWeight": "bold"} if first else mark, rows)


def _alt(stages: Sequence[Stage], names: Sequence[str]) -> str:
    """The whole flow in words."""
    sentences = []
    for stage in stages:
        parts = [f"{name} {n}" for name, n in zip(names, stage.groups, strict=True)]
        sentences.append(f"{stage.name}: {counted(sum(stage.groups), 'donor')} ({listed(parts)})")
        sentences += [f"lost: {_loss(loss, names)}" for loss in stage.losses]
    return f"Flow of people. {'; '.join(sentences)}."


def _data(stages: Sequence[Stage], study: Study) -> pl.DataFrame:
    """A line for each stage, reason and group."""
    rows = []
    for stage in stages:
        lost = ((loss.why, loss.groups) for loss in stage.losses)
        for why, groups in ((None, stage.groups), *lost):
            for group, n in zip(study.groups, groups, strict=True):
                rows.append({"stage": stage.name, "lost": why, "group": group.id, "donors": n})
    schema = {"stage": pl.String, "lost": pl.String, "group": pl.String, "donors": pl.Int64}
    return pl.DataFrame(rows, schema=schema)
