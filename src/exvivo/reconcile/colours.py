"""Colours of groups that not everybody tells apart, or that hardly show on white."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.flagged import Flag
from exvivo.reconcile.held import Held
from exvivo.study.colours import LEAST_CONTRAST, alike_pairs, contrast_with_white, full_hex
from exvivo.words import listed

_WHY = "figures show the groups in these colours; shapes tell them apart as well, less quickly"
_CURE = "choose colours that differ in lightness, or leave `color` out"


def hard_to_see_colours(held: Held) -> Iterator[Flag]:
    """A pair of colours that are nearly one for people without a kind of cones, and a colour whose
    contrast with white is low; of colours that study.yaml gives.
    """
    given = {group.id: full_hex(group.color) for group in held.study.groups}
    colours = {group: colour for group, colour in given.items() if colour}
    for first, second, sights in alike_pairs(colours):
        what = f"the colours of {first} and {second} look nearly alike {listed(sights)}"
        yield _look(what, f"{first} {second}", (colours[first], colours[second]))
    for group, colour in colours.items():
        contrast = contrast_with_white(colour)
        if contrast < LEAST_CONTRAST:
            what = (
                f"the colour of {group} is pale: its contrast with white is {contrast:.1f}, and "
                f"{LEAST_CONTRAST:g} is asked for marks (WCAG 2.2)"
            )
            yield _look(what, group, (colour,))


def _look(what: str, place: str, evidence: tuple[str, ...]) -> Flag:
    return Flag(
        table="study",
        row="study.yaml, groups",
        severity="look",
        what=what,
        why=_WHY,
        cure=_CURE,
        place=place,
        evidence=evidence,
    )
