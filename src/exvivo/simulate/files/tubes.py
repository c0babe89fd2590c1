"""The bead-array tubes of a drawn study, one FCS file each, as the assay of the study names its
beads and channels.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from exvivo import catalog
from exvivo.arrays import Floats
from exvivo.catalog.kits import Direction
from exvivo.errors import Mistake
from exvivo.simulate.beads import Look, events_of, falling, rising
from exvivo.simulate.files.places import Bench
from exvivo.simulate.files.proteins import Wells, fill
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.study import Assay, Beads

_CHANNELS = ("FSC-A", "SSC-A", "APC-Cy7-A", "APC-A", "PE-A")
_POSITIONS = tuple(f"{letter}{number}" for letter, number in product("ABCDEF", (4, 6, 8)))
"""Beads that no eye confuses, for an assay that names none."""
_USUAL: tuple[Direction, ...] = ("falling", "rising")
"""How letters and numbers of a CBA go."""
_LARGER = 1.9
"""How many times as much light beads of size B scatter as those of size A."""
_WAYS: Mapping[Direction, Callable[[Floats], Floats]] = {"rising": rising, "falling": falling}
Events = tuple[npt.NDArray[np.float32], ...]


def as_beads(assay: Assay, bench: Bench) -> Beads:
    """The assay as a bead array with the beads of what is drawn: its own, where it is one."""
    if not isinstance(assay, Beads):
        return _usual_beads(assay, bench)
    return replace(
        assay,
        panel=_own_panel(assay, bench),
        analytes=bench.analytes if assay.kit else (),
        directions=_directions(assay),
        result="curve",
        standards={},
        dilutions={},
    )


def _own_panel(assay: Beads, bench: Bench) -> dict[str, str]:
    """The beads of an assay for what is drawn."""
    return {name: assay.panel[name] for name in bench.analytes if name in assay.panel}


def _usual_beads(assay: Assay, bench: Bench) -> Beads:
    """A bead array for an assay that is none."""
    forward, side, letters, numbers, reporter = _CHANNELS
    return Beads(
        id=assay.id,
        kind="beads",
        readout=assay.readout,
        unit=getattr(assay, "unit", "") or "pg/mL",
        classifier=(letters, numbers),
        directions=("falling", "rising"),
        reporter=reporter,
        panel=dict(zip(bench.analytes, _POSITIONS, strict=False)),
        scatter=(forward, side),
    )


def mistakes(assay: Assay, bench: Bench) -> list[Mistake]:
    """Analytes that no bead is named for, and more of them than beads to choose from."""
    if not isinstance(assay, Beads):
        many = len(bench.analytes)
        return [_too_many(assay, many)] if many > len(_POSITIONS) else []
    lacking = [name for name in bench.analytes if name not in assay.panel]
    return [_no_bead(assay, lacking)] if lacking else []


def _no_bead(assay: Assay, lacking: list[str]) -> Mistake:
    """Analytes that no bead is named for."""
    finding = f"no bead for {', '.join(lacking)}"
    cure = "name its bead in `panel`"
    return Mistake(f"assay {assay.id}", finding, "a bead for each analyte", cure)


def _too_many(assay: Assay, analytes: int) -> Mistake:
    """More analytes than beads to choose from."""
    finding = f"{analytes} analytes in one tube"
    expected = f"at most {len(_POSITIONS)} that a cytometer tells apart"
    return Mistake(f"assay {assay.id}", finding, expected, "take --protein xponent")


def read_tubes(bench: Bench, assay: Beads, *, rng: Rng) -> tuple[Wells, Events]:
    """Every tube with its events; their columns are `channels`."""
    p = ModelStudy(noise=bench.study.noise)
    filled = fill(bench, p, rng=rng)
    return filled, events_of(p, filled.reporter, _look(assay, bench), rng)


def channels(assay: Beads) -> tuple[str, ...]:
    """The channels of a tube's events: scatter, classifiers, reporter."""
    return (*assay.scatter, *assay.classifier, assay.reporter)


def _directions(assay: Beads) -> tuple[Direction, ...]:
    """Whether letters and numbers rise or fall: as the assay says, else its kit, else as the beads
    of a CBA lie.
    """
    if assay.directions:
        return assay.directions
    kit = catalog.kit_named(assay.kit)
    return kit.directions if kit else _USUAL[-len(assay.classifier) :]


def _look(assay: Beads, bench: Bench) -> Look:
    """How the bead of each analyte looks."""
    positions = [assay.panel[analyte].strip().upper() for analyte in bench.analytes]
    letters, numbers = _column(_letter, positions), _column(_number, positions)
    if assay.letters == "scatter":
        return Look(_brightness((numbers,), assay), _LARGER**letters, len(assay.scatter))
    places = (letters, numbers) if len(assay.classifier) == 2 else (numbers,)
    return Look(_brightness(places, assay), np.ones(len(letters)), len(assay.scatter))


def _column(read: Callable[[str], int], positions: list[str]) -> Floats:
    """What is read off each position (analytes,)."""
    return np.array([read(position) for position in positions], dtype=np.float64)


def _brightness(places: tuple[Floats, ...], assay: Beads) -> tuple[Floats, ...]:
    """How bright the beads at some places are in each classifier."""
    directed = zip(places, _directions(assay), strict=False)
    return tuple(_WAYS[direction](place) for place, direction in directed)


def _letter(position: str) -> int:
    """The place of the letter of a position; 0 where it has none."""
    return string.ascii_uppercase.index(position[0]) if position[:1].isalpha() else 0


def _number(position: str) -> int:
    """The number of a position; 0 where it has none."""
    digits = position.lstrip(string.ascii_uppercase)
    return int(digits) if digits else 0
