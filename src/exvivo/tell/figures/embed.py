"""A rendered drawing made ready for a page: one description for readers who hear it, ids of its
own, few bytes.
"""

from __future__ import annotations

import re

_NOISE = re.compile(
    r' (?:role|aria-[a-z]+)="[^"]*"| pointer-events="none"| class="[^"]*"| font-weight="normal"| (?:fill-)?opacity="1"'
)
_OPENING = re.compile(r"<svg [^>]*>")
_CLIP = re.compile(r"\bclip\d+\b")
_GEOMETRY = re.compile(r' (?:d|transform|x|y|x2|y2|width|height)="[^"]*\.\d{3}[^"]*"')
_LONG_NUMBER = re.compile(r"-?\d*\.\d{3,}")
_SHAPE = re.compile(r'<path d="(M[^"]*Z)"((?: (?![a-z-]*opacity)[a-z-]+="[^"]*")*)/>')


def for_page(drawn: str, *, alt: str, name: str) -> str:
    """The SVG element for a page: image role, `alt` as its label, clip names made unique by `name`.

    Coordinates keep two decimals, and neighbouring closed shapes of one paint become one path. Clip
    names are numbered anew: the renderer counts on from one drawing to the next.
    """
    opening = _OPENING.search(drawn)
    assert opening is not None
    size = {
        key: float(value)
        for key, value in re.findall(r' (width|height)="([\d.]+)"', opening.group())
    }
    body = _NOISE.sub("", drawn[opening.end() :])
    body = re.sub(r"<g></g>|<g transform=\"translate\(0,0\)\"></g>", "", body)
    body = _joined(_GEOMETRY.sub(lambda match: _LONG_NUMBER.sub(_short, match.group()), body))
    seen = {
        old: f"{name}-{count}" for count, old in enumerate(dict.fromkeys(_CLIP.findall(body)), 1)
    }
    body = _CLIP.sub(lambda match: seen[match.group()], body)
    width, height = size["width"], size["height"]
    return (
        f'<svg role="img" aria-label="{_attribute(alt)}" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">{body}'
    )


def _short(number: re.Match[str]) -> str:
    text = f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-0.", "-.").removeprefix("0") or "0"


def _joined(body: str) -> str:
    """Thousands of small squares weigh little as one path; shapes that let others shine through
    stay apart.
    """
    kept: list[str] = []
    end, paint = 0, None
    for match in _SHAPE.finditer(body):
        if match.start() == end and match.group(2) == paint:
            kept.append(match.group(1))
        else:
            kept += [
                f'"{paint}/>' if paint is not None else "",
                body[end : match.start()],
                '<path d="',
                match.group(1),
            ]
        end, paint = match.end(), match.group(2)
    return "".join([*kept, f'"{paint}/>' if paint is not None else "", body[end:]])


def _attribute(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    )
