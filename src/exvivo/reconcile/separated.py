"""Something that is known of people and tells two groups apart that a question compares: all
patients take a medication and no control does, or the ages do not overlap. The difference between
such groups can be that as well as the disease, and no adjustment can say which.

Only columns with a declared kind, and age, body mass index and sex, are examined: a column of words
that nobody declared may be about the patients by its nature (the antibody, the type of disease).
"""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.catalog.medication import classes_taken, taken
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Study
from exvivo.study.characteristics import cells_of, is_usual, known_characteristics, yes_or_no
from exvivo.study.clinic_records import Characteristic
from exvivo.study.question_records import groups_of
from exvivo.study.separation import Separation, apart_by_levels, apart_by_numbers
from exvivo.study.unknown import number_of
from exvivo.words import listed

FEWEST = 5
"""People of either group of whom something must be known: five and five are apart by chance in one
of 126 studies, four and four in one of 35.
"""
_Sides = tuple[list[str], list[str]]
"""The cells that are known, of two groups."""


def groups_told_apart(held: Held) -> Iterator[Flag]:
    """Characteristics that tell the groups of a question apart, wholly or nearly."""
    study = held.study
    for pair, questions in _compared(study).items():
        for each in known_characteristics(study):
            if each in study.characteristics or is_usual(each.id):
                for what, separation in _separations(each, pair, study):
                    yield _flag(each.id, what, separation, pair, questions)


def _compared(study: Study) -> dict[tuple[str, str], list[str]]:
    """The pairs of groups that questions hold against each other, with these questions."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for question in study.questions:
        groups = groups_of(question)
        if len(groups) == 2:
            pairs.setdefault((groups[0], groups[1]), []).append(question.id)
    return pairs


def _separations(
    characteristic: Characteristic, pair: tuple[str, str], study: Study
) -> Iterator[tuple[str, Separation]]:
    """What of a column tells two groups apart, in words, and how."""
    sides = _sides(characteristic.id, pair, study)
    name = characteristic.name or characteristic.id
    if min(map(len, sides)) < FEWEST:
        return
    if characteristic.kind == "medication":
        yield from _medication(name, sides)
        return
    separation = _separation(characteristic, sides)
    if separation:
        yield name, separation


def _separation(characteristic: Characteristic, sides: _Sides) -> Separation | None:
    """Whether the cells of a column that is no medication tell two groups apart."""
    match characteristic.kind:
        case "number":
            first, second = ([n for c in own if (n := number_of(c)) is not None] for own in sides)
            return apart_by_numbers(first, second)
        case "yes or no":
            return apart_by_levels(*([str(yes_or_no(cell)) for cell in own] for own in sides))
        case "category":
            return apart_by_levels(*sides)
    return None


def _sides(column: str, pair: tuple[str, str], study: Study) -> _Sides:
    """The cells of a column that are known, of two groups."""
    cells = list(zip(study.donors["group"].to_list(), cells_of(study, column), strict=True))
    first, second = ([cell for own, cell in cells if own == group and cell] for group in pair)
    return first, second


def _medication(name: str, sides: _Sides) -> Iterator[tuple[str, Separation]]:
    """The classes of medication that tell two groups apart."""
    first, second = ([taken(cell) for cell in own] for own in sides)
    for one in classes_taken([*first, *second]):
        known = ([each.exposed(one) for each in own] for own in (first, second))
        words = [[str(each) for each in own if each is not None] for own in known]
        separation = apart_by_levels(*words) if min(map(len, words)) >= FEWEST else None
        if separation:
            yield f"{name} ({one.name})", separation


def _flag(
    column: str,
    what: str,
    separation: Separation,
    pair: tuple[str, str],
    questions: list[str],
) -> Flag:
    """The flag of a column that tells two groups apart."""
    groups = f"{pair[0]} and {pair[1]}"
    share = f"{100 * separation.share:.0f} of 100 pairs of a donor from each stand in one order"
    seen = f"{groups} do not overlap" if separation.complete else f"{groups} hardly overlap"
    return Flag(
        table="donors",
        row=listed(pair),
        severity="look",
        place=column,
        what=f"{what}: {seen} ({share})",
        why="what differs between these groups may go with it as well as with the disease, and an "
        "answer that adjusts for it rests on a line drawn beyond what was measured",
        cure="compare people who overlap in it, or report that the two cannot be told apart",
        evidence=(what, *pair, f"{separation.share:.3f}"),
        scope=Scope(questions=tuple(questions)),
    )
