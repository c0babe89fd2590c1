"""Numbers as laboratories write them and study.yaml does not take them: with a decimal comma, in
per cent, or as "3-fold"; and what each is on the scale of its field. Whoever is only told to leave
a sign out leaves out a factor of a hundred with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from ruamel.yaml.nodes import Node, ScalarNode

from exvivo.study.unknown import number_of

_PER_CENT = re.compile(r"([+\-−]?)\s*([\d.,]+)\s*%")
_FOLD = re.compile(r"[x×]?\s*([\d.,]+)\s*-?\s*(?:x|×|times|fold)?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d+")

SCALES = {
    "times": "how many times as much: 2 is twice, 0.5 is half",
    "share": "a share from 0 to 1: 0.1 is 10 %",
    "sd": "a standard deviation in log2: 0.26 is 20 %, 1 is twice",
    "log2": "a difference in log2: 0.26 is 20 % more, 1 is twice",
    "correlation": "a correlation from -1 to 1: 0.4 is 40 %",
}
"""What a number of each scale is, as a message says it."""


def cure_of(text: str, scale: str) -> str:
    """What to write for a text that is no number yet; empty where it is none to anybody.

    >>> cure_of("1,5", ""), cure_of("10 %", "share"), cure_of("20%", "sd")
    ('write 1.5', 'write 0.1', 'write 0.26 (20 % in log2)')
    >>> cure_of("300%", "times")
    'write 3 (300 % of it), or 4 (300 % more)'
    >>> cure_of("+50 %", "times"), cure_of("2-fold", "times"), cure_of("much", "times")
    ('write 1.5', 'write 2', '')
    """
    if (number := number_of(text)) is not None:
        return f"write {number:g}"
    if part := _PER_CENT.fullmatch(text):
        per_cent = number_of(part[2])
        return "" if per_cent is None else _FROM_PER_CENT[scale](per_cent, part[1])
    part = _FOLD.fullmatch(text) if scale == "times" else None
    number = number_of(part[1]) if part else None
    return "" if number is None else f"write {number:g}"


def without_cut_numbers(
    pairs: Sequence[tuple[Node, Node]],
) -> tuple[list[tuple[Node, Node]], dict[str, str]]:
    """The lines of a block, and by name the numbers that a decimal comma cuts in two, which stand
    whole and with a point among the lines: `{fold: 1,5}` is read as `fold: 1` and a name `5`.
    """
    whole: list[tuple[Node, Node]] = []
    cut: dict[str, str] = {}
    for key, value in pairs:
        if whole and _goes_on(whole[-1][1], key, value):
            name, first = whole.pop()
            cut[str(name.value)] = f"{first.value},{key.value}"
            number = f"{first.value}.{key.value}"
            key, value = name, ScalarNode(first.tag, number, first.start_mark, key.end_mark)
        whole.append((key, value))
    return whole, cut


def _goes_on(before: Node, key: Node, value: Node) -> bool:
    """Whether a name is the rest of the number before it: digits with no value and no space."""
    scalars = all(isinstance(node, ScalarNode) for node in (before, key, value))
    if not scalars or value.value or value.start_mark.index != key.end_mark.index:
        return False
    adjoins = key.start_mark.index == before.end_mark.index + 1
    is_rest = key.value.isascii() and key.value.isdecimal()
    return adjoins and is_rest and bool(_WHOLE.fullmatch(before.value))


def _times(per_cent: float, sign: str) -> str:
    share = per_cent / 100
    if sign:
        return f"write {1 + share if sign == '+' else 1 - share:g}"
    return f"write {share:g} ({per_cent:g} % of it), or {1 + share:g} ({per_cent:g} % more)"


def _share(per_cent: float, sign: str) -> str:
    return f"write {sign.strip('+').replace('−', '-')}{per_cent / 100:g}"


def _log2(per_cent: float, sign: str) -> str:
    return f"write {math.log2(1 + per_cent / 100):.2g} ({per_cent:g} % in log2)"


def _as_it_is(per_cent: float, sign: str) -> str:
    return f"write {sign.strip('+').replace('−', '-')}{per_cent:g}"


_FROM_PER_CENT: dict[str, Callable[[float, str], str]] = {
    "": _as_it_is,
    "times": _times,
    "share": _share,
    "sd": _log2,
    "log2": _log2,
    "correlation": _share,
}
"""What per cent are on each scale."""
