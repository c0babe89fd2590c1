"""Power before the study: facts of small studies by running, what is exact against what is
simulated at every point of a grid, and what it costs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.row import Row
from exvivo.plan.power import Axes, Wishes, power_of
from exvivo.plan.power.exact import student, welch
from exvivo.plan.power.folder import planned_study
from exvivo.plan.power.priors import ONE, donors_needed, exaggeration_of_d
from exvivo.plan.power.refusals import smallest_p
from exvivo.study import Study
from exvivo.tell.planned.records import Figured, Outlook, PowerTable

STUDY = """\
exvivo: 1
title: What a small study can find
groups:
  - {id: FM, name: people with fibromyalgia, n: 14}
  - {id: HC, name: healthy people, n: 10}
cell_types: [{id: iMG, name: induced microglia-like cells}]
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: extracellular ATP}
analytes: [{id: TNF}]
assays: [{id: protein, kind: immunoassay}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF],
     stimulus: ATP, margin: 1}
  - {id: pain, ask: association, method: pearson, within: FM, assays: [protein], analytes: [TNF],
     scales: [VAS], stimulus: ATP}
assumptions:
  spreads: [{response: 0.65, well: 0.2}]
  scores: [{scale: VAS, group: FM, mean: 50, sd: 14, correlation: {TNF: 0.5}}]
plan: {wells: 3}
"""
EFFECT = 0.36
"""The field's difference of TNF, in standard deviations between donors (catalog/priors.yaml)."""
SIZES = (14, 10)
MANY = 400_000
_MOST_APART = 3.0


def rows() -> list[Row]:
    """What was measured."""
    study = _study()
    return [
        *_facts(),
        *_bought(study),
        *_welch_simulated(study),
        *_agreement(study),
        *_without_answer(study),
        *_costs(study),
    ]


def _study() -> Study:
    with TemporaryDirectory() as folder:
        (Path(folder) / "study.yaml").write_text(STUDY, encoding="utf-8")
        return planned_study(folder)


def _near(what: str, value: float, expected: float, within: float, unit: str) -> Row:
    """A figure whose distance from a known one is held to a bar; the figure stands in its name."""
    name = f"{what}: {value:.4g} {unit}".strip()
    return Row(what=name, value=abs(value - expected), unit="off", bar=f"<= {within:g}")


def _facts() -> Iterator[Row]:
    """14 v 10 donors and a difference of 0.36 standard deviations."""
    law = welch(EFFECT, ONE, SIZES, alpha=0.05)
    claims = law.claims()
    by_student = student(EFFECT, ONE, SIZES, alpha=0.05).claims()
    yield _near("power, Student, exact", 100 * by_student.power, 13.2, 0.05, "%")
    yield _near("power, Welch, exact", 100 * claims.power, 12.99, 0.05, "%")
    yield _near("claims too large, log2", claims.exaggeration(EFFECT), 2.8, 0.05, "times")
    d = exaggeration_of_d(EFFECT, SIZES, alpha=0.05)
    yield _near("claims too large, Cohen's d", d, 3.1, 0.05, "times")
    yield _near("claims with the wrong sign", 100 * claims.wrong_sign, 2.0, 0.05, "%")
    yield _near("mean half width", law.half_width, 0.86, 0.005, "SD")
    for effect, expected in ((0.36, 123), (0.15, 699), (0.26, 234), (0.61, 44)):
        needed = donors_needed(effect, alpha=0.05)
        yield _near(f"donors a group, 80 %, d {effect}", needed, expected, 0, "donors")
    for n, smallest in ((3, 0.10), (4, 0.029), (5, 0.0079)):
        yield _near(f"smallest p of ranks, {n} v {n}", smallest_p([n, n]), smallest, 0.0005, "")


def _bought(study: Study) -> Iterator[Row]:
    """What buys most, by Student's test as textbooks have it."""
    table = power_of(study, Wishes(studies=20))
    for change, expected in (("wells", 13.0), ("donors", 21.5)):
        one = next(p for p in table.purchases if (p.change, p.question) == (change, "more"))
        before, after = (100 * (power or 0.0) for power in (one.student_before, one.student_after))
        yield _near(f"twice the {change}: before", before, 12.7, 0.05, "%")
        yield _near(f"twice the {change}: after", after, expected, 0.05, "%")


def _welch_simulated(study: Study) -> Iterator[Row]:
    """The same power of Welch's test by drawing studies and answering them, wells without error."""
    alone = replace(study, questions=study.questions[:1])
    wishes = Wishes(axes=Axes(well_sd="0", plates="1"), studies=MANY, buys=False, anyway=True)
    (one,) = power_of(alone, wishes).outlooks
    supported = one.verdicts["supported"]
    error, value = 100 * (supported.error or 0.0), 100 * supported.value
    yield _near(f"power, Welch, {MANY:,} simulated (± {error:.2g})", value, 12.94, 0.15, "%")


GRIDS = (
    Axes(donors="5v5,14v10,28v20", plates="1", fold="1.2,2", donor_sd="0.5,0.8"),
    Axes(donors="14v10,10v14", plates="1", spread_ratio="0.5,2", fold="1.5"),
    Axes(donors="8v6,20v12", plates="1", dropouts="0.1,0.25", fold="1.8"),
    Axes(donors="14v10,28v20", wells="1,6", well_sd="0.1,0.4", fold="1.5", plates="2"),
)
STUDIES = 16_000


def _agreement(study: Study) -> Iterator[Row]:
    """The largest distance between exact and simulated, in Monte-Carlo errors."""
    tables = [
        power_of(study, Wishes(axes=axes, studies=STUDIES, buys=False, anyway=True))
        for axes in GRIDS
    ]
    for name in ("power", "half width", "false claims", "equivalent at zero"):
        apart = [_apart(each) for table in tables for each in _of(table, name)]
        known = [one for one in apart if one is not None]
        what = f"exact and simulated {name}, {len(known)} points"
        yield Row(what=what, value=max(known), unit="MC errors", bar=f"<= {_MOST_APART:g}")


def _of(table: PowerTable, name: str) -> Iterator[Figured]:
    """One figure of every answer and size."""
    for one in table.outlooks:
        yield _figure(one, name)


def _figure(one: Outlook, name: str) -> Figured:
    match name:
        case "power":
            return one.verdicts["supported"] if one.tests == 1 else one.alone
        case "half width":
            return one.half_width
        case "false claims":
            return one.at_zero["supported"]
        case _:
            return one.at_zero["equivalent"]


def _apart(figure: Figured) -> float | None:
    if figure.exact is None or not figure.error:
        return None
    return abs(figure.value - figure.exact) / figure.error


def _without_answer(study: Study) -> Iterator[Row]:
    """Studies that lose too many donors have no answer; they are no studies without a claim."""
    axes = Axes(donors="5v4", dropouts="0.4", plates="1")
    wishes = Wishes(axes=axes, studies=STUDIES, buys=False, anyway=True)
    (one,) = (o for o in power_of(study, wishes).outlooks if o.question == "more")
    share = one.verdicts["not estimable"]
    yield Row(what="not estimable, 5 v 4, 40 % lost", value=100 * share.value, unit="%")
    apart = _apart(share) or 0.0
    yield Row(what="  from the exact share", value=apart, unit="MC errors", bar="<= 3")


def _costs(study: Study) -> Iterator[Row]:
    """A grid of nine sizes, and the same once more from what was kept."""
    axes = Axes(donors="14v10,28v20,56v40", wells="3,6,12")
    with TemporaryDirectory() as folder:
        wishes = Wishes(axes=axes, studies=2_000)
        for what in ("nine sizes of 2,000 studies, and zero", "the same, from what was kept"):
            begun = time.process_time()
            power_of(study, wishes, folder=Path(folder))
            yield Row(what=what, value=time.process_time() - begun, unit="s CPU")
