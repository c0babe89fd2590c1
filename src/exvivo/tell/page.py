"""The page of a report from its templates: all text escaped, `code` marked as code, the same bytes
from the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from exvivo.tell import words
from exvivo.tell.figures.chart import Key

if TYPE_CHECKING:
    from markupsafe import Markup

_CODE = re.compile("`([^`]+)`")
_MOST_OPEN = 12
"""Answers of a question from which an overview is drawn first and the single figures fold away."""
_MOST_PANELS = 16
"""Panels from which a figure of the quality section folds away."""
_MOST_ROWS = 24
"""Rows from which a table of the quality section folds away."""


def rendered(**parts: object) -> str:
    """The page of these parts; nothing of a study can add markup to it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("exvivo.tell"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["capitalize_first"] = words.capital
    environment.filters["prose"] = prose
    drawn: Callable[[str], Markup] = Markup
    style, _, _ = environment.loader.get_source(environment, "report.css")  # type: ignore[union-attr]
    return environment.get_template("report.html").render(
        **parts,
        most_open=_MOST_OPEN,
        most_panels=_MOST_PANELS,
        most_rows=_MOST_ROWS,
        style=Markup(style),
        drawn=drawn,
        key_sign=lambda key: Markup(key_sign(key)),
    )


def prose(text: str) -> Markup:
    """Text for people with what stands in backticks as code.

    >>> prose("the role `qc` & others")
    Markup('the role <code>qc</code> &amp; others')
    """
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


_SIGNS = {
    "circle": '<circle cx="7" cy="7" r="4"/>',
    "diamond": '<path d="M7 2 11 7 7 12 3 7Z"/>',
    "square": '<rect x="3.5" y="3.5" width="7" height="7"/>',
    "cross": '<path d="M5.5 2h3v3.5H12v3H8.500V12h-3V8.500H2v-3h3.500Z"/>',
    "triangle-up": '<path d="M7 3 11.500 11h-9Z"/>',
    "triangle-down": '<path d="M7 11 11.500 3h-9Z"/>',
    "triangle-right": '<path d="M11.500 7 3.500 2.500v9Z"/>',
    "triangle-left": '<path d="M2.500 7 10.500 2.500v9Z"/>',
    "times": '<path d="M3.500 3.500l7 7M10.500 3.500l-7 7"/>',
    "stroke": '<path d="M1 7h12"/>',
    "dashes": '<path d="M1 7h5M8.500 7h4.500"/>',
}


def key_sign(key: Key) -> str:
    """The shape of a key's entry as a small drawing; its words stand beside it."""
    size = 'width="14" height="14" viewBox="0 0 14 14"'
    return f'<svg class="sign" aria-hidden="true" {size} {_paint(key)}>{_SIGNS[key.shape]}</svg>'


def _paint(key: Key) -> str:
    """How the shape of a key's entry is drawn: filled, or as a line."""
    if key.hollow or key.shape in ("stroke", "dashes"):
        return f'fill="none" stroke="{key.colour}" stroke-width="1.6"'
    return f'fill="{key.colour}"'
