"""Figures as markup of a page: our own drawings, all words of which are escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exvivo.tell.drawn import key_sign
from exvivo.tell.figures.chart import Figure, Key, svg

if TYPE_CHECKING:
    from markupsafe import Markup

_SIGN = 'class="sign" aria-hidden="true" width="14" height="14" viewBox="0 0 14 14"'


@dataclass(frozen=True)
class Shown:
    """A panel: the words above it and its drawing."""

    title: str
    subtitle: str
    drawing: Markup


@dataclass(frozen=True)
class Picture:
    """A figure under a heading: its panels, and its key as signs with their words."""

    heading: str
    panels: tuple[Shown, ...]
    key: tuple[tuple[Markup, str], ...]


def picture(heading: str, figure: Figure) -> Picture:
    """A figure for a page."""
    return Picture(heading, tuple(_panels(figure)), tuple(map(_entry, figure.key)))


def _panels(figure: Figure) -> Iterator[Shown]:
    from markupsafe import Markup

    for count, panel in enumerate(figure.panels, 1):
        drawing = Markup(svg(panel, name=f"{figure.name}-{count}"))
        yield Shown(panel.title, panel.subtitle, drawing)


def _entry(key: Key) -> tuple[Markup, str]:
    from markupsafe import Markup

    return Markup(f"<svg {_SIGN}>{key_sign(key)}</svg>"), key.label
