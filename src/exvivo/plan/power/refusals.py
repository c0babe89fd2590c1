"""What no study of a size can show: refused with the reason and the smallest change that mends it.

By ranks or rearrangements of donors nothing can fall below the p value of the most extreme of all
arrangements: 2 / C(n, n_1) of two groups, 2 / n! of a relation. Corrected over m tests it has to
reach alpha / m.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from exvivo.errors import Mistake
from exvivo.plan.power.expected import FEWEST, FEWEST_SCORED, half_width_of
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import capacity_of, wells_by_assay
from exvivo.simulate.population.model import DataModel
from exvivo.study import Association, Identity, Question, Study, groups_of
from exvivo.study.question_records import margin_of
from exvivo.words import counted, fold, number

_MOST_TRIED = 5_000
"""Donors of a group up to which a size that would do is looked for."""
Sizes = dict[str, int]


def typed(donors: Mapping[str, int]) -> str:
    """Donors of each group, as they are typed.

    >>> typed({"FM": 14, "HC": 10})
    '14v10'
    """
    return "v".join(map(str, donors.values()))


def smallest_p(donors: Sequence[int]) -> float:
    """The smallest two-sided p value that rearranging the donors of two groups can give, or of a
    relation in one.

    >>> smallest_p([3, 3]), round(smallest_p([4, 4]), 3), round(smallest_p([5, 5]), 4)
    (0.1, 0.029, 0.0079)
    """
    if len(donors) == 1:
        return min(2 / math.factorial(min(donors[0], 100)), 1.0)
    return 2 / math.comb(sum(donors), donors[0])


def refusals(
    study: Study, model: DataModel, point: Point, *, ranks: bool, plates_given: bool
) -> list[Mistake]:
    """Why no study of this size can answer; empty where one can.

    With `ranks` also tests by ranks and permutations have to be able to claim something; they
    answer where results are below a limit. Plates that do not hold all wells are refused where
    their number was given.
    """
    by_ranks = ranks or not model.detects_all
    return [
        *_few_donors(study, point),
        *(_floors(study, point) if by_ranks else ()),
        *_margins(study, model, point),
        *_plates(model, point),
        *(_room(study, model, point) if plates_given else ()),
        *_groups_on_plates(study),
    ]


def cautions(
    study: Study, model: DataModel, point: Point, *, ranks: bool, plates_given: bool
) -> list[Mistake]:
    """What a planner has to know of a size that can answer: what ranks could not show beside it,
    and how many plates its wells need.
    """
    refused = ranks or not model.detects_all
    return [
        *(() if refused else _floors(study, point)),
        *(() if plates_given else _room(study, model, point)),
    ]


def tests_of(question: Question, study: Study) -> int:
    """The tests of the family of a question."""
    family = question.family or question.id
    return sum(_tests(one) for one in study.questions if (one.family or one.id) == family)


def _tests(question: Question) -> int:
    """The answers of a question."""
    if isinstance(question, Identity):
        return 1
    scales = getattr(question, "scales", ()) or ("",)
    return len(question.assays) * len(question.analytes) * len(scales)


def _few_donors(study: Study, point: Point) -> Iterator[Mistake]:
    """Groups with fewer donors than anything is estimated from."""
    needed: Sizes = {}
    for question in study.questions:
        fewest = FEWEST_SCORED if isinstance(question, Association) else FEWEST
        for group in groups_of(question):
            needed[group] = max(needed.get(group, 0), fewest)
    for group, fewest in needed.items():
        if point.donors.get(group, fewest) < fewest:
            enough = {g: max(n, needed.get(g, n)) for g, n in point.donors.items()}
            yield Mistake(
                f"donors: {group}",
                f"{counted(point.donors[group], 'donor')}",
                f"{fewest} or more: of fewer nothing is estimated",
                f"--donors {typed(enough)}",
            )


def _floors(study: Study, point: Point) -> Iterator[Mistake]:
    """Families whose tests by ranks or rearrangements can claim nothing, whatever comes out."""
    alpha = study.plan.alpha
    for family, questions in _families(study).items():
        tests = tests_of(questions[0], study)
        groups = max((groups_of(one) for one in questions), key=lambda g: _floor_of(g, point))
        floor, level = _floor_of(groups, point), alpha / tests
        if floor <= level:
            continue
        enough = _enough(point.donors, groups, level)
        of = " v ".join(str(point.donors[group]) for group in groups)
        yield Mistake(
            f"questions: family {family}",
            f"{of} donors: the smallest two-sided p value of ranks or permutations is {_p(floor)}",
            f"{_p(level)} or less ({counted(tests, 'test')} at {alpha:g}, by Bonferroni)",
            f"--donors {typed(enough)}",
        )


def _p(value: float) -> str:
    """A p value with two digits that count.

    >>> _p(0.1), _p(2 / 70), _p(2 / 252)
    ('0.10', '0.029', '0.0079')
    """
    digits = max(2, 1 - math.floor(math.log10(value)))
    return number(value, digits=digits)


def _families(study: Study) -> dict[str, list[Question]]:
    """The questions of each family that compare donors."""
    families: dict[str, list[Question]] = {}
    for question in study.questions:
        if groups_of(question):
            families.setdefault(question.family or question.id, []).append(question)
    return families


def _floor_of(groups: Sequence[str], point: Point) -> float:
    return smallest_p([point.donors[group] for group in groups])


def _enough(donors: Mapping[str, int], groups: Sequence[str], level: float) -> Sizes:
    """The fewest donors whose smallest p value reaches a level: one after another is added to the
    smaller group.
    """
    sizes = dict(donors)
    while smallest_p([sizes[group] for group in groups]) > level:
        smaller = min(groups, key=lambda group: sizes[group])
        if sizes[smaller] >= _MOST_TRIED:
            break
        sizes[smaller] += 1
    return sizes


def _margins(study: Study, model: DataModel, point: Point) -> Iterator[Mistake]:
    """Margins that the interval will not fit into: `equivalent` can never be said."""
    for question in study.questions:
        margin = margin_of(question)
        if margin is None:
            continue
        assert not isinstance(question, Identity)
        widths = [
            half_width_of(model, question, assay, analyte, point.donors)
            for assay in question.assays
            for analyte in question.analytes
        ]
        widest = max(widths)
        if widest < margin:
            continue
        enough = _wide_enough(model, question, point, margin)
        yield Mistake(
            f"questions: {question.id}: margin",
            f"{number(margin)} (log2, {fold(margin)}-fold): `equivalent` can never be said, since "
            f"the interval will reach {number(widest)} ({fold(widest)}-fold) to either side",
            "a margin that is wider than the interval's expected half width",
            f"--donors {typed(enough)}, or a margin above {number(widest)}",
        )


def _wide_enough(model: DataModel, question: Question, point: Point, margin: float) -> Sizes:
    """The donors, in the same proportion, of which the interval fits into a margin."""
    assert not isinstance(question, Identity)
    total = sum(point.donors.values())
    for more in count(total):
        sizes = {g: max(round(n * more / total), n) for g, n in point.donors.items()}
        widths = (
            half_width_of(model, question, assay, analyte, sizes)
            for assay in question.assays
            for analyte in question.analytes
        )
        if max(widths) < margin or more > _MOST_TRIED:
            return sizes
    raise AssertionError


def _plates(model: DataModel, point: Point) -> Iterator[Mistake]:
    """More plates than donors: on a plate of one's own nothing is compared."""
    smallest = min(model.donors)
    if point.plates > smallest:
        yield Mistake(
            "--plates",
            f"{point.plates} plates for {typed(point.donors)} donors",
            "at least one donor of each group on every plate",
            f"--plates {smallest}",
        )


def _room(study: Study, model: DataModel, point: Point) -> Iterator[Mistake]:
    """Wells that do not fit on the plates."""
    for assay, wells in wells_by_assay(model).items():
        capacity = capacity_of(study, assay)
        needed = math.ceil(wells / capacity)
        if needed > point.plates:
            yield Mistake(
                f"assay {assay}",
                f"{wells} wells on {counted(point.plates, 'plate')} of {capacity}",
                f"{needed} plates or more, without standards and controls",
                f"--plates {needed}",
            )


def _groups_on_plates(study: Study) -> Iterator[Mistake]:
    """Plates of the layout that hold one group each: the plates tell the groups."""
    if study.layout.is_empty() or study.donors.is_empty():
        return
    groups = dict(study.donors.select("donor", "group").iter_rows())
    pairs = {groups_of(q) for q in study.questions if len(groups_of(q)) == 2}
    for assay, plates in _donors_on_plates(study).items():
        for pair in sorted(pairs):
            yield from _told_by_plates(assay, plates, groups, pair)


def _donors_on_plates(study: Study) -> dict[str, dict[str, list[str]]]:
    """The donors on each plate of each assay."""
    assays = {plate.id: plate.assay for plate in study.plates}
    held: dict[str, dict[str, list[str]]] = {}
    rows = study.layout.drop_nulls("donor").select("plate", "donor").unique(maintain_order=True)
    for plate, donor in rows.iter_rows():
        if plate in assays:
            held.setdefault(assays[plate], {}).setdefault(plate, []).append(donor)
    return held


def _told_by_plates(
    assay: str, plates: Mapping[str, Sequence[str]], groups: Mapping[str, str], pair: Sequence[str]
) -> Iterator[Mistake]:
    """A mistake where no plate of an assay holds donors of both groups."""
    held = {
        plate: {groups.get(d, "") for d in donors} & set(pair) for plate, donors in plates.items()
    }
    of = [next((plate for plate, there in held.items() if there == {own}), "") for own in pair]
    if any(len(there) > 1 for there in held.values()) or not all(of):
        return
    swapped = [
        next(donor for donor in plates[plate] if groups.get(donor) == own)
        for plate, own in zip(of, pair, strict=True)
    ]
    yield _groups_apart(assay, of, pair, swapped)


def _groups_apart(
    assay: str, plates: Sequence[str], pair: Sequence[str], swapped: Sequence[str]
) -> Mistake:
    return Mistake(
        f"plates of {assay}",
        f"all donors of {pair[0]} on one plate ({plates[0]}) and all of {pair[1]} on another "
        f"({plates[1]}): what the plate does cannot be told from the group",
        "donors of both groups on every plate",
        f"exchange {swapped[0]} and {swapped[1]} at least; `exvivo plan layout` spreads all",
    )
