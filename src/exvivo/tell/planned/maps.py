"""A planned plate as a drawing that can be printed without colours: in each well the donor, the
sign of the group, and the stimulus with the number of the replicate; a heavy line round the wells
of a donor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.study import Study
from exvivo.tell.drawing.signs import SIZE, sign
from exvivo.tell.drawing.text import FONT, escaped, px, shortened_to, width_of, words
from exvivo.tell.figures.chart import group_style
from exvivo.tell.figures.plates import row_letters
from exvivo.tell.planned.records import MappedPlate, MappedWell
from exvivo.tell.words import counted

INK, MUTED, LINE = "#1f2428", "#55606a", "#9aa3ab"
_FILLS = ("#ffffff", "#e3e7ea", "#c9d1d7", "#b4bec6")
"""The grounds of stimuli, the control first; their letters tell them apart on any printer."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""What stands for stimuli whose ids are too long for a well; small, so that none is taken for a
row.
"""
_LONGEST = 5
"""Signs of an id that has room in a well."""
_MARKS = {"standard": "S", "blank": "blank", "control": "", "bridge": "bridge"}
_LEFT, _TOP = 22.0, 18.0
"""Room for the letters of rows and the numbers of columns."""
_SIGN = 0.8
"""The sign of a group, in signs of a key."""
_TALL, _TALLEST = 0.72, 0.8
"""The height of a well, in widths; the most where the map may fill a page."""
_LARGE = 34.0
"""The narrowest well that has two lines of words."""


Place = tuple[float, float]
"""A place in a drawing: from the left, and from the top."""


@dataclass(frozen=True, slots=True)
class Legend:
    """How groups and stimuli are told apart on the maps of a layout: the word of each stimulus
    in a well, with its ground; groups have the signs of the report.
    """

    stimuli: Mapping[str, str]
    fills: Mapping[str, str]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, plates: Sequence[MappedPlate], study: Study) -> Legend:
        """The legend of some plates, in the order of the study."""
        used = {well.stimulus for plate in plates for well in plate.wells if well.stimulus}
        order = [each.id for each in study.stimuli]
        stimuli = sorted(used, key=lambda each: (order.index(each) if each in order else 99, each))
        groups = {well.group for plate in plates for well in plate.wells if well.group}
        is_short = all(len(each) <= _LONGEST for each in stimuli)
        return cls(
            dict(zip(stimuli, stimuli if is_short else _LETTERS, strict=False)),
            {each: _FILLS[min(place, len(_FILLS) - 1)] for place, each in enumerate(stimuli)},
            tuple(each.id for each in study.groups if each.id in groups),
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where wells lie: the size of one in pixels."""

    width: float
    height: float

    def place(self, row: int, column: int) -> tuple[float, float]:
        """The upper left corner of a well."""
        return _LEFT + column * self.width, _TOP + row * self.height


def plate_svg(plate: MappedPlate, study: Study, *, width: float = 980) -> str:
    """The map of a plate as an SVG that stands by itself, `width` pixels across."""
    return map_svg(plate, study, Legend.of([plate], study), width=width)


def map_svg(plate: MappedPlate, study: Study, legend: Legend, *, width: float) -> str:
    """The same with the legend of several plates."""
    drawn, size = map_of(plate, study, legend, width=width)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escaped(_alt(plate))}" '
        f'width="{px(size[0])}" height="{px(size[1])}" viewBox="0 0 {px(size[0])} {px(size[1])}" '
        f'font-family="{FONT}">{drawn}</svg>\n'
    )


def key_entries(
    plates: Sequence[MappedPlate], legend: Legend, study: Study
) -> Iterator[tuple[str, str]]:
    """What the signs of maps stand for: a sign as SVG (14 x 14 pixels, or none) and its words, with
    how many donors there are of each group.
    """
    wells = [well for plate in plates for well in plate.wells]
    for group in legend.groups:
        colour, shape = group_style(study, group)
        donors = {well.donor for well in wells if well.group == group}
        text = f"{study.name_of(group)}, {counted(len(donors), 'donor')}"
        yield sign(shape, colour, hollow=False), text
    for stimulus, word in legend.stimuli.items():
        fill = legend.fills[stimulus]
        box = f'<path fill="{fill}" stroke="{INK}" stroke-width="0.6" d="M1,1h12v12h-12z"/>'
        yield box, f"{word}: {study.name_of(stimulus)}"
    kinds = {well.kind for well in wells}
    if "standard" in kinds:
        yield "", "S: standard"
    if any(len(plate.wells) < plate.rows * plate.columns for plate in plates):
        yield f'<path fill="none" stroke="{LINE}" d="M1,1h12v12h-12z"/>', "no sign: left empty"
    if "forbidden" in kinds:
        yield f'<path stroke="{LINE}" d="M1,1l12,12M1,13l12,-12"/>', "not to be used"


def map_of(
    plate: MappedPlate, study: Study, legend: Legend, *, width: float, height: float = 0
) -> tuple[str, tuple[float, float]]:
    """The wells of a plate as SVG, and how wide and high it is."""
    across = (width - _LEFT - 2) / plate.columns
    room = (height - _TOP - 2) / plate.rows
    down = min(across * _TALLEST, room) if height else across * _TALL
    frame = _Frame(across, down)
    wells = {place_of(well.well): well for well in plate.wells}
    parts = [
        *_numbers(plate, frame),
        *(_well(wells.get(place), place, frame, legend, study) for place in _places(plate)),
        _borders(plate, wells, frame),
    ]
    right, bottom = frame.place(plate.rows, plate.columns)
    return "".join(parts), (right + 2, bottom + 2)


def place_of(well: str) -> tuple[int, int]:
    """Row and column of a well, from 0.

    >>> place_of("B7"), place_of("AA1")
    ((1, 6), (26, 0))
    """
    letters = well.rstrip("0123456789")
    row = 0
    for letter in letters.upper():
        row = row * 26 + ord(letter) - ord("A") + 1
    return row - 1, int(well[len(letters) :]) - 1


def _places(plate: MappedPlate) -> Iterator[tuple[int, int]]:
    for row in range(plate.rows):
        for column in range(plate.columns):
            yield row, column


def _numbers(plate: MappedPlate, frame: _Frame) -> Iterator[str]:
    """The numbers above the plate and the letters beside it."""
    size, paint = min(11.0, 0.62 * frame.height), f' fill="{MUTED}"'
    for column in range(plate.columns):
        x, _ = frame.place(0, column)
        yield words([str(column + 1)], x + frame.width / 2, _TOP - 5, size=size, more=paint)
    for row in range(plate.rows):
        _, y = frame.place(row, 0)
        at = (_LEFT - 6, y + frame.height / 2)
        letters = [row_letters(row)]
        yield words(letters, *at, size=size, align="right", baseline="middle", more=paint)


def _well(
    well: MappedWell | None, place: tuple[int, int], frame: _Frame, legend: Legend, study: Study
) -> str:
    x, y = frame.place(*place)
    fill = legend.fills.get(well.stimulus, "#ffffff") if well else "#ffffff"
    box = f'<path fill="{fill}" stroke="{LINE}" stroke-width="0.6" d="{_box(x, y, frame)}"/>'
    if well is None or well.kind == "empty":
        return box
    if well.kind == "forbidden":
        return box + _cross(x, y, frame)
    if well.kind == "sample":
        return box + _sample(well, x, y, frame, legend, study)
    return box + _other(well, x, y, frame)


def _box(x: float, y: float, frame: _Frame) -> str:
    return f"M{px(x)},{px(y)}h{px(frame.width)}v{px(frame.height)}h{px(-frame.width)}z"


def _cross(x: float, y: float, frame: _Frame) -> str:
    """A well that must not be used."""
    right, bottom = px(frame.width), px(frame.height)
    path = f"M{px(x)},{px(y)}l{right},{bottom}M{px(x)},{px(y + frame.height)}l{right},-{bottom}"
    return f'<path fill="none" stroke="{LINE}" stroke-width="0.8" d="{path}"/>'


def _sample(
    well: MappedWell, x: float, y: float, frame: _Frame, legend: Legend, study: Study
) -> str:
    """The donor, the sign of the group, the stimulus and the number of the replicate."""
    under = f"{legend.stimuli.get(well.stimulus, '')} {well.replicate or ''}".strip()
    middle = (x + frame.width / 2, y + frame.height / 2)
    if frame.width < _LARGE:
        return _small_words(well.donor, under, middle, frame)
    size = min(0.34 * frame.height, 13.0)
    donor = shortened_to(well.donor, frame.width - 6, size)
    above = (middle[0], middle[1] - 1)
    top = words([donor], *above, size=size, baseline="bottom", more=' font-weight="600"')
    room = frame.width - 6 - _SIGN * SIZE - 4
    fitting = size * min(1.0, room / max(width_of(under, size), 1.0))
    return top + _below(well.group, under, middle, fitting, study)


def _small_words(donor: str, under: str, middle: Place, frame: _Frame) -> str:
    """The same without a sign, where a well is small."""
    size = min(0.36 * frame.height, 9.0)
    cut = shortened_to(donor, frame.width - 2, size)
    top = words([cut], middle[0], middle[1] - 0.5, size=size, baseline="bottom")
    return top + words([under], *middle, size=size, baseline="top")


def _below(group: str, under: str, middle: Place, size: float, study: Study) -> str:
    """The sign of a group, with words beside it."""
    room = _SIGN * SIZE + 4
    start = middle[0] - (width_of(under, size) + room) / 2
    drawn = _group(group, start, middle[1] + (size - _SIGN * SIZE) / 2 + 1, study)
    place = (start + room, middle[1] + 1)
    return drawn + words([under], *place, size=size, align="left", baseline="top")


def _group(group: str, x: float, y: float, study: Study) -> str:
    """The sign of a group."""
    if not any(each.id == group for each in study.groups):
        return ""
    colour, shape = group_style(study, group)
    drawn = sign(shape, colour, hollow=False)
    return f'<g transform="translate({px(x)},{px(y)}) scale({_SIGN})">{drawn}</g>'


def _other(well: MappedWell, x: float, y: float, frame: _Frame) -> str:
    """A standard, a blank, a control or a bridge sample."""
    mark = _MARKS.get(well.kind, well.kind)
    text = f"{mark}{well.label}" if well.kind == "standard" else well.label or mark
    size = min(0.3 * frame.height, 11.0)
    cut = shortened_to(text, frame.width - 3, size)
    middle = (x + frame.width / 2, y + frame.height / 2)
    return words(
        [cut], *middle, size=size, baseline="middle", more=f' fill="{INK}" font-style="italic"'
    )


def _borders(plate: MappedPlate, wells: Mapping[tuple[int, int], MappedWell], frame: _Frame) -> str:
    """Heavy lines between the wells of different donors, and round the plate."""
    path = "".join(_walls(plate, wells, frame))
    wide, high = px(plate.columns * frame.width), px(plate.rows * frame.height)
    x, y = map(px, frame.place(0, 0))
    whole = f"M{x},{y}h{wide}v{high}h-{wide}z"
    return f'<path fill="none" stroke="{INK}" stroke-width="1.4" d="{path}{whole}"/>'


def _walls(
    plate: MappedPlate, wells: Mapping[tuple[int, int], MappedWell], frame: _Frame
) -> Iterator[str]:
    """The lines between wells of different donors: at the right of a well, and below it."""
    for row, column in _places(plate):
        own = _owner(wells.get((row, column)))
        right, bottom = frame.place(row + 1, column + 1)
        if column + 1 < plate.columns and own != _owner(wells.get((row, column + 1))):
            yield f"M{px(right)},{px(bottom)}v{px(-frame.height)}"
        if row + 1 < plate.rows and own != _owner(wells.get((row + 1, column))):
            yield f"M{px(right)},{px(bottom)}h{px(-frame.width)}"


def _owner(well: MappedWell | None) -> str:
    """Whose a well is; the others belong to no one."""
    return well.donor if well is not None and well.kind == "sample" else ""


def _alt(plate: MappedPlate) -> str:
    samples = [well for well in plate.wells if well.kind == "sample"]
    donors = len({well.donor for well in samples})
    return (
        f"Plate {plate.plate}: {counted(len(samples), 'sample well')} of "
        f"{counted(donors, 'donor')}."
    )
