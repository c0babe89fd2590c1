"""The two sides that an answer holds against one another, with their people: two groups, two
visits, with and without a treatment, two conditions.

A finding of the public mode goes in with the tables of the run; its people are looked up there and
never leave this module but as results without names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from exvivo.errors import Bug
from exvivo.findings import Finding
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Mediation,
    Question,
    Specificity,
    Study,
    Treatment,
)
from exvivo.tell.article.telling import Telling
from exvivo.tell.figures.chart import group_style
from exvivo.tell.figures.donors import (
    Results,
    about,
    answered_visit,
    at_visit,
    is_same,
    of_group,
    responses_of,
    results_of,
)
from exvivo.tell.share.public import Public

_LATER = ("#9aa3ab", "#1f2428")
"""Sides that are no groups: grey and dark."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what it is called, the colour and the shape of its sign, and its results."""

    name: str
    colour: str
    shape: str
    results: Results = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """What an answer asks about, and what that is held against: `asked` is the side to which it
    points where it is higher. Sides `in_time` are read from the earlier one on.
    """

    against: Side
    asked: Side
    in_time: bool = False

    @property
    def read(self) -> tuple[Side, Side]:
        """Both in the order in which they are read."""
        return (self.against, self.asked) if self.in_time else (self.asked, self.against)


LookedUp = dict[tuple[str, str, object], Results]
"""Results that were looked up, by question, condition and what they are about."""


@dataclass(frozen=True)
class Behind:
    """What stands behind the pictures: the study and its tables, with the words of a language.

    Languages that share `looked_up` look the people of an answer up once.
    """

    public: Public
    telling: Telling
    looked_up: LookedUp = field(default_factory=dict)

    def kept(self, finding: Finding, condition: str, look: Callable[[], Results]) -> Results:
        """The results of an answer under a condition, looked up once."""
        key = (finding.question, condition, _subject(finding))
        if key not in self.looked_up:
            self.looked_up[key] = look()
        return self.looked_up[key]

    @property
    def study(self) -> Study:
        """The study."""
        return self.public.study

    def question(self, finding: Finding) -> Question:
        """The question of a finding."""
        return next(each for each in self.study.questions if each.id == finding.question)

    def style(self, group: str) -> tuple[str, str]:
        """Colour and shape of a group."""
        return group_style(self.study, group)

    def beside(self, finding: Finding, code: str) -> Finding | None:
        """The number of an estimand that stands beside an answer."""
        own = (
            shown.finding
            for shown in self.public.tables.of_question(finding.question, "beside")
            if shown.finding.estimand.code == code and _same(shown.finding, finding)
        )
        return next(own, None)

    def whole(self, finding: Finding) -> Finding | None:
        """The answer as the run gave it, with its people."""
        own = (
            shown.finding
            for shown in self.public.tables.of_question(finding.question, "answer")
            if _same(shown.finding, finding)
        )
        return next(own, None)


def _same(one: Finding, other: Finding) -> bool:
    """Whether two findings are about the same thing."""
    return _subject(one) == _subject(other)


def _subject(finding: Finding) -> tuple[object, ...]:
    about_it = (finding.assay, finding.on, finding.analyte, finding.cell_type, finding.stimulus)
    return (*about_it, finding.condition, finding.scale)


def sides_of(finding: Finding, behind: Behind, *, several: bool = False) -> Sides:
    """Both sides of an answer; without results where it holds no people against others. `several`:
    one of several answers in a picture.
    """
    question, tell = behind.question(finding), behind.telling.language.tell
    names = behind.telling.names
    if finding.scale is not None and not isinstance(question, Mediation):
        return _plain(tell("opposite ways"), tell("together"))
    match question:
        case Difference() | Mediation():
            return _groups(question, finding, behind)
        case Change():
            return _visits(question, finding, behind)
        case Effect():
            return _arms(question, finding, behind)
        case Treatment():
            return _exposed(question, finding, behind)
        case Specificity():
            return _plain(_against(question, behind), _asked(question, finding, behind))
        case Identity():
            other = tell("other cells") if several else names.cells(finding.analyte)
            return _plain(other, names.cells(question.like))
        case Association():
            raise Bug(f"{finding.question}: an association without a scale")


def _plain(first: str, second: str) -> Sides:
    return Sides(Side(first, _LATER[0], "diamond"), Side(second, _LATER[1], "circle"))


def _results(question: Question, finding: Finding, behind: Behind) -> Results:
    """The results of the people of an answer."""
    return behind.kept(finding, "", lambda: _looked_up(question, finding, behind))


def _looked_up(question: Question, finding: Finding, behind: Behind) -> Results:
    whole = behind.whole(finding)
    if whole is None or not isinstance(question, Difference | Treatment | Change):
        return ()
    results = responses_of(whole, behind.public.tables.responses, question=question)
    if not isinstance(question, Change):
        results = answered_visit(results, whole)
    return [result for result in results if result.donor in whole.donors]


def _groups(question: Difference | Mediation, finding: Finding, behind: Behind) -> Sides:
    results = _results(question, finding, behind)
    first, second = (
        Side(behind.telling.names.group(group), *behind.style(group), of_group(results, group))
        for group in question.groups[:2]
    )
    return Sides(second, first)


def _visits(question: Change, finding: Finding, behind: Behind) -> Sides:
    results = of_group(_results(question, finding, behind), question.within)
    ends = (question.visits[0], question.visits[-1])
    styles = zip(ends, _LATER, ("diamond", "circle"), strict=True)
    first, last = (
        Side(_visit(visit, behind), colour, shape, at_visit(results, visit))
        for visit, colour, shape in styles
    )
    return Sides(first, last, in_time=True)


def _visit(visit: str, behind: Behind) -> str:
    return behind.telling.language.tell("visit {visit}", visit=behind.telling.visit(visit))


def _arms(question: Effect, finding: Finding, behind: Behind) -> Sides:
    """With the stimulus alone, and with what may block it."""
    names = behind.telling.names
    made = zip((question.stimulus, question.blocked), _LATER, ("diamond", "circle"), strict=True)
    alone, blocked = (
        Side(names.stimulus(stimulus), colour, shape, _arm(question, stimulus, finding, behind))
        for stimulus, colour, shape in made
    )
    return Sides(alone, blocked, in_time=True)


def _arm(question: Effect, stimulus: str, finding: Finding, behind: Behind) -> Results:
    """The results of an arm; levels where the study has no control condition."""
    whole = behind.whole(finding)
    return behind.kept(finding, stimulus, lambda: _looked_up_arm(question, stimulus, whole, behind))


def _looked_up_arm(
    question: Effect, stimulus: str, whole: Finding | None, behind: Behind
) -> Results:
    if whole is None:
        return ()
    for estimand in ("response", "level"):
        within = pl.col("group") == question.within
        asked = (*about(whole, estimand, "amount"), is_same("stimulus", stimulus), within)
        results = answered_visit(results_of(behind.public.tables.responses, *asked), whole)
        if results:
            return [result for result in results if result.donor in whole.donors]
    return ()


def _exposed(question: Treatment, finding: Finding, behind: Behind) -> Sides:
    tell = behind.telling.language.tell
    exposure = behind.telling.names.exposure(question.exposure)
    results = of_group(_results(question, finding, behind), question.within)
    pairs = behind.study.donors.select("donor", question.exposure).iter_rows()
    exposed = {donor for donor, cell in pairs if cell == question.exposed}
    without = [result for result in results if result.donor not in exposed]
    having = [result for result in results if result.donor in exposed]
    return Sides(
        Side(tell("without {exposure}", exposure=exposure), _LATER[0], "diamond", without),
        Side(tell("with {exposure}", exposure=exposure), _LATER[1], "circle", having),
    )


def _asked(question: Specificity, finding: Finding, behind: Behind) -> str:
    names = behind.telling.names
    if question.against_cell_type and finding.cell_type:
        return names.cells(finding.cell_type)
    return names.analyte(finding.analyte)


def _against(question: Specificity, behind: Behind) -> str:
    names = behind.telling.names
    if question.against_cell_type:
        return names.cells(question.against_cell_type)
    return behind.telling.measured([names.analyte(each) for each in question.against])


def rows_named(findings: Sequence[Finding], behind: Behind) -> list[str]:
    """What each of several answers is about, by that in which they differ: the analyte, what was
    read of it, the score, the other cells.
    """
    names = behind.telling.names
    if findings[0].ask == "identity":
        return [names.cells(each.analyte) for each in findings]
    several = len({each.analyte for each in findings}) > 1
    read = len({each.readout for each in findings}) > 1
    scored = len({each.scale for each in findings}) > 1
    return [_named(each, behind, (several, read, scored)) for each in findings]


def _named(finding: Finding, behind: Behind, differ: tuple[bool, bool, bool]) -> str:
    """What an answer is about, where answers `differ` in analyte, readout or score."""
    names, (several, read, scored) = behind.telling.names, differ
    scale = (
        names.scale(finding.scale) if finding.scale and (scored or not (several or read)) else ""
    )
    if several:
        target = behind.telling.targets([finding])
    else:
        target = names.readout(finding.readout) if read else ""
    return " · ".join(filter(None, [target, scale])) or behind.telling.targets([finding])
