"""The analyses of a study before it is done, in words: which method answers each question, what is
corrected together, and when an answer may claim something. What the data look like may change which
of the methods answers; the rules by which it is chosen stand here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from exvivo.methods import (
    BOUNDED,
    BOUNDED_CONTRASTS,
    COUNTED,
    KENDALL,
    LEAST_SQUARES,
    MANN_WHITNEY,
    OWN_PAIRS,
    PEARSON,
    PRODUCT,
    SHIFT,
    SIMILARITY,
    SIMILARITY_CONTRAST,
    SPEARMAN,
    STUDENT_CONTRASTS,
    SUPERIORITY,
    TOST,
    TWO_WAY,
    TWO_WAY_RANKS,
    WELCH,
    WELLS,
    Method,
)
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
from exvivo.study.question_records import margin_of
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.families import whole_study_words

Rule = tuple[str, tuple[Method, ...]]
"""When a method answers, and which."""


def asked_words(study: Study) -> list[str]:
    """Every question as a sentence, with its id and what was declared with it."""
    lines = []
    for question in study.questions:
        ask = ASKS[question.ask]
        notes = ask.notes(question, study)
        lines.append(" ".join([f"`{question.id}`: {ask.words(question, study)}", *notes]))
    return lines


def analysis_words(study: Study) -> list[str]:
    """How the questions will be answered: one line for those that are answered alike."""
    alike: dict[str, list[str]] = {}
    for question in study.questions:
        alike.setdefault(_rules_words(question), []).append(question.id)
    with_margin = [each.id for each in study.questions if margin_of(each) is not None]
    if with_margin:
        alike[f"Equivalence within the margin: {_named((TOST,))}."] = with_margin
    return [f"{words.listed(map(_code, ids))}: {rules}" for rules, ids in alike.items()]


def _code(name: str) -> str:
    return f"`{name}`"


def methods_of(question: Question) -> set[str]:
    """The ids of all methods that may answer a question, or stand beside it by name."""
    return {method.id for _, methods in _rules(question) for method in methods}


def _rules_words(question: Question) -> str:
    rules = [f"{when}{_named(methods)}" for when, methods in _rules(question)]
    return f"{words.capital('; '.join(rules))}."


def _named(methods: tuple[Method, ...]) -> str:
    return ", or ".join(f"{each.name}{_doi(each)}" for each in methods)


def _doi(method: Method) -> str:
    return f" (doi {method.doi[0]})" if method.doi else ""


def _rules(question: Question) -> Iterator[Rule]:
    """Which methods answer a question, by what its results may look like."""
    match question:
        case Difference():
            yield from _of_difference(question)
        case Association():
            yield from _of_association(question)
        case Specificity():
            yield "one contrast a donor, compared between the groups: ", (WELCH, LEAST_SQUARES)
            yield _UNDETECTED, (BOUNDED_CONTRASTS,)
        case Change():
            yield from _of_change(question)
        case Effect():
            yield "one contrast a donor, within the group: ", (STUDENT_CONTRASTS,)
            yield _UNDETECTED, (BOUNDED_CONTRASTS,)
        case Treatment():
            yield "exposed less not exposed donors: ", (LEAST_SQUARES,)
        case Mediation():
            yield "group to response, and response to score: ", (PRODUCT,)
        case Identity():
            yield "nearer to the named cells than to the others: ", (SIMILARITY_CONTRAST,)
            yield "beside it, to each reference: ", (SIMILARITY,)
            yield "the donors' own references, where there are any: ", (OWN_PAIRS,)
        case _:
            assert_never(question)


_UNDETECTED = "with undetected results, whose bounds are held as bounds: "


def _of_difference(question: Difference) -> Iterator[Rule]:
    if question.answer == "adjusted":
        yield "with the declared columns held: ", (LEAST_SQUARES,)
        return
    yield "one number a donor, plates and other terms of the layout held: ", (WELCH, LEAST_SQUARES)
    yield "where donors have unequal wells, and five donors a group: ", (WELLS,)
    yield _UNDETECTED, (COUNTED, BOUNDED)
    yield "where more than half of a group has none: ", (SUPERIORITY,)
    yield "beside it, never in its place: ", (MANN_WHITNEY, SHIFT)


def _of_association(question: Association) -> Iterator[Rule]:
    coefficient = SPEARMAN if question.method == "spearman" else PEARSON
    what = {
        "within": "within the group: ",
        "adjusted": "within the group, the declared columns held: ",
        "across groups": "over all groups, each less its own mean: ",
    }
    yield what[question.answer], (coefficient,)
    yield "beside it, where results are undetected: ", (KENDALL,)


def _of_change(question: Change) -> Iterator[Rule]:
    if not question.scales:
        yield "the last visit less the first, one number a donor: ", (STUDENT_CONTRASTS,)
        yield _UNDETECTED, (BOUNDED_CONTRASTS,)
    else:
        yield "change on change, within donors: ", (TWO_WAY,)
        yield "with undetected results: ", (TWO_WAY_RANKS,)


def tests_of(study: Study) -> dict[str, int]:
    """How many tests are corrected together, by family."""
    families: dict[str, int] = {}
    for question in study.questions:
        family = question.family or question.id
        families[family] = families.get(family, 0) + _tests(question)
    return families


def _tests(question: Question) -> int:
    """The tests of a question: each assay, analyte and scale is one."""
    if isinstance(question, Identity):
        return 1
    scales = len(getattr(question, "scales", ())) or 1
    return len(question.assays) * len(question.analytes) * scales


def family_words(study: Study) -> list[str]:
    """What is corrected together, and how."""
    families = tests_of(study)
    listed = words.listed(f"`{name}` ({words.counted(n, 'test')})" for name, n in families.items())
    screens = dict.fromkeys(
        each.family or each.id
        for each in study.questions
        if isinstance(each, Difference) and each.screen
    )
    sentences = [
        f"Corrected together, as families: {listed}. Differences whose donors are all detected by "
        "drawing whole donors (step-down max T, doi 10.1007/BF02595811), other families by Holm's "
        "method."
    ]
    if screens:
        named = words.listed(f"`{name}`" for name in screens)
        sentences.append(
            f"Screens, by Benjamini and Hochberg's method; findings are leads: {named}."
        )
    if study.plan.permutations:
        sentences.append(
            "Permutation p values stand beside them: all rearrangements of up to 32 donors, else "
            f"{study.plan.permutations} random ones (seed {study.plan.seed})."
        )
    return [" ".join(sentences)]


def criteria_words(study: Study) -> list[str]:
    """When an answer may claim something; every other answer is not resolved."""
    plan = study.plan
    level = words.percent(1 - plan.alpha)
    every = {
        "supported": f"its {level} interval leaves out equality and its corrected p value (two-"
        f"sided) is at most {plan.alpha:g}",
        "equivalent": "its interval lies within the declared margin and two one-sided tests hold "
        "after Holm's correction over the family",
        "not estimable": "the design or the data cannot tell it, with the reason",
        "not resolved": "none of these: how large a difference is still possible is then said, and "
        "never that there is none",
    }
    verdicts = "; ".join(f"*{verdict}* where {when}" for verdict, when in every.items())
    return [
        f"Each answer has one of four verdicts: {verdicts}. If nothing at all were different, "
        f"{whole_study_words(plan, len(tests_of(study)))}"
    ]
