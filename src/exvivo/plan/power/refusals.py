"""What no study of a size can show: refused with the reason and the smallest change that fixes it.

By ranks or rearrangements of donors nothing can fall below the p value of the most extreme of all
arrangements: 2 / C(n, n_1) of two groups, 2 / n! of a relation. Corrected over m tests it has to
reach alpha / m.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import inf

from exvivo.errors import Mistake
from exvivo.plan.power.expected import FEWEST, FEWEST_SCORED, half_width_of
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import capacity_of, model_of, wells_by_assay
from exvivo.simulate.population.model import DataModel
from exvivo.simulate.population.truths import truths
from exvivo.study import Association, Identity, Mediation, Question, Study, groups_of
from exvivo.study.files import DONORS_FILE, STUDY_FILE
from exvivo.study.question_records import margin_of
from exvivo.words import counted, fold, number

_MOST_TRIED = 5_000
"""Donors of a group up to which a size that would do is looked for."""
_MOST_ROUNDS = 20
"""Sizes that are tried until one has enough donors for everything."""
_SAME = 1e-9
"""How near (log2) a truth lies to the fold that was typed."""
_LARGE_FOLD = 20.0
"""Times as much between people from which it is asked whether per cent were meant."""
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


@dataclass(frozen=True)
class _TooSmall:
    """Why a size is too small, the donors with which it is not, and what else would fix it."""

    where: str
    found: str
    expected: str
    enough: Sizes
    otherwise: str = ""


def refusals(
    study: Study, model: DataModel, point: Point, *, ranks: bool, plates_given: bool
) -> list[Mistake]:
    """Why no study of this size can answer; empty where one can.

    With `ranks` also tests by ranks and permutations have to be able to claim something; they
    answer where results are below a limit. Plates that do not hold all wells are refused where
    their number was given.
    """
    return [
        *_small_sizes(study, model, point, ranks=ranks),
        *_plates(model, point),
        *(_room(study, model, point) if plates_given else ()),
        *_groups_on_plates(study),
    ]


def _small_sizes(study: Study, model: DataModel, point: Point, *, ranks: bool) -> Iterator[Mistake]:
    """What a size has too few donors for, all with one cure: the size that has enough for it
    all.
    """
    reasons = _too_small(study, model, point, ranks=ranks)
    if not reasons:
        return
    enough = _enough_of(reasons, point)
    for _ in range(_MOST_ROUNDS):
        larger = replace(point, donors=enough)
        again = _too_small(study, model_of(study, larger), larger, ranks=ranks)
        if not again:
            break
        enough = _enough_of(again, larger)
    for reason in reasons:
        cure = f"{_more_donors(enough)}{reason.otherwise}"
        yield Mistake(reason.where, reason.found, reason.expected, cure)


def _too_small(study: Study, model: DataModel, point: Point, *, ranks: bool) -> list[_TooSmall]:
    """What a size has too few donors for; where nothing is estimated, no more is said."""
    by_ranks = ranks or not model.detects_all
    few = list(_few_donors(study, point))
    margins = () if few else _margins(study, model, point)
    why = _why_ranks(model, ranks=ranks)
    return [*few, *(_floors(study, point, why) if by_ranks else ()), *margins]


def _enough_of(reasons: Sequence[_TooSmall], point: Point) -> Sizes:
    """As many donors of each group as the reason that asks for most."""
    return {g: max(n, *(each.enough[g] for each in reasons)) for g, n in point.donors.items()}


def _more_donors(enough: Mapping[str, int]) -> str:
    """More donors, for once and for good.

    >>> _more_donors({"FM": 14, "HC": 10})
    '--donors 14v10 (in study.yaml: `n: 14` beside FM, `n: 10` beside HC)'
    """
    beside = ", ".join(f"`n: {n}` beside {group}" for group, n in enough.items())
    return f"--donors {typed(enough)} (in {STUDY_FILE}: {beside})"


def _why_ranks(model: DataModel, *, ranks: bool) -> str:
    """Why tests by ranks have to be able to claim something."""
    if ranks:
        return "asked for by --ranks"
    limited = {s.analyte for s, low in zip(model.series, model.lower, strict=True) if low > -inf}
    return f"they answer where results are below the limit of {', '.join(sorted(limited))}"


def cautions(
    study: Study, model: DataModel, point: Point, *, ranks: bool, plates_given: bool
) -> list[Mistake]:
    """What a planner has to know of a size that can answer: what ranks could not show beside it,
    and how many plates its wells need.
    """
    refused = ranks or not model.detects_all
    floors = () if refused else _floors(study, point, "they stand beside the answers")
    return [
        *(Mistake(one.where, one.found, one.expected, _more_donors(one.enough)) for one in floors),
        *(() if plates_given else _room(study, model, point)),
        *_undeclared_plates(study, point),
        *_large_folds(study, point),
        *_other_folds(model, point),
    ]


def tests_of(question: Question, study: Study) -> int:
    """The tests of the family of a question."""
    family = question.family or question.id
    return sum(_tests(one) for one in study.questions if (one.family or one.id) == family)


def answers_in(study: Study) -> int:
    """The answers of all questions."""
    return sum(map(_tests, study.questions))


def _tests(question: Question) -> int:
    """The answers of a question."""
    if isinstance(question, Identity):
        return 1
    scales = getattr(question, "scales", ()) or ("",)
    return len(question.assays) * len(question.analytes) * len(scales)


def _few_donors(study: Study, point: Point) -> Iterator[_TooSmall]:
    """Groups with fewer donors than anything is estimated from."""
    needed: Sizes = {}
    for question in study.questions:
        fewest = FEWEST_SCORED if isinstance(question, Association) else FEWEST
        for group in groups_of(question):
            needed[group] = max(needed.get(group, 0), fewest)
    for group, fewest in needed.items():
        if point.donors.get(group, fewest) < fewest:
            enough = {g: max(n, needed.get(g, n)) for g, n in point.donors.items()}
            yield _TooSmall(
                f"donors: {group}",
                f"{counted(point.donors[group], 'donor')}{_from_table(study, group, point)}",
                f"{fewest} or more: of fewer nothing is estimated",
                enough,
            )


def _from_table(study: Study, group: str, point: Point) -> str:
    """Where a number of donors is from, if nobody planned it."""
    planned = next((each.n for each in study.groups if each.id == group), None)
    there = study.donors["group"].to_list() if "group" in study.donors.columns else []
    counted_there = planned is None and there.count(group) == point.donors[group]
    return f" (the rows of {DONORS_FILE}: {STUDY_FILE} has no `n`)" if counted_there else ""


def _floors(study: Study, point: Point, why: str) -> Iterator[_TooSmall]:
    """Families whose tests by ranks or rearrangements can claim nothing, whatever comes out; `why`
    that matters.
    """
    alpha = study.plan.alpha
    for family, questions in _families(study).items():
        tests = tests_of(questions[0], study)
        groups = max((groups_of(one) for one in questions), key=lambda g: _floor_of(g, point))
        floor, level = _floor_of(groups, point), alpha / tests
        if floor <= level:
            continue
        enough = _enough(point.donors, groups, level)
        of = " v ".join(str(point.donors[group]) for group in groups)
        yield _TooSmall(
            f"questions: family {family}",
            f"{of} donors: the smallest two-sided p value of ranks or permutations is {_p(floor)} "
            f"({why})",
            f"{_p(level)} or less ({counted(tests, 'test')} at {alpha:g}, by Bonferroni)",
            enough,
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


def _margins(study: Study, model: DataModel, point: Point) -> Iterator[_TooSmall]:
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
        yield _TooSmall(
            f"questions: {question.id}: margin",
            f"{number(margin)} (log2, {fold(margin)}-fold): `equivalent` can never be said, since "
            f"the interval will reach {number(widest)} ({fold(widest)}-fold) to either side",
            "a margin that is wider than the interval's expected half width",
            enough,
            f", or a margin above {number(widest)}",
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


def _undeclared_plates(study: Study, point: Point) -> Iterator[Mistake]:
    """Fewer plates in study.yaml than the size is planned with."""
    declared = Counter(plate.assay for plate in study.plates)
    for assay, plates in declared.items():
        if plates < point.plates:
            yield Mistake(
                f"plates of {assay}",
                f"{counted(plates, 'plate')} in {STUDY_FILE}, and {point.plates} in this plan",
                "every plate declared before anything is measured",
                f"declare {counted(point.plates, 'plate')} under `plates` (`exvivo plan layout "
                "--take` does it)",
            )


def _large_folds(study: Study, point: Point) -> Iterator[Mistake]:
    """Folds that may have been meant in per cent: no group, visit or medication is known to change
    an amount so much.
    """
    if point.fold is not None:
        yield from _large_fold("--fold", point.fold)
    for place, effect in enumerate(study.assumptions.effects, 1):
        if effect.group or effect.visit or effect.column:
            yield from _large_fold(f"assumptions: effect {place}", effect.fold)


def _other_folds(model: DataModel, point: Point) -> Iterator[Mistake]:
    """Questions of which a typed fold is not true: another question of the same results, or what
    people take, has its part in it.
    """
    if point.fold is None:
        return
    contrasts = {q.id for q in model.study.questions if _has_fold(q)}
    other = {
        (truth.question, truth.analyte): truth.value
        for truth in truths(model)
        if truth.question in contrasts and abs(truth.value - math.log2(point.fold)) > _SAME
    }
    for (question, analyte), value in other.items():
        yield Mistake(
            f"questions: {question}: {analyte}",
            f"{fold(value)}-fold is true where --fold {point.fold:g} was typed",
            "one fold for all questions that are asked of the same results",
            f"state the effects of {analyte} under `assumptions` of {STUDY_FILE}, without --fold",
        )


def _has_fold(question: Question) -> bool:
    """Whether a typed fold is to be true of a question: not of a relation with a score, nor of a
    negative control.
    """
    of_score = isinstance(question, Association | Mediation) or bool(
        getattr(question, "scales", ())
    )
    expects_nothing = bool(getattr(question, "negative_control", False))
    return not (of_score or expects_nothing or isinstance(question, Identity))


def _large_fold(where: str, value: float) -> Iterator[Mistake]:
    if not 1 / _LARGE_FOLD < value < _LARGE_FOLD:
        yield Mistake(
            where,
            f"fold {value:g}: {value:g} times as much",
            "a fold: 2 is twice, 1.5 is 50 % more",
            f"if {value:g} % was meant, write {value / 100:g}",
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
