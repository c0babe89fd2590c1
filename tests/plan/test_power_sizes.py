"""Grids of sizes as people type them, and sizes that no study should have."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from exvivo.errors import Mistake, StudyError
from exvivo.plan.power.folder import planned_point, planned_study
from exvivo.plan.power.grid import Axes, Point, points_of
from exvivo.plan.power.models import model_of, wells_of
from exvivo.plan.power.planned import Wishes, answerable, simulated
from exvivo.plan.power.refusals import cautions, refusals, smallest_p
from exvivo.plan.power.simulation import parts_of
from exvivo.simulate.population import data_model
from exvivo.study import Assumptions, Difference, Plate, Specificity, Study
from exvivo.study.assumptions import AssumedEffect, AssumedLevel

STUDY = """\
exvivo: 1
title: Planned
groups:
  - {id: FM, name: people with fibromyalgia, n: 14}
  - {id: HC, name: healthy people, n: 10}
cell_types: [{id: iMG, name: induced microglia-like cells}]
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: extracellular ATP}
analytes: [{id: TNF}, {id: IL6}, {id: CXCL8}, {id: IL10}, {id: IL1B}]
assays: [{id: protein, kind: immunoassay}]
scales: [{id: VAS, lowest: 0, highest: 100, higher_is: worse, name: pain}]
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF],
     stimulus: ATP}
plan: {wells: 3}
"""
PLANNED = Point(donors={"FM": 14, "HC": 10}, wells=3)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A folder with nothing but study.yaml."""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return planned_study(folder)


def asking(study: Study, **fields: object) -> Study:
    """The study with its question changed."""
    (question,) = study.questions
    assert isinstance(question, Difference)
    return replace(study, questions=(replace(question, **fields),))  # type: ignore[arg-type]


def refused(
    study: Study, donors: tuple[int, int], *, ranks: bool = False, **sizes: int
) -> list[Mistake]:
    point = replace(PLANNED, donors=dict(zip(("FM", "HC"), donors, strict=True)), **sizes)
    return refusals(
        study, model_of(study, point), point, ranks=ranks, plates_given="plates" in sizes
    )


def test_what_is_planned_is_looked_at_where_nothing_is_typed(study: Study) -> None:
    assert points_of(study, planned_point(study), Axes()) == (PLANNED,)


def test_a_grid_has_every_combination(study: Study) -> None:
    axes = Axes(donors="14v10, 28 v 20", wells="3,6,3", fold="1.5", dropouts="0,0.1")
    points = points_of(study, PLANNED, axes)
    assert len(points) == 8 and points[0].donors == {"FM": 14, "HC": 10}
    assert {(p.wells, p.fold, p.dropouts) for p in points} == {
        (w, 1.5, d) for w in (3, 6) for d in (0.0, 0.1)
    }


def test_every_slip_of_the_axes_comes_at_once(study: Study) -> None:
    axes = Axes(donors="14,9v-1", wells="0", fold="-2,x", dropouts="1", spread_ratio="0")
    with pytest.raises(StudyError) as caught:
        points_of(study, PLANNED, axes)
    places = [mistake.where for mistake in caught.value.mistakes]
    assert places == [
        *("--donors", "--donors", "--wells", "--fold", "--fold", "--dropouts", "--spread-ratio"),
    ]
    assert "FM v HC" in caught.value.mistakes[0].expected
    with pytest.raises(StudyError) as caught:
        points_of(study, PLANNED, Axes(wells=",".join(map(str, range(1, 97))), plates="1,2,3,4,5"))
    assert "480 sizes" in caught.value.mistakes[0].found


def test_the_smallest_p_values_of_ranks() -> None:
    assert smallest_p([3, 3]) == pytest.approx(0.10)
    assert smallest_p([4, 4]) == pytest.approx(0.0286, abs=1e-4)
    assert smallest_p([5, 5]) == pytest.approx(0.0079, abs=1e-4)
    assert smallest_p([4]) == pytest.approx(2 / 24)


def test_three_against_three_is_refused_by_ranks(study: Study) -> None:
    (one,) = refused(study, (3, 3), ranks=True)
    assert "0.10" in one.found and one.cure.startswith("--donors 4v4 (")
    assert "asked for by --ranks" in one.found
    assert not refused(study, (4, 4), ranks=True)
    assert not refused(study, (3, 3))
    point = replace(PLANNED, donors={"FM": 3, "HC": 3})
    assert cautions(study, model_of(study, point), point, ranks=False, plates_given=False)[:1]


def test_five_tests_need_five_against_five(study: Study) -> None:
    five = asking(study, analytes=("TNF", "IL6", "CXCL8", "IL10", "IL1B"))
    (one,) = refused(five, (4, 4), ranks=True)
    assert (
        "0.029" in one.found and "5 tests" in one.expected and one.cure.startswith("--donors 5v5 (")
    )
    assert not refused(five, (5, 5), ranks=True)


def test_a_margin_that_the_interval_will_not_fit_into(study: Study) -> None:
    """14 v 10 reach 0.575 to either side; 18 v 13 donors stay inside 0.5."""
    narrow = asking(study, margin=0.5)
    (one,) = refused(narrow, (14, 10))
    assert "can never be said" in one.found and "0.58" in one.found
    assert one.cure == (
        "--donors 18v13 (in study.yaml: `n: 18` beside FM, `n: 13` beside HC), or a margin above 0.58"
    )
    assert not refused(narrow, (18, 13))
    assert not refused(asking(study, margin=0.6), (14, 10))


def test_fewer_donors_than_anything_is_estimated_from(study: Study) -> None:
    (one,) = refused(study, (2, 9))
    assert one.where == "donors: FM" and one.cure.startswith("--donors 3v9 (")


def test_wells_that_do_not_fit_on_the_plates(study: Study) -> None:
    """24 donors x 2 conditions x 3 wells are 144."""
    assert wells_of(model_of(study, PLANNED)) == 144
    (one,) = refused(study, (14, 10), plates=1)
    assert "144 wells on 1 plate of 96" in one.found and one.cure == "--plates 2"
    assert not refused(study, (14, 10), plates=2)
    (many,) = refused(study, (14, 4), plates=5)
    assert many.cure == "--plates 4"


def test_groups_that_lie_on_plates_of_their_own(study: Study) -> None:
    donors = pl.DataFrame({"donor": ["a", "b", "c", "d"], "group": ["FM", "FM", "HC", "HC"]})
    plates = tuple(Plate(id=name, assay="protein") for name in ("P1", "P2"))

    def laid(places: str) -> Study:
        layout = pl.DataFrame({"plate": [f"P{n}" for n in places], "donor": donors["donor"]})
        return replace(study, donors=donors, layout=layout, plates=plates)

    (one,) = refused(laid("1122"), (14, 10))
    assert "cannot be told from the group" in one.found and "exchange a and c" in one.cure
    assert not refused(laid("1212"), (14, 10))


def test_a_refused_size_of_a_grid_is_left_out_and_named(study: Study) -> None:
    """Of three sizes one is too small for its margin; alone it is refused, with --anyway not."""
    narrow = asking(study, margin=0.6)
    grid = Wishes(axes=Axes(donors="6v6,14v10"), studies=1, buys=False)
    plan = simulated(narrow, grid)
    assert [point.donors["FM"] for point in plan.sizes] == [14]
    assert any("can never be said" in one.found for one in plan.warnings)
    alone = replace(grid, axes=Axes(donors="6v6"))
    with pytest.raises(StudyError):
        simulated(narrow, alone)
    assert simulated(narrow, replace(alone, anyway=True)).sizes[0].donors["FM"] == 6


def test_a_plan_may_be_smaller_than_its_pilot(study: Study) -> None:
    """40 donors that are there already do not stand in for the 10 that are asked about."""
    pilot = pl.DataFrame({"donor": [f"d{i}" for i in range(40)], "group": ["FM", "HC"] * 20})
    axes = Axes(donors="5v5")
    (point,) = points_of(study, planned_point(replace(study, donors=pilot)), axes)
    assert model_of(replace(study, donors=pilot), point).n == 10


def test_groups_without_a_number_of_donors_are_asked_for(study: Study, tmp_path: Path) -> None:
    open_ = replace(study, groups=tuple(replace(group, n=None) for group in study.groups))
    with pytest.raises(StudyError) as caught:
        planned_point(open_)
    assert [m.where for m in caught.value.mistakes] == [
        f"study.yaml: groups: {name}" for name in ("FM", "HC")
    ]
    assert planned_point(open_, donors_typed=True).wells == 3
    (tmp_path / "study.yaml").write_text(STUDY.split("questions:")[0], encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        planned_study(tmp_path)
    assert "no question" in caught.value.mistakes[0].found


def test_a_grid_is_counted_before_it_is_made(study: Study) -> None:
    every = {"wells": 96, "cultures": 24, "plates": 200}
    typed = {name: ",".join(str(n + 1) for n in range(most)) for name, most in every.items()}
    typed["fold"] = ",".join(str(1 + n / 10_000) for n in range(10_000))
    begun = time.perf_counter()
    with pytest.raises(StudyError) as error:
        points_of(study, planned_point(study), Axes(**typed, donors="9" * 5000 + "v10"))
    assert time.perf_counter() - begun < 1
    assert [each.where for each in error.value.mistakes] == ["--donors", "the grid"]
    assert error.value.mistakes[1].found == "4,608,000,000 sizes of a study"


def test_a_plan_without_measure_has_no_model(study: Study) -> None:
    with pytest.raises(StudyError) as error:
        data_model(study, wells=10**9, plates=10**9)
    assert [each.where for each in error.value.mistakes] == ["--wells", "--plates"]
    with pytest.raises(StudyError, match="up to 5,000"):
        data_model(study, donors={"FM": 10**9, "HC": 10})


def test_all_that_is_too_small_has_one_cure_that_is_enough(study: Study) -> None:
    """And of sizes that estimate nothing no width is told."""
    five = asking(study, analytes=("TNF", "IL6", "CXCL8", "IL10", "IL1B"), margin=0.6)
    slips = refused(five, (2, 2), ranks=True)
    assert len(slips) == 3 and len({slip.cure.split(",")[0] for slip in slips}) == 1
    assert not any("margin" in slip.where for slip in slips)
    donors = slips[0].cure.split()[1].split("v")
    assert not refused(five, (int(donors[0]), int(donors[1])), ranks=True)


def test_rows_that_stand_in_for_a_plan_are_named(study: Study) -> None:
    pilot = pl.DataFrame({"donor": list("abcd"), "group": ["FM", "FM", "HC", "HC"]})
    groups = tuple(replace(group, n=None) for group in study.groups)
    slips = refused(replace(study, donors=pilot, groups=groups), (2, 2))
    assert all("rows of donors.csv" in slip.found and "`n: 3`" in slip.cure for slip in slips)
    assert "donors.csv" not in refused(replace(study, donors=pilot), (2, 2))[0].found


def test_a_plan_may_need_more_plates_than_its_pilot_has(study: Study) -> None:
    """Unless their number was typed it takes them, and says so."""
    declared = replace(study, plates=(Plate(id="P1", assay="protein"),))
    plan = simulated(declared, Wishes(studies=1, buys=False))
    assert plan.sizes[0].plates == 2
    (one,) = plan.warnings
    assert one.found == "1 plate in study.yaml, and 2 in this plan"
    with pytest.raises(StudyError):
        simulated(declared, Wishes(axes=Axes(plates="1"), studies=1, buys=False))


def test_a_fold_that_may_be_per_cent_is_asked_about(study: Study) -> None:
    def told(**line: object) -> list[Mistake]:
        effects = (AssumedEffect(**line),)  # type: ignore[arg-type]
        own = replace(study, assumptions=Assumptions(effects=effects))
        return cautions(own, model_of(own, PLANNED), PLANNED, ranks=False, plates_given=True)

    (one,) = told(fold=150.0, group="FM", stimulus="ATP")
    assert one.cure == "if 150 % was meant, write 1.5"
    assert not told(fold=150.0, stimulus="ATP") and not told(fold=1.5, group="FM")


def test_a_question_of_which_a_typed_fold_is_not_true_is_named(study: Study) -> None:
    """Held against an analyte that has the fold as well, nothing is left of it."""
    (question,) = study.questions
    assert isinstance(question, Difference)
    both = replace(question, analytes=("TNF", "IL6"))
    specific = Specificity(
        id="specific",
        ask="specificity",
        groups=question.groups,
        assays=question.assays,
        analytes=("TNF",),
        against=("IL6",),
        stimulus=question.stimulus,
    )
    own = replace(study, questions=(both, specific))
    point = replace(PLANNED, fold=1.5)
    slips = cautions(own, model_of(own, point), point, ranks=False, plates_given=True)
    (slip,) = [slip for slip in slips if "--fold" in slip.found]
    assert slip.where == "questions: specific: TNF" and slip.found.startswith("1.00-fold")
    alone = replace(study, questions=(both,))
    named = cautions(alone, model_of(alone, point), point, ranks=False, plates_given=True)
    assert not [slip for slip in named if "--fold" in slip.found]


def test_studies_that_are_answered_one_by_one_are_fewer_and_it_is_said(study: Study) -> None:
    """Before it begins, and nothing is bought unless somebody asks for so many studies."""

    class Begun(Exception):
        pass

    told: list[Mistake] = []

    def notice(known: Mistake) -> None:
        told.append(known)
        raise Begun

    levels = (AssumedLevel(analytes=("TNF",), amount=8.0, lower=3.0),)
    limited = replace(study, assumptions=Assumptions(levels=levels))
    with pytest.raises(Begun):
        simulated(limited, Wishes(), notice=notice)
    assert told[0].where == "assumptions: levels: TNF" and "100 of each size" in told[0].found
    assert len(list(parts_of(limited, [PLANNED], studies=100))) == 20
    assert simulated(study, Wishes(buys=False), notice=notice).studies == 2_000


def test_a_grid_begins_with_what_is_planned(study: Study) -> None:
    """Or with what is likest to it, whatever the order in which sizes were typed."""
    axes = Axes(donors="20v20,14v10", wells="1,3", fold="2,1.5")
    first, second, third, *_ = answerable(study, Wishes(axes=axes)).sizes
    assert [(p.donors["FM"], p.wells) for p in (first, second, third)] == [
        (14, 3),
        (14, 3),
        (14, 1),
    ]
