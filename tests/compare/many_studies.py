"""A small planned study that asks every kind of question, drawn, and its answers one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Texts
from exvivo.compare import compare, responses
from exvivo.compare.many import ManyStudies
from exvivo.simulate.population import DataModel, Drawn, Tables, data_model, draw
from exvivo.simulate.population.donor_table import donor_names, donor_table
from exvivo.simulate.population.tables import plate_names
from exvivo.study import (
    Analyte,
    Association,
    AssumedEffect,
    AssumedScore,
    AssumedShare,
    AssumedSpread,
    Assumptions,
    CellType,
    Change,
    Difference,
    Effect,
    Group,
    Mediation,
    Plan,
    Question,
    Results,
    Scale,
    Specificity,
    Stimulus,
    Study,
    Treatment,
)

GROUPS: dict[str, Any] = {"groups": ("FM", "HC"), "assays": ("secreted",)}
OF_FM: dict[str, Any] = {"within": "FM", "assays": ("secreted",)}
ANALYTES = ("TNF", "IL6", "IL10")
IN_IMG: dict[str, Any] = {"cell_type": "iMG", "stimulus": "ATP"}

MORE = Difference(id="more", ask="difference", analytes=ANALYTES, margin=0.8, **GROUPS, **IN_IMG)
LEVELS = Difference(
    id="levels", ask="difference", analytes=("TNF", "IL6"), cell_type="iMG", screen=True, **GROUPS
)
UNDER = Difference(
    id="under", ask="difference", analytes=("TNF",), cell_type="iMG", condition="ATP", **GROUPS
)
HELD = Difference(
    id="held",
    ask="difference",
    analytes=("TNF",),
    adjust=("age", "pregabalin"),
    answer="adjusted",
    **GROUPS,
    **IN_IMG,
)
PAIN = Association(
    id="pain", ask="association", analytes=("TNF", "IL6"), scales=("VAS",), **OF_FM, **IN_IMG
)
PAIN_R = replace(PAIN, id="pain_r", method="pearson")
PAIN_HELD = replace(PAIN, id="pain_held", answer="adjusted", adjust=("pregabalin",))
PAIN_ALL = replace(PAIN, id="pain_all", answer="across groups")
ONLY_TNF = Specificity(
    id="only_tnf",
    ask="specificity",
    analytes=("TNF",),
    against=("IL6", "IL10"),
    **GROUPS,
    **IN_IMG,
)
ONLY_IMG = Specificity(
    id="only_img",
    ask="specificity",
    analytes=("TNF",),
    against_cell_type="MDM",
    **GROUPS,
    **IN_IMG,
)
YEAR = Change(
    id="year", ask="change", analytes=("TNF",), visits=("1", "2"), margin=1, **OF_FM, **IN_IMG
)
YEAR_PAIN = replace(YEAR, id="year_pain", scales=("VAS",), margin=None)
BLOCKED = Effect(
    id="blocked",
    ask="effect",
    analytes=("TNF", "IL6"),
    stimulus="ATP",
    blocked="ATP_A",
    cell_type="iMG",
    margin=2.5,
    margin_reason="a reason",
    **OF_FM,
)
TAKES = Treatment(
    id="takes",
    ask="treatment",
    analytes=("TNF",),
    exposure="pregabalin",
    exposed="yes",
    **OF_FM,
    **IN_IMG,
)
THROUGH = Mediation(
    id="through", ask="mediation", analytes=("TNF",), scales=("VAS",), **GROUPS, **IN_IMG
)
EVERY: tuple[Question, ...] = (
    *(MORE, LEVELS, UNDER, HELD, PAIN, PAIN_R, PAIN_HELD, PAIN_ALL, ONLY_TNF, ONLY_IMG),
    *(YEAR, YEAR_PAIN, BLOCKED, TAKES, THROUGH),
)
ASSUMED = Assumptions(
    effects=(
        AssumedEffect(fold=2, group="FM", stimulus="ATP", analytes=("TNF",)),
        AssumedEffect(fold=0.4, stimulus="ATP_A"),
    ),
    spreads=(AssumedSpread(level=0.7, response=0.5, well=0.15, plate=0.4, plate_response=0.2),),
    scores=(AssumedScore(scale="VAS", group="FM", mean=50, sd=15, correlation={"TNF": 0.5}),),
    shares=(AssumedShare(column="pregabalin", value="yes", shares={"FM": 0.5, "HC": 0.3}),),
)


def planned(*questions: Question, donors: Sequence[int] = (12, 10), **changes: Any) -> Study:
    """The planned study."""
    names = ("people with fibromyalgia", "healthy people")
    ids = zip(("FM", "HC"), names, donors, strict=True)
    given: dict[str, Any] = {
        "exvivo": 1,
        "title": "planned",
        "groups": tuple(Group(id=id_, name=name, n=n) for id_, name, n in ids),
        "cell_types": (CellType(id="iMG", name="cells"), CellType(id="MDM", name="others")),
        "stimuli": (
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="ATP"),
            Stimulus(id="ATP_A", name="ATP with its antagonist"),
        ),
        "analytes": tuple(Analyte(id=name) for name in ANALYTES),
        "assays": (Results(id="secreted", kind="results", unit="pg/mL"),),
        "plates": (),
        "scales": (Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),),
        "questions": questions,
        "plan": Plan(permutations=199),
        "assumptions": ASSUMED,
    }
    return Study(**(given | changes))


def drawn_of(study: Study, studies: int, seed: int = 1, **sizes: Any) -> Drawn:
    """Some of its studies."""
    model = data_model(study, **({"wells": 2, "plates": 1} | sizes))
    return draw(model, studies, rng=np.random.default_rng(seed))


def many_of(drawn: Drawn) -> ManyStudies:
    """The same as many studies."""
    model = drawn.model
    donors = donor_table(model, np.zeros((model.n, len(model.exposures)), np.bool_))
    scores = zip(model.scores, np.moveaxis(drawn.scores, 2, 0), strict=True)
    return ManyStudies(
        study=replace(model.study, donors=donors),
        series=model.series,
        donors=tuple(donor_names(model)),
        groups=np.array(model.groups)[model.group],
        means=drawn.means,
        plates=_plates(model),
        present=drawn.present,
        scores={(one.scale, one.visit): given for one, given in scores},
        columns={"pregabalin": np.where(drawn.exposed[..., 0], "yes", "no")},
        cultures=model.cultures,
    )


def _plates(model: DataModel) -> Texts:
    names = {one.assay: np.array(plate_names(model, one.assay)) for one in model.series}
    return np.stack([names[one.assay][model.plate] for one in model.series], axis=1)


def compared(drawn: Drawn, number: int) -> pl.DataFrame:
    """The answers of one of the studies, by `compare`; of several cultures with their wells."""
    tables = Tables.of(drawn.model)
    study, quantities = tables.study(drawn, number), tables.quantities(drawn, number)
    findings = compare(
        responses(quantities, study=study),
        tables.clinic(drawn, number),
        study=study,
        rng=np.random.default_rng(1),
        quantities=quantities if drawn.model.cultures > 1 else None,
        brief=True,
    )
    return findings.filter(part="answer")
