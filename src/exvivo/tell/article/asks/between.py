"""Questions that compare two groups: do they differ, in one thing more than in another, and what
goes along with that?
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Difference, Mediation, Specificity
from exvivo.study.question_records import groups_of
from exvivo.tell.article.asks.plain_ask import PlainAsk
from exvivo.tell.article.asks.subject import subject_of
from exvivo.tell.article.telling import Alike, Telling
from exvivo.tell.asks.numbers import points_up
from exvivo.tell.language import Language


def _groups(alike: Alike) -> dict[str, str]:
    """The two groups of a question by the names of their gaps."""
    first, second = groups_of(alike.question)
    return {"first": alike.names.group(first), "second": alike.names.group(second)}


def _both(groups: Sequence[str], telling: Telling) -> str:
    """The two groups of a question; not by name where the study has no others."""
    if len(telling.study.groups) == len(groups):
        return telling.language.tell("the two groups")
    return telling.language.listed(map(telling.names.group, groups))


def _asked_difference(question: Difference, telling: Telling) -> str:
    asked = telling.language.tell(
        "Do {groups} differ in {what}?",
        groups=_both(question.groups, telling),
        what=subject_of(question, telling),
    )
    return telling.language.joined([asked, _kind_of(question, telling.language)])


def _kind_of(question: Difference, language: Language) -> str:
    """What a reader must know of a question before its answers."""
    if question.negative_control:
        return language.tell("No difference was expected here: this is a test of the study itself.")
    if question.screen:
        return language.tell("This was a wide search: what it finds is a hint to be tested again.")
    return ""


def _difference(alike: Alike) -> str:
    groups, language = _groups(alike), alike.language
    if alike.first.unit.reading == "probability":
        return _more_often(alike)
    if points_up(alike.first):
        return language.tell(
            "On average, {what} was higher in {first} than in {second}.", what=alike.what, **groups
        )
    return language.tell(
        "On average, {what} was lower in {first} than in {second}.", what=alike.what, **groups
    )


def _more_often(alike: Alike) -> str:
    """The sentence of a probability of the higher result."""
    groups, language = _groups(alike), alike.language
    if points_up(alike.first):
        return language.tell(
            "More often than not, {what} was higher in {first} than in {second}.",
            what=alike.what,
            **groups,
        )
    return language.tell(
        "More often than not, {what} was lower in {first} than in {second}.",
        what=alike.what,
        **groups,
    )


def _same(alike: Alike) -> str:
    if len(alike.telling.study.groups) == len(groups_of(alike.question)):
        return alike.language.tell(
            "On average, {what} was probably much the same in both groups.", what=alike.what
        )
    return alike.language.tell(
        "On average, {what} was probably much the same in {first} and {second}.",
        what=alike.what,
        **_groups(alike),
    )


def _open_difference(alike: Alike) -> str:
    return alike.language.tell(
        "We cannot tell whether {what} differs between {first} and {second}.",
        what=alike.what,
        **_groups(alike),
    )


def _unexpected(alike: Alike) -> str:
    """What a difference means where none was expected."""
    question = alike.question
    if not isinstance(question, Difference) or not question.negative_control:
        return ""
    return alike.language.tell(
        "No difference was expected here. That one was found speaks against the other findings."
    )


DIFFERENCE = PlainAsk(
    asked=_asked_difference,
    claim=_difference,
    same=_same,
    open_=_open_difference,
    added=_unexpected,
    limit=lambda language: language.tell(
        "The groups may also differ in age, sleep or medicines. A difference may come from these."
    ),
)


def _asked_specificity(question: Specificity, telling: Telling) -> str:
    return telling.language.tell(
        "Do {groups} differ more in {what} than in {others}?",
        groups=_both(question.groups, telling),
        what=_asked_of(question, telling),
        others=_others(question, telling.measured(question.analytes), telling),
    )


def _asked_of(question: Specificity, telling: Telling) -> str:
    """The analytes that are asked about, with their cells where other cells are held against."""
    analytes = telling.measured(question.analytes)
    if not question.against_cell_type or not question.cell_type:
        return analytes
    cells = telling.names.cells(question.cell_type)
    return telling.language.tell("{analyte} in {cells}", analyte=analytes, cells=cells)


def _others(question: Specificity, asked: str, telling: Telling) -> str:
    """What a difference is held against: other analytes, those `asked` in other cells, or both."""
    analytes = telling.language.listed(map(telling.names.analyte, question.against))
    if not question.against_cell_type:
        return analytes
    cells = telling.names.cells(question.against_cell_type)
    return telling.language.tell("{analyte} in {cells}", analyte=analytes or asked, cells=cells)


def _contrast(alike: Alike) -> dict[str, str]:
    """The gaps of a sentence about a contrast."""
    question = alike.question
    assert isinstance(question, Specificity)
    analytes = list(dict.fromkeys(each.analyte for each in alike.findings))
    return {
        "analyte": _held(question, alike),
        "others": _others(question, alike.telling.measured(analytes), alike.telling),
        **_groups(alike),
    }


def _held(question: Specificity, alike: Alike) -> str:
    """The analytes that are asked about, with their cells where other cells are held against."""
    cells = alike.first.cell_type
    if not question.against_cell_type or not cells:
        return alike.targets
    return alike.language.tell(
        "{analyte} in {cells}", analyte=alike.targets, cells=alike.names.cells(cells)
    )


def _specificity(alike: Alike) -> str:
    gaps, language = _contrast(alike), alike.language
    if alike.first.larger:
        return language.tell(
            "On average, {first} and {second} differed more in {analyte} than in {others}.", **gaps
        )
    if points_up(alike.first):
        return language.tell(
            "Set against {others}, {analyte} was on average higher in {first} than in {second}.",
            **gaps,
        )
    return language.tell(
        "Set against {others}, {analyte} was on average lower in {first} than in {second}.", **gaps
    )


def _not_larger(alike: Alike) -> str:
    """That a contrast is not the same as a larger difference."""
    if alike.first.larger:
        return ""
    return alike.language.tell("This does not make it the larger difference of the two.")


SPECIFICITY = PlainAsk(
    asked=_asked_specificity,
    claim=_specificity,
    open_=lambda alike: alike.language.tell(
        "We cannot tell whether {first} and {second} differ more in {analyte} than in {others}.",
        **_contrast(alike),
    ),
    added=_not_larger,
    limit=lambda language: language.tell(
        "Where one difference stands out, others that nobody measured may stand out too."
    ),
)


def _asked_mediation(question: Mediation, telling: Telling) -> str:
    asked = telling.language.tell(
        "Where {groups} differ in {scales}, does {what} go along with it?",
        groups=_both(question.groups, telling),
        scales=telling.scales(question.scales),
        what=subject_of(question, telling),
    )
    only = telling.language.tell("The answer can only be a hypothesis.")
    return telling.language.joined([asked, only])


def _part(alike: Alike) -> str:
    """A part of a difference; below its question without what is named there."""
    return alike.language.tell(
        "Only a hypothesis: some of the difference in {scale} went along with {what}.",
        scale=alike.scales,
        what=alike.targets if alike.under_question else alike.what,
    )


MEDIATION = PlainAsk(
    asked=_asked_mediation,
    claim=_part,
    open_=lambda alike: alike.language.tell(
        "We cannot tell whether a difference in {scale} went along with {what}.",
        scale=alike.scales,
        what=alike.what,
    ),
    limit=lambda language: language.tell(
        "A hypothesis needs another study: this one cannot show what came first."
    ),
)
