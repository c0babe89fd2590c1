"""Random studies for summaries: who, which cells, what was added, measured and asked, and nothing
of what was found.

They share no line with the product's simulator. Names are those that studies use, so that gaps meet
long and short ones, symbols with signs, and groups whose names the study gives in some languages or
in none. Everything is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import polars as pl
from numpy.random import Generator

from exvivo.study import (
    Analyte,
    Association,
    CellType,
    Change,
    Difference,
    Effect,
    Group,
    Identity,
    Mediation,
    Question,
    Specificity,
    Stimulus,
    Study,
    Treatment,
)
from exvivo.study.clinic_records import Characteristic, Scale
from exvivo.study.question_records import Ask
from exvivo.study.records import Qpcr, Results
from exvivo.study.summary_records import LANGUAGES, PlainWord, Summary

GROUPS = (
    ("FM", "people with fibromyalgia"),
    ("HC", "healthy people"),
    ("MG", "myasthenia gravis"),
    ("pat", "patients"),
    ("C1", "controls"),
    ("LD", "long COVID, 6 months or more"),
)
CELLS = (
    ("iMG", "induced microglia-like cells"),
    ("MDM", "monocyte-derived macrophages"),
    ("mono", "monocytes"),
    ("PBMC", "peripheral blood mononuclear cells"),
)
STIMULI = (("ATP", "extracellular ATP"), ("LPS", "LPS"), ("polyIC", "poly(I:C)"))
ANALYTES = ("TNF", "IL6", "IL10", "CXCL8", "IL1B", "IFNG", "CCL2", "TGFB1", "CRP")
SCALES = (
    ("VAS", "pain, visual analogue scale", 0.0, 100.0, "worse"),
    ("HADS_D", "HADS depression", 0.0, 21.0, "worse"),
    ("PHQ9", "PHQ-9", 0.0, 27.0, "worse"),
    ("walk", "metres walked in six minutes", 0.0, 900.0, "better"),
)
ASSAYS = (
    Results(id="secreted", kind="results", readout="protein"),
    Qpcr(id="rna", kind="qpcr", references=("ACTB",)),
)
CLASSES = ("microglia", "monocyte", "fibroblast")
ASKS: tuple[Ask, ...] = (
    "difference",
    "association",
    "specificity",
    "change",
    "effect",
    "treatment",
    "mediation",
    "identity",
)
EXPOSURE, EXPOSED = "pregabalin", "yes"
T = TypeVar("T")
VISITS = (("1", "2"), ("month0", "month12"), ("2025-03-01", "2026-03-08"))


def a_study(rng: Generator) -> Study:
    """A study with one to eight questions; its donors have groups, ages and an exposure."""
    number = int(rng.choice([1, 2, 3], p=[0.15, 0.6, 0.25]))
    groups = _some(rng, GROUPS, number, number)
    analytes = _some(rng, ANALYTES, 1, 6)
    blank = Study(
        exvivo=1,
        title="An invented study",
        simulated=bool(rng.random() < 0.5),
        groups=tuple(Group(id=name, name=words) for name, words in groups),
        cell_types=tuple(CellType(id=a, name=b) for a, b in _some(rng, CELLS, 2, 3)),
        stimuli=_stimuli(rng),
        analytes=tuple(Analyte(id=name) for name in analytes),
        assays=ASSAYS,
        scales=tuple(_scale(*each) for each in _some(rng, SCALES, 2, 4)),
        characteristics=(Characteristic(id=EXPOSURE, kind="yes or no"),),
        summary=_summary(rng, [name for name, _ in groups]),
        donors=_donors(rng, [name for name, _ in groups]),
    )
    return Study(**{**_fields(blank), "questions": tuple(_questions(rng, blank))})


def _fields(study: Study) -> dict[str, Any]:
    return {name: getattr(study, name) for name in study.__dataclass_fields__}


def _some(rng: Generator, of: Sequence[T], fewest: int, most: int) -> tuple[T, ...]:
    """Some of them in any order."""
    n = int(rng.integers(fewest, min(most, len(of)) + 1))
    return tuple(of[i] for i in rng.permutation(len(of))[:n])


def _one(rng: Generator, of: Sequence[T]) -> T:
    return of[int(rng.integers(len(of)))]


def _stimuli(rng: Generator) -> tuple[Stimulus, ...]:
    control = Stimulus(id="none", name="unstimulated", control=True)
    given = [Stimulus(id=name, name=words) for name, words in _some(rng, STIMULI, 1, 3)]
    blocked = Stimulus(id=f"{given[0].id}_A438079", name=f"{given[0].name} with A-438079")
    return (control, *given, blocked)


def _scale(name: str, words: str, lowest: float, highest: float, higher_is: Any) -> Scale:
    return Scale(id=name, name=words, lowest=lowest, highest=highest, higher_is=higher_is)


def _summary(rng: Generator, groups: Sequence[str]) -> Summary:
    """What a study states of itself: nothing, or something in some languages."""
    if rng.random() < 0.4:
        return Summary()
    told = {code: f"Invented ({code})." for code in _some(rng, LANGUAGES, 1, 5)}
    return Summary(
        why=told,
        contact=told if rng.random() < 0.5 else {},
        pictures="people" if rng.random() < 0.3 else "bands",
        words=tuple(_word(rng, group) for group in groups if rng.random() < 0.6),
    )


def _word(rng: Generator, group: str) -> PlainWord:
    return PlainWord(id=group, name={c: f"{group}-{c}" for c in _some(rng, LANGUAGES, 1, 5)})


def _donors(rng: Generator, groups: Sequence[str]) -> pl.DataFrame:
    """5 to 40 people a group; now and then fewer, of whom nothing may be told."""
    rows: list[dict[str, str]] = []
    for group in groups:
        n = int(rng.integers(1, 5) if rng.random() < 0.08 else rng.integers(5, 41))
        rows += [_donor(rng, f"{group}{i:03d}", group) for i in range(n)]
    return pl.DataFrame(rows)


def _donor(rng: Generator, name: str, group: str) -> dict[str, str]:
    return {
        "donor": name,
        "group": group,
        "age": str(int(rng.integers(18, 85))),
        "sex": _one(rng, ("f", "m")),
        EXPOSURE: _one(rng, (EXPOSED, "no")),
    }


def _questions(rng: Generator, study: Study) -> Iterator[Question]:
    """Questions of random kinds; those of two groups only where there are two."""
    for number in range(int(rng.integers(1, 9))):
        ask = _one(rng, ASKS)
        if len(study.groups) < 2 and ask in ("difference", "specificity", "mediation"):
            ask = "association"
        yield _MADE[ask](rng, study, f"q{number}")


def _common(rng: Generator, study: Study, name: str, ask: Ask) -> dict[str, Any]:
    analytes = [each.id for each in study.analytes]
    return {
        "id": name,
        "ask": ask,
        "assays": _some(rng, ("secreted", "rna"), 1, 2),
        "analytes": _some(rng, analytes, 1, len(analytes)),
        "cell_type": _one(rng, study.cell_types).id,
        "stimulus": _one(rng, (study.stimuli[1].id, "")),
    }


def _pair(rng: Generator, study: Study) -> tuple[str, ...]:
    return _some(rng, [group.id for group in study.groups], 2, 2)


def _within(rng: Generator, study: Study) -> str:
    return _one(rng, study.groups).id


def _scales(rng: Generator, study: Study) -> tuple[str, ...]:
    return _some(rng, [scale.id for scale in study.scales], 1, 3)


def _margin(rng: Generator) -> float:
    return float(_one(rng, (0.32, 0.58, 1.0)))


def _difference(rng: Generator, study: Study, name: str) -> Question:
    margin = _margin(rng) if rng.random() < 0.5 else None
    control = bool(rng.random() < 0.1)
    common = _common(rng, study, name, "difference")
    groups = _pair(rng, study)
    return Difference(groups=groups, margin=margin, negative_control=control, **common)


def _association(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "association")
    return Association(within=_within(rng, study), scales=_scales(rng, study), **common)


def _specificity(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "specificity")
    others = [each.id for each in study.analytes if each.id not in common["analytes"][:1]]
    common["analytes"] = common["analytes"][:1]
    groups = _pair(rng, study)
    if others and rng.random() < 0.5:
        return Specificity(groups=groups, against=_some(rng, others, 1, 2), **common)
    cells = next(each.id for each in study.cell_types if each.id != common["cell_type"])
    return Specificity(groups=groups, against_cell_type=cells, **common)


def _change(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "change")
    scales = _scales(rng, study) if rng.random() < 0.4 else ()
    margin = None if scales or rng.random() < 0.5 else _margin(rng)
    visits = _one(rng, VISITS)
    within = _within(rng, study)
    return Change(within=within, visits=visits, scales=scales, margin=margin, **common)


def _effect(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "effect") | {"stimulus": study.stimuli[1].id}
    margin = _margin(rng) if rng.random() < 0.5 else None
    within = _within(rng, study)
    return Effect(within=within, blocked=study.stimuli[-1].id, margin=margin, **common)


def _treatment(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "treatment")
    return Treatment(within=_within(rng, study), exposure=EXPOSURE, exposed=EXPOSED, **common)


def _mediation(rng: Generator, study: Study, name: str) -> Question:
    common = _common(rng, study, name, "mediation")
    return Mediation(groups=_pair(rng, study), scales=_scales(rng, study), **common)


def _identity(rng: Generator, study: Study, name: str) -> Question:
    return Identity(
        id=name,
        ask="identity",
        cell_type=_one(rng, study.cell_types).id,
        like=_one(rng, CLASSES),
        profiles="p.csv",
        references="r.csv",
        scale="log2",
    )


_MADE: Mapping[Ask, Callable[[Generator, Study, str], Question]] = {
    "difference": _difference,
    "association": _association,
    "specificity": _specificity,
    "change": _change,
    "effect": _effect,
    "treatment": _treatment,
    "mediation": _mediation,
    "identity": _identity,
}
