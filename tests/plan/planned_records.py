"""Records of a plan as the rooms of a plan fill them: for tests of what is shown of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

from scipy.stats import norm

from exvivo.errors import Mistake
from exvivo.findings import Verdict
from exvivo.study import Study
from exvivo.study.load import declarations
from exvivo.tell.planned.records import (
    Assumed,
    Balanced,
    Figured,
    LayoutMaps,
    MappedPlate,
    MappedWell,
    Outlook,
    PowerTable,
    PriorOutlook,
    Protected,
    Purchase,
    Size,
)

STUDY = """\
exvivo: 1
title: INVENTED, before the blood is drawn
groups: [{id: FM, name: people with fibromyalgia, n: 14}, {id: HC, name: healthy people, n: 10}]
cell_types: [{id: iMG, name: induced microglia-like cells}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: ATP, name: extracellular ATP}]
analytes: [{id: TNF, name: TNF}, {id: IL6, name: IL-6}]
assays: [{id: mrna, kind: qpcr, references: [RPLP0]}]
scales: [{id: VAS, name: "pain, visual analogue scale", lowest: 0, highest: 100, higher_is: worse}]
questions:
  - {id: more_tnf, ask: difference, groups: [FM, HC], assays: [mrna], analytes: [TNF], stimulus: ATP}
  - id: others
    ask: difference
    groups: [FM, HC]
    assays: [mrna]
    analytes: [IL6]
    stimulus: ATP
    margin: 1
  - id: symptoms
    ask: association
    within: FM
    assays: [mrna]
    analytes: [TNF]
    scales: [VAS]
    stimulus: ATP
    symptoms: worse
plan: {declared: 2026-01-05}
"""
DONORS = ({"FM": 14, "HC": 10}, {"FM": 28, "HC": 20}, {"FM": 56, "HC": 40})


def planned_study(folder: Path) -> Study:
    """A study of which nothing is there but its declarations."""
    study, mistakes = declarations(folder, {"study.yaml": STUDY.encode()})
    assert study is not None
    assert not [each for each in mistakes if "plates" not in each.where]
    return study


def power_table() -> PowerTable:
    """Three sizes of donors by two numbers of wells, by a normal approximation."""
    sizes = tuple(
        Size(donors=donors, wells=wells, plates=2, is_planned=place == 0)
        for place, (donors, wells) in enumerate(itertools.product(DONORS, (3, 6)))
    )
    outlooks = tuple(each for place in range(len(sizes)) for each in _outlooks(place, sizes))
    return PowerTable(
        sizes=sizes,
        outlooks=outlooks,
        purchases=tuple(_purchases(outlooks)),
        assumed=ASSUMED,
        warnings=(NARROW,),
        priors=(TNF_OF_THE_FIELD,),
        seed=1,
        studies=10_000,
    )


ASSUMED = (
    Assumed(
        what="effect",
        of="FM, TNF, ATP",
        value="1.22-fold",
        source="O'Mahony 2021, circulating TNF: d = 0.36, doi 10.1093/rheumatology/keab146",
        origin="prior",
    ),
    Assumed(what="response", of="all", value="0.8 log2", source="pilot of 2025"),
    Assumed(what="well", of="IL6, mrna", value="0.2 log2", source="", origin="unsourced"),
)
TNF_OF_THE_FIELD = PriorOutlook(
    analyte="TNF",
    smd=0.36,
    lower=0.12,
    upper=0.60,
    source="O'Mahony 2021, doi 10.1093/rheumatology/keab146",
    student=0.132,
    welch=0.129,
    half_width=0.86,
    wrong_sign=0.02,
    exaggeration=2.8,
    needed=123,
)
NARROW = Mistake(
    "question others",
    "a margin of 2.00-fold, and an interval that reaches from 0.49 to 2.02 times the estimate",
    "a margin wider than half of the interval",
    "ask for equivalence within 3-fold, or plan 28 v 20 donors",
)


def _outlooks(place: int, sizes: tuple[Size, ...]) -> Iterator[Outlook]:
    size = sizes[place]
    first, second = size.donors.values()
    error = math.sqrt((0.8**2 + 0.04 / size.wells) * (1 / first + 1 / second))
    for question, analyte, truth, margin in (
        ("more_tnf", "TNF", 0.288, None),
        ("others", "IL6", 0.0, 1.0),
    ):
        half = 2.07 * error
        yield Outlook(
            question=question,
            assay="mrna",
            analyte=analyte,
            scale="",
            size=place,
            unit="log2 fold",
            truth=truth,
            power=_simulated(_supported(truth / error), 0.0008),
            alone=_simulated(_supported(truth / error) + 0.03, 0.0008),
            tests=2 if margin else 1,
            half_width=Figured(half, 0.002),
            wrong_sign=_simulated(0.02 if truth else math.nan),
            exaggeration=Figured(2.8 if truth else math.nan, 0.02),
            verdicts=_verdicts(truth, error, half, margin),
            at_zero=_verdicts(0.0, error, half, margin),
            margin=margin,
            hoped="equivalent" if margin else "supported",
            studies=10_000,
        )
    error = 1 / math.sqrt(first - 3)
    yield Outlook(
        question="symptoms",
        assay="mrna",
        analyte="TNF",
        scale="VAS",
        size=place,
        unit="coefficient",
        truth=0.4,
        power=_simulated(_supported(0.42 / error)),
        half_width=Figured(1.8 * error, 0.003),
        wrong_sign=_simulated(0.004),
        exaggeration=Figured(1.6, 0.01),
        verdicts=_verdicts(0.42, error, 2 * error, None),
        at_zero=_verdicts(0.0, error, 2 * error, None),
        studies=10_000,
        not_estimable={"too few donors": 3} if place == 0 else {},
    )


def _supported(z: float) -> float:
    return float(norm.sf(1.96 - abs(z)) + norm.sf(1.96 + abs(z)) * (z == 0))


def _simulated(share: float, off: float | None = None) -> Figured:
    exact = None if off is None else share + off
    return Figured(share, math.sqrt(max(share * (1 - share), 0) / 10_000), exact)


def _verdicts(
    truth: float, error: float, half: float, margin: float | None
) -> dict[Verdict, Figured]:
    supported = _supported(truth / error)
    inside = margin is not None and margin > half
    equivalent = 0.0
    if inside and margin is not None:
        equivalent = max(2 * float(norm.cdf((margin - half) / error)) - 1, 0.0) * (1 - supported)
    shares: dict[Verdict, float] = {
        "supported": supported,
        "equivalent": equivalent,
        "not resolved": 1 - supported - equivalent,
        "not estimable": 0.0,
    }
    return {verdict: _simulated(share) for verdict, share in shares.items()}


def _purchases(outlooks: tuple[Outlook, ...]) -> Iterator[Purchase]:
    for planned in (each for each in outlooks if each.size == 0):
        same = {each.size: each for each in outlooks if _about(each) == _about(planned)}
        for change, place, donors, samples in (("wells", 1, 0, 144), ("donors", 2, 24, 144)):
            yield Purchase(
                change=change,
                question=planned.question,
                assay=planned.assay,
                analyte=planned.analyte,
                scale=planned.scale,
                before=planned.power,
                after=same[place].power,
                half_width_before=planned.half_width.value,
                half_width_after=same[place].half_width.value,
                donors=donors,
                samples=samples,
            )


def _about(outlook: Outlook) -> tuple[str, str, str, str]:
    return outlook.question, outlook.assay, outlook.analyte, outlook.scale


def layout_maps(rows: int = 8, columns: int = 12) -> LayoutMaps:
    """24 donors, two conditions and three wells each on two plates; standards, blanks, a bridge
    sample, a control and forbidden corners on each.
    """
    donors = [(f"FM{n:02}", "FM") for n in range(1, 15)] + [
        (f"HC{n:02}", "HC") for n in range(1, 11)
    ]
    plates = tuple(_plate(f"P{n + 1}", donors[n::2], rows, columns) for n in range(2))
    return LayoutMaps(
        plates=plates,
        balance=(
            Balanced(plate="P1", what="group", value="FM", before=9, after=7),
            Balanced(plate="P1", what="group", value="HC", before=3, after=5),
            Balanced(plate="P2", what="group", value="FM", before=5, after=7),
            Balanced(plate="P2", what="group", value="HC", before=7, after=5),
        ),
        protected=(
            Protected(about="more_tnf", random=0.0123, laid_out=0.00004, donors=0.11),
            Protected(about="response", random=0.034, laid_out=0.0031, donors=0.64),
        ),
        effects={"edge": 0.2, "row gradient": 0.1, "column gradient": 0.1, "curvature": 0.1},
        pipetting="triplicates",
        seed=7,
        randomisations=1500,
    )


def _plate(plate: str, donors: list[tuple[str, str]], rows: int, columns: int) -> MappedPlate:
    places = [f"{chr(65 + row)}{column + 1}" for row in range(rows) for column in range(columns)]
    forbidden = {"A1", f"A{columns}"}
    free = iter([place for place in places if place not in forbidden])
    wells = [MappedWell(well=each, kind="forbidden") for each in sorted(forbidden)]
    for donor, group in donors:
        for stimulus in ("none", "ATP"):
            wells += [
                MappedWell(
                    well=next(free),
                    kind="sample",
                    donor=donor,
                    group=group,
                    stimulus=stimulus,
                    replicate=replicate,
                )
                for replicate in (1, 2, 3)
            ]
    for number in range(1, 8):
        wells.append(MappedWell(well=next(free), kind="standard", label=str(number)))
    wells.append(MappedWell(well=next(free), kind="blank"))
    wells.append(MappedWell(well=next(free), kind="bridge", label="pool"))
    wells.append(MappedWell(well=next(free), kind="control", label="NTC"))
    return MappedPlate(
        plate=plate,
        rows=rows,
        columns=columns,
        wells=tuple(wells),
        day="1" if plate == "P1" else "2",
        file=f"plates/{plate}.csv",
    )
