"""Names for the populations of two classifiers, or a refusal that shows what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.arrays import Floats
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.labeling import (
    EVERY,
    Labeling,
    allowed,
    labelings,
    ranked,
)
from exvivo.quantify.beads.panel import Panel
from exvivo.words import shortened

_WORDS = {1: "rising", -1: "falling"}
_MOST_BEADS = 8


def named(centre: Floats, panel: Panel, *, plate: str, channels: tuple[str, ...]) -> Labeling:
    """The labeling of the populations. centre (populations, 2): log10 brightness on the two
    classifiers `channels`.

    Raises `StudyError` where two labelings fit, where none does, and where the beads lie otherwise
    than panel or kit say. Positions that the study orders itself may be ranks, unevenly spaced:
    they are taken where every letter stands apart and no other labeling is even.
    """
    view = _View(centre, panel, f"plate {plate}, {' and '.join(channels)}", channels)
    own = labelings(centre, panel, allowed(panel))
    if _settled(own) and panel.steps:
        return own[0]
    every = labelings(centre, replace(panel, steps=()), EVERY)
    if _settled(own) and not view.contradicted(own[0], every[0]):
        return own[0]
    by_rank = ranked(centre, panel) if panel.ordered else None
    if by_rank is not None and not _rivalled(by_rank, own[0], every):
        return by_rank
    raise StudyError(view.refusal(own, every))


def _settled(found: Sequence[Labeling]) -> bool:
    """Whether the first labeling fits, and no other one nearly as well."""
    best, *others = found
    return best.even and all(other.behind(best) for other in others)


def _rivalled(by_rank: Labeling, best: Labeling, every: Sequence[Labeling]) -> bool:
    """Whether places say otherwise than ranks: the best labeling of the stated convention, or an
    even one of another that fits better.
    """
    others = (each for each in every if each.convention != by_rank.convention)
    better = [best, *(each for each in others if each.misfit < by_rank.misfit)]
    return any(each.even and each.order != by_rank.order for each in better)


@dataclass(frozen=True, slots=True)
class _View:
    """What a refusal shows: populations, panel, place, and the names of the classifiers."""

    centre: Floats
    panel: Panel
    where: str
    channels: tuple[str, ...]

    def contradicted(self, best: Labeling, first: Labeling) -> bool:
        """Whether the best labeling that the panel allows is against `classifier`, where nothing
        else is stated; or far behind the `first` of all conventions, where directions are.
        """
        if self.panel.ordered:
            return first.even and best.order != first.order and best.behind(first)
        return best.convention.letter != 0

    def refusal(self, own: Sequence[Labeling], every: Sequence[Labeling]) -> Mistake:
        """Why no labeling of those that panel and kit allow (`own`) is taken, out of `every`."""
        best = own[0]
        if not best.even:
            return self._uneven(best, every)
        if not _settled(own):
            return self._two(best, next(each for each in own[1:] if not each.behind(best)))
        return self._uneven(best, every) if self.panel.ordered else self._other_order(best)

    def _two(self, first: Labeling, second: Labeling) -> Mistake:
        ways = [self._way(first, second), self._way(second, first)]
        return Mistake(
            self.where,
            f"beads that fit two ways: (1) {ways[0]}; (2) {ways[1]}",
            "one labeling that fits clearly better than every other",
            self._choice(first, second),
        )

    def _choice(self, first: Labeling, second: Labeling) -> str:
        """How to settle which of two labelings is right."""
        add = "add a bead that tells the two apart"
        if first.convention == second.convention and self.panel.ordered:
            return f"check the positions against the vials and the settings of the lasers; or {add}"
        if first.convention == second.convention:
            ranks = f"{self._statement(first)} if they run so and positions are ranks"
            return f"check the positions against the vials; {ranks}; or {add}"
        return (
            f"look at the vials and the map of the beads; then {self._statement(first)} if (1) is "
            f"right, {self._statement(second)} if (2) is; or {add}"
        )

    def _other_order(self, best: Labeling) -> Mistake:
        return Mistake(
            self.where,
            f"beads that lie otherwise than `classifier` says: {self._way(best)}",
            f"letters along {self.channels[0]}, numbers along {self.channels[1]}",
            f"if the beads are right as found, {self._statement(best)}",
        )

    def _uneven(self, best: Labeling, every: Sequence[Labeling]) -> Mistake:
        """No labeling as stated fits: what comes nearest, and what would fit instead."""
        stated = self._way(best)
        return Mistake(
            self.where,
            f"beads that do not lie as their positions say; the nearest is {stated}",
            "beads evenly spaced along both classifiers"
            + (", as panel and kit have them" if self.panel.directions else ""),
            "; or ".join(self._cures(every)),
        )

    def _cures(self, every: Sequence[Labeling]) -> Iterator[str]:
        for analyte, position, way in self._other_lots():
            yield (
                f"write {analyte}: {position}, on which {analyte} has been sold as well, if the "
                f"vial says so: then {way}"
            )
        if _settled(every):
            way = self._way(every[0])
            yield f"these beads fit {way}: if that is right, {self._statement(every[0])}"
        yield "check the positions against the vials, and that every bead of the mixture is named"
        if not self.panel.steps:
            yield (
                "write your own positions as the beads lie on the map (A1, A2, A4: as far apart as "
                "they are), and say how they run (`directions: [rising, rising]`)"
            )

    def _other_lots(self) -> Iterator[tuple[str, str, str]]:
        """Beads that have been sold on another position too, with which the panel fits."""
        for analyte, position in self.panel.others:
            place = self.panel.analytes.index(analyte)
            positions = list(self.panel.positions)
            positions[place] = position
            other = replace(self.panel, positions=tuple(positions))
            found = labelings(self.centre, other, allowed(other))
            if position not in self.panel.positions and _settled(found):
                yield analyte, position, replace(self, panel=other)._way(found[0])

    def _way(self, labeling: Labeling, other: Labeling | None = None) -> str:
        """A labeling in words, with the beads that the other one names differently, or all."""
        letters, numbers = (_WORDS[direction] for direction in labeling.convention.directions)
        along, across = self._in_order(labeling)
        off = " and ".join(f"{steps:.2f}" for steps in labeling.off)
        beads = [
            self._bead(labeling, bead)
            for bead, population in enumerate(labeling.order)
            if other is None or population != other.order[bead]
        ]
        listed = shortened(beads, _MOST_BEADS)
        return (
            f"letters {letters} along {along}, numbers {numbers} along {across}, off by {off} of a "
            f"step ({listed})"
        )

    def _bead(self, labeling: Labeling, bead: int) -> str:
        at = _brightness(self.centre[labeling.order[bead]])
        return f"{self.panel.analytes[bead]} {self.panel.positions[bead]} at {at}"

    def _statement(self, labeling: Labeling) -> str:
        """What the study has to say for a labeling to be the only one."""
        directions = ", ".join(_WORDS[each] for each in labeling.convention.directions)
        channels = ", ".join(self._in_order(labeling))
        return f"write `classifier: [{channels}]` and `directions: [{directions}]`"

    def _in_order(self, labeling: Labeling) -> tuple[str, str]:
        """The classifiers of letters and of numbers."""
        letter = labeling.convention.letter
        return self.channels[letter], self.channels[1 - letter]


def _brightness(place: Floats) -> str:
    """Where a population lies on the classifiers, in words; place: log10 on each."""
    return " and ".join(f"{10**value:.3g}" for value in place)
