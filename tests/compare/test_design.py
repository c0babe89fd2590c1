"""What the layout makes of an answer: terms, what is held, what matters, who counts for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import LEVELS, MORE, quantities, quantity, study

from exvivo.compare import responses
from exvivo.compare.design import alone_in_design, confounded, held, matters
from exvivo.compare.sample import Sample, Well, sample_of, samples
from exvivo.compare.sides import Sides
from exvivo.compare.terms import Term, joined, summed


def sample(plates: dict[str, list[str]], *, stimulated: dict[str, str] | None = None) -> Sample:
    """The donors of each group on these plates, one unstimulated and one stimulated well each;
    `stimulated` moves the stimulated well of a donor to another plate.
    """
    rows: list[dict[str, Any]] = []
    for group, on in plates.items():
        for i, plate in enumerate(on):
            donor, value = f"{group}{i:02}", float(i)
            other = (stimulated or {}).get(donor, plate)
            rows += [
                quantity(donor, "none", value, plate=plate),
                quantity(donor, "ATP", value + 1, plate=other),
            ]
    of = study(MORE)
    made = responses(quantities(*rows), study=of)
    return sample_of(samples(made), MORE, assay="p", analyte="TNF", study=of)


def term(donors: Sample, name: str) -> Term:
    return next(term for term in donors.terms if term.id == name)


def first_of(donors: Sample) -> Any:
    return (donors.groups == "FM").astype(float)


EVEN = {"FM": ["P1", "P2"] * 4, "HC": ["P1", "P2"] * 3}
UNEVEN = {"FM": ["P1"] * 6 + ["P2"] * 2, "HC": ["P1"] * 2 + ["P2"] * 4}


def test_a_plate_cancels_in_a_response_and_what_it_does_to_stimulated_wells_does_not() -> None:
    donors = sample(UNEVEN)
    assert [t.id for t in donors.terms] == ["plate x stimulus"]
    assert term(donors, "plate x stimulus").weights.sum(axis=1) == pytest.approx(1.0)


def test_a_plate_that_holds_one_condition_does_not_cancel() -> None:
    apart = sample(UNEVEN, stimulated={"FM00": "P2"})
    weights = term(apart, "plate").weights[apart.donors.index("FM00")]
    assert sorted(weights) == [-1.0, 1.0]


def test_what_matters_is_told_by_the_layout_alone() -> None:
    even, uneven = sample(EVEN), sample(UNEVEN)
    assert not matters(even.terms[0], first_of(even))
    assert matters(uneven.terms[0], first_of(uneven))
    for donors in (even, uneven):
        design = held(donors, first_of(donors))
        assert design.terms == ("plate x stimulus",)
        assert design.columns.shape[1] == 1
        assert design.strata is not None and len(set(design.strata.tolist())) == 2


def test_a_plate_for_each_donor_is_part_of_what_differs_between_donors() -> None:
    own = sample({"FM": [f"A{i}" for i in range(6)], "HC": [f"B{i}" for i in range(5)]})
    assert held(own, first_of(own)).nothing


def test_groups_on_plates_of_their_own_are_confounded_and_the_reason_names_the_term() -> None:
    apart = sample({"FM": ["P1"] * 5, "HC": ["P2"] * 5})
    reason = confounded(apart, first_of(apart), held(apart, first_of(apart)))
    assert reason is not None
    assert reason.facts["terms"] == ("plate x stimulus",)


def test_a_donor_alone_on_a_plate_counts_for_nothing_and_is_told() -> None:
    lonely = sample({"FM": ["P1"] * 5 + ["P3"], "HC": ["P1"] * 3 + ["P2"] * 2, "OT": []})
    design = held(lonely, first_of(lonely))
    (caveat,) = alone_in_design(design)
    assert caveat.facts["n"] == 1
    sides = Sides.of(lonely, lonely.groups == "FM")
    moved = replace(lonely, lower=lonely.lower + 9 * (np.array(lonely.donors) == "FM05"))
    again = Sides.of(replace(moved, upper=moved.lower), lonely.groups == "FM")
    estimates = [one.fit(alpha=0.05)[0].slope for one in (sides, again)]
    assert estimates[0] == pytest.approx(estimates[1])


def test_where_the_likelihood_has_no_best_estimate_there_is_none_without_each() -> None:
    """What is held tells the groups: NaN, as of any estimate that cannot be made."""
    small = sample({"FM": ["P1", "P1", "P2"], "HC": ["P1", "P2", "P2"]})
    bounded = replace(small, lower=np.where(np.arange(6) == 0, -np.inf, small.lower))
    sides = Sides.of(bounded, bounded.groups == "FM")
    told = replace(sides, covariates=sides.column[:, None])
    assert np.isnan(told.estimates_without_each()).all()


def test_three_against_three_on_two_plates_are_compared_within_them() -> None:
    small = sample({"FM": ["P1", "P1", "P2"], "HC": ["P1", "P2", "P2"]})
    design = held(small, first_of(small))
    assert design.terms == ("plate x stimulus",)
    fit, _ = Sides.of(small, small.groups == "FM").fit(alpha=0.05)
    assert fit.df <= 3


def test_terms_that_do_not_matter_go_first_where_degrees_of_freedom_are_few() -> None:
    """Batches that matter are held; plates that hold both groups alike are not, as both together
    leave less than half.
    """
    plates = Term("plate", False, ("P1", "P2"), np.eye(2)[[0, 0, 1, 0, 1, 0, 1, 1]])
    batches = Term("batch", False, ("a", "b", "c", "d"), np.eye(4)[[0, 0, 1, 1, 2, 3, 2, 3]])
    donors = replace(sample({"FM": ["P1"] * 4, "HC": ["P1"] * 4}), terms=(plates, batches))
    asked = np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
    assert held(donors, asked).terms == ("batch",)


def test_terms_of_two_results_stand_side_by_side_or_add_up() -> None:
    one = Term("plate", False, ("P1", "P2"), np.eye(2))
    other = Term("plate", False, ("P2", "P3"), np.eye(2))
    assert joined((one, other))[0].weights.shape == (2, 2)
    (added,) = summed((one, other.negated()))
    assert added.levels == ("P1", "P2", "P3")
    assert added.weights.tolist() == [[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]


def test_batches_and_sites_come_from_cultures_and_donors() -> None:
    rows = []
    cultures = []
    for i in range(12):
        donor = f"{'FM' if i < 6 else 'HC'}{i:02}"
        rows.append(quantity(donor, "none", float(i), culture=f"c{i}"))
        cultures.append({"culture": f"c{i}", "batch": f"b{i % 3}"})
    of = study(
        LEVELS,
        cultures=pl.DataFrame(cultures),
        donors=pl.DataFrame(
            {"donor": [row["donor"] for row in rows], "site": ["Kyoto", "Osaka"] * 6}
        ),
    )
    made = responses(quantities(*rows), study=of)
    donors = sample_of(samples(made), LEVELS, assay="p", analyte="TNF", study=of)
    assert held(donors, first_of(donors)).terms == ("batch", "site")


def test_a_side_needs_three_donors_with_a_detected_well_in_every_condition() -> None:
    """Two wells of a donor are one donor, and a value in one condition alone is none."""
    seen, below = Well(side=1.0, value=1.0, sd=0.1), Well(side=1.0, upper=0.0)
    before, hidden = replace(seen, side=-1.0), replace(below, side=-1.0)
    donors = sample({"FM": ["P1"] * 3, "HC": ["P1"] * 3})

    def few(*first: tuple[Well, ...]) -> tuple[int, int] | None:
        wells = (*first, *[(seen, before)] * 3)
        return Sides.of(replace(donors, wells=wells), donors.groups == "FM").few_seen

    both = (seen, before)
    assert few(both, both, both) is None
    assert few(both, both, (seen, seen, hidden)) == (2, 3)
    assert few(both, (below, before), (below, before)) == (1, 3)
