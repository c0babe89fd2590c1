"""A study as it is planned: what study.yaml declares, with the donors and layouts that are there
already.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from exvivo import catalog
from exvivo.errors import Mistake, StudyError
from exvivo.plan.power.expected import FEWEST
from exvivo.plan.power.grid import Point
from exvivo.study import Identity, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import declarations, examine


def planned_study(folder: Path | str) -> Study:
    """The study of a folder before there is anything but study.yaml, or after.

    Raises `StudyError` with every mistake of study.yaml; tables that are not right yet are passed
    over.
    """
    study, mistakes = declarations(folder)
    nothing_asked = all(isinstance(question, Identity) for question in study.questions)
    if not mistakes and nothing_asked:
        mistakes = (_no_question(study),)
    if mistakes:
        raise StudyError(mistakes)
    known = examine(folder).study
    return replace(study, root=known.root, donors=known.donors, layout=known.layout)


def _no_question(study: Study) -> Mistake:
    """Nothing is asked whose power can be told."""
    cure = "write the question that the study is done for (docs/questions.md)"
    if study.questions:
        cure = f"of likeness no power is told: plan for {FEWEST} donors or more; else {cure}"
    return Mistake(
        f"{STUDY_FILE}: questions",
        "questions of identity alone" if study.questions else "no question",
        "a question whose power can be told: a difference, an association, ...",
        cure,
    )


def planned_point(study: Study, *, donors_typed: bool = False) -> Point:
    """The size that a study plans: `n` of its groups (else the donors of donors.csv), wells and
    cultures of its plan (else of the field), the most plates that one of its assays has.

    Raises `StudyError` where a group has no number of donors, unless these are typed.
    """
    there = Counter(study.donors["group"]) if "group" in study.donors.columns else Counter()
    counts = {group.id: group.n or there[group.id] for group in study.groups}
    lacking = [group for group, n in counts.items() if not n]
    if lacking and not donors_typed:
        raise StudyError(_no_donors(group, list(counts)) for group in lacking)
    priors = catalog.prior_numbers()
    plates = Counter(plate.assay for plate in study.plates)
    return Point(
        donors=counts,
        wells=study.plan.wells or int(priors["wells"].value),
        cultures=study.plan.cultures or int(priors["cultures"].value),
        plates=max(plates.values(), default=int(priors["plates"].value)),
    )


def _no_donors(group: str, groups: list[str]) -> Mistake:
    example = "v".join("14" for _ in groups)
    return Mistake(
        f"{STUDY_FILE}: groups: {group}",
        "no number of donors",
        "how many donors the group is to have",
        f"write `n: 14` beside the group, or --donors {example}",
    )
