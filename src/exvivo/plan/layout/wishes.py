"""What a person asks of a plate layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.effects import PositionEffects
from exvivo.planned_sizes import SIZES
from exvivo.study.positions import PlateShape

PlateKind = Literal["96", "384", "tubes"]
Pipetting = Literal["triplicates", "column8", "row12", "free"]
SHAPES: Mapping[PlateKind, PlateShape] = {
    "96": PlateShape(8, 12),
    "384": PlateShape(16, 24),
    "tubes": PlateShape(8, 12),
}
"""The plate of each kind; tubes stand in racks and are read row by row."""
EDGE = "edge"
"""Among forbidden wells: all of the outermost rows and columns."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a layout shall be like. What is None is taken from the study, or from the priors of the
    catalog.

    `assays`: those to lay out, none named: all. `plates`: how many of each assay. `wells`:
    replicates of each culture and condition; `cultures`: of each donor and condition. `pipetting`:
    `triplicates` keeps the replicates of a sample side by side; `column8` is for an 8-channel
    pipette (replicates of 8 samples in whole columns), `row12` for 12 channels (whole rows); `free`
    places each well by itself, for a robot. `forbidden`: wells (A1, A1:B3) that stay empty, or
    `edge`. `standards`: wells of each standard, `amounts`: of the standards for which study.yaml
    names none, by assay, or under an empty name those of the one assay that needs them. `blanks`:
    blanks, or controls without template.
    `bridge`: whether one sample stands on every plate; `controls`: name -> amount (None: not
    known); both have as many wells as a sample. `days`: over how many days donors are handled.
    `balance`: columns of donors.csv to spread over plates and days. `each_target`: every qPCR
    target, references too, has a plate of the same map to itself; else wells hold all targets.
    """

    assays: tuple[str, ...] = ()
    plate: PlateKind = "96"
    plates: int | None = None
    wells: int | None = None
    cultures: int | None = None
    pipetting: Pipetting = "triplicates"
    forbidden: tuple[str, ...] = ()
    standards: int = 2
    amounts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    blanks: int = 2
    bridge: bool = False
    controls: Mapping[str, float | None] = field(default_factory=dict)
    days: int | None = None
    balance: tuple[str, ...] = ()
    effects: PositionEffects = field(default_factory=PositionEffects)
    each_target: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        """Raises `StudyError` with everything that cannot be wished."""
        mistakes = [*_odd_words(self), *_odd_counts(self)]
        if mistakes:
            raise StudyError(mistakes)

    @property
    def shape(self) -> PlateShape:
        """The plate that is filled."""
        return SHAPES[self.plate]


def _odd_words(wishes: Wishes) -> Iterator[Mistake]:
    """Words that are not known."""
    words = {"plate": (wishes.plate, PlateKind), "pipetting": (wishes.pipetting, Pipetting)}
    for name, (word, known) in words.items():
        if word not in get_args(known):
            expected = spelling.one_of(get_args(known), word)
            yield Mistake(f"--{name}", f"{word!r}", expected, "write one of these")
    if wishes.pipetting in ("column8", "row12") and wishes.plate == "tubes":
        cure = "leave the pipetting out, or lay out plates"
        yield Mistake("--pipetting", f"{wishes.pipetting} for tubes", "plates of wells", cure)


def _odd_counts(wishes: Wishes) -> Iterator[Mistake]:
    """Counts that are too small, or too large for any plate or study."""
    of_plate = (0, max(shape.size for shape in SHAPES.values()))
    beside = {"days": (1, 1_000), "standards": of_plate, "blanks": of_plate}
    ends = {name: (1, most) for name, most in SIZES.items()}
    for name, (least, most) in (ends | beside).items():
        count = getattr(wishes, name)
        if count is not None and not least <= count <= most:
            expected = f"a whole number from {least} to {most:,}"
            yield Mistake(f"--{name}", f"{count}", expected, f"write {least} to {most:,}")
