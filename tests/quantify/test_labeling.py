"""Which population is which bead of two dyes: by positions written down from outside, never from
the reader's own idea of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from exvivo.errors import StudyError
from exvivo.quantify.beads.naming import named
from exvivo.quantify.beads.panel import panel_of
from exvivo.study.records import Beads

FLEX = "BD CBA human soluble protein flex set"
REAL = {
    "IL4": ("A5", 11_300, 187_000),
    "IL5": ("A6", 23_100, 130_000),
    "IL13": ("E6", 24_100, 11_000),
    "IL1B": ("B4", 4_660, 78_900),
    "TNF": ("C4", 5_330, 38_000),
}
"""Position, and brightness in the red and the near infrared, of a public FACSVerse plate."""
INVENTED = {
    "IL6": ("A7", 45_700, 141_000),
    "IL1B": ("B4", 4_570, 70_800),
    "TNF": ("D9", 200_000, 17_800),
    "CXCL8": ("A9", 204_000, 141_000),
    "CCL2": ("D8", 95_500, 17_800),
    "IL12": ("E5", 9_770, 8_900),
}
"""The beads of the fault `01_cba_letter_is_nir` of the shared data, and more on their map: .30
log10 a letter, .33 a number.
"""
RED_FIRST, INFRARED_FIRST = ("Red", "NIR"), ("NIR", "Red")
Known = dict[str, tuple[str, int, int]]


def names(
    beads: Known, classifier: tuple[str, str], moved: dict[str, str] | None = None, **fields: Any
) -> list[str]:
    """The analyte that each bead, in the order of `beads`, is given."""
    panel = {analyte: position for analyte, (position, *_) in beads.items()} | (moved or {})
    assay = Beads(
        id="protein",
        kind="beads",
        classifier=classifier,
        reporter="PE",
        panel=panel,
        **fields,
    )
    read = panel_of(assay)
    centre = np.log10([[red, infrared] for _, red, infrared in beads.values()])
    if classifier == INFRARED_FIRST:
        centre = centre[:, ::-1]
    order = named(centre, read, plate="P1", channels=classifier).order
    given = {population: read.analytes[bead] for bead, population in enumerate(order)}
    return [given[population] for population in range(len(beads))]


def only(beads: Known, *analytes: str) -> Known:
    return {analyte: beads[analyte] for analyte in analytes}


@pytest.mark.parametrize("classifier", [RED_FIRST, INFRARED_FIRST])
@pytest.mark.parametrize(
    "beads",
    [
        REAL,
        INVENTED,
        only(REAL, "IL4", "IL1B", "IL13"),
        only(REAL, "IL5", "IL1B"),
        only(INVENTED, "IL6", "IL1B", "TNF"),
    ],
)
def test_a_kit_tells_the_beads_in_either_order_of_the_channels(
    beads: Known, classifier: tuple[str, str]
) -> None:
    assert names(beads, classifier, kit=FLEX) == list(beads)


@pytest.mark.parametrize("analytes", [("IL4", "IL1B", "IL13"), ("IL5", "IL1B"), ("IL4", "IL5")])
@pytest.mark.parametrize("classifier", [RED_FIRST, INFRARED_FIRST])
def test_two_labelings_that_fit_are_refused_and_both_are_shown(
    analytes: tuple[str, ...], classifier: tuple[str, str]
) -> None:
    beads = only(REAL, *analytes)
    with pytest.raises(StudyError) as caught:
        names(beads, classifier)
    text = str(caught.value)
    assert "(1) letters" in text and "(2) letters" in text and "add a bead" in text
    assert text.count("directions: [") == 2 and "of a step" in text
    differently = [
        analyte for analyte in analytes if text.count(f"{analyte} {beads[analyte][0]} at")
    ]
    assert len(differently) >= 2


def test_what_a_refusal_proposes_is_taken() -> None:
    beads = only(REAL, "IL4", "IL1B", "IL13")
    stated = names(beads, INFRARED_FIRST, directions=("falling", "rising"))
    assert stated == ["IL4", "IL1B", "IL13"]
    assert names(REAL, INFRARED_FIRST) == list(REAL)
    with pytest.raises(StudyError, match=r"classifier: \[NIR, Red\]` and `directions: \[falling"):
        names(REAL, RED_FIRST)


@pytest.mark.parametrize("directions", [("rising", "rising"), ("falling", "rising")])
def test_directions_that_fit_badly_are_refused_with_what_fits(directions: tuple[str, str]) -> None:
    with pytest.raises(StudyError) as caught:
        names(REAL, RED_FIRST, directions=directions)
    text = str(caught.value)
    assert "do not lie as their positions say" in text
    assert "letters falling along NIR, numbers rising along Red" in text
    assert "IL4 A5 at 1.13e+04 and 1.87e+05" in text


def test_the_other_lot_of_a_bead_is_proposed() -> None:
    with pytest.raises(StudyError, match="write TNF: C4, on which TNF has been sold"):
        names(REAL, INFRARED_FIRST, {"TNF": "D9"}, kit=FLEX)
    with pytest.raises(StudyError, match="write TNF: D9, on which TNF has been sold"):
        names(INVENTED, INFRARED_FIRST, {"TNF": "C4"}, kit=FLEX)


def test_ranks_that_the_study_orders_need_not_lie_even() -> None:
    """A map in four groups, as a data sheet draws it: uneven, and named from dim to bright."""
    sheet: Known = {
        "CSF2": ("A1", 300, 400),
        "IFNA1": ("A2", 2_000, 420),
        "IL2": ("B1", 350, 900),
        "IL4": ("B2", 500, 950),
        "IL5": ("B3", 9_000, 880),
        "IL6": ("C1", 320, 60_000),
    }
    assert names(sheet, INFRARED_FIRST, directions=("rising", "rising")) == list(sheet)
    with pytest.raises(StudyError, match=r"directions: \[rising, rising\]` if they run so"):
        names(sheet, INFRARED_FIRST)


def invented_plate(rng: np.random.Generator, beads: int) -> Known:
    """Beads of the flex set where a real plate's steps put them, give or take what its own lie off
    (.055 log10 a letter, .02 a number) and 5 % of the steps.
    """
    sold = ("A4", "A5", "A6", "A7", "A9", "B4", "B5", "B7", "B9", "C4", "D4", "D8", "E5", "E8")
    positions = [sold[i] for i in rng.choice(len(sold), beads, replace=False)]
    letter, number = rng.normal([-0.287, 0.335], [0.014, 0.017])

    def bead(position: str) -> tuple[str, int, int]:
        x, y = "ABCDE".index(position[0]), int(position[1])
        place = [3.68 + number * (y - 4), 5.18 + letter * x]
        red, infrared = 10 ** rng.normal(place, [0.02, 0.055])
        return position, int(red), int(infrared)

    return {f"X{position}": bead(position) for position in positions}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [({"kit": FLEX}, 0.35), ({}, 1.0), ({"directions": ("falling", "rising")}, 0.1)],
)
@pytest.mark.parametrize("beads", [2, 3, 5, 9])
def test_no_bead_of_a_plate_gets_another_s_name(
    fields: dict[str, Any], refused: float, beads: int
) -> None:
    """Names are right or refused, in a mixture of any beads; the more is known the fewer are."""
    rng, studies = np.random.default_rng(beads), 60 // beads
    refusals = 0
    for _ in range(studies):
        plate = invented_plate(rng, beads)
        try:
            assert names(plate, INFRARED_FIRST, **fields) == list(plate)
        except StudyError:
            refusals += 1
    assert refusals <= refused * studies
