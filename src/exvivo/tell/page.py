"""The page of a report from its templates: all text escaped, `code` marked as code, the same bytes
from the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from exvivo.tell import words
from exvivo.tell.drawn import key_sign
from exvivo.tell.figures.chart import Key
from exvivo.tell.ways import donor_anchor
from exvivo.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_CODE = re.compile("`([^`]+)`")
_SYMBOL = re.compile(
    r"[^\W_]+(?:-(?:[0-9\u0370-\u03ff][0-9A-Za-z\u0370-\u03ff]*|[A-Z][A-Z0-9]*(?![a-z])))+"
)
"""A symbol with a hyphen, such as `IL-10`, `TGF-β1`, `HLA-DR`: no word of a language."""
_MOST_OPEN = 12
"""Answers of a question from which an overview is drawn first and the single figures fold away."""
_MOST_PANELS = 16
"""Panels from which a figure of the quality section folds away."""
_MOST_ROWS = 24
"""Rows from which a table of the quality section folds away."""


def rendered(
    template: str = "report.html", *, stylesheet: str = "report.css", **parts: object
) -> str:
    """The page of these parts; nothing of a study can add markup to it, or a control character."""
    from markupsafe import Markup

    environment = _environment()
    drawn: Callable[[str], Markup] = Markup
    style, _, _ = environment.loader.get_source(environment, stylesheet)  # type: ignore[union-attr]
    page = environment.get_template(template).render(
        **parts,
        most_open=_MOST_OPEN,
        most_panels=_MOST_PANELS,
        most_rows=_MOST_ROWS,
        style=Markup(style),
        drawn=drawn,
        anchor=donor_anchor,
        key_sign=lambda key: Markup(_sign(key)),
    )
    return visible(page)


@cache
def _environment() -> Environment:
    """The templates, compiled once however many pages are made of them."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

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
    environment.filters["unbroken"] = unbroken
    environment.filters["clock"] = words.clock
    return environment


def prose(text: str) -> Markup:
    """Text for people with what stands in backticks as code.

    >>> prose("the role `qc` & others")
    Markup('the role <code>qc</code> &amp; others')
    """
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def unbroken(text: str) -> Markup:
    """Text for people whose symbols are not broken at their hyphen; copied, they are as they were.

    >>> unbroken("IL-10 & Gen-Botschaft")
    Markup('<span class="symbol">IL-10</span> &amp; Gen-Botschaft')
    """
    from markupsafe import Markup, escape

    return Markup(_SYMBOL.sub(r'<span class="symbol">\g<0></span>', str(escape(text))))


def _sign(key: Key) -> str:
    """The sign of an entry of a key; its words stand beside it."""
    size = 'width="14" height="14" viewBox="0 0 14 14"'
    return f'<svg class="sign" aria-hidden="true" {size}>{key_sign(key)}</svg>'
