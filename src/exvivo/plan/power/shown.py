"""A simulated plan as the records that pages, terminals and tables show."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from exvivo.catalog.priors import ASSUMED
from exvivo.findings import Verdict
from exvivo.plan.power import figures
from exvivo.plan.power.buys import Bought, student_power
from exvivo.plan.power.exact import Claims
from exvivo.plan.power.expected import claims_of
from exvivo.plan.power.figures import Figure
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import model_of, wells_of
from exvivo.plan.power.planned import Simulated
from exvivo.plan.power.priors import prior_outlooks, two_groups
from exvivo.plan.power.refusals import tests_of
from exvivo.simulate.population.model import DataModel, Source
from exvivo.study import Association, Question, Study
from exvivo.study.question_records import margin_of
from exvivo.tell.planned.records import (
    NOTHING,
    Assumed,
    Figured,
    Outlook,
    PowerTable,
    PriorOutlook,
    Purchase,
    Size,
)
from exvivo.words import number

Row = Mapping[str, Any]
Key = tuple[Any, ...]
PLATES = "plates of study.yaml"
AS_NEEDED = "as many as the wells need"
"""Where the number of plates is from, if nobody states it."""
FEWEST_CLAIMS = 20
"""Simulated claims below which nothing is said of what is wrong with claims."""
_SMALLEST = 1e-9
"""A truth that is smaller is none: what is left of it is rounding."""


@dataclass(frozen=True)
class Answer:
    """One answer at one size: its tally, its question, and what its studies were drawn from."""

    row: Row
    question: Question
    model: DataModel

    @property
    def truth(self) -> float:
        """What is true."""
        truth = float(self.row["truth"])
        return 0.0 if abs(truth) < _SMALLEST else truth

    @cached_property
    def tests(self) -> int:
        """The tests of its family."""
        return tests_of(self.question, self.model.study)

    @property
    def hoped(self) -> Verdict:
        """What the question is asked for: equivalence where it has a margin and nothing is true."""
        nothing = margin_of(self.question) is not None and not self.truth
        return "equivalent" if nothing else "supported"

    @cached_property
    def exact(self) -> Claims | None:
        """What is exact of it by itself, without the correction over its family."""
        names = (self.row["assay"], self.row["analyte"], self.row["scale"])
        return claims_of(self.model, self.question, *names, self.truth)

    @property
    def whole(self) -> Claims | None:
        """What is exact of it as it is answered: where it is alone in its family."""
        return self.exact if self.tests == 1 else None

    def chance(self) -> Figured:
        """The chance of what is hoped for, of answered studies."""
        if self.hoped == "supported":
            return _figured(figures.power(self.row), self.whole and self.whole.power)
        share = figures.share(self.row["equivalent"], self.row["answered"])
        return _figured(share, self.whole and self.whole.small)

    def alone(self) -> Figured:
        """The same of the answer by itself, without the correction over its family."""
        if self.hoped == "supported":
            return _figured(figures.alone(self.row), self.exact and self.exact.power)
        return _figured(figures.alone_equivalent(self.row), self.exact and self.exact.small)

    def half_width(self) -> Figured:
        """The half width of its interval."""
        exact = self.exact and self.exact.mean_half_width
        return _figured(figures.half_width(self.row), exact)

    def wrong_sign(self) -> Figured:
        """The share of claims that point the wrong way; nothing where there is no way."""
        if not self.truth or math.isnan(self.truth):
            return NOTHING
        exact = None if self.whole is None else self.whole.wrong_sign
        return self._of_claims(figures.wrong_sign, exact)

    def exaggeration(self) -> Figured:
        """How many times too large claims are; nothing where nothing is true."""
        if not self.truth or math.isnan(self.truth):
            return NOTHING
        exact = None if self.whole is None else self.whole.exaggeration(self.truth)
        return self._of_claims(figures.exaggeration, exact)

    def _of_claims(self, of: Callable[[Row], Figure], exact: float | None) -> Figured:
        """A figure of the claims: where they are too few, what is exact, if anything."""
        if self.row["supported"] >= FEWEST_CLAIMS:
            return _figured(of(self.row), exact)
        return NOTHING if exact is None else Figured(exact, None, exact)

    def verdicts(self) -> dict[Verdict, Figured]:
        """The chance of each verdict, of all studies."""
        chances: dict[Verdict, float] = {}
        if self.whole is not None:
            claims = self.whole
            chances = {
                "supported": claims.supported,
                "equivalent": claims.equivalent,
                "not resolved": claims.answered - claims.supported - claims.equivalent,
                "not estimable": 1 - claims.answered,
            }
        counted = figures.verdicts(self.row)
        return {name: _figured(one, chances.get(name)) for name, one in counted.items()}


def _figured(figure: Figure, exact: Claims | float | None) -> Figured:
    """A figure as it is shown."""
    known = isinstance(exact, float) and not math.isnan(exact)
    return Figured(figure.value, figure.error, exact if known else None)  # type: ignore[arg-type]


def power_table(plan: Simulated) -> PowerTable:
    """All that was computed, for people."""
    assumed, zero = _answers(plan, zero=False), _answers(plan, zero=True)
    return PowerTable(
        sizes=tuple(_size(point, plan) for point in plan.sizes),
        outlooks=tuple(_outlook(assumed[key], zero[key]) for key in assumed if key in zero),
        purchases=tuple(_purchases(assumed, plan)),
        assumed=tuple(_assumptions(plan)),
        priors=tuple(_priors(plan)),
        warnings=plan.warnings,
        seed=plan.seed,
        studies=plan.studies,
        alpha=plan.study.plan.alpha,
        seconds=plan.seconds,
    )


def _answers(plan: Simulated, *, zero: bool) -> dict[Key, Answer]:
    """Every answer at every size, by size and by what it is about."""
    points = [*plan.sizes, *(one.point for one in plan.bought)]
    questions = {question.id: question for question in plan.study.questions}
    rows = list(plan.tally.filter(pl.col("zero") == zero).iter_rows(named=True))
    sizes = dict.fromkeys(row["size"] for row in rows)
    models = {size: model_of(plan.study, points[size], zero=zero) for size in sizes}
    return {_key(row): Answer(row, questions[row["question"]], models[row["size"]]) for row in rows}


def _key(row: Row) -> Key:
    return tuple(row[name] for name in ("size", "question", "assay", "analyte", "scale"))


def _size(point: Point, plan: Simulated) -> Size:
    assumed = plan.study.assumptions.dropouts
    return Size(
        donors=point.donors,
        wells=point.wells,
        cultures=point.cultures,
        plates=point.plates,
        dropouts=assumed if point.dropouts is None else point.dropouts,
        fold=point.fold,
        donor_sd=point.donor_sd,
        well_sd=point.well_sd,
        spread_ratio=point.spread_ratio,
        is_planned=point == plan.planned,
    )


def _outlook(answer: Answer, zero: Answer) -> Outlook:
    """What is to be expected of one answer."""
    row = answer.row
    return Outlook(
        question=row["question"],
        assay=row["assay"],
        analyte=row["analyte"],
        scale=row["scale"],
        size=row["size"],
        unit=row["unit"],
        truth=answer.truth,
        power=answer.chance(),
        half_width=answer.half_width(),
        wrong_sign=answer.wrong_sign(),
        exaggeration=answer.exaggeration(),
        verdicts=answer.verdicts(),
        at_zero=zero.verdicts(),
        alone=answer.alone(),
        family=row["family"],
        tests=answer.tests,
        coverage=_figured(figures.coverage(row), None),
        family_error=_figured(figures.family_error(zero.row), None),
        hoped=answer.hoped,
        studies=row["studies"],
        margin=margin_of(answer.question),
        stated=_stated(answer),
    )


def _stated(answer: Answer) -> float | None:
    """The correlation that the study states of a score and a donor's true result."""
    question, row = answer.question, answer.row
    if not isinstance(question, Association):
        return None
    lines = answer.model.study.assumptions.scores
    of = (line for line in lines if (line.scale, line.group) == (row["scale"], question.within))
    return next((r for line in of if (r := line.correlation.get(row["analyte"]))), None)


def _purchases(answers: Mapping[Key, Answer], plan: Simulated) -> Iterator[Purchase]:
    """What each change to the first size buys every answer of it."""
    for size, bought in enumerate(plan.bought, start=len(plan.sizes)):
        for key, after in answers.items():
            if key[0] == size:
                yield _purchase(bought, answers[0, *key[1:]], after)


def _purchase(bought: Bought, before: Answer, after: Answer) -> Purchase:
    """What one change buys an answer."""
    row, both = before.row, (before, after)
    widths = [one.half_width() for one in both]
    student = _student(bought, both)
    return Purchase(
        change=bought.change,
        question=row["question"],
        assay=row["assay"],
        analyte=row["analyte"],
        scale=row["scale"],
        before=before.chance(),
        after=after.chance(),
        half_width_before=widths[0].value if widths[0].exact is None else widths[0].exact,
        half_width_after=widths[1].value if widths[1].exact is None else widths[1].exact,
        gain=_gain(before, after),
        donors=bought.donors,
        samples=bought.samples,
        samples_before=wells_of(before.model),
        student_before=student[0],
        student_after=student[1],
    )


def _gain(before: Answer, after: Answer) -> Figured:
    """By how much the chance is larger: study by study, where both have the same people."""
    if before.model.donors == after.model.donors:
        return _figured(figures.gained(before.row, after.row, before.hoped), None)
    first, second = before.chance(), after.chance()
    return _figured(
        figures.difference(Figure(first.value, first.error), Figure(second.value, second.error)),
        None,
    )


def _student(bought: Bought, both: Sequence[Answer]) -> list[float | None]:
    """The power of Student's test before and after; none where plates are bought, of which it knows
    nothing.
    """
    if bought.change == "plates":
        return [None, None]
    return [
        student_power(one.model, one.question, one.row["assay"], one.row["analyte"]) for one in both
    ]


def _assumptions(plan: Simulated) -> Iterator[Assumed]:
    """Every number that the plan rests on, and how its donors are spread."""
    for source in model_of(plan.study, plan.sizes[0]).sources:
        yield _plates(source, plan) if source.what == "plates" else _assumed(source)
    yield _shape(plan.study)


def _shape(study: Study) -> Assumed:
    """How donors are spread."""
    shape = study.assumptions.donors
    if shape == "normal":
        return Assumed(what="shape", of="", value=shape, source=ASSUMED, origin="prior")
    return Assumed(what="shape", of="", value=shape, source="", origin="unsourced")


def _assumed(source: Source) -> Assumed:
    """A number that the plan rests on."""
    text = f"{source.value:g}" if source.value == int(source.value) else number(source.value)
    joined = f"{text}-fold" if source.unit == "fold" else f"{text} {source.unit}".strip()
    return Assumed(
        what=source.what, of=source.of, value=joined, source=source.source, origin=source.origin
    )


def _plates(source: Source, plan: Simulated) -> Assumed:
    """The number of plates: typed, of study.yaml, or what its wells need."""
    one = _assumed(source)
    if plan.wishes.axes.plates:
        return replace(one, origin="typed", source="")
    declared = Counter(plate.assay for plate in plan.study.plates)
    if source.value in declared.values():
        return replace(one, origin="stated", source=PLATES)
    return replace(one, origin="follows", source=AS_NEEDED)


def _priors(plan: Simulated) -> Iterator[PriorOutlook]:
    """What the field's effects give at the first size."""
    sizes = two_groups(plan.sizes[0].donors)
    if sizes is not None and min(sizes) > 1:
        analytes = [analyte.id for analyte in plan.study.analytes]
        yield from prior_outlooks(sizes, alpha=plan.study.plan.alpha, analytes=analytes)
