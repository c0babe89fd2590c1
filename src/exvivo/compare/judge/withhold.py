"""Answers that a flag touches, and those that an unsettled contradiction withholds.

Withheld answers keep their place in the correction of their family, so that settling one can only
make another firmer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import polars as pl

from exvivo.compare.estimate import emptied, not_estimable
from exvivo.compare.terms import WITH_STIMULUS
from exvivo.findings import Caveat, Finding, findings_of, rows_of
from exvivo.flagged import Flag
from exvivo.study import Association, Question, Study, groups_of
from exvivo.tables import FINDINGS

Reach = Mapping[str, frozenset[str]]
"""What an answer rests on: ids of the study, by the fields of a `Scope`."""
_OF_QUESTION: Mapping[str, tuple[str, ...]] = {
    "analytes": ("against",),
    "stimuli": ("stimulus", "condition", "blocked"),
    "columns": ("adjust", "exposure"),
}
"""The fields of questions that name what a field of a scope holds."""


def touched(findings: pl.DataFrame, flags: Sequence[Flag], study: Study) -> pl.DataFrame:
    """FINDINGS with the names of the flags that touch each. An answer that a `stop` touches which
    nobody accepted is not estimable, and there is no number beside it.
    """
    reaches, kept = _Reaches(study), []
    for finding in findings_of(findings):
        raised = _raised(flags, reaches.of(finding))
        marked = replace(finding, flags=tuple(flag.name for flag in raised))
        stops = tuple(flag.name for flag in raised if flag.withholds)
        if stops and finding.part == "answer":
            kept.append(_withheld(marked, stops))
        elif not stops:
            kept.append(marked)
    return FINDINGS.frame(rows_of(kept))


def _raised(flags: Sequence[Flag], reach: Reach) -> list[Flag]:
    """The flags that touch what has this reach."""
    return [flag for flag in flags if flag.scope is not None and flag.scope.meets(reach)]


def _withheld(answer: Finding, stops: tuple[str, ...]) -> Finding:
    """The answer without its numbers, and what contradicts it."""
    reason = Caveat("contradiction", {"flags": stops})
    empty = replace(emptied(answer), part="answer", p_adjusted=None, method_facts={}, held=())
    return replace(not_estimable(empty, reason), verdict="not estimable", flags=answer.flags)


class _Reaches:
    """What the findings of a study rest on."""

    def __init__(self, study: Study) -> None:
        self._questions = {question.id: question for question in study.questions}
        self._donors = _donors_by_group(study)
        self._plates: dict[str, set[str]] = {}
        for plate in study.plates:
            self._plates.setdefault(plate.assay, set()).add(plate.id)
        control = study.control_stimulus()
        self._control = frozenset({control} if control else ())

    def of(self, finding: Finding) -> Reach:
        """The ids that a finding rests on: what its question names, with all donors of its groups
        and all plates of its assay, so that nobody who is missing from it is passed over.
        """
        question = self._questions[finding.question]
        named = _named(question)
        terms = {term.removesuffix(WITH_STIMULUS) for term in finding.held}
        return {
            "assays": frozenset({finding.assay}),
            "analytes": frozenset({finding.analyte}) | named["analytes"],
            "plates": frozenset(self._plates.get(finding.assay, ())),
            "donors": self._people(question),
            "stimuli": named["stimuli"] | self._control,
            "scales": frozenset(filter(None, [finding.scale])),
            "columns": named["columns"] | terms,
            "questions": frozenset({finding.question}),
        }

    def _people(self, question: Question) -> frozenset[str]:
        """The donors of the groups a question asks about; everybody where it names none."""
        across = isinstance(question, Association) and question.answer == "across groups"
        groups = set() if across else set(groups_of(question))
        chosen = (donors for g, donors in self._donors.items() if not groups or g in groups)
        return frozenset[str]().union(*chosen)


def _donors_by_group(study: Study) -> dict[str, set[str]]:
    donors: dict[str, set[str]] = {}
    if not study.donors.is_empty():
        for donor, group in study.donors.select("donor", "group").iter_rows():
            donors.setdefault(group, set()).add(donor)
    return donors


def _named(question: Question) -> dict[str, frozenset[str]]:
    """What a question names, by the fields of a scope."""
    record = asdict(question)
    return {field: frozenset(_ids(record, names)) for field, names in _OF_QUESTION.items()}


def _ids(record: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """The ids that stand in some fields of a question, which hold one or several."""
    for name in names:
        value = record.get(name) or ()
        yield from (value,) if isinstance(value, str) else value
