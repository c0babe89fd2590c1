"""The bead-array tubes of a drawn study, one FCS file each, as the assay of the study names its
beads and channels.
"""

from __future__ import annotations

import string
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from exvivo import catalog
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
_LARGER = 1.9
"""How many times as much light beads of size B scatter as those of size A."""
Events = tuple[npt.NDArray[np.float32], ...]


def as_beads(assay: Assay, bench: Bench) -> Beads:
    """The assay as a bead array with the beads of what is drawn: its own, where it is one."""
    if not isinstance(assay, Beads):
        forward, side, letters, numbers, reporter = _CHANNELS
        panel = dict(zip(bench.analytes, _POSITIONS, strict=False))
        return Beads(
            id=assay.id,
            kind="beads",
            readout=assay.readout,
            unit=getattr(assay, "unit", "") or "pg/mL",
            classifier=(letters, numbers),
            directions=("falling", "rising"),
            reporter=reporter,
            panel=panel,
            scatter=(forward, side),
        )
    panel = {analyte: assay.panel[analyte] for analyte in bench.analytes if analyte in assay.panel}
    mixture = bench.analytes if assay.kit else ()
    return replace(
        assay,
        panel=panel,
        analytes=mixture,
        directions=_directions(assay),
        result="curve",
        standards={},
        dilutions={},
    )


def mistakes(assay: Assay, bench: Bench) -> list[Mistake]:
    """Analytes that no bead is named for, and more of them than beads to choose from."""
    where = f"assay {assay.id}"
    if isinstance(assay, Beads):
        lacking = [name for name in bench.analytes if name not in assay.panel]
        finding = f"no bead for {', '.join(lacking)}"
        cure = "name its bead in `panel`"
        return [Mistake(where, finding, "a bead for each analyte", cure)] if lacking else []
    if len(bench.analytes) <= len(_POSITIONS):
        return []
    finding = f"{len(bench.analytes)} analytes in one tube"
    expected = f"at most {len(_POSITIONS)} that a cytometer tells apart"
    return [Mistake(where, finding, expected, "take --protein xponent")]


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
    kit = catalog.kit_named(assay.kit)
    usual: tuple[Direction, ...] = ("falling", "rising")
    return assay.directions or (kit.directions if kit else usual[-len(assay.classifier) :])


def _look(assay: Beads, bench: Bench) -> Look:
    """How the bead of each analyte looks."""
    positions = [assay.panel[analyte].strip().upper() for analyte in bench.analytes]
    letters = np.array([_letter(position) for position in positions], dtype=np.float64)
    numbers = np.array([_number(position) for position in positions], dtype=np.float64)
    by_size = assay.letters == "scatter"
    places = (letters, numbers) if len(assay.classifier) == 2 and not by_size else (numbers,)
    brightness = tuple(
        rising(place) if direction == "rising" else falling(place)
        for place, direction in zip(places, _directions(assay), strict=False)
    )
    sizes = _LARGER**letters if by_size else np.ones(len(letters))
    return Look(brightness, sizes, len(assay.scatter))


def _letter(position: str) -> int:
    """The place of the letter of a position; 0 where it has none."""
    return string.ascii_uppercase.index(position[0]) if position[:1].isalpha() else 0


def _number(position: str) -> int:
    """The number of a position; 0 where it has none."""
    digits = position.lstrip(string.ascii_uppercase)
    return int(digits) if digits else 0
