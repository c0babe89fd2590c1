"""Layouts: each sample in its wells, each donor on one plate, nothing told by a place, and places
that do less to the answers.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from laid_studies import SHORT, donors, laid, model_study, samples_on

from exvivo.errors import StudyError
from exvivo.plan.layout import PositionEffects, Wishes
from exvivo.plan.layout.allot import allotted
from exvivo.plan.layout.anneal import Search, annealed
from exvivo.plan.layout.confounding import told
from exvivo.plan.layout.fill import random_variance
from exvivo.plan.layout.laid import LaidPlate, PlannedLayout
from exvivo.plan.layout.planned import laid_out
from exvivo.plan.layout.samples import Donor, _donors
from exvivo.plan.layout.wishes import SHAPES
from exvivo.study.positions import PlateShape, Positions, place_of

WAYS = ("triplicates", "column8", "row12", "free")


@pytest.mark.parametrize(
    ("pipetting", "seed"),
    [(way, seed) for way in WAYS for seed in range(45 if way in ("triplicates", "free") else 5)],
)
def test_no_group_stimulus_or_day_is_told_by_a_place(pipetting: str, seed: int) -> None:
    few = Search(steps=10)
    planned = laid(6, 5, pipetting=pipetting, seed=seed, plates=2, days=3, search=few)
    places = planned.places["mrna"]
    by_plate: list[tuple[str, str, int]] = []
    for plate in planned.assays[0].plates:
        wells = list(samples_on(plate))
        assert len({well for well, _ in wells}) == len(wells)
        rows, columns = zip(*(place_of(well) for well, _ in wells), strict=True)
        facts: dict[str, list[str | int]] = {
            "group": [sample.group for _, sample in wells],
            "stimulus": [sample.stimulus for _, sample in wells],
            "day": [places[sample.donor].day for _, sample in wells],
        }
        assert not list(told({"row": rows, "column": columns}, facts))
        by_plate += [(plate.plate.id, s.group, places[s.donor].day) for _, s in wells]
    plates, groups, days = zip(*by_plate, strict=True)
    assert not list(told({"plate": plates, "day": days}, {"group": groups}))
    assert not list(told({"plate": plates}, {"day": days}))


def test_what_is_told_by_a_place_is_seen() -> None:
    rows = {"row": [0, 0, 1, 1]}
    assert list(told(rows, {"group": ["FM", "FM", "HC", "HC"]})) == [("row", "group")]
    assert not list(told(rows, {"group": ["FM", "HC", "FM", "HC"]}))


@pytest.mark.parametrize("pipetting", WAYS)
def test_each_sample_has_its_wells_on_the_plate_of_its_donor(pipetting: str) -> None:
    planned = laid(14, 10, pipetting=pipetting)
    plates = planned.assays[0].plates
    counts = [Counter(sample for _, sample in samples_on(plate)) for plate in plates]
    everything = counts[0] + counts[1]
    assert set(everything.values()) == {3}
    assert len(everything) == 24 * 2
    on = [{sample.donor for sample in count} for count in counts]
    assert not on[0] & on[1]
    groups = [Counter(donor[:2] for donor in plate) for plate in on]
    assert groups == [{"FM": 7, "HC": 5}, {"FM": 7, "HC": 5}]


def test_triplicates_lie_side_by_side() -> None:
    for plate in laid(14, 10).assays[0].plates:
        places: dict[object, list[tuple[int, int]]] = {}
        for well, sample in samples_on(plate):
            places.setdefault(sample, []).append(place_of(well))
        for (row, column), *others in map(sorted, places.values()):
            assert others == [(row, column + 1), (row, column + 2)]


@pytest.mark.parametrize(("pipetting", "across"), [("column8", 0), ("row12", 1)])
def test_a_pipette_with_channels_fills_whole_lines(pipetting: str, across: int) -> None:
    """The samples of one column are together in each column of their replicates."""
    planned = laid(14, 10, pipetting=pipetting)
    for plate in planned.assays[0].plates:
        lines: dict[int, set[tuple[int, object]]] = {}
        for well, sample in samples_on(plate):
            place = place_of(well)
            lines.setdefault(place[1 - across], set()).add((place[across], sample))
        together = Counter(frozenset(inside) for inside in lines.values())
        assert set(together.values()) == {3}


@pytest.mark.parametrize("kind", ["96", "384", "tubes"])
def test_plates_and_tubes_of_every_kind(kind: str) -> None:
    planned = laid(6, 5, plate=kind, pipetting="free", plates=1)
    wells = [well for well, _ in samples_on(planned.assays[0].plates[0])]
    assert len(wells) == 11 * 2 * 3
    assert set(wells) <= set(SHAPES[kind].wells)  # type: ignore[index]


def test_forbidden_wells_stay_empty_and_controls_stand_on_every_plate() -> None:
    wished: dict[str, Any] = {"bridge": True, "controls": {"low": 20.0}, "blanks": 2}
    planned = laid(14, 10, plates=3, wells=2, forbidden=("edge",), **wished)
    for plate in planned.assays[0].plates:
        filled = [well.well for well in plate.wells]
        rows, columns = zip(*map(place_of, filled), strict=True)
        assert min(rows) > 0 and max(rows) < 7 and min(columns) > 0 and max(columns) < 11
        controls = Counter(w.sample.control for w in plate.wells if w.sample)
        assert (controls["bridge"], controls["low"]) == (2, 2)
        assert sum(w.fixed is not None and w.fixed.role == "ntc" for w in plate.wells) == 2


def test_the_same_seed_gives_the_same_map_and_others_are_as_good() -> None:
    first, again, other = (laid(14, 10, seed=seed, pipetting="free") for seed in (1, 1, 2))
    assert first.assays == again.assays
    assert first.assays[0].plates != other.assays[0].plates
    left = [planned.assays[0].variances[0].laid_out for planned in (first, other)]
    assert max(left) < 0.1 * first.assays[0].variances[0].random


def test_places_do_less_to_the_answers_and_to_single_donors() -> None:
    planned = laid(14, 10, pipetting="free", search=Search(steps=300))
    answer, *_, single = planned.assays[0].variances
    assert answer.about == "more_tnf"
    assert answer.random >= 50 * answer.laid_out
    assert single.random >= 5 * single.laid_out


def test_an_answer_varies_by_its_donors_far_more_than_by_places() -> None:
    """The response differs by SD .65 between donors: .65² (1/14 + 1/10)."""
    answer = laid(14, 10).assays[0].variances[0]
    assert answer.donors == pytest.approx(0.65**2 * (1 / 14 + 1 / 10))
    assert (answer.random - answer.laid_out) / (answer.random + answer.donors) < 0.15


def _variance(planned: PlannedLayout, effects: PositionEffects) -> float:
    """The variance of group x stimulus by places, well by well."""
    shape = planned.wishes.shape
    sizes = Counter(donor.group for donor in planned.donors)
    whole = 0.0
    for plate in planned.assays[0].plates:
        wells = [shape.number(well) for well, _ in samples_on(plate)]
        numbers = [number for number in wells if number is not None]
        usable = Positions.of(shape, range(shape.size))
        covariance = effects.covariance(usable)[np.ix_(numbers, numbers)]
        z = [
            (1 if s.stimulus == "ATP" else -1) / 3 * (1 if s.group == "FM" else -1) / sizes[s.group]
            for _, s in samples_on(plate)
        ]
        whole += float(np.array(z) @ covariance @ np.array(z))
    return whole


def test_the_variance_of_an_answer_is_that_of_its_wells() -> None:
    planned = laid(14, 10, pipetting="free")
    expected = _variance(planned, PositionEffects())
    assert planned.assays[0].variances[0].laid_out == pytest.approx(expected, rel=1e-9)


def test_the_mean_over_all_randomisations_is_exact() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(size=(7, 4))
    covariance, z = root @ root.T, rng.normal(size=(7, 1))
    drawn = [z[rng.permutation(7), 0] for _ in range(5_000)]
    simulated = np.array([each @ covariance @ each for each in drawn])
    error = simulated.std() / np.sqrt(len(simulated))
    assert abs(simulated.mean() - random_variance(covariance, z)[0]) < 4 * error


def test_annealing_finds_the_best_of_few_orders() -> None:
    from itertools import permutations

    rng = np.random.default_rng(2)
    root = rng.normal(size=(6, 3))
    covariance, weights = root @ root.T, rng.normal(size=(6, 2))
    weights /= np.sqrt(random_variance(covariance, weights).sum())

    def value(order: tuple[int, ...]) -> float:
        z = weights[list(order)]
        return float((z * (covariance @ z)).sum())

    best = min(map(value, permutations(range(6))))
    order = annealed(covariance, weights, rng=rng, search=Search(steps=400))
    assert value(tuple(order.tolist())) == pytest.approx(best)


def test_effects_are_as_large_as_they_say() -> None:
    """The last row against the first differs by SD 1 where rows have SD 1."""
    none = dict.fromkeys(("edge", "rows", "columns", "curvature", "drift", "channels"), 0.0)
    positions = Positions.of(PlateShape(8, 12), range(96))
    covariance = PositionEffects(**{**none, "rows": 1.0}).covariance(positions)
    z = np.zeros(96)
    z[0], z[95] = -1, 1
    assert z @ covariance @ z == pytest.approx(1.0)
    inside = PositionEffects(**{**none, "edge": 1.0}).covariance(positions)
    z[95], z[13] = 0, 1
    assert z @ inside @ z == pytest.approx(1.0)


def test_a_question_of_a_level_and_of_change_weighs_its_own_samples() -> None:
    from exvivo.plan.layout.contrasts import asked_of
    from exvivo.plan.layout.samples import model_of, samples_of
    from exvivo.study import Change, Difference

    level = Difference(
        id="level", ask="difference", groups=("FM", "HC"), assays=("mrna",), analytes=("TNF",)
    )
    change = Change(
        id="change",
        ask="change",
        within="FM",
        assays=("mrna",),
        analytes=("TNF",),
        stimulus="ATP",
        visits=("1", "2"),
    )
    study = dataclasses.replace(model_study(), questions=(level, change))
    people = donors(2, 2)
    model = model_of(study, people, Wishes(cultures=2))
    samples = [sample for donor in people for sample in samples_of(model, donor)]
    asked = {each.question: each.weights for each in asked_of(model, "mrna", samples).contrasts}
    weighed = dict(zip(samples, asked["change"].tolist(), strict=True))
    for sample, weight in weighed.items():
        sign = (1 if sample.visit == "2" else -1) * (1 if sample.stimulus == "ATP" else -1)
        assert weight == pytest.approx(sign / 4 if sample.group == "FM" else 0.0)
    for sample, weight in zip(samples, asked["level"].tolist(), strict=True):
        counts = sample.stimulus == "none" and sample.visit == "1"
        sign = 1 if sample.group == "FM" else -1
        assert weight == pytest.approx(sign / 4 if counts else 0.0)


def test_columns_of_donors_are_spread_too() -> None:
    people = [
        dataclasses.replace(donor, traits={"sex": "f" if i % 3 else "m"})
        for i, donor in enumerate(donors(12, 12))
    ]
    planned = laid_out(model_study(), people, Wishes(blanks=0, plates=2), search=SHORT)
    places = planned.places["mrna"]
    counts = Counter((places[d.id].plate, d.traits["sex"]) for d in people)
    assert {counts[plate, "m"] for plate in (0, 1)} == {4}


def _mistakes(people: list[Donor], **wished: Any) -> list[str]:
    with pytest.raises(StudyError) as raised:
        wishes = Wishes(**{"blanks": 0, **wished})
        laid_out(model_study(), people, wishes, search=SHORT)
    return [
        f"{mistake.where}: {mistake.found}; {mistake.cure}" for mistake in raised.value.mistakes
    ]


def test_more_wells_than_plates_are_refused_with_what_fits() -> None:
    (mistake,) = _mistakes(donors(14, 10), plates=1)
    assert "144 wells for one plate" in mistake
    assert "--plates 2" in mistake and "--wells 2" in mistake
    laid(14, 10, plates=1, wells=2)


def test_a_donor_that_fits_on_no_plate_is_refused() -> None:
    (mistake,) = _mistakes(donors(3, 3), wells=60)
    assert "--wells 6" in mistake and "--plate 384" in mistake


@pytest.mark.parametrize("what", ["plates", "days"])
def test_groups_that_never_share_a_place_are_refused(what: str) -> None:
    (mistake,) = _mistakes(donors(4, 3), **{what: 7})
    assert f"--{what}: 7 {what}" in mistake and f"--{what} 3" in mistake
    fitting: dict[str, Any] = {what: 3}
    laid(4, 3, **fitting)


def test_more_plates_than_donors_are_refused() -> None:
    (mistake,) = _mistakes(donors(2, 2), plates=5)
    assert "--plates 4" in mistake


def test_what_cannot_be_wished_is_refused_at_once() -> None:
    with pytest.raises(StudyError) as raised:
        Wishes(pipetting="by nose", plate="95", wells=0)  # type: ignore[arg-type]
    assert len(raised.value.mistakes) == 3
    with pytest.raises(StudyError, match="edge -1"):
        PositionEffects(edge=-1)
    with pytest.raises(StudyError, match="Z99"):
        laid(6, 5, forbidden=("Z99",))


def test_a_plate_is_never_short_of_a_well() -> None:
    """Every plate that study.yaml may declare is filled without a well twice, whatever is fixed."""
    plates: list[LaidPlate] = []
    for wells in (1, 2, 4, 5):
        plates += (
            laid(5, 4, wells=wells, blanks=3, amounts={"": (100.0, 10.0, 1.0)}).assays[0].plates
        )
    for plate in plates:
        names = [well.well for well in plate.wells]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["plates", "wells", "cultures", "days", "standards", "blanks"])
def test_a_layout_without_measure_cannot_be_wished(name: str) -> None:
    with pytest.raises(StudyError, match=f"--{name}"):
        dataclasses.replace(Wishes(), **{name: 10**9})  # type: ignore[arg-type]


def test_a_thousand_donors_to_come_have_names() -> None:
    study = model_study()
    groups = tuple(dataclasses.replace(group, n=1_500) for group in study.groups)
    known = pl.DataFrame(schema={"donor": pl.String, "group": pl.String})
    named = list(_donors(dataclasses.replace(study, groups=groups), known, ()))
    assert len({donor.id for donor in named}) == 3_000


@pytest.mark.parametrize(("sizes", "plates", "days"), [((12, 13), 3, 3), ((10, 13), 4, 3)])
def test_days_of_groups_and_of_plates_differ_by_one(
    sizes: tuple[int, int], plates: int, days: int
) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        people = donors(*sizes)
        places = allotted(people, plates=plates, room=9, days=days, rng=rng)
        at = [(p.plate, p.day, d.group) for d in people for p in [places[d.id]]]
        for kinds in (0, 2):
            every = {each[kinds] for each in at}
            for one in every:
                counts = [sum(a[kinds] == one and a[1] == day for a in at) for day in (1, 2, 3)]
                assert max(counts) - min(counts) <= 1
