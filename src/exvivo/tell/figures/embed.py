"""A rendered drawing made ready for a page: one description for readers who hear it, ids of its
own, few bytes.
"""

from __future__ import annotations

import html
import re

Match = re.Match[str]
_NOISE = re.compile(
    r' (?:role|aria-[a-z]+)="[^"]*"| pointer-events="none"| class="[^"]*"'
    r'| font-weight="normal"| (?:fill-)?opacity="1"'
)
_EMPTY = re.compile(r"<g></g>|<g transform=\"translate\(0,0\)\"></g>")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)"[^>]*? height="([\d.]+)"[^>]*>')
_CLIP = re.compile(r"\bclip\d+\b")
_GEOMETRY = re.compile(r' (?:d|transform|x|y|x2|y2|width|height)="[^"]*\.\d{3}[^"]*"')
_LONG_NUMBER = re.compile(r"-?\d*\.\d{3,}")
_SHAPE = re.compile(r'<path d="(M[^"]*Z)"((?: (?![a-z-]*opacity)[a-z-]+="[^"]*")*)/>')


def for_page(drawn: str, *, alt: str, name: str) -> str:
    """The SVG element for a page: image role, `alt` as its label, clip names made unique by `name`.

    Coordinates keep two decimals, and neighbouring closed shapes of one paint become one path. Clip
    names are numbered anew: the renderer counts on from one drawing to the next.
    """
    opening = _SIZE.search(drawn)
    assert opening is not None
    width, height = (float(size) for size in opening.groups())
    body = _EMPTY.sub("", _NOISE.sub("", drawn[opening.end() :]))
    body = _joined(_GEOMETRY.sub(_shorter, body))
    return (
        f'<svg role="img" aria-label="{_attribute(alt)}" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">{_renumbered(body, name)}'
    )


def _renumbered(body: str, name: str) -> str:
    """The drawing with clip names made of `name` and a count."""
    old = dict.fromkeys(_CLIP.findall(body))
    names = {clip: f"{name}-{count}" for count, clip in enumerate(old, 1)}
    return _CLIP.sub(lambda match: names[match.group()], body)


def _shorter(geometry: Match) -> str:
    return _LONG_NUMBER.sub(_short, geometry.group())


def _short(number: Match) -> str:
    text = f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-0.", "-.").removeprefix("0") or "0"


def _joined(body: str) -> str:
    """Thousands of small squares weigh little as one path; shapes that let others shine through
    stay apart.
    """
    parts: list[str] = []
    end, paint = 0, None
    for match in _SHAPE.finditer(body):
        outline, own_paint = match.groups()
        if match.start() != end or own_paint != paint:
            parts += [_closing(paint), body[end : match.start()], '<path d="']
        parts.append(outline)
        end, paint = match.end(), own_paint
    return "".join([*parts, _closing(paint), body[end:]])


def _closing(paint: str | None) -> str:
    """The end of a path that was begun."""
    return "" if paint is None else f'"{paint}/>'


def _attribute(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&quot;")
