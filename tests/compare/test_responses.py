from __future__ import annotations

import math
from typing import Any

import pytest
from compare_tables import quantities, quantity, study
from hypothesis import given
from hypothesis import strategies as st

from exvivo.compare.responses import responses

E = [{"key": "E:p:TNF", "loading": 0.2}]


def one(*rows: dict[str, Any], estimand: str = "response") -> dict[str, Any]:
    found = responses(quantities(*rows), study=study()).filter(estimand=estimand)
    assert found.height == 1
    return found.row(0, named=True)


def test_a_response_is_the_mean_of_the_stimulated_wells_minus_that_of_the_others() -> None:
    found = one(
        quantity("FM1", "none", 1.0),
        quantity("FM1", "none", 2.0),
        quantity("FM1", "ATP", 4.0),
        quantity("FM1", "ATP", 5.0),
    )
    assert found["value"] == pytest.approx(3.0)
    assert found["sd"] == pytest.approx(0.1 * math.sqrt(4 / 4))
    assert (found["wells"], found["undetected_wells"], found["plates"]) == (4, 0, ["P1"])
    level = one(quantity("FM1", "none", 1.0), quantity("FM1", "none", 2.0), estimand="level")
    assert level["value"] == pytest.approx(1.5)
    assert level["stimulus"] is None


def test_errors_that_a_pair_shares_cancel_and_others_stay() -> None:
    both = one(quantity("FM1", "none", 1.0, shared=E), quantity("FM1", "ATP", 4.0, shared=E))
    assert both["shared"] == []
    stronger = [{"key": "E:p:TNF", "loading": 0.5}]
    found = one(
        quantity("FM1", "none", 1.0, shared=E), quantity("FM1", "ATP", 4.0, shared=stronger)
    )
    assert found["shared"] == [{"key": "E:p:TNF", "loading": pytest.approx(0.3)}]


def test_plates_count_alike_and_pairs_stay_within_their_plate() -> None:
    found = one(
        quantity("FM1", "none", 1.0),
        quantity("FM1", "ATP", 2.0),
        *(quantity("FM1", "none", 10.0, plate="P2") for _ in range(4)),
        quantity("FM1", "ATP", 15.0, plate="P2"),
    )
    assert found["value"] == pytest.approx((1.0 + 5.0) / 2)
    assert found["plates"] == ["P1", "P2"]
    lonely = one(
        quantity("FM1", "none", 1.0),
        quantity("FM1", "ATP", 2.0),
        quantity("FM1", "ATP", 100.0, plate="P2"),
    )
    assert lonely["value"] == pytest.approx(1.0)
    assert lonely["plates"] == ["P1"]


def test_without_a_common_plate_the_means_over_plates_are_subtracted() -> None:
    found = one(quantity("FM1", "none", 1.0), quantity("FM1", "ATP", 4.0, plate="P2"))
    assert found["value"] == pytest.approx(3.0)


def test_undetected_wells_bound_a_response_and_never_become_a_number() -> None:
    low: dict[str, Any] = {"censor": "left", "upper": 0.5}
    right = one(quantity("FM1", "none", **low), quantity("FM1", "ATP", 3.0))
    assert (right["censor"], right["value"], right["lower"], right["upper"]) == (
        "right",
        None,
        2.5,
        None,
    )
    left = one(quantity("FM1", "none", 3.0), quantity("FM1", "ATP", **low))
    assert (left["censor"], left["value"], left["upper"]) == ("left", None, -2.5)
    nothing = one(quantity("FM1", "none", **low), quantity("FM1", "ATP", **low))
    assert (nothing["censor"], nothing["lower"], nothing["upper"]) == (
        "interval",
        -math.inf,
        math.inf,
    )
    assert nothing["undetected_wells"] == 2
    half = one(
        quantity("FM1", "none", 1.0), quantity("FM1", "none", **low), quantity("FM1", "ATP", 3.0)
    )
    assert (half["censor"], half["lower"]) == ("right", pytest.approx(3.0 - (1.0 + 0.5) / 2))


def test_wells_without_a_result_or_a_donor_are_left_out() -> None:
    found = responses(
        quantities(
            quantity("FM1", "none", 1.0),
            quantity("FM1", "ATP", 3.0),
            quantity("FM1", "ATP", None),
            quantity(None, "ATP", 9.0),
        ),
        study=study(),
    )
    assert found["donor"].unique().to_list() == ["FM1"]
    assert found.filter(estimand="response")["wells"].to_list() == [2]


def test_a_study_without_stimulation_has_levels_only() -> None:
    found = responses(
        quantities(quantity("FM1", None, 1.0, cell_type=None)), study=study(stimuli=())
    )
    assert found.select("estimand", "stimulus", "value").rows() == [("level", None, 1.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["none", "ATP"]), st.floats(-20, 20)), min_size=2, max_size=12
    )
)
def test_adding_to_every_well_changes_no_response(wells: list[tuple[str, float]]) -> None:
    if len({stimulus for stimulus, _ in wells}) < 2:
        return
    plain = one(*(quantity("FM1", s, v) for s, v in wells))
    moved = one(*(quantity("FM1", s, v + 7.5) for s, v in wells))
    assert moved["value"] == pytest.approx(plain["value"], abs=1e-9)
    assert moved["sd"] == pytest.approx(plain["sd"])


def test_cultures_count_alike_however_often_their_wells_were_pipetted() -> None:
    """A culture in three wells and one in a single well: each is half of its side."""
    found = one(
        quantity("FM1", "none", 1.0, culture="c1"),
        *(quantity("FM1", "ATP", 4.0, culture="c1") for _ in range(3)),
        quantity("FM1", "ATP", 8.0, culture="c2"),
    )
    assert found["value"] == pytest.approx((4.0 + 8.0) / 2 - 1.0)
    # 0.1 a well: half of a mean of three, half of a single one, and the unstimulated well.
    assert found["sd"] == pytest.approx(0.1 * math.sqrt(1 / 12 + 1 / 4 + 1))
