"""A name of a sample is split where the study's own words cover it in one way; else it is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.study.sample_names import Named, Words, meant, split, unknown_places, words_of

WORDS = words_of(
    donors=["RA01", "RA1", "HD-02", "FM 3", "LPS1"],
    stimuli={"none": "none", "unstimulated": "none", "LPS": "LPS", "LPS_tofa": "LPS_tofa"},
    cell_types=["MDM", "PBMC"],
    visits=["V1", "V2"],
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RA01 LPS", Named(donor="RA01", stimulus="LPS")),
        ("RA01_LPS_tofa", Named(donor="RA01", stimulus="LPS_tofa")),
        ("RA1  LPS", Named(donor="RA1", stimulus="LPS")),
        ("LPS/RA01/2", Named(donor="RA01", stimulus="LPS", replicate="2")),
        ("HD-02-unstimulated-rep 3", Named(donor="HD-02", stimulus="none", replicate="3")),
        ("FM 3 none 1", Named(donor="FM 3", stimulus="none", replicate="1")),
        ("LPS1 LPS 1", Named(donor="LPS1", stimulus="LPS", replicate="1")),
        ("RA01 PBMC V2 LPS", Named(donor="RA01", stimulus="LPS", cell_type="PBMC", visit="V2")),
        ("RA01 LPS 1:50", Named(donor="RA01", stimulus="LPS", dilution="50")),
        ("RA01", Named(donor="RA01")),
        ("Std 3", Named("standard", level="3")),
        ("STD3_2", Named("standard", level="3", replicate="2")),
        ("Blank", Named("blank")),
        ("NTC2", Named("ntc", level="2")),
        ("QC low", Named("qc", level="low")),
        ("—", Named("empty")),
    ],
)
def test_declared_words_say_whose_and_what(name: str, said: Named) -> None:
    assert split(name, WORDS) == said


@pytest.mark.parametrize(
    "name",
    [
        "",
        "LPS",
        "RA02 LPS",
        "ra01 LPS",
        "RA01 RA1",
        "RA01 LPS none",
        "RA01 LPS late",
        "RA01LPS",
        "S1",
    ],
)
def test_what_is_not_declared_is_no_part_of_a_name(name: str) -> None:
    assert split(name, WORDS) is None


def test_a_name_of_two_readings_is_asked_about() -> None:
    """Donors named by numbers: 1 LPS 2 is donor 1 or donor 2."""
    assert split("1 LPS 2", words_of(donors=["1", "2"], stimuli=["LPS"])) is None


def test_a_pattern_says_which_part_is_what() -> None:
    numbers = words_of(donors=["1", "2"], stimuli=["LPS", "LPS_tofa"])
    assert split("1 LPS 2", numbers, "{donor} {stimulus} {replicate}") == Named(
        donor="1", stimulus="LPS", replicate="2"
    )
    assert split("2-LPS_tofa", numbers, "{donor}-{stimulus}").stimulus == "LPS_tofa"  # type: ignore[union-attr]
    assert split("3-LPS", numbers, "{donor}-{stimulus}") is None
    assert split("1 LPS 1:20", numbers, "{donor} {stimulus} {dilution}").dilution == "20"  # type: ignore[union-attr]
    assert split("P7_x", Words(), "{donor}_{stimulus}") == Named(donor="P7", stimulus="x")


def test_the_name_that_is_meant_is_offered() -> None:
    assert meant("ra01 Lps 2", WORDS) == "RA01 LPS 2"
    assert meant("xx lps", WORDS) == ""


def test_a_place_that_no_name_has_is_told() -> None:
    assert list(unknown_places("{donr} {stimulus}{x}")) == [("donr", "donor"), ("x", "")]


@given(
    donor=st.sampled_from(["RA01", "HD-02", "FM 3"]),
    stimulus=st.sampled_from(["none", "LPS", "LPS_tofa"]),
    replicate=st.integers(1, 12),
    between=st.sampled_from([" ", "_", "-", " / ", ", "]),
    order=st.permutations([0, 1, 2]),
)
def test_order_and_signs_between_words_do_not_matter(
    donor: str, stimulus: str, replicate: int, between: str, order: list[int]
) -> None:
    parts = [donor, stimulus, str(replicate)]
    name = between.join(parts[at] for at in order)
    assert split(name, WORDS) == Named(donor=donor, stimulus=stimulus, replicate=str(replicate))
