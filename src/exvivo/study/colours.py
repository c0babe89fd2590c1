"""Colours that a study gives its groups: how they are written, and who tells them apart."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from operator import mul

_HEX = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
LEAST_CONTRAST = 3.0
"""The contrast with white that marks need (WCAG 2.2, success criterion 1.4.11)."""
LEAST_APART = 15.0
"""The least distance in CIELAB at which two colours of small marks are told apart."""
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)
SIGHTS: Mapping[str, Sequence[Sequence[float]]] = {
    "with full colour vision": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue cones": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""What people see of red, green and blue light, with all cones and without one kind of them
(Machado 2009, doi:10.1109/TVCG.2009.113).
"""
Light = tuple[float, float, float]
"""Red, green and blue as amounts of light, 0 to 1; or a colour in another space of three."""


def full_hex(text: str) -> str | None:
    """A colour as `#RRGGBB`, of three or six hexadecimal digits; None where it is none.

    >>> full_hex("#d50"), full_hex("0072b2"), full_hex("red")
    ('#DD5500', '#0072B2', None)
    """
    match = _HEX.fullmatch(text.strip())
    if match is None:
        return None
    digits = match.group(1).upper()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast_with_white(colour: str) -> float:
    """How many times brighter white is (WCAG 2.2): 1 for white, 21 for black.

    >>> round(contrast_with_white("#000000")), round(contrast_with_white("#777777"), 1)
    (21, 4.5)
    """
    return 1.05 / (_times(_TO_XYZ, _light(colour))[1] + 0.05)


def alike(first: str, second: str) -> list[str]:
    """The kinds of sight with which two colours are hard to tell apart.

    >>> alike("#D55E00", "#0072B2"), alike("#FF0000", "#8B6914")
    ([], ['without red cones'])
    """
    return [
        sight
        for sight, seen in SIGHTS.items()
        if math.dist(_seen(first, seen), _seen(second, seen)) < LEAST_APART
    ]


def alike_pairs(colours: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """The pairs of names whose colours are hard to tell apart, with the kinds of sight."""
    pairs = (
        (first, second, alike(colours[first], colours[second]))
        for first, second in combinations(colours, 2)
    )
    return [pair for pair in pairs if pair[2]]


def _light(colour: str) -> Light:
    """The light of a colour `#RRGGBB` (sRGB, IEC 61966-2-1)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _linear(shown: float) -> float:
    return shown / 12.92 if shown <= 0.04045 else float(((shown + 0.055) / 1.055) ** 2.4)


def _times(matrix: Sequence[Sequence[float]], light: Light) -> Light:
    x, y, z = (sum(map(mul, row, light)) for row in matrix)
    return x, y, z


def _seen(colour: str, sight: Sequence[Sequence[float]]) -> Light:
    """A colour in CIELAB (CIE 1976, D65) as it is seen."""
    red, green, blue = (min(max(part, 0.0), 1.0) for part in _times(sight, _light(colour)))
    parts = zip(_times(_TO_XYZ, (red, green, blue)), _WHITE, strict=True)
    x, y, z = ((part / white) ** (1 / 3) for part, white in parts)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
