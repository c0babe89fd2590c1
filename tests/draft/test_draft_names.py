"""What the parts of sample names are, told by what repeats over what."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.draft.names import amount_in, is_role, splitting_of, usual_control

DONORS = ("K01", "K02", "K03", "G01", "G02")


def crossed(*parts: tuple[str, ...], sign: str = " ") -> list[str]:
    return [sign.join(name) for name in itertools.product(*parts)]


@pytest.mark.parametrize(
    ("names", "pattern", "stimuli"),
    [
        (crossed(DONORS, ("medium", "R848")), "{donor} {stimulus}", ("medium", "R848")),
        (
            crossed(("medium", "R848"), DONORS, sign="-"),
            "{stimulus}-{donor}",
            ("medium", "R848"),
        ),
        (
            crossed(DONORS, ("medium", "R848"), ("6 h", "24 h"), sign="_"),
            "{donor}_{stimulus}",
            ("medium_6 h", "medium_24 h", "R848_6 h", "R848_24 h"),
        ),
        (
            crossed(DONORS, ("R848", "CpG"), ("1 µg/mL", "0,5 µg/mL"), ("24h",)),
            "{donor} {stimulus} 24h",
            ("R848 1 µg/mL", "R848 0,5 µg/mL", "CpG 1 µg/mL", "CpG 0,5 µg/mL"),
        ),
        (
            [*crossed(DONORS, ("R848 1 mM", "CpG 2 mM"), ("6 h",))],
            "{donor} {stimulus} {dose} 6 h",
            ("R848", "CpG"),
        ),
        (
            crossed(DONORS, ("medium", "R848"), ("r1", "r2"), sign="_"),
            "{donor}_{stimulus}_{replicate}",
            ("medium", "R848"),
        ),
        (
            [*crossed(DONORS, ("medium",)), *crossed(DONORS, ("R848",), ("1 mM",), ("4h",))],
            "{donor} {stimulus}[ {dose}][ {time}]",
            ("medium", "R848"),
        ),
        (crossed(("iMG",), DONORS, ("none", "ATP")), "iMG {donor} {stimulus}", ("none", "ATP")),
        (crossed(DONORS, ("LPS",), ("10", "100")), "{donor} LPS {stimulus}", ("10", "100")),
    ],
)
def test_parts_are_told_by_what_repeats(
    names: list[str], pattern: str, stimuli: tuple[str, ...]
) -> None:
    splitting = splitting_of(names)
    assert splitting is not None
    assert (splitting.pattern, splitting.stimuli) == (pattern, stimuli)
    assert set(splitting.donors) == set(DONORS)
    assert not splitting.doubt


@pytest.mark.parametrize(
    "names",
    [
        crossed(("A", "B", "C"), ("x", "y", "z")),
        crossed(DONORS, ("none", "ATP"), ("V1", "V2")),
        crossed(DONORS, ("none", "ATP"), ("1", "2", "3")),
        ["alone", "lonely", "single"],
    ],
)
def test_what_could_be_otherwise_is_a_doubt(names: list[str]) -> None:
    splitting = splitting_of(names)
    assert splitting is not None
    assert splitting.doubt


def test_a_table_of_donors_settles_which_part_is_the_donor() -> None:
    names = crossed(("A", "B", "C"), ("x", "y", "z"))
    splitting = splitting_of(names, ["x", "y", "z"])
    assert splitting is not None
    assert (splitting.pattern, splitting.doubt) == ("{stimulus} {donor}", "")


@pytest.mark.parametrize(("donors", "known"), [("", False), ("SSc-{}", True), ("P_{} b", True)])
def test_a_stimulus_at_several_doses_or_times_is_several(donors: str, known: bool) -> None:
    """Donors with signs in their ids, and names of other lengths: as people write them."""
    ids = tuple((donors or "K{}").format(f"0{number}") for number in range(1, 6))
    given = ("medium 4h", "LPS 10 ng/mL 4h", "LPS 100 ng/mL 4h", "R848 1 µM 24h")
    splitting = splitting_of(crossed(ids, given), ids if known else ())
    assert splitting is not None
    assert (splitting.pattern, splitting.stimuli) == ("{donor} {stimulus}", given)
    assert splitting.donors == ids
    assert usual_control(splitting.stimuli) == "medium 4h"


@settings(max_examples=20)
@given(st.permutations(crossed(DONORS, ("none", "ATP", "ATP_inh"))))
def test_the_order_of_names_does_not_matter(names: list[str]) -> None:
    splitting = splitting_of(names)
    assert splitting is not None
    assert splitting.pattern == "{donor} {stimulus}"
    assert set(splitting.stimuli) == {"none", "ATP", "ATP_inh"}


def test_names_of_controls_and_standards_are_nobodys() -> None:
    assert all(map(is_role, ("NTC", "H2O", "Std 3", "Std 1000 pg/mL", "Blank 2", "empty")))
    assert not any(map(is_role, ("K01 medium", "LPS", "R848")))
    assert amount_in("STD 31,25 pg/ml") == (31.25, "pg/ml")
    assert usual_control(["R848", "Medium"]) == "Medium"
    assert usual_control(["R848", "CpG"]) == usual_control(["none", "medium"]) == ""
