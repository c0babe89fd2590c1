"""The columns of a raw export in which answers stand, a field or one box of a checkbox, with the
answers that each takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from exvivo.draft.redcap.words import plain
from exvivo.read.redcap import Field
from exvivo.read.redcap.dictionary import box_column

_CHOSEN = ("radio", "dropdown")
_YES_OR_NO = ("yesno", "truefalse")
_WRITTEN = ("text", "slider", "calc")
SLIDER = (0.0, 100.0)
"""From where to where a slider goes, where its dictionary does not say otherwise."""


@dataclass(frozen=True)
class Column:
    """A field, or one box of a checkbox, by its name in a raw export; its label, and the lowest and
    highest answer (None: not limited). `whole`: every whole number between may be chosen.
    """

    name: str
    field: Field
    label: str
    lowest: float | None = None
    highest: float | None = None
    whole: bool = False

    @property
    def plain(self) -> str:
        """Its name, as names are compared."""
        return plain(self.name)

    def allows(self, lowest: float, highest: float) -> bool:
        """Whether it takes just the answers between these two."""
        return (self.lowest, self.highest) == (lowest, highest)


def columns_of(fields: Iterable[Field]) -> list[Column]:
    """The columns of some fields, in their order."""
    return list(chain.from_iterable(map(_columns, fields)))


def _columns(field: Field) -> Iterator[Column]:
    if field.kind == "checkbox":
        yield from _boxes(field)
    elif field.kind in _YES_OR_NO:
        yield Column(field.name, field, field.label, 0.0, 1.0, whole=True)
    elif field.kind in _CHOSEN:
        yield _chosen(field)
    elif field.kind in _WRITTEN:
        lowest, highest = limits(field)
        yield Column(field.name, field, field.label, lowest, highest)


def _boxes(field: Field) -> Iterator[Column]:
    for code, label in field.choices.items():
        yield Column(box_column(field.name, code), field, label, 0.0, 1.0, whole=True)


def _chosen(field: Field) -> Column:
    """A field of choices, with the range of its codes where they are numbers."""
    codes = sorted(code for code in map(number, field.choices) if code is not None)
    if len(codes) < max(len(field.choices), 1):
        return Column(field.name, field, field.label)
    whole = codes == [codes[0] + step for step in range(len(codes))]
    return Column(field.name, field, field.label, codes[0], codes[-1], whole)


def limits(field: Field) -> tuple[float | None, float | None]:
    """The lowest and highest number of a field, as its dictionary has them."""
    lowest, highest = number(field.lowest), number(field.highest)
    if field.kind == "slider":
        return (
            SLIDER[0] if lowest is None else lowest,
            SLIDER[1] if highest is None else highest,
        )
    return lowest, highest


def number(text: str) -> float | None:
    """A number of a dictionary, with a decimal point or comma; None where it is none."""
    with suppress(ValueError):
        return float(text.strip().replace(",", "."))
    return None
